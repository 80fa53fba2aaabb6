/* pm_timer.h: the ACPI power-management timer: 3.579545 MHz, 24 bits. */
#ifndef DEVICES_PM_TIMER_H
#define DEVICES_PM_TIMER_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* ticks */

#define PM_TIMER_HZ 3579545u

/*
 * The counter follows CLOCK_MONOTONIC. Its carry (TMR_STS) is set each time bit 23
 * changes either way (ACPI 6.5, 4.8.1.4): every 2^23 ticks, 2.34 seconds.
 */
struct pm_timer {
    uint64_t start_ns;
    uint64_t next_carry; /* ticks since start at which the carry is next set */
};

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t pm_timer_clock(void);

/* Counter 0 at this time. */
void pm_timer_start(struct pm_timer *timer, uint64_t now_ns);

/* The 24-bit counter. */
uint32_t pm_timer_count(const struct pm_timer *timer, uint64_t now_ns);

/* Has bit 23 changed since pm_timer_start or the last pm_timer_clear_carry? */
bool pm_timer_carried(const struct pm_timer *timer, uint64_t now_ns);
void pm_timer_clear_carry(struct pm_timer *timer, uint64_t now_ns);

/* When the next carry is due, in CLOCK_MONOTONIC nanoseconds (rounded up). */
uint64_t pm_timer_carry_ns(const struct pm_timer *timer);

#endif
