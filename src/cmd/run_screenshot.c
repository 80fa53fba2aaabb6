/* run_screenshot.c: screenshots of a running machine: at SIGUSR1, and at the end. */
#include "cmd/run_screenshot.h"

#include "base/error.h"      /* errors */
#include "base/event_loop.h" /* the signal */
#include "base/log.h"        /* what came of it */
#include "machine/machine.h" /* takes them */

#include <errno.h>        /* why not */
#include <signal.h>       /* SIGUSR1 */
#include <stdlib.h>       /* free */
#include <string.h>       /* strrchr */
#include <sys/stat.h>     /* a folder */
#include <sys/signalfd.h> /* as an event */
#include <unistd.h>       /* close */

/* The folder of a file, by what of its path is before the last slash. */
static int may_write_beside(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = strndup(path, slash ? (size_t)(slash + 1 - path) : 0);
    int result = !folder ? -ENOMEM
                 : access(*folder ? folder : ".", W_OK | X_OK) < 0 ? -errno
                                                                   : 0;
    free(folder);
    return result;
}

int run_screenshot_check(const char *path, struct error *err)
{
    struct stat status;
    if (!path)
        return 0;
    bool folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    int result = folder ? -EISDIR : may_write_beside(path);
    return result == 0 ? 0
                       : error_set(err, ERROR_INPUT, result, "--screenshot %s: %s",
                                   path, strerror(-result));
}

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
