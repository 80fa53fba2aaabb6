/* display_server_fuzz.c: any packets from igdvm to igdvm-display. */
#include "fuzz.h"      /* must */
#include "fuzz_loop.h" /* fuzz_turn */

#include "display/display_server.h" /* the target */

#include "base/bytes.h"       /* loads */
#include "base/error.h"       /* struct error */
#include "base/event_loop.h"  /* it runs on it */
#include "base/log.h"         /* silence */
#include "display/protocol.h" /* messages */

#include <fcntl.h>      /* seals */
#include <sys/mman.h>   /* memfd_create */
#include <sys/socket.h> /* the socket */
#include <unistd.h>     /* close */

#define MEMORY_SIZE 0x40000
/* Pictures that are saved are no larger, for the sake of speed. */
#define MOST_PIXELS 0x40000u

/* A step: the packet's kind, bits of what comes with it, its size; then its bytes. */
#define STEP_HEADER 4
#define WITH_FD     1
#define WITH_MEMORY 2 /* memory of the right kind, else a file */
#define ANY_SIZE    4 /* else the packet has its kind's size */

struct fuzz {
    struct event_loop *loop;
    int sockets[2];
    int memory, file;
    bool over;
};

/* All that comes back is what igdvm-display may say. */
static void check_answers(struct fuzz *fuzz)
{
    struct display_message message;
    int fd, result;
    while ((result = display_receive(fuzz->sockets[0], DISPLAY_SIDE_DISPLAY, &message,
                                     &fd, NULL)) > 0)
        must(fd == -1);
    must(result == 0 || result == -ECONNRESET);
}

/* Of the kinds igdvm may send. */
static size_t size_of(uint32_t kind)
{
    static const struct display_message *const none;
    static const size_t sizes[] = { [DISPLAY_MEMORY] = sizeof(none->memory),
                                    [DISPLAY_VIEW] = sizeof(none->view),
                                    [DISPLAY_LIGHTS] = sizeof(none->lights),
                                    [DISPLAY_SCREENSHOT] = sizeof(none->screenshot) };
    return offsetof(struct display_message, memory) +
           (kind < ARRAY_SIZE(sizes) ? sizes[kind] : 0);
}

static void send_packet(struct fuzz *fuzz, const uint8_t *header, const uint8_t *bytes,
                        size_t size)
{
    struct display_message message = { .kind = header[0] };
    union {
        struct cmsghdr header;
        uint8_t room[CMSG_SPACE(sizeof(int))];
    } control = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
    int fd = header[1] & WITH_MEMORY ? fuzz->memory : fuzz->file;
    memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
    memcpy((void *)&message.view, bytes,
           size > sizeof(message.view) ? sizeof(message.view) : size);
    if (message.kind == DISPLAY_VIEW &&
        (uint64_t)message.view.width * message.view.height > MOST_PIXELS)
        message.view.height = MOST_PIXELS / message.view.width;
    struct iovec part = { &message, size_of(message.kind) };
    if (header[1] & ANY_SIZE)
        part.iov_len = load16(header + 2) % (sizeof(message) + 9);
    uint8_t large[sizeof(message) + 8] = { 0 };
    if (part.iov_len > sizeof(message)) {
        memcpy(large, &message, sizeof(message));
        part.iov_base = large;
    }
    struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1 };
    if (header[1] & WITH_FD) {
        packet.msg_control = &control;
        packet.msg_controllen = sizeof(control);
    }
    fuzz->over = sendmsg(fuzz->sockets[0], &packet, MSG_NOSIGNAL | MSG_DONTWAIT) < 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = { .loop = event_loop_new(NULL) };
    static bool quiet;
    if (!quiet)
        log_set_limit(1, 0); /* one line, and no more */
    quiet = true;
    fuzz.memory = memfd_create("memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    fuzz.file = memfd_create("file", MFD_CLOEXEC);
    must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fuzz.sockets) == 0);
    must(ftruncate(fuzz.memory, MEMORY_SIZE) == 0 &&
         fcntl(fuzz.memory, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
    ssize_t ignored = pwrite(fuzz.memory, data, size < MEMORY_SIZE ? size : 64, 0);
    (void)ignored;
    const struct display_server_options options = { .socket = fuzz.sockets[1],
                                                    .title = "fuzz" };
    struct display_server *server = display_server_new(fuzz.loop, &options, NULL);
    must(server != NULL);
    while (size >= STEP_HEADER && !fuzz.over) {
        const uint8_t *header = data;
        size_t length = load16(header + 2);
        data += STEP_HEADER;
        size -= STEP_HEADER;
        if (length > size)
            length = size;
        send_packet(&fuzz, header, data, length);
        data += length;
        size -= length;
        fuzz.over = fuzz.over || fuzz_turn(fuzz.loop) != FUZZ_TURNED;
        check_answers(&fuzz);
    }
    display_server_free(server);
    close(fuzz.sockets[0]);
    close(fuzz.sockets[1]);
    close(fuzz.memory);
    close(fuzz.file);
    event_loop_free(fuzz.loop);
    return 0;
}
