/* vfio_user_server_fuzz.c: a vfio-user client that sends the GPU model anything. */
#include "fuzz.h" /* must */

#include "model/session.h" /* the target */

#include "base/bytes.h"      /* loads */
#include "base/error.h"      /* struct error */
#include "base/event_loop.h" /* the session's loop */
#include "base/log.h"        /* quiet */
#include "model/chips.h"     /* the chip */
#include "model/dma_map.h"   /* bus-master accesses */
#include "model/model.h"     /* the device */
#include "model/vbios_rom.h" /* a ROM in the real one's place */

#include <sys/eventfd.h> /* interrupts */
#include <sys/mman.h>    /* memfd_create */
#include <sys/socket.h>  /* socketpair */
#include <unistd.h>      /* close */

const unsigned char vbios_rom[512] = { 0x55, 0xaa, 1 };
const size_t vbios_rom_size = sizeof(vbios_rom);

/* A step: command, flags, which descriptor, payload size; then the payload. */
#define STEP_HEAD 4

static int bus_read(void *opaque, uint64_t address, void *data, size_t size)
{
    struct session **session = opaque;
    return *session ? dma_map_read((*session)->dma, address, data, size) : -EFAULT;
}

static int bus_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    struct session **session = opaque;
    return *session ? dma_map_write((*session)->dma, address, data, size) : -EFAULT;
}

static void bus_interrupt(void *opaque, bool condition, bool pin)
{
    struct session **session = opaque;
    if (*session)
        irqs_changed(&(*session)->irqs, condition, pin);
}

static void bus_frame_timer(void *opaque, uint64_t delay)
{
    must(delay < 10000000000);
}

static const struct model_bus bus = { bus_read, bus_write, bus_interrupt,
                                      bus_frame_timer };

static int make_fd(uint8_t kind)
{
    if (kind % 3 == 1)
        return eventfd(0, EFD_CLOEXEC);
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    must(ftruncate(fd, 0x2000) == 0);
    return fd;
}

/* Send one step. How many bytes of data it took. */
static size_t send_step(int socket, const uint8_t *data, size_t size)
{
    uint8_t payload[256];
    size_t length = data[3] < size - STEP_HEAD ? data[3] : size - STEP_HEAD;
    memcpy(payload, data + STEP_HEAD, length);
    /* A reply must fit the socket's buffer: nobody reads while the target writes. */
    if (data[0] == VFIO_USER_REGION_READ && length >= 16)
        store32(payload + 12, load32(payload + 12) & 0xfff);
    int fd = data[2] % 3 ? make_fd(data[2]) : -1;
    const struct vfio_user_outgoing out = {
        .header = { .command = data[0], .flags = data[1] & (VFIO_USER_NO_REPLY | 1) },
        .head = payload,
        .head_size = length,
        .fds = &fd,
        .fd_count = fd >= 0,
    };
    must(vfio_user_send(socket, &out, 1000, NULL) == 0);
    if (fd >= 0)
        close(fd);
    return STEP_HEAD + length;
}

static void drain(int socket)
{
    static uint8_t bytes[65536];
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = { bytes, sizeof(bytes) };
    struct msghdr header = { .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control) };
    while (recvmsg(socket, &header, MSG_DONTWAIT) > 0) {
        struct cmsghdr *first = CMSG_FIRSTHDR(&header);
        int fd;
        if (first) {
            memcpy(&fd, CMSG_DATA(first), sizeof(fd));
            close(fd);
        }
        header.msg_controllen = sizeof(control);
    }
}

static void run_steps(struct session *session, struct model *model, int client,
                      const uint8_t *data, size_t size)
{
    struct error err;
    while (size >= STEP_HEAD) {
        size_t taken = send_step(client, data, size);
        if (session_handle(session, &err) < 0)
            return;
        drain(client);
        model_frame(model);
        data += taken;
        size -= taken;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct model_options options = { .chip = model_chip_find("skylake"),
                                           .host_regions = true,
                                           .bdsm = 0x7b800000,
                                           .lpc_id = 0x29188086 };
    struct error err;
    struct session *session = NULL;
    int sockets[2];
    log_set_level(LOG_ERROR);
    struct event_loop *loop = event_loop_new(&err);
    struct model *model = model_new(&options, &bus, &session, &err);
    must(loop && model && socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
    session = session_new(sockets[0], model, loop, &err);
    must(session != NULL);
    session->greeted = size && data[0] != VFIO_USER_VERSION;
    run_steps(session, model, sockets[1], data, size);
    struct session *ending = session;
    session = NULL;
    session_free(ending);
    model_free(model);
    event_loop_free(loop);
    close(sockets[1]);
    return 0;
}
