/* sandbox_filter.c: the filter of a thread's system calls, and what a forbidden one
 * does. */
#include "base/sandbox_internal.h"

#include "base/bytes.h"         /* ARRAY_SIZE */
#include "base/error.h"         /* errors */
#include "base/sandbox_calls.h" /* what is allowed */

#include <linux/audit.h>   /* AUDIT_ARCH_X86_64 */
#include <linux/filter.h>  /* the filter's language */
#include <linux/seccomp.h> /* the kernel's interface */
#include <signal.h>        /* SIGSYS */
#include <stddef.h>        /* offsetof */
#include <stdio.h>         /* snprintf */
#include <string.h>        /* strlen */
#include <sys/syscall.h>   /* SYS_seccomp */
#include <unistd.h>        /* syscall, write, _exit */

#define FILTER_MAX  1024 /* instructions; the kernel takes 4096 */
#define NUMBERS_MAX 256  /* different calls */
#define ENDED       3    /* exit status: the host failed */

/* What the handler of SIGSYS has to tell. */
static _Thread_local enum sandbox_thread this_thread;

static const char *const thread_names[SANDBOX_THREADS] = {
    [SANDBOX_MAIN] = "main",
    [SANDBOX_VCPU] = "vCPU",
    [SANDBOX_DISK] = "disk",
};

const char *sandbox_thread_name(enum sandbox_thread kind)
{
    return thread_names[kind];
}

/* Only what may be called in a signal handler: snprintf of glibc may, without %f. */
static void on_forbidden(int number, siginfo_t *info, void *context)
{
    char line[160];
    const char *name = system_call_name((unsigned)info->si_syscall);
    (void)number;
    (void)context;
    int used = snprintf(line, sizeof(line),
                        "igdvm: error: sandbox: a %s thread made the system call %s "
                        "(%d), which it may not: ended\n",
                        thread_names[this_thread], name ? name : "of number",
                        info->si_syscall);
    ssize_t ignored = write(STDERR_FILENO, line, (size_t)used);
    (void)ignored;
    _exit(ENDED);
}

int sandbox_catch(struct error *err)
{
    struct sigaction action = { .sa_sigaction = on_forbidden, .sa_flags = SA_SIGINFO };
    sigfillset(&action.sa_mask);
    return sigaction(SIGSYS, &action, NULL) < 0
               ? error_system(err, -errno, "sandbox: SIGSYS")
               : 0;
}

struct filter {
    unsigned length;
    struct sock_filter code[FILTER_MAX];
};

static void emit(struct filter *filter, uint16_t code, uint32_t value, uint8_t yes,
                 uint8_t no)
{
    if (filter->length < FILTER_MAX)
        filter->code[filter->length] = (struct sock_filter){ code, yes, no, value };
    filter->length++;
}

static void load(struct filter *filter, size_t offset)
{
    emit(filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* Whose filter it is, and what becomes of a call it does not allow. */
struct purpose {
    enum sandbox_thread kind;
    unsigned needs;
    uint32_t otherwise;
};

static bool applies(const struct sandbox_call *call, const struct purpose *purpose)
{
    return (call->threads & 1u << purpose->kind) && !(call->needs & ~purpose->needs);
}

/* The uses of the call of this number, which is loaded; it ends here. */
static void emit_uses(struct filter *filter, unsigned number,
                      const struct purpose *purpose)
{
    for (unsigned i = 0; i < sandbox_call_rows; i++) {
        const struct sandbox_call *call = &sandbox_calls[i];
        if (call->number != number || !applies(call, purpose))
            continue;
        if (call->mask) {
            load(filter, offsetof(struct seccomp_data, args) +
                             call->argument * sizeof(uint64_t));
            emit(filter, BPF_ALU | BPF_AND | BPF_K, call->mask, 0, 0);
            emit(filter, BPF_JMP | BPF_JEQ | BPF_K, call->value, 0, 1);
        }
        emit(filter, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
        if (!call->mask)
            return;
    }
    emit(filter, BPF_RET | BPF_K, purpose->otherwise, 0, 0);
}

/* The call, if it is one of these: halves of halves. */
static void emit_search(struct filter *filter, const uint16_t *numbers, unsigned count,
                        const struct purpose *purpose)
{
    if (count > 1) {
        unsigned half = count / 2, jump;
        emit(filter, BPF_JMP | BPF_JGE | BPF_K, numbers[half], 0, 1);
        jump = filter->length;
        emit(filter, BPF_JMP | BPF_JA, 0, 0, 0);
        emit_search(filter, numbers, half, purpose);
        if (jump < FILTER_MAX)
            filter->code[jump].k = filter->length - jump - 1;
        emit_search(filter, numbers + half, count - half, purpose);
        return;
    }
    emit(filter, BPF_JMP | BPF_JEQ | BPF_K, numbers[0], 1, 0);
    emit(filter, BPF_RET | BPF_K, purpose->otherwise, 0, 0);
    emit_uses(filter, numbers[0], purpose);
}

/* The numbers of what applies, each once, in order; how many. */
static unsigned sorted_numbers(uint16_t numbers[NUMBERS_MAX],
                               const struct purpose *purpose)
{
    unsigned count = 0;
    for (unsigned i = 0; i < sandbox_call_rows; i++) {
        uint16_t number = sandbox_calls[i].number;
        unsigned at = 0;
        if (!applies(&sandbox_calls[i], purpose))
            continue;
        while (at < count && numbers[at] < number)
            at++;
        if ((at < count && numbers[at] == number) || count == NUMBERS_MAX)
            continue;
        memmove(numbers + at + 1, numbers + at, (count - at) * sizeof(*numbers));
        numbers[at] = number;
        count++;
    }
    return count;
}

/*
 * The first row's call, the most frequent, is looked at first; others are searched for.
 * When the kernel takes a filter it tries every call on it: a list would make that
 * slow.
 */
static void make_filter(struct filter *filter, const struct purpose *purpose)
{
    uint16_t numbers[NUMBERS_MAX];
    unsigned count = sorted_numbers(numbers, purpose), skip;

    filter->length = 0;
    load(filter, offsetof(struct seccomp_data, arch));
    emit(filter, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
    emit(filter, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
    load(filter, offsetof(struct seccomp_data, nr));
    if (applies(&sandbox_calls[0], purpose)) {
        emit(filter, BPF_JMP | BPF_JEQ | BPF_K, sandbox_calls[0].number, 1, 0);
        skip = filter->length;
        emit(filter, BPF_JMP | BPF_JA, 0, 0, 0);
        emit_uses(filter, sandbox_calls[0].number, purpose);
        filter->code[skip].k = filter->length - skip - 1;
    }
    emit_search(filter, numbers, count, purpose);
}

int sandbox_filter(enum sandbox_thread kind, unsigned needs, bool only_log,
                   struct error *err)
{
    const struct purpose purpose = { kind, needs,
                                     only_log ? SECCOMP_RET_LOG : SECCOMP_RET_TRAP };
    struct filter filter;
    make_filter(&filter, &purpose);
    if (filter.length > FILTER_MAX)
        return error_set(
            err, ERROR_SYSTEM, -E2BIG,
            "sandbox: the filter of a %s thread has %u instructions, %d at "
            "most",
            thread_names[kind], filter.length, FILTER_MAX);
    struct sock_fprog program = { (unsigned short)filter.length, filter.code };
    this_thread = kind;
    /* A guest's speculation is the guest's affair: no slower loads for its sake. */
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                          SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
    if (result < 0 && errno == EINVAL)
        result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
    if (result == 0)
        return 0;
    return error_set(err, ERROR_SYSTEM, -errno,
                     "sandbox: the kernel takes no filter for a %s thread: %s; "
                     "--sandbox off does without",
                     thread_names[kind], strerror(errno));
}
