/* sandbox_filter.c: gives a thread its filter, and tells of calls that are forbidden.
 */
#include "base/sandbox_internal.h"

#include "base/error.h"           /* errors */
#include "base/sandbox_calls.h"   /* names of calls */
#include "base/sandbox_program.h" /* the filter */

#include <linux/seccomp.h> /* the kernel's interface */
#include <signal.h>        /* SIGSYS */
#include <stdio.h>         /* snprintf */
#include <string.h>        /* strlen */
#include <sys/syscall.h>   /* SYS_seccomp */
#include <termios.h>       /* the terminal as it was */
#include <unistd.h>        /* syscall, write */

#define ENDED 3 /* exit status: the host failed */

/* What the handler of SIGSYS has to tell. */
static _Thread_local enum sandbox_thread this_thread;
static struct termios to_put_back;
static bool has_to_put_back;

static const char *const thread_names[SANDBOX_THREADS] = {
    [SANDBOX_MAIN] = "main",       [SANDBOX_VCPU] = "vCPU",   [SANDBOX_DISK] = "disk",
    [SANDBOX_DISPLAY] = "display", [SANDBOX_NET] = "network",
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

int sandbox_filter(enum sandbox_thread kind, unsigned needs, bool only_log,
                   struct error *err)
{
    struct sandbox_program program;
    if (!sandbox_program_make(&program, kind, needs,
                              only_log ? SECCOMP_RET_LOG : SECCOMP_RET_TRAP))
        return error_set(err, ERROR_SYSTEM, -E2BIG,
                         "sandbox: the filter of a %s thread is too long",
                         thread_names[kind]);
    struct sock_fprog filter = { (unsigned short)program.length,
                                 sandbox_program_start(&program) };
    this_thread = kind;
    /* A guest's speculation is the guest's affair: no slower loads for its sake. */
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                          SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter);
    if (result < 0 && errno == EINVAL)
        result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
    if (result == 0)
        return 0;
    return error_set(err, ERROR_SYSTEM, -errno,
                     "sandbox: the kernel takes no filter for a %s thread: %s; "
                     "--sandbox off does without",
                     thread_names[kind], strerror(errno));
}
