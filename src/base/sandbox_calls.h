/* sandbox_calls.h: the table of system calls a confined program may make. */
#ifndef BASE_SANDBOX_CALLS_H
#define BASE_SANDBOX_CALLS_H

#include "base/sandbox.h" /* kinds of threads */

#include <stdint.h> /* masks */

/* Bits of `threads`. */
#define CALL_MAIN    (1u << SANDBOX_MAIN)
#define CALL_VCPU    (1u << SANDBOX_VCPU)
#define CALL_DISK    (1u << SANDBOX_DISK)
#define CALL_DISPLAY (1u << SANDBOX_DISPLAY)
#define CALL_NET     (1u << SANDBOX_NET)
#define CALL_BOTH    (CALL_MAIN | CALL_VCPU)
#define CALL_ALL     (CALL_MAIN | CALL_VCPU | CALL_DISK)
#define CALL_BESIDE  (CALL_DISPLAY | CALL_NET)
#define CALL_ANY     (CALL_ALL | CALL_BESIDE)

/* Bits of `needs`: paths that are reached, and what else is asked for. */
#define CALL_FOR_READING 1u
#define CALL_FOR_WRITING 2u
#define CALL_FOR_DISCS   4u /* another disc in a drive */

/*
 * One call, or one use of it: with `mask` it is allowed where the low half of argument
 * `argument` has `value` in these bits. Several rows may allow several uses. A row
 * without a mask that denies is of the other uses: they fail with EACCES, and end
 * nothing; for what libraries do by the way, and do without.
 */
struct sandbox_call {
    uint16_t number;
    uint8_t threads;
    bool denies;
    uint8_t needs; /* only when there is need of it: CALL_FOR bits */
    uint8_t argument;
    uint32_t mask, value;
    const char *reason;
};

extern const struct sandbox_call sandbox_calls[];
extern const unsigned sandbox_call_rows;

/* How many different calls a kind of thread may make; needs: of the paths there are. */
unsigned sandbox_call_count(enum sandbox_thread kind, unsigned needs);

/* "ioctl"; NULL: this machine has no such call. */
const char *system_call_name(unsigned number);

#endif
