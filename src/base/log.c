/* log.c: the log. */
#include "base/log.h"

#include <pthread.h>   /* the limit's lock */
#include <stdarg.h>    /* va_list */
#include <stdatomic.h> /* the level is read from every thread */
#include <stdbool.h>   /* bool */
#include <stdint.h>    /* times */
#include <stdio.h>     /* vsnprintf */
#include <time.h>      /* clock_gettime */
#include <unistd.h>    /* write */

#define MINUTE_NS 60000000000ull

static _Atomic enum log_level current_level = LOG_INFO;

/* Lines that may be written, as a bucket that fills as time goes by. */
static struct {
    pthread_mutex_t lock;
    unsigned burst; /* 0: no limit */
    unsigned per_minute;
    unsigned left, left_out;
    uint64_t since; /* when the bucket was last filled */
} limit = { .lock = PTHREAD_MUTEX_INITIALIZER };

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* One write a line, so that lines of several threads do not mix. */
static void put(const char *line, size_t size)
{
    ssize_t ignored = write(STDERR_FILENO, line, size);
    (void)ignored;
}

/* With the lock held. */
static void tell_left_out(void)
{
    char line[96];
    if (!limit.left_out)
        return;
    int used =
        snprintf(line, sizeof(line),
                 "igdvm: warning: %u more lines were left out, they came too fast\n",
                 limit.left_out);
    limit.left_out = 0;
    put(line, (size_t)used);
}

void log_set_limit(unsigned burst, unsigned per_minute)
{
    pthread_mutex_lock(&limit.lock);
    tell_left_out();
    limit.burst = limit.left = burst;
    limit.per_minute = per_minute;
    limit.since = now_ns();
    pthread_mutex_unlock(&limit.lock);
}

/* May another line be written? */
static bool may_write(void)
{
    pthread_mutex_lock(&limit.lock);
    bool may = !limit.burst;
    if (!may) {
        uint64_t now = now_ns();
        uint64_t more =
            limit.per_minute ? (now - limit.since) / (MINUTE_NS / limit.per_minute) : 0;
        if (more) {
            limit.since = now;
            limit.left = more < limit.burst - limit.left ? limit.left + (unsigned)more
                                                         : limit.burst;
        }
        may = limit.left > 0;
        limit.left -= may;
        limit.left_out += !may;
        if (may)
            tell_left_out();
    }
    pthread_mutex_unlock(&limit.lock);
    return may;
}

void log_set_level(enum log_level level)
{
    current_level = level;
}

enum log_level log_get_level(void)
{
    return current_level;
}

void log_line(enum log_level level, const char *who, const char *format, ...)
{
    static const char *const words[] = { "error: ", "warning: ", "", "debug: " };

    if (level > current_level || !may_write())
        return;
    char line[1280];
    size_t room = sizeof(line) - 1;
    int used = snprintf(line, room, "igdvm: %s%s%s", words[level], who ? who : "",
                        who ? ": " : "");
    va_list args;
    va_start(args, format);
    int more = vsnprintf(line + used, room - (size_t)used, format, args);
    va_end(args);
    used += more < 0 ? 0 : more;
    if ((size_t)used > room - 1)
        used = (int)room - 1;
    line[used++] = '\n';
    put(line, (size_t)used);
}
