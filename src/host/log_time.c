/* log_time.c: when a line of the kernel log was written: the shapes of dmesg and
 * journals.
 */
#include "host/log_time.h"

#include <stdbool.h> /* bool */
#include <stdio.h>   /* sscanf */
#include <stdlib.h>  /* strtod */
#include <string.h>  /* strchr */

#define LONGEST_HEAD 60 /* of a line: date, host and program */
#define DAY_SECONDS  86400.0
#define LATEST       1e9 /* seconds: a log that says more is none */

/*
 * "Jul 19 23:11:56 host kernel: ", "2024-02-11T08:12:01.123+01:00 host kernel: ",
 * "[Mon Jul 19 23:11:56 2021] " and "[Jul19 23:11] ".
 */
static bool clock_time(const char *line, double *time)
{
    static const char *const shapes[] = {
        "%*3[A-Za-z] %2u %2u:%2u:%2u",
        "%*4u-%*2u-%2u%*1[T ]%2u:%2u:%2u",
        "[%*3[A-Za-z] %*3[A-Za-z] %2u %2u:%2u:%2u",
        "[%*3[A-Za-z]%2u %2u:%2u]",
    };
    for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        unsigned day = 0, hour = 0, minute = 0, second = 0;
        if (sscanf(line, shapes[i], &day, &hour, &minute, &second) < 3)
            continue;
        *time = day * DAY_SECONDS + hour * 3600.0 + minute * 60.0 + second;
        return true;
    }
    return false;
}

/* What the kernel said, behind a clock's time, a host's name and "kernel: ". */
static const char *after_clock(const char *line)
{
    static const char program[] = "kernel: ";
    const char *said = strstr(line, program);
    if (said && said - line <= LONGEST_HEAD)
        return said + sizeof(program) - 1;
    const char *bracket = *line == '[' ? strstr(line, "] ") : NULL;
    return bracket && bracket - line <= LONGEST_HEAD ? bracket + 2 : line;
}

const char *host_log_after_time(const char *line, double *time)
{
    const char *open = strchr(line, '[');
    char *end = NULL;
    double seconds = 0;
    if (open && open - line <= LONGEST_HEAD)
        seconds = strtod(open + 1, &end);
    if (!end || end == open + 1 || *end != ']') {
        return clock_time(line, time) ? after_clock(line) : line;
    }
    const char *sign = memchr(open, '+', (size_t)(end - open));
    seconds += sign ? *time : 0;
    if (seconds >= 0 && seconds < LATEST)
        *time = seconds;
    return end + 1 + (end[1] == ' ');
}
