/* sandbox_program.c: from the table of calls to the program the kernel filters with. */
#include "base/sandbox_program.h"

#include "base/sandbox_calls.h" /* what is allowed */

#include <errno.h>         /* EACCES */
#include <linux/audit.h>   /* AUDIT_ARCH_X86_64 */
#include <linux/seccomp.h> /* what a call's facts are, and verdicts */
#include <stdbool.h>       /* bool */
#include <stddef.h>        /* offsetof */

#define NUMBERS   512 /* of calls: above all there are */
#define DISTANCE  255 /* instructions a comparison jumps over at most */
#define CHAIN     4   /* single calls that are compared one behind the other */
#define EVERY_BIT 0xffffffffu
#define NO_PLACE  0u

/*
 * A program is made from its end, since comparisons only jump forward: a place is how
 * far from the end an instruction is, the last one being at 1.
 */
struct maker {
    enum sandbox_thread kind;
    unsigned needs;
    struct sandbox_program *program;
    unsigned allow, deny, refuse; /* places of the verdicts */
    bool too_long;
};

/* Put an instruction before all others; its place. */
static unsigned prepend(struct maker *maker, uint16_t code, uint32_t value)
{
    struct sandbox_program *program = maker->program;
    if (program->length == SANDBOX_PROGRAM_MAX) {
        maker->too_long = true;
        return program->length;
    }
    program->length++;
    program->code[SANDBOX_PROGRAM_MAX - program->length] =
        (struct sock_filter){ .code = code, .k = value };
    return program->length;
}

/* The same of a comparison: where it goes on if it is true, and if not. */
static unsigned compare(struct maker *maker, uint16_t how, uint32_t value, unsigned yes,
                        unsigned no)
{
    unsigned here = prepend(maker, BPF_JMP | how | BPF_K, value);
    struct sock_filter *own = &maker->program->code[SANDBOX_PROGRAM_MAX - here];
    unsigned to_yes = here - yes - 1, to_no = here - no - 1;
    if (to_yes > DISTANCE || to_no > DISTANCE)
        maker->too_long = true;
    own->jt = (uint8_t)to_yes;
    own->jf = (uint8_t)to_no;
    return here;
}

static unsigned load(struct maker *maker, size_t offset)
{
    return prepend(maker, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static bool applies(const struct maker *maker, const struct sandbox_call *call)
{
    return (call->threads & 1u << maker->kind) && !(call->needs & ~maker->needs);
}

/* Load the bits that this use looks at, before it is compared. */
static unsigned load_bits(struct maker *maker, const struct sandbox_call *use)
{
    if (use->mask != EVERY_BIT)
        prepend(maker, BPF_ALU | BPF_AND | BPF_K, use->mask);
    return load(maker,
                offsetof(struct seccomp_data, args) + use->argument * sizeof(uint64_t));
}

/*
 * Compare the argument of one call with all it may be there, in the table's order; the
 * other uses go to `next`. Neighbours that look at the same bits load them once.
 */
static unsigned add_uses(struct maker *maker, unsigned number, unsigned next)
{
    const struct sandbox_call *behind = NULL;
    for (unsigned i = sandbox_call_rows; i-- > 0;) {
        const struct sandbox_call *use = &sandbox_calls[i];
        if (use->number != number || !use->mask || !applies(maker, use))
            continue;
        if (behind && (behind->argument != use->argument || behind->mask != use->mask))
            next = load_bits(maker, behind);
        next = compare(maker, BPF_JEQ, use->value, maker->allow, next);
        behind = use;
    }
    return behind ? load_bits(maker, behind) : next;
}

/* What is done with the calls from this number on, up to the next step. */
struct step {
    uint16_t from;
    uint16_t place;
};

/* Calls whose place no argument decides. */
static void place_whole_calls(const struct maker *maker, uint16_t places[NUMBERS])
{
    for (unsigned number = 0; number < NUMBERS; number++)
        places[number] = (uint16_t)maker->refuse;
    for (unsigned i = 0; i < sandbox_call_rows; i++) {
        const struct sandbox_call *call = &sandbox_calls[i];
        if (call->number < NUMBERS - 1 && !call->mask && applies(maker, call))
            places[call->number] =
                (uint16_t)(call->denies ? maker->deny : maker->allow);
    }
}

/* Where each call goes; neighbours that go to the same place are one step. */
static unsigned make_steps(struct maker *maker, struct step steps[NUMBERS])
{
    uint16_t places[NUMBERS];
    bool has_uses[NUMBERS] = { false };
    unsigned count = 0;
    place_whole_calls(maker, places);
    for (unsigned i = 0; i < sandbox_call_rows; i++) {
        const struct sandbox_call *call = &sandbox_calls[i];
        if (call->number >= NUMBERS - 1 || !call->mask || has_uses[call->number] ||
            places[call->number] == maker->allow || !applies(maker, call))
            continue;
        has_uses[call->number] = true;
        places[call->number] =
            (uint16_t)add_uses(maker, call->number, places[call->number]);
    }
    for (unsigned number = 0; number < NUMBERS; number++) {
        if (!count || places[number] != steps[count - 1].place)
            steps[count++] = (struct step){ (uint16_t)number, places[number] };
    }
    return count;
}

/* Every other step is one call, and the rest go to one place: few comparisons do. */
static bool is_chain(const struct step *steps, unsigned count)
{
    if (count > 2 * CHAIN + 1 || count % 2 == 0)
        return false;
    for (unsigned i = 1; i < count; i += 2) {
        if (steps[i + 1].from != steps[i].from + 1u ||
            steps[i + 1].place != steps[0].place)
            return false;
    }
    return true;
}

/* Which of the steps it is: halves of halves, down to chains. */
static unsigned add_search(struct maker *maker, const struct step *steps,
                           unsigned count)
{
    unsigned half = count / 2;
    if (is_chain(steps, count)) {
        unsigned next = steps[0].place;
        for (unsigned i = 1; i < count; i += 2)
            next = compare(maker, BPF_JEQ, steps[i].from, steps[i].place, next);
        return next;
    }
    unsigned high = add_search(maker, steps + half, count - half);
    unsigned low = add_search(maker, steps, half);
    return compare(maker, BPF_JGE, steps[half].from, high, low);
}

bool sandbox_program_make(struct sandbox_program *program, enum sandbox_thread kind,
                          unsigned needs, uint32_t otherwise)
{
    struct maker maker = { .kind = kind, .needs = needs, .program = program };
    struct step steps[NUMBERS];
    const struct sandbox_call *first = &sandbox_calls[0];

    program->length = 0;
    maker.refuse = prepend(&maker, BPF_RET | BPF_K, otherwise);
    maker.deny = prepend(&maker, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES);
    maker.allow = prepend(&maker, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    unsigned count = make_steps(&maker, steps);
    unsigned next = add_search(&maker, steps, count);
    for (unsigned i = 0; first->mask && i < count; i++) {
        if (steps[i].from == first->number && applies(&maker, first))
            next = compare(&maker, BPF_JEQ, first->number, steps[i].place, next);
    }
    next = load(&maker, offsetof(struct seccomp_data, nr));
    unsigned other = prepend(&maker, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    compare(&maker, BPF_JEQ, AUDIT_ARCH_X86_64, next, other);
    load(&maker, offsetof(struct seccomp_data, arch));
    return !maker.too_long;
}
