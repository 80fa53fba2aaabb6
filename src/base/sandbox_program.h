/* sandbox_program.h: the program by which the kernel filters a thread's calls. */
#ifndef BASE_SANDBOX_PROGRAM_H
#define BASE_SANDBOX_PROGRAM_H

#include "base/sandbox.h" /* kinds of threads */

#include <linux/filter.h> /* the program's language */
#include <stdbool.h>      /* bool */
#include <stdint.h>       /* verdicts */

/* Instructions at most; the kernel takes 4096. */
#define SANDBOX_PROGRAM_MAX 384

/* It is the last `length` instructions of `code`. */
struct sandbox_program {
    unsigned length;
    struct sock_filter code[SANDBOX_PROGRAM_MAX];
};

/*
 * The program that allows a kind of thread its calls (needs: of the paths there are),
 * answers SECCOMP_RET_KILL_PROCESS to calls of another architecture and `otherwise` (a
 * SECCOMP_RET_ value) to the rest. The call of the table's first row is looked at
 * first. When the kernel takes a program it compiles it and tries every call on it, so
 * it is made short. false: it would be too long.
 */
bool sandbox_program_make(struct sandbox_program *program, enum sandbox_thread kind,
                          unsigned needs, uint32_t otherwise);

static inline struct sock_filter *sandbox_program_start(struct sandbox_program *program)
{
    return &program->code[SANDBOX_PROGRAM_MAX - program->length];
}

#endif
