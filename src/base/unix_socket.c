/* unix_socket.c: UNIX sockets at paths. */
#include "base/unix_socket.h"

#include "base/error.h" /* errors */

#include <stdbool.h>    /* bool */
#include <string.h>     /* strlen */
#include <sys/socket.h> /* listen */
#include <sys/stat.h>   /* is it a socket? */
#include <sys/un.h>     /* addresses */
#include <unistd.h>     /* close, unlink */

/* Is somebody listening there? Only then does connecting succeed or find a full queue.
 */
static bool in_use(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return true;
    int result = connect(fd, (const struct sockaddr *)address, sizeof(*address));
    bool used = result == 0 || errno == EAGAIN || errno == EINPROGRESS;
    close(fd);
    return used;
}

static int clear_path(const struct sockaddr_un *address, struct error *err)
{
    const char *path = address->sun_path;
    struct stat facts;
    if (lstat(path, &facts) < 0) {
        if (errno == ENOENT)
            return 0;
        return error_system(err, -errno, "socket %s", path);
    }
    if (!S_ISSOCK(facts.st_mode))
        return error_set(err, ERROR_INPUT, -EEXIST,
                         "socket %s: something that is not a socket is there; choose "
                         "another path or remove it",
                         path);
    if (in_use(address))
        return error_set(err, ERROR_INPUT, -EADDRINUSE,
                         "socket %s: another server is listening there; choose another "
                         "path or end it",
                         path);
    if (unlink(path) < 0 && errno != ENOENT)
        return error_system(err, -errno, "socket %s: removing the old one", path);
    return 0;
}

static int make_address(const char *path, struct sockaddr_un *address,
                        struct error *err)
{
    size_t length = strlen(path);
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (length == 0 || length >= sizeof(address->sun_path))
        return error_set(err, ERROR_INPUT, -ENAMETOOLONG,
                         "socket path has %zu characters, expected 1 to %zu: %s",
                         length, sizeof(address->sun_path) - 1, path);
    memcpy(address->sun_path, path, length + 1);
    return 0;
}

int unix_socket_connect(const char *path, struct error *err)
{
    struct sockaddr_un address;
    int result = make_address(path, &address, err);
    if (result < 0)
        return result;
    /* Not blocking: a listener with a full queue would hold connect for ever. */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_system(err, -errno, "socket %s", path);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    int code = -errno;
    close(fd);
    if (code == -ENOENT || code == -ECONNREFUSED)
        return error_set(err, ERROR_IMPOSSIBLE, code, "socket %s: nobody listens there",
                         path);
    if (code == -EAGAIN)
        return error_set(err, ERROR_IMPOSSIBLE, code,
                         "socket %s: its server takes no connection: others wait "
                         "already; end them, or start the server again",
                         path);
    return error_set(err, ERROR_INPUT, code, "socket %s: %s", path, strerror(-code));
}

int unix_socket_listen(const char *path, mode_t mode, struct error *err)
{
    struct sockaddr_un address;
    int result = make_address(path, &address, err);
    if (result == 0)
        result = clear_path(&address, err);
    if (result < 0)
        return result;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_system(err, -errno, "socket %s", path);
    /* A socket's own mode, less the umask, is that of the path it is bound to. */
    if ((mode && fchmod(fd, mode) < 0) ||
        bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        result = error_system(err, -errno, "socket %s", path);
        close(fd);
        return result;
    }
    if (listen(fd, 4) < 0) {
        result = error_system(err, -errno, "socket %s", path);
        unlink(path);
        close(fd);
        return result;
    }
    return fd;
}
