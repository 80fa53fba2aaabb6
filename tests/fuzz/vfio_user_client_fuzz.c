/* vfio_user_client_fuzz.c: any bytes as what a vfio-user server sends. */
#include "fuzz.h" /* must */

#include "base/bytes.h"        /* range_inside */
#include "base/error.h"        /* struct error */
#include "base/log.h"          /* quiet */
#include "vfio/backend.h"      /* vfio_user_open_socket */
#include "vfio/user_message.h" /* message layouts */

#include <sys/mman.h>   /* munmap */
#include <sys/socket.h> /* the connection */
#include <unistd.h>     /* write */

/*
 * The input is a server's whole side of the conversation, written before the client
 * begins: its replies have the client's message numbers, which count from 0, when the
 * input's first byte is odd (so that the fuzzer need not find them), and are as they
 * come otherwise.
 */
static void write_replies(int socket, const uint8_t *data, size_t size, int number)
{
    uint16_t id = 0;
    while (size >= sizeof(struct vfio_user_header)) {
        struct vfio_user_header header;
        memcpy(&header, data, sizeof(header));
        size_t length = header.size;
        if (!number || length < sizeof(header) || length > size)
            break;
        if ((header.flags & VFIO_USER_TYPE_MASK) == VFIO_USER_TYPE_REPLY)
            header.id = id++;
        (void)!write(socket, &header, sizeof(header));
        (void)!write(socket, data + sizeof(header), length - sizeof(header));
        data += length;
        size -= length;
    }
    if (size)
        (void)!write(socket, data, size);
}

static void use(struct vfio_device *device)
{
    static uint8_t ram[8192] __attribute__((aligned(4096)));
    struct error err = { 0 };
    uint8_t data[64];
    struct vfio_dma dma = { .size = sizeof(ram), .host = ram, .fd = -1 };
    for (unsigned i = 0; i < vfio_device_region_count(device); i++) {
        const struct vfio_region *region = vfio_device_region(device, i);
        must(region->index == i && region->area_count <= VFIO_MAX_AREAS);
        for (unsigned j = 0; j < region->area_count; j++)
            must(range_inside(region->areas[j].offset, region->areas[j].size,
                              region->size));
        vfio_device_read(device, i, 0, data, sizeof(data));
        vfio_device_write(device, i, 4, data, 4);
    }
    vfio_device_dma_map(device, &dma, &err);
    int fd = STDERR_FILENO;
    vfio_device_set_irqs(device, VFIO_IRQ_MSI, &fd, 1);
    vfio_device_reset(device, &err);
    vfio_device_dma_unmap(device, 0, sizeof(ram));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int pair[2];
    struct error err = { 0 };
    /* What the socket does not buffer is lost, as from a server that dies. */
    if (size < 1 || size > 65536 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) < 0)
        return 0;
    log_set_level(LOG_ERROR);
    write_replies(pair[1], data + 1, size - 1, data[0] & 1);
    shutdown(pair[1], SHUT_WR);
    struct vfio_device *device = vfio_user_open_socket(pair[0], "fuzz", 50, &err);
    if (device)
        use(device);
    else
        must(err.code < 0 && err.text[0] && !strchr(err.text, '\n'));
    vfio_device_close(device);
    close(pair[1]);
    return 0;
}
