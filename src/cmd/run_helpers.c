/* run_helpers.c: tells when somebody stops a program beside `igdvm run`. */
#include "cmd/run_helpers.h"

#include "base/event_loop.h" /* SIGCHLD as an event */
#include "base/log.h"        /* what is told */
#include "cmd/run_options.h" /* which programs there are */

#include <signal.h>       /* sigset_t */
#include <sys/signalfd.h> /* signalfd */
#include <sys/wait.h>     /* waitid */
#include <unistd.h>       /* read */

/* The machine's own children are servers of disks. */
static const struct run_helper disk_server = { 0, "the server of a disk", "that disk" };

static const struct run_helper *find(const struct run_helpers *helpers, pid_t process)
{
    for (unsigned i = 0; i < helpers->count; i++) {
        if (helpers->list[i].process == process)
            return &helpers->list[i];
    }
    return &disk_server;
}

static void tell(const struct run_helper *helper, const siginfo_t *what)
{
    if (what->si_code == CLD_STOPPED)
        log_warning(NULL,
                    "%s (process %d) was stopped: %s stands still until 'kill -CONT "
                    "%d' or the end of igdvm",
                    helper->name, (int)what->si_pid, helper->waits, (int)what->si_pid);
    else
        log_info(NULL, "%s (process %d) goes on", helper->name, (int)what->si_pid);
}

/* Who ended is left to who started it. */
static void on_child(void *opaque, uint32_t events)
{
    const struct run_helpers *helpers = opaque;
    struct signalfd_siginfo signal;
    ssize_t ignored = read(helpers->signal_fd, &signal, sizeof(signal));
    siginfo_t what;

    (void)ignored;
    (void)events;
    for (;;) {
        what.si_pid = 0;
        if (waitid(P_ALL, 0, &what, WSTOPPED | WCONTINUED | WNOHANG) < 0 ||
            what.si_pid == 0)
            return;
        tell(find(helpers, what.si_pid), &what);
    }
}

static void add(struct run_helpers *helpers, pid_t process, const char *name,
                const char *waits)
{
    helpers->list[helpers->count++] = (struct run_helper){ process, name, waits };
}

void run_helpers_watch(struct run_helpers *helpers, const struct run_options *options,
                       pid_t display, struct machine *machine)
{
    sigset_t set;
    bool disks = false;

    *helpers =
        (struct run_helpers){ .loop = machine_event_loop(machine), .signal_fd = -1 };
    for (unsigned i = 0; i < options->nic_count; i++) {
        if (options->nics[i].user)
            add(helpers, options->nics[i].process, "igdvm-net", "the guest's network");
    }
    if (display)
        add(helpers, display, "igdvm-display", "the guest's screen");
    for (unsigned i = 0; i < options->machine.disk_count; i++)
        disks |= options->machine.disks[i].format != NULL;
    if (!helpers->count && !disks)
        return;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    helpers->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (helpers->signal_fd >= 0)
        event_loop_add(helpers->loop, helpers->signal_fd, EPOLLIN, on_child, helpers);
}

void run_helpers_end(struct run_helpers *helpers)
{
    if (helpers->signal_fd < 0)
        return;
    event_loop_remove(helpers->loop, helpers->signal_fd);
    close(helpers->signal_fd);
    helpers->signal_fd = -1;
}
