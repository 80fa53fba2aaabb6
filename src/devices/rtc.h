/* rtc.h: the MC146818 clock and CMOS RAM at ports 0x70 and 0x71. */
#ifndef DEVICES_RTC_H
#define DEVICES_RTC_H

#include <stdint.h> /* sizes */

struct board;
struct device;
struct error;

#define RTC_GSI 8

/* What the firmware reads of the machine in CMOS RAM. */
struct rtc_config {
    uint64_t low_ram;  /* bytes below 4 GiB, from address 0 */
    uint64_t high_ram; /* bytes from 4 GiB up */
    unsigned cpus;     /* 1 to 256 */
};

/*
 * The clock starts at the host's time, in UTC, and runs with it; setting it in the
 * guest moves the guest's clock only. CMOS RAM and the time survive a reset. NULL
 * with err on failure.
 */
struct device *rtc_new(struct board *board, const struct rtc_config *config,
                       struct error *err);

#endif
