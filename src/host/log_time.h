/* log_time.h: when a line of the kernel log was written. */
#ifndef HOST_LOG_TIME_H
#define HOST_LOG_TIME_H

/*
 * The text behind a line's time. *time, seconds since some time before the log, is set
 * if the line tells: "[   12.345678] " is seconds after boot; "[  +0.000011] ", of
 * dmesg -H, are added to what *time was; a date and a clock time, of journals, count
 * from the month's first day.
 */
const char *host_log_after_time(const char *line, double *time);

#endif
