/* pm_timer.c: the ACPI power-management timer. */
#include "devices/pm_timer.h"

#include <time.h> /* clock_gettime */

#define NS_PER_SECOND 1000000000u
#define HALF_PERIOD   (1u << 23)

/*
 * value * to / from, the division's rest in *rest. A product of 64 bits would not do;
 * whole seconds apart it does, and needs no division of 128.
 */
static uint64_t scale(uint64_t value, uint64_t to, uint64_t from, uint64_t *rest)
{
    uint64_t part = value % from * to;
    *rest = part % from;
    return value / from * to + part / from;
}

static uint64_t ticks(const struct pm_timer *timer, uint64_t now_ns)
{
    uint64_t elapsed = now_ns > timer->start_ns ? now_ns - timer->start_ns : 0, rest;
    return scale(elapsed, PM_TIMER_HZ, NS_PER_SECOND, &rest);
}

uint64_t pm_timer_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

void pm_timer_start(struct pm_timer *timer, uint64_t now_ns)
{
    timer->start_ns = now_ns;
    timer->next_carry = HALF_PERIOD;
}

uint32_t pm_timer_count(const struct pm_timer *timer, uint64_t now_ns)
{
    return (uint32_t)ticks(timer, now_ns) & 0xffffff;
}

bool pm_timer_carried(const struct pm_timer *timer, uint64_t now_ns)
{
    return ticks(timer, now_ns) >= timer->next_carry;
}

void pm_timer_clear_carry(struct pm_timer *timer, uint64_t now_ns)
{
    timer->next_carry = (ticks(timer, now_ns) / HALF_PERIOD + 1) * HALF_PERIOD;
}

uint64_t pm_timer_carry_ns(const struct pm_timer *timer)
{
    uint64_t rest;
    uint64_t ns = scale(timer->next_carry, NS_PER_SECOND, PM_TIMER_HZ, &rest);
    return timer->start_ns + ns + (rest != 0);
}
