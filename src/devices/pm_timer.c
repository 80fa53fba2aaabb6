/* pm_timer.c: the ACPI power-management timer. */
#include "devices/pm_timer.h"

#include <time.h> /* clock_gettime */

#define NS_PER_SECOND 1000000000u
#define HALF_PERIOD   (1u << 23)

/* 2^64 ns times the frequency does not fit 64 bits. */
__extension__ typedef unsigned __int128 wide;

static uint64_t ticks(const struct pm_timer *timer, uint64_t now_ns)
{
    uint64_t elapsed = now_ns > timer->start_ns ? now_ns - timer->start_ns : 0;
    return (uint64_t)((wide)elapsed * PM_TIMER_HZ / NS_PER_SECOND);
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
    wide ns = ((wide)timer->next_carry * NS_PER_SECOND + PM_TIMER_HZ - 1) / PM_TIMER_HZ;
    return timer->start_ns + (uint64_t)ns;
}
