/* kernel_log.h: follows the kernel log, /dev/kmsg. */
#ifndef HOST_KERNEL_LOG_H
#define HOST_KERNEL_LOG_H

struct error;

/*
 * Open it behind its last record, not to block. The descriptor, or a negative errno
 * with err naming the remedy.
 */
int kernel_log_open(struct error *err);

/*
 * Call line(opaque, text) with the first line of each new record, at most `most` of
 * them. 0, or a negative errno.
 */
int kernel_log_read(int fd, unsigned most, void (*line)(void *opaque, const char *text),
                    void *opaque);

#endif
