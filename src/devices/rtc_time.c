/* rtc_time.c: time as an MC146818 holds it. */
#include "devices/rtc_time.h"

#include "base/bytes.h" /* ARRAY_SIZE */

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

/*
 * The C library's gmtime_r and timegm would read the host's time zone from a file, long
 * after files may be opened no more. A year that begins in March has its leap day last;
 * years from 0 to 400,000 are enough.
 */
#define DAYS_OF_400_YEARS 146097
#define DAYS_TO_1970      719468 /* from March 1st of year 0 */

static int64_t days_since_1970(int64_t year, int month, int64_t day)
{
    year += month / 12;
    month %= 12;
    int from_march = (month + 10) % 12;
    year -= month < 2;
    int64_t era = (year < 0 ? year - 399 : year) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * from_march + 2) / 5 + day - 1;
    return era * DAYS_OF_400_YEARS + of_era * 365 + of_era / 4 - of_era / 100 +
           of_year - DAYS_TO_1970;
}

void rtc_time_store(uint8_t *registers, int64_t seconds)
{
    int64_t second = (seconds % RTC_DAY_SECONDS + RTC_DAY_SECONDS) % RTC_DAY_SECONDS;
    int64_t day = (seconds - second) / RTC_DAY_SECONDS;
    int64_t since = day + DAYS_TO_1970;
    if (since < 0)
        return;
    int64_t era = since / DAYS_OF_400_YEARS, rest = since % DAYS_OF_400_YEARS;
    int64_t of_era = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
    int64_t of_year = rest - (365 * of_era + of_era / 4 - of_era / 100);
    int from_march = (int)((5 * of_year + 2) / 153);
    int month = (from_march + 2) % 12; /* from 0 */
    int64_t year = era * 400 + of_era + (month < 2);

    registers[RTC_SECONDS] = encode(registers, (int)(second % 60));
    registers[RTC_MINUTES] = encode(registers, (int)(second / 60 % 60));
    registers[RTC_HOURS] = encode_hour(registers, (int)(second / 3600));
    registers[RTC_WEEKDAY] = encode(registers, (int)((day % 7 + 11) % 7 + 1));
    registers[RTC_DAY] =
        encode(registers, (int)(of_year - (153 * from_march + 2) / 5 + 1));
    registers[RTC_MONTH] = encode(registers, month + 1);
    registers[RTC_YEAR] = encode(registers, (int)(year % 100));
    registers[RTC_CENTURY] = encode(registers, (int)(year / 100));
}

int64_t rtc_time_load(const uint8_t *registers)
{
    int month = decode(registers, registers[RTC_MONTH]) - 1;
    int64_t year = decode(registers, registers[RTC_CENTURY]) * 100 +
                   decode(registers, registers[RTC_YEAR]);
    if (month < 0) { /* a month 0 is the one before January */
        month += 12;
        year--;
    }
    int64_t days = days_since_1970(year, month, decode(registers, registers[RTC_DAY]));
    return days * RTC_DAY_SECONDS +
           (int64_t)decode_hour(registers, registers[RTC_HOURS]) * 3600 +
           decode(registers, registers[RTC_MINUTES]) * 60 +
           decode(registers, registers[RTC_SECONDS]);
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
