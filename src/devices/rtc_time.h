/* rtc_time.h: time as an MC146818 holds it: ten bytes, BCD or binary, 12 or 24 hours.
 */
#ifndef DEVICES_RTC_TIME_H
#define DEVICES_RTC_TIME_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* registers */

/* Registers: Motorola MC146818A datasheet; century as PCs with ACPI have it. */
enum {
    RTC_SECONDS = 0x00,
    RTC_SECONDS_ALARM = 0x01,
    RTC_MINUTES = 0x02,
    RTC_MINUTES_ALARM = 0x03,
    RTC_HOURS = 0x04,
    RTC_HOURS_ALARM = 0x05,
    RTC_WEEKDAY = 0x06, /* 1: Sunday */
    RTC_DAY = 0x07,
    RTC_MONTH = 0x08,
    RTC_YEAR = 0x09,
    RTC_A = 0x0a,
    RTC_B = 0x0b,
    RTC_C = 0x0c,
    RTC_D = 0x0d,
    RTC_CENTURY = 0x32,
};

#define RTC_B_24_HOURS 0x02
#define RTC_B_BINARY   0x04

#define RTC_DAY_SECONDS 86400

/* Is this one of the registers rtc_time_store fills? */
bool rtc_time_register(unsigned index);

/*
 * Fill the time registers from seconds since 1970 (UTC), in the format register B
 * says; and the other way round. Whatever the registers hold gives some time.
 */
void rtc_time_store(uint8_t *registers, int64_t seconds);
int64_t rtc_time_load(const uint8_t *registers);

/*
 * Seconds from this time to the first one that matches the alarm registers: 0 to
 * RTC_DAY_SECONDS - 1, or -1 when they match no time. Values from 0xc0 match all.
 */
int rtc_time_to_alarm(const uint8_t *registers, int64_t seconds);

#endif
