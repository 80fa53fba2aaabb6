/* run_notify.c: tells the service manager that the guest runs (sd_notify(3)). */
#include "cmd/run_notify.h"

#include "base/event_loop.h" /* the right moment */
#include "base/log.h"        /* a manager that cannot be told */
#include "machine/machine.h" /* does the guest run? */

#include <errno.h>      /* why not */
#include <stddef.h>     /* offsetof */
#include <stdlib.h>     /* getenv */
#include <string.h>     /* strlen */
#include <sys/socket.h> /* connect */
#include <sys/un.h>     /* addresses */
#include <unistd.h>     /* close */

#define PAUSE_US 1000

/* "@" begins the name of an abstract socket, which then is not ended by a NUL. */
static int connect_to(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t length = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || length >= sizeof(address.sun_path))
        return -EINVAL;
    memcpy(address.sun_path, path, length);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, size) == 0)
        return fd < 0 ? -errno : fd;
    int code = -errno;
    close(fd);
    return code;
}

/* The socket can always be written to: the loop comes here until the guest runs. */
static void can_write(void *opaque, uint32_t events)
{
    static const char ready[] = "READY=1\n";
    struct run_notify *notify = opaque;
    (void)events;
    if (!machine_has_begun(notify->machine)) {
        usleep(PAUSE_US);
        return;
    }
    if (send(notify->fd, ready, strlen(ready), MSG_NOSIGNAL) < 0)
        log_warning(NULL, "NOTIFY_SOCKET: %s", strerror(errno));
    run_notify_end(notify);
}

void run_notify_watch(struct run_notify *notify, struct machine *machine)
{
    const char *path = getenv("NOTIFY_SOCKET");
    *notify = (struct run_notify){ .machine = machine, .fd = -1 };
    if (!path)
        return;
    int fd = connect_to(path);
    if (fd < 0) {
        log_warning(NULL, "NOTIFY_SOCKET %s: %s", path, strerror(-fd));
        return;
    }
    notify->fd = fd;
    if (event_loop_add(machine_event_loop(machine), fd, EPOLLOUT, can_write, notify) <
        0)
        run_notify_end(notify);
}

void run_notify_end(struct run_notify *notify)
{
    if (notify->fd < 0)
        return;
    event_loop_remove(machine_event_loop(notify->machine), notify->fd);
    close(notify->fd);
    notify->fd = -1;
}
