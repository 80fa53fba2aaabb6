/* random.h: random numbers that follow from a seed, for a guest in C. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h> /* numbers */

static uint64_t random_state; /* the seed, at first; never 0 */

/* xorshift64*, by Sebastiano Vigna. */
static uint32_t random(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)(random_state * 0x2545f4914f6cdd1dULL >> 32);
}

static uint32_t below(uint32_t limit)
{
    return (uint32_t)((uint64_t)random() * limit >> 32);
}

#endif
