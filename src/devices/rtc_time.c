/* rtc_time.c: time as an MC146818 holds it. */
#include "devices/rtc_time.h"

#include "base/bytes.h" /* ARRAY_SIZE */

#include <time.h> /* timegm, gmtime_r */

#define HOUR_PM 0x80 /* of the hour, with 12 hours */
#define ANY     0xc0 /* alarm values from here match every time */

static uint8_t encode(const uint8_t *registers, int value)
{
    if (registers[RTC_B] & RTC_B_BINARY)
        return (uint8_t)value;
    return (uint8_t)(value / 10 << 4 | value % 10);
}

static int decode(const uint8_t *registers, uint8_t value)
{
    if (registers[RTC_B] & RTC_B_BINARY)
        return value;
    return (value >> 4) * 10 + (value & 0x0f);
}

static uint8_t encode_hour(const uint8_t *registers, int hour)
{
    if (registers[RTC_B] & RTC_B_24_HOURS)
        return encode(registers, hour);
    uint8_t half = encode(registers, hour % 12 ? hour % 12 : 12);
    return half | (hour >= 12 ? HOUR_PM : 0);
}

static int decode_hour(const uint8_t *registers, uint8_t value)
{
    if (registers[RTC_B] & RTC_B_24_HOURS)
        return decode(registers, value);
    return decode(registers, value & (uint8_t)~HOUR_PM) % 12 +
           (value & HOUR_PM ? 12 : 0);
}

bool rtc_time_register(unsigned index)
{
    static const uint8_t indexes[] = {
        RTC_SECONDS, RTC_MINUTES, RTC_HOURS, RTC_WEEKDAY,
        RTC_DAY,     RTC_MONTH,   RTC_YEAR,  RTC_CENTURY
    };
    for (unsigned i = 0; i < ARRAY_SIZE(indexes); i++) {
        if (indexes[i] == index)
            return true;
    }
    return false;
}

void rtc_time_store(uint8_t *registers, int64_t seconds)
{
    time_t when = (time_t)seconds;
    struct tm parts;
    if (!gmtime_r(&when, &parts))
        return;
    int year = parts.tm_year + 1900;
    registers[RTC_SECONDS] = encode(registers, parts.tm_sec);
    registers[RTC_MINUTES] = encode(registers, parts.tm_min);
    registers[RTC_HOURS] = encode_hour(registers, parts.tm_hour);
    registers[RTC_WEEKDAY] = encode(registers, parts.tm_wday + 1);
    registers[RTC_DAY] = encode(registers, parts.tm_mday);
    registers[RTC_MONTH] = encode(registers, parts.tm_mon + 1);
    registers[RTC_YEAR] = encode(registers, year % 100);
    registers[RTC_CENTURY] = encode(registers, year / 100);
}

int64_t rtc_time_load(const uint8_t *registers)
{
    struct tm parts = {
        .tm_sec = decode(registers, registers[RTC_SECONDS]),
        .tm_min = decode(registers, registers[RTC_MINUTES]),
        .tm_hour = decode_hour(registers, registers[RTC_HOURS]),
        .tm_mday = decode(registers, registers[RTC_DAY]),
        .tm_mon = decode(registers, registers[RTC_MONTH]) - 1,
        .tm_year = decode(registers, registers[RTC_CENTURY]) * 100 +
                   decode(registers, registers[RTC_YEAR]) - 1900,
    };
    return timegm(&parts);
}

/* -1: any. */
static int alarm_field(int value, uint8_t raw)
{
    return raw >= ANY ? -1 : value;
}

int rtc_time_to_alarm(const uint8_t *registers, int64_t seconds)
{
    uint8_t raw_hour = registers[RTC_HOURS_ALARM];
    int hour = alarm_field(decode_hour(registers, raw_hour), raw_hour);
    int minute = alarm_field(decode(registers, registers[RTC_MINUTES_ALARM]),
                             registers[RTC_MINUTES_ALARM]);
    int second = alarm_field(decode(registers, registers[RTC_SECONDS_ALARM]),
                             registers[RTC_SECONDS_ALARM]);
    int start = (int)((seconds % RTC_DAY_SECONDS + RTC_DAY_SECONDS) % RTC_DAY_SECONDS);
    int distance = 0;
    /* Skip whole hours and minutes that do not match: about 140 steps at most. */
    while (distance < RTC_DAY_SECONDS) {
        int at = (start + distance) % RTC_DAY_SECONDS;
        if (hour >= 0 && at / 3600 != hour)
            distance += 3600 - at % 3600;
        else if (minute >= 0 && at / 60 % 60 != minute)
            distance += 60 - at % 60;
        else if (second >= 0 && at % 60 != second)
            distance++;
        else
            return distance;
    }
    return -1;
}
