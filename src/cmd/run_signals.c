/* run_signals.c: how signals end the machine of `igdvm run`. */
#include "cmd/run_signals.h"

#include "base/event_loop.h" /* waits */
#include "base/log.h"        /* what is done about a signal */
#include "machine/machine.h" /* the power button */

#include <signal.h>       /* sigset_t */
#include <sys/signalfd.h> /* signals as events */
#include <sys/timerfd.h>  /* patience */
#include <unistd.h>       /* read, close */

static const int ending_signals[] = { SIGINT, SIGTERM, SIGHUP };

static sigset_t ending_set(void)
{
    sigset_t set;
    sigemptyset(&set);
    for (unsigned i = 0; i < sizeof(ending_signals) / sizeof(ending_signals[0]); i++)
        sigaddset(&set, ending_signals[i]);
    return set;
}

void run_signals_hold(void)
{
    sigset_t set = ending_set();
    sigaddset(&set, SIGCHLD); /* for run_helpers.c */
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static void patience_ended(void *opaque, uint32_t events)
{
    const struct run_signals *signals = opaque;
    uint64_t count;
    ssize_t ignored = read(signals->timer_fd, &count, sizeof(count));
    (void)ignored;
    (void)events;
    log_warning(NULL, "the guest did not power off within %u s: stopped",
                signals->patience);
    machine_stop(signals->machine);
}

/* Give the guest its time; without a timer it has none. */
static bool start_timer(struct run_signals *signals)
{
    struct itimerspec when = { .it_value = { .tv_sec = (time_t)signals->patience } };
    signals->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return signals->timer_fd >= 0 &&
           timerfd_settime(signals->timer_fd, 0, &when, NULL) == 0 &&
           event_loop_add(machine_event_loop(signals->machine), signals->timer_fd,
                          EPOLLIN, patience_ended, signals) == 0;
}

static void on_signal(void *opaque, uint32_t events)
{
    struct run_signals *signals = opaque;
    struct signalfd_siginfo signal;
    (void)events;

    if (read(signals->signal_fd, &signal, sizeof(signal)) != sizeof(signal))
        return;
    if (signal.ssi_signo == SIGINT || signals->timer_fd >= 0 || !signals->patience) {
        log_info(NULL, "stopped by a signal");
        machine_stop(signals->machine);
    } else if (!machine_power_button(signals->machine)) {
        log_info(NULL, "stopped by a signal; the guest does not listen to the power "
                       "button");
        machine_stop(signals->machine);
    } else if (start_timer(signals)) {
        log_info(NULL,
                 "asked the guest to power off; it has %u s, another signal stops it",
                 signals->patience);
    } else {
        machine_stop(signals->machine);
    }
}

void run_signals_watch(struct run_signals *signals, struct machine *machine,
                       unsigned patience)
{
    sigset_t set = ending_set();
    *signals = (struct run_signals){ .machine = machine,
                                     .patience = patience,
                                     .signal_fd =
                                         signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
                                     .timer_fd = -1 };
    if (signals->signal_fd >= 0)
        event_loop_add(machine_event_loop(machine), signals->signal_fd, EPOLLIN,
                       on_signal, signals);
}

void run_signals_end(struct run_signals *signals)
{
    struct event_loop *loop = machine_event_loop(signals->machine);
    for (int i = 0; i < 2; i++) {
        int fd = i ? signals->timer_fd : signals->signal_fd;
        if (fd < 0)
            continue;
        event_loop_remove(loop, fd);
        close(fd);
    }
}
