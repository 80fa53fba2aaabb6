/* time_stamp.h: the time a pattern took, for guests that measure, written in C. */
#ifndef LAB_TIME_STAMP_H
#define LAB_TIME_STAMP_H

#include "guest.h" /* the serial line */

/* Ticks of the counter: at least 3 ms on any processor, 16 ms in the benchmarks' lab
 * PC. */
#define PAUSE 0x1000000u

static inline uint64_t time_stamp(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

/*
 * A line with what time_stamp counted; "bad" for none. Then wait: a VMM that gathers
 * characters writes them a moment later, and what is measured next is not to pay for
 * it.
 */
static inline void tell(uint64_t took)
{
    if (took)
        print_hex(took, 16);
    else
        print("bad");
    print("\n");
    for (uint64_t from = time_stamp(); time_stamp() - from < PAUSE;)
        ;
}

#endif
