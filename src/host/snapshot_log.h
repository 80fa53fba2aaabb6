/* snapshot_log.h: the lines of a kernel log that matter to assignment. */
#ifndef HOST_SNAPSHOT_LOG_H
#define HOST_SNAPSHOT_LOG_H

/*
 * A copy of a log with those lines only: the rest may tell more of its owner than of
 * the GPU. malloc'ed; NULL: no memory.
 */
char *snapshot_log_select(const char *log, unsigned *kept, unsigned *lines);

#endif
