/* log.h: what igdvm says while it works: one line each, to standard error. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* Lines above this level are dropped. Default LOG_INFO. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/*
 * What a guest can cause shall not fill the host's disks: from now on at most `burst`
 * lines at once, and `per_minute` more as time goes by. The others are counted, and the
 * next line that is written, or the end of the limit, tells how many they were. A burst
 * of 0 is the end. Safe from any thread.
 */
void log_set_limit(unsigned burst, unsigned per_minute);

/*
 * Write one line "igdvm: [who: ]text" to standard error. who names the device or
 * part the line is about ("00:02.0", "vfio"), or is NULL. Safe from any thread.
 */
void log_line(enum log_level level, const char *who, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(who, ...)   log_line(LOG_ERROR, who, __VA_ARGS__)
#define log_warning(who, ...) log_line(LOG_WARNING, who, __VA_ARGS__)
#define log_info(who, ...)    log_line(LOG_INFO, who, __VA_ARGS__)
#define log_debug(who, ...)   log_line(LOG_DEBUG, who, __VA_ARGS__)

#endif
