/* fault_line.h: a DMA fault in the kernel log, and what tells a burst from a stream. */
#ifndef HOST_FAULT_LINE_H
#define HOST_FAULT_LINE_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* addresses */

/*
 * When a device is opened, reset or given away, its display and its GTT still point at
 * what was, and a few faults follow: a burst. Faults that go on are a stream. (QEMU
 * docs/igd-assign.txt.) Linux prints a few of them in five seconds and no more until
 * these are over (DEFAULT_RATELIMIT_INTERVAL), so time tells, not number, and only what
 * is longer than that is a pause.
 */
#define LOG_FAULT_BURST_SECONDS 8.0  /* as long as a burst lasts at most */
#define LOG_FAULT_PAUSE_SECONDS 10.0 /* after so long without any it is over */

/* One line as a fault: false when it is none. */
struct log_fault {
    double time;
    char device[16]; /* "0000:00:02.0" */
    bool write;
    uint64_t address;
    unsigned reason;
};
bool host_log_parse_fault(const char *line, struct log_fault *fault);

#endif
