/* control_socket_fuzz.c: clients of a control socket, and the descriptors they send. */
#include "fuzz_loop.h" /* must, a turn */

#include "base/control_request.h" /* requests */
#include "base/control_socket.h"  /* the target */
#include "base/error.h"           /* struct error */
#include "base/log.h"             /* nothing is said */

#include <fcntl.h>      /* open */
#include <stdint.h>     /* bytes */
#include <stdio.h>      /* snprintf */
#include <stdlib.h>     /* mkdtemp */
#include <string.h>     /* memcpy */
#include <sys/socket.h> /* clients */
#include <sys/un.h>     /* addresses */

#define DESCRIPTORS 7 /* at most, in one piece */

static char folder[] = "/tmp/igdvm-fuzz-XXXXXX";
static char path[64], file[64];

static int look(struct control_request *request, struct error *err)
{
    (void)request;
    (void)err;
    return 0;
}

/* Keeps the file, as a drive does a disc. */
static int take(struct control_request *request, struct error *err)
{
    const char *name;
    int fd = control_request_file(request, CONTROL_FILE_READ, &name, err);
    if (fd < 0)
        return fd;
    must((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY);
    close(fd);
    request->fd = -1;
    return 0;
}

static int fill(struct control_request *request, struct error *err)
{
    const char *name;
    int fd = control_request_file(request, CONTROL_FILE_WRITE, &name, err);
    if (fd < 0)
        return fd;
    must(write(fd, "x", 1) == 1 && ftruncate(fd, 0) == 0);
    return 0;
}

static const struct control_verb verbs[] = {
    { "look", look }, { "take", take }, { "fill", fill }, { NULL, NULL }
};

static char *answer(void *opaque, struct control_line *line)
{
    char *text = control_request_answer(verbs, opaque, line);
    must(text && strchr(text, '\n') == text + strlen(text) - 1);
    return text;
}

static int make_descriptor(unsigned kind)
{
    int pipes[2];
    switch (kind % 8) {
    case 0:
        return open(file, O_RDONLY);
    case 1:
        return open(file, O_WRONLY);
    case 2:
        return open(file, O_RDWR);
    case 3:
        return open(file, O_PATH);
    case 4:
        return open(folder, O_RDONLY | O_DIRECTORY);
    case 5:
        return open("/dev/null", O_RDWR);
    case 6:
        return socket(AF_UNIX, SOCK_STREAM, 0);
    default:
        must(pipe(pipes) == 0);
        close(pipes[1]);
        return pipes[0];
    }
}

static int connect_client(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    must(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0);
    return client;
}

/* A piece of what the client says; it may be gone. */
static void say(int client, const uint8_t *bytes, size_t size, unsigned count,
                unsigned kind)
{
    int fds[DESCRIPTORS];
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(fds))];
    } control = { .header = { CMSG_LEN(count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
    struct iovec data = { (void *)bytes, size };
    struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
    for (unsigned i = 0; i < count; i++) {
        fds[i] = make_descriptor(kind + i);
        must(fds[i] >= 0);
    }
    if (count) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
    }
    ssize_t ignored = sendmsg(client, &message, MSG_NOSIGNAL);
    (void)ignored;
    for (unsigned i = 0; i < count; i++)
        close(fds[i]);
}

/* The lowest descriptor that is free: one higher for each that was left open. */
static int lowest_free(void)
{
    int fd = dup(0);
    close(fd);
    return fd;
}

static void remove_folder(void)
{
    unlink(file);
    rmdir(folder);
}

static struct event_loop *start(void)
{
    struct error err;
    log_set_level(LOG_ERROR);
    must(mkdtemp(folder) != NULL);
    atexit(remove_folder);
    snprintf(path, sizeof(path), "%s/socket", folder);
    snprintf(file, sizeof(file), "%s/file", folder);
    close(open(file, O_WRONLY | O_CREAT, 0600));
    return event_loop_new(&err);
}

/* Pieces: kind and number of descriptors, number of bytes, the bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct event_loop *loop;
    struct error err;
    char answers[4096];
    if (!loop)
        loop = start();
    int before = lowest_free();
    struct control_socket *control = control_socket_new(loop, path, answer, NULL, &err);
    must(control != NULL);
    int client = connect_client();
    must(fuzz_turn(loop) == FUZZ_TURNED);
    while (size > 2) {
        unsigned how = data[0], length = data[1];
        data += 2;
        size -= 2;
        if (length > size)
            length = (unsigned)size;
        if (length)
            say(client, data, length, how & 7, how >> 3);
        data += length;
        size -= length;
        if (how & 0x80)
            must(fuzz_turn(loop) == FUZZ_TURNED);
        while (recv(client, answers, sizeof(answers), MSG_DONTWAIT) > 0)
            ;
    }
    close(client);
    must(fuzz_turn(loop) == FUZZ_TURNED);
    control_socket_free(control);
    must(lowest_free() == before);
    return 0;
}
