/* virtio_rng.c: a virtio entropy device (VIRTIO 1.2, section 5.4). */
#include "devices/virtio_rng.h"

#include "base/error.h"         /* error_system */
#include "devices/virtio_pci.h" /* the transport */

#include <stdlib.h>     /* calloc */
#include <sys/random.h> /* getrandom */

#define ENTROPY_MOST   4096 /* bytes a request gets at most */
#define REQUESTS_A_RUN 16

struct virtio_rng {
    struct virtio_device virtio;
    struct virtqueue_chain chain;
};

static int fill(struct virtio_device *device, unsigned index,
                struct virtqueue_chain *chain)
{
    (void)device;
    (void)index;
    const struct iovec *segments = chain->segments + chain->readable;
    uint32_t total = 0;
    for (unsigned i = 0; i < chain->writable && total < ENTROPY_MOST; i++) {
        size_t size = segments[i].iov_len;
        if (size > ENTROPY_MOST - total)
            size = ENTROPY_MOST - total;
        ssize_t got = getrandom(segments[i].iov_base, size, GRND_NONBLOCK);
        if (got < 0)
            break;
        total += (uint32_t)got;
    }
    return (int)total;
}

static void virtio_rng_run(struct virtio_device *device, unsigned index)
{
    struct virtio_rng *rng = (struct virtio_rng *)device;
    virtio_run_chains(device, index, &rng->chain, REQUESTS_A_RUN, fill);
}

static const struct virtio_type virtio_rng_type = {
    .name = "virtio-rng",
    .id = 4,
    .class_code = 0x00ff00,
    .queues = 1,
    .queue_size = 64,
    .run = virtio_rng_run,
};

struct device *virtio_rng_new(struct board *board, uint8_t devfn, struct error *err)
{
    struct virtio_rng *rng = calloc(1, sizeof(*rng));
    if (!rng) {
        error_system(err, -ENOMEM, "virtio-rng");
        return NULL;
    }
    struct device *device = &rng->virtio.device;
    *device = (struct device){ "virtio-rng", virtio_device_reset, virtio_device_free };
    if (virtio_pci_init(&rng->virtio, board, devfn, &virtio_rng_type, err) < 0) {
        virtio_device_free(device);
        return NULL;
    }
    return device;
}
