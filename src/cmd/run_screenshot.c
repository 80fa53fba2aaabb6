/* run_screenshot.c: screenshots of a running machine: at SIGUSR1, and at the end. */
#include "cmd/run_screenshot.h"

#include "base/error.h"      /* errors */
#include "base/event_loop.h" /* the signal */
#include "base/log.h"        /* what came of it */
#include "machine/machine.h" /* takes them */

#include <signal.h>       /* SIGUSR1 */
#include <sys/signalfd.h> /* as an event */
#include <unistd.h>       /* close */

static sigset_t signal_set(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    return set;
}

void run_screenshot_hold(const char *path)
{
    sigset_t set = signal_set();
    if (path)
        sigprocmask(SIG_BLOCK, &set, NULL);
}

static void written(void *opaque, const struct error *err)
{
    struct run_screenshot *screenshot = opaque;
    screenshot->failed = err;
    if (err)
        log_error(NULL, "%s", err->text);
    else
        log_info(NULL, "wrote %s", screenshot->path);
}

static void take(struct run_screenshot *screenshot)
{
    struct error err = { 0 };
    if (machine_screenshot(screenshot->machine, screenshot->path, written, screenshot,
                           &err) < 0)
        written(screenshot, &err);
}

static void on_signal(void *opaque, uint32_t events)
{
    struct run_screenshot *screenshot = opaque;
    struct signalfd_siginfo signal;
    (void)events;
    if (read(screenshot->signal_fd, &signal, sizeof(signal)) == sizeof(signal))
        take(screenshot);
}

void run_screenshot_watch(struct run_screenshot *screenshot, struct machine *machine,
                          const char *path)
{
    sigset_t set = signal_set();
    *screenshot =
        (struct run_screenshot){ .machine = machine, .path = path, .signal_fd = -1 };
    if (path)
        screenshot->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (screenshot->signal_fd >= 0)
        event_loop_add(machine_event_loop(machine), screenshot->signal_fd, EPOLLIN,
                       on_signal, screenshot);
}

bool run_screenshot_end(struct run_screenshot *screenshot)
{
    if (screenshot->signal_fd >= 0) {
        event_loop_remove(machine_event_loop(screenshot->machine),
                          screenshot->signal_fd);
        close(screenshot->signal_fd);
        screenshot->signal_fd = -1;
    }
    if (screenshot->path)
        take(screenshot);
    machine_display_finish(screenshot->machine);
    return !screenshot->failed;
}
