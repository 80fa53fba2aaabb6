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
#include <termios.h>       /* the terminal as it was */
#include <unistd.h>        /* syscall, write */

#define FILTER_MAX 1024 /* instructions; the kernel takes 4096 */
#define NUMBERS    512  /* of calls: above all there are */
#define ENDED      3    /* exit status: the host failed */

/* What the handler of SIGSYS has to tell. */
static _Thread_local enum sandbox_thread this_thread;
static struct termios to_put_back;
static bool has_to_put_back;

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
    if (has_to_put_back)
        tcsetattr(STDIN_FILENO, TCSANOW, &to_put_back);
    /* Not _exit: what a sanitizer does at the end of a program may not be allowed. */
    syscall(SYS_exit_group, ENDED);
}

int sandbox_catch(const struct termios *terminal, struct error *err)
{
    has_to_put_back = terminal != NULL;
    if (terminal)
        to_put_back = *terminal;
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

/* Allow this use of its call, whose number is loaded; else go on, without it. */
static void emit_use(struct filter *filter, const struct sandbox_call *call)
{
    load(filter,
         offsetof(struct seccomp_data, args) + call->argument * sizeof(uint64_t));
    emit(filter, BPF_ALU | BPF_AND | BPF_K, call->mask, 0, 0);
    emit(filter, BPF_JMP | BPF_JEQ | BPF_K, call->value, 0, 1);
    emit(filter, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

/* The uses of one call; it ends here. */
static void emit_uses(struct filter *filter, unsigned number,
                      const struct purpose *purpose)
{
    for (unsigned i = 0; i < sandbox_call_rows; i++) {
        const struct sandbox_call *call = &sandbox_calls[i];
        if (call->number == number && applies(call, purpose))
            emit_use(filter, call);
    }
    emit(filter, BPF_RET | BPF_K, purpose->otherwise, 0, 0);
}

enum verdict { REFUSED, ALLOWED, DEPENDS };

/* What is done with the calls from this number on, up to the next step. */
struct step {
    uint16_t from;
    uint8_t verdict;
};

/* Neighbours that are treated alike are one step; the last is refused, with all above.
 * How many there are.
 */
static unsigned make_steps(struct step steps[NUMBERS], const struct purpose *purpose)
{
    uint8_t verdicts[NUMBERS] = { REFUSED };
    unsigned count = 0;
    for (unsigned i = 0; i < sandbox_call_rows; i++) {
        const struct sandbox_call *call = &sandbox_calls[i];
        if (call->number >= NUMBERS - 1 || !applies(call, purpose))
            continue;
        uint8_t *verdict = &verdicts[call->number];
        *verdict = call->mask && *verdict != ALLOWED ? DEPENDS : ALLOWED;
    }
    for (unsigned number = 0; number < NUMBERS; number++) {
        uint8_t verdict = verdicts[number];
        if (!count || verdict == DEPENDS || verdict != steps[count - 1].verdict)
            steps[count++] = (struct step){ (uint16_t)number, verdict };
    }
    return count;
}

static void emit_verdict(struct filter *filter, const struct step *step,
                         const struct purpose *purpose)
{
    if (step->verdict == DEPENDS)
        emit_uses(filter, step->from, purpose);
    else
        emit(filter, BPF_RET | BPF_K,
             step->verdict == ALLOWED ? SECCOMP_RET_ALLOW : purpose->otherwise, 0, 0);
}

/* Have the comparison at `from` jump behind what came after it, if it is true. */
static void jump_here(struct filter *filter, unsigned from)
{
    unsigned distance = filter->length - from - 1;
    if (filter->length >= FILTER_MAX)
        return; /* refused later */
    if (distance <= UINT8_MAX) {
        filter->code[from].jt = (uint8_t)distance;
        return;
    }
    /* Too far for a comparison: by a jump between the two. */
    memmove(&filter->code[from + 2], &filter->code[from + 1],
            distance * sizeof(*filter->code));
    filter->code[from].jf = 1;
    filter->code[from + 1] =
        (struct sock_filter){ .code = BPF_JMP | BPF_JA, .k = distance };
    filter->length++;
}

/* Which of the steps it is: halves of halves. */
static void emit_search(struct filter *filter, const struct step *steps, unsigned count,
                        const struct purpose *purpose)
{
    unsigned half = count / 2, here = filter->length;
    if (count == 1) {
        emit_verdict(filter, steps, purpose);
        return;
    }
    emit(filter, BPF_JMP | BPF_JGE | BPF_K, steps[half].from, 0, 0);
    emit_search(filter, steps, half, purpose);
    jump_here(filter, here);
    emit_search(filter, steps + half, count - half, purpose);
}

/*
 * The first row, the most frequent use of a call, is looked at first; others are
 * searched for. When the kernel takes a filter it tries every call on it, and compiles
 * all of it.
 */
static void make_filter(struct filter *filter, const struct purpose *purpose)
{
    const struct sandbox_call *first = &sandbox_calls[0];
    struct step steps[NUMBERS];
    unsigned count = make_steps(steps, purpose);

    filter->length = 0;
    load(filter, offsetof(struct seccomp_data, arch));
    emit(filter, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
    emit(filter, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
    load(filter, offsetof(struct seccomp_data, nr));
    if (first->mask && applies(first, purpose)) {
        emit(filter, BPF_JMP | BPF_JEQ | BPF_K, first->number, 0, 5);
        emit_use(filter, first);
        load(filter, offsetof(struct seccomp_data, nr));
    }
    emit_search(filter, steps, count, purpose);
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
