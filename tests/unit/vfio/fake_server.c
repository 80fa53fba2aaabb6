/* fake_server.c: a vfio-user server on a thread, which can be told to misbehave. */
#include "fake_server.h"

#include "base/bytes.h"        /* ARRAY_SIZE */
#include "vfio/user_message.h" /* vfio_user_send, vfio_user_receive */

#include <errno.h>      /* EPERM */
#include <poll.h>       /* wait for the client to go away */
#include <stdlib.h>     /* abort */
#include <sys/mman.h>   /* memfd_create */
#include <sys/socket.h> /* socketpair */
#include <unistd.h>     /* close */

#define MUST(condition)   \
    do {                  \
        if (!(condition)) \
            abort();      \
    } while (0)

void fake_server_init(struct fake_server *server)
{
    int pair[2];
    MUST(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    memset(server, 0, sizeof(*server));
    server->client = pair[0];
    server->socket = pair[1];
    server->json = "{\"capabilities\":{\"max_msg_fds\":4,\"unknown\":[1,2]}}";
    server->region_count = 10;
    server->irq_count = 5;
    server->irq_vectors = 6;
    server->trigger_fd = server->unmask_fd = -1;
    store32(server->config, 0x01918086);
}

/* Send exactly these bytes and descriptors, whatever they are. */
static void send_raw(struct fake_server *server, const void *bytes, size_t size,
                     unsigned fd_count)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(64 * sizeof(int))];
    } control = { 0 };
    struct iovec part = { .iov_base = (void *)bytes, .iov_len = size };
    struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
    if (fd_count) {
        header.msg_control = control.bytes;
        header.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        for (unsigned i = 0; i < fd_count; i++) {
            int fd = STDERR_FILENO;
            memcpy(CMSG_DATA(rights) + i * sizeof(int), &fd, sizeof(fd));
        }
    }
    (void)!sendmsg(server->socket, &header, MSG_NOSIGNAL);
}

/* Stay until the client hangs up. */
static void wait_for_hang_up(struct fake_server *server)
{
    struct pollfd pollfd = { .fd = server->socket, .events = POLLRDHUP };
    (void)!poll(&pollfd, 1, 10000);
}

static void flood(struct fake_server *server)
{
    struct vfio_user_header request = { .command = VFIO_USER_DEVICE_RESET,
                                        .size = sizeof(request),
                                        .flags = VFIO_USER_NO_REPLY };
    while (send(server->socket, &request, sizeof(request), MSG_NOSIGNAL) > 0)
        ;
}

/* Reply wrongly. False ends the server. */
static bool misbehave(struct fake_server *server,
                      const struct vfio_user_header *command, const void *payload,
                      size_t size)
{
    static uint8_t bytes[65536];
    struct vfio_user_header reply = {
        .id = command->id,
        .command = command->command,
        .size = (uint32_t)(sizeof(reply) + size),
        .flags = VFIO_USER_TYPE_REPLY,
    };
    size_t send_size = sizeof(reply) + size;
    unsigned fds = 0;
    bool stay = false;
    memset(bytes, 0, sizeof(bytes));
    memcpy(bytes + sizeof(reply), payload, size < 4096 ? size : 4096);
    switch (server->fault) {
    case FAULT_SILENT:
        wait_for_hang_up(server);
        return false;
    case FAULT_CLOSE:
        return false;
    case FAULT_FLOOD:
        flood(server);
        return false;
    case FAULT_WRONG_ID:
        reply.id ^= 0x100;
        break;
    case FAULT_WRONG_COMMAND:
        reply.command++;
        break;
    case FAULT_WRONG_TYPE:
        reply.flags = 5;
        break;
    case FAULT_SHORT:
        reply.size = (uint32_t)(send_size = size ? send_size - 1 : send_size + 1);
        break;
    case FAULT_LONG:
        reply.size = (uint32_t)(send_size += 8192);
        break;
    case FAULT_HUGE:
        reply.size = UINT32_MAX;
        break;
    case FAULT_TINY:
        reply.size = sizeof(reply) - 1;
        break;
    case FAULT_STALLED:
        stay = true;
        reply.size += 100;
        break;
    case FAULT_TRUNCATED:
        reply.size += 100;
        fds = 1;
        break;
    case FAULT_EXTRA_FDS:
        fds = 3;
        break;
    case FAULT_TOO_MANY_FDS:
        fds = VFIO_USER_MAX_FDS + 10;
        break;
    default:
        abort();
    }
    memcpy(bytes, &reply, sizeof(reply));
    send_raw(server, bytes, send_size, fds);
    if (stay)
        wait_for_hang_up(server);
    return server->fault != FAULT_TRUNCATED && !stay;
}

/* What region `index` looks like; returns the size, *fd a descriptor to send or -1. */
static size_t region_info(struct fake_server *server, unsigned index, uint8_t *at,
                          int *fd)
{
    struct vfio_user_region_info info = {
        .argsz = sizeof(info),
        .flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE,
        .index = index,
    };
    *fd = -1;
    if (index == 9 && server->region9_info) {
        memcpy(at, server->region9_info, server->region9_size);
        return server->region9_size;
    }
    if (index == 0) { /* 16 KiB, its third page mappable, 4 KiB into the file */
        info.size = 0x4000;
        info.offset = 0x1000;
        info.flags |= VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS;
        info.cap_offset = sizeof(info);
        info.argsz = sizeof(info) + 32;
        uint8_t *cap = at + sizeof(info);
        memset(cap, 0, 32);
        cap[0] = VFIO_REGION_INFO_CAP_SPARSE_MMAP;
        cap[2] = 1;
        store32(cap + 8, 1);
        store64(cap + 16, 0x2000);
        store64(cap + 24, 0x1000);
        *fd = memfd_create("region0", MFD_CLOEXEC);
        MUST(*fd >= 0);
        MUST(!ftruncate(*fd, server->region0_short_file ? 0x2000 : 0x5000));
        MUST(server->region0_short_file || pwrite(*fd, "mapped", 6, 0x3000) == 6);
    } else if (index == 2) {
        info.size = sizeof(server->bar2);
    } else if (index == 7) {
        info.size = sizeof(server->config);
    }
    memcpy(at, &info, sizeof(info));
    return info.argsz;
}

/* Ask the client for memory while it waits: read, count up, write back. */
static void use_dma(struct fake_server *server)
{
    struct vfio_user_dma_access access = { .address = server->dma_address,
                                           .count = server->dma_count };
    struct vfio_user_outgoing request = {
        .header = { .id = 0x7777, .command = VFIO_USER_DMA_READ },
        .head = &access,
        .head_size = sizeof(access),
    };
    static uint8_t buffer[65536];
    struct vfio_user_message reply = { .payload = buffer, .capacity = sizeof(buffer) };
    MUST(!vfio_user_send(server->socket, &request, -1, NULL));
    MUST(!vfio_user_receive(server->socket, &reply, 2000, NULL));
    MUST(reply.header.id == 0x7777 && reply.header.command == VFIO_USER_DMA_READ &&
         reply.header.flags & VFIO_USER_TYPE_REPLY);
    server->dma_error = reply.header.flags & VFIO_USER_ERROR ? reply.header.error : 0;
    if (server->dma_error)
        return;
    MUST(reply.size == sizeof(access) + server->dma_count &&
         server->dma_count <= sizeof(server->dma_data));
    memcpy(server->dma_data, buffer + sizeof(access), server->dma_count);
    for (size_t i = 0; i < server->dma_count; i++)
        server->dma_data[i]++;
    request.header.command = VFIO_USER_DMA_WRITE;
    request.data = server->dma_data;
    request.data_size = server->dma_count;
    MUST(!vfio_user_send(server->socket, &request, -1, NULL));
    MUST(!vfio_user_receive(server->socket, &reply, 2000, NULL));
    MUST(reply.header.command == VFIO_USER_DMA_WRITE && reply.size == sizeof(access));
    server->dma_error = reply.header.flags & VFIO_USER_ERROR ? reply.header.error : 0;
}

static uint8_t *region_bytes(struct fake_server *server, unsigned region)
{
    return region == 2 ? server->bar2 : server->config;
}

static void see_irqs(struct fake_server *server, struct vfio_user_message *message)
{
    struct vfio_user_irq_set set;
    memcpy(&set, message->payload, sizeof(set));
    MUST(server->irq_set_count < ARRAY_SIZE(server->irq_sets));
    server->irq_fds[server->irq_set_count] = message->fd_count;
    server->irq_sets[server->irq_set_count++] = set;
    int *keep = set.flags & VFIO_IRQ_SET_ACTION_UNMASK ? &server->unmask_fd
                                                       : &server->trigger_fd;
    if (message->fd_count) {
        if (*keep >= 0)
            close(*keep);
        *keep = message->fds[0];
        message->fds[0] = -1;
    }
}

/* Build the reply to one command; `out` has room for a whole payload. */
static size_t answer(struct fake_server *server, struct vfio_user_message *message,
                     uint8_t *out, int *fd)
{
    struct vfio_user_region_access access = { 0 };
    const uint8_t *in = message->payload;
    switch (message->header.command) {
    case VFIO_USER_VERSION:
        store16(out, server->major);
        store16(out + 2, server->minor);
        if (!server->json)
            return 4;
        memcpy(out + 4, server->json, strlen(server->json) + 1);
        return 4 + strlen(server->json) + 1;
    case VFIO_USER_DEVICE_GET_INFO:
        store32(out, 16);
        store32(out + 4, VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET);
        store32(out + 8, server->region_count);
        store32(out + 12, server->irq_count);
        return 16;
    case VFIO_USER_DEVICE_GET_REGION_INFO:
        return region_info(server, load32(in + 8), out, fd);
    case VFIO_USER_DEVICE_GET_IRQ_INFO:
        store32(out, 16);
        store32(out + 4, VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE);
        store32(out + 8, load32(in + 8));
        store32(out + 12, load32(in + 8) <= 2 ? server->irq_vectors : 0);
        return 16;
    case VFIO_USER_DEVICE_SET_IRQS:
        see_irqs(server, message);
        return 0;
    case VFIO_USER_REGION_READ:
    case VFIO_USER_REGION_WRITE:
        memcpy(&access, in, sizeof(access));
        if (access.count > server->largest_access)
            server->largest_access = access.count;
        bool is_read = message->header.command == VFIO_USER_REGION_READ;
        uint8_t *bytes = region_bytes(server, access.region) + access.offset;
        if (is_read)
            memcpy(out + sizeof(access), bytes, access.count);
        else
            memcpy(bytes, in + sizeof(access), access.count);
        if (!is_read && access.region == 2 && !access.offset && server->dma_count)
            use_dma(server);
        access.offset += server->wrong_access_echo ? 4 : 0;
        memcpy(out, &access, sizeof(access));
        return sizeof(access) + (is_read ? access.count : 0);
    case VFIO_USER_DMA_MAP:
        memcpy(&server->dma_map, in, sizeof(server->dma_map));
        server->dma_map_fds = message->fd_count;
        server->dma_maps++;
        return 0;
    case VFIO_USER_DMA_UNMAP:
        server->dma_unmaps++;
        memcpy(out, in, sizeof(struct vfio_user_dma_unmap));
        return sizeof(struct vfio_user_dma_unmap);
    case VFIO_USER_DEVICE_RESET:
        server->resets++;
        return 0;
    default:
        abort();
    }
}

/* False ends the server. */
static bool handle(struct fake_server *server, struct vfio_user_message *message)
{
    static uint8_t out[VFIO_USER_MAX_PAYLOAD];
    int fd = -1;
    size_t size = answer(server, message, out, &fd);
    bool refuse = false, go_on = true;
    if (server->fault && server->fault_command == message->header.command) {
        refuse = server->fault == FAULT_REFUSE || server->fault == FAULT_REFUSE_ZERO;
        if (!refuse)
            go_on = misbehave(server, &message->header, out, size);
    }
    if (refuse) {
        struct vfio_user_header reply = {
            .id = message->header.id,
            .command = message->header.command,
            .size = sizeof(reply),
            .flags = VFIO_USER_TYPE_REPLY | VFIO_USER_ERROR,
            .error = server->fault == FAULT_REFUSE ? EPERM : 0,
        };
        send_raw(server, &reply, sizeof(reply), 0);
    } else if (!server->fault || server->fault_command != message->header.command) {
        struct vfio_user_outgoing reply = {
            .data = out, .data_size = size, .fds = &fd, .fd_count = fd >= 0 ? 1 : 0
        };
        go_on = !vfio_user_reply(server->socket, &message->header, 0, &reply, NULL);
    }
    if (fd >= 0)
        close(fd);
    return go_on;
}

static void *run(void *opaque)
{
    struct fake_server *server = opaque;
    static uint8_t buffer[VFIO_USER_MAX_PAYLOAD];
    struct vfio_user_message message = { .payload = buffer,
                                         .capacity = sizeof(buffer) };
    bool go_on = true;
    while (go_on && !vfio_user_receive(server->socket, &message, -1, NULL)) {
        go_on = handle(server, &message);
        vfio_user_message_close_fds(&message);
    }
    shutdown(server->socket, SHUT_RDWR);
    return NULL;
}

void fake_server_start(struct fake_server *server)
{
    MUST(!pthread_create(&server->thread, NULL, run, server));
}

void fake_server_stop(struct fake_server *server)
{
    if (server->client >= 0)
        close(server->client);
    shutdown(server->socket, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->socket);
    if (server->trigger_fd >= 0)
        close(server->trigger_fd);
    if (server->unmask_fd >= 0)
        close(server->unmask_fd);
}
