/* virtio_driver.c: a guest's virtio driver on PCI, for tests. */
#include "virtio_driver.h"

void virtio_driver_place(struct fake_board *fake, uint8_t devfn)
{
    fake_config_write(fake, devfn, PCI_BAR(4), (uint32_t)VIRTIO_BAR, 4);
    fake_config_write(fake, devfn, PCI_BAR(1), (uint32_t)MSIX_BAR, 4);
    fake_config_write(fake, devfn, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER,
                      2);
}

void virtio_driver_queue(struct fake_board *fake, struct ring_driver *ring,
                         unsigned queue, uint16_t size, uint64_t at)
{
    ring_driver_init(ring, fake, size, at);
    ring->queue = queue;
    fake_write(fake, COMMON + 0x16, queue, 2);
    fake_write(fake, COMMON + 0x18, size, 2);
    fake_write(fake, COMMON + 0x20, (uint32_t)ring->descriptors, 4);
    fake_write(fake, COMMON + 0x24, ring->descriptors >> 32, 4);
    fake_write(fake, COMMON + 0x28, ring->available, 8);
    fake_write(fake, COMMON + 0x30, (uint32_t)ring->used, 4);
    fake_write(fake, COMMON + 0x34, ring->used >> 32, 4);
    fake_write(fake, COMMON + 0x1c, 1, 2);
}

void virtio_driver_begin(struct fake_board *fake, struct ring_driver *ring,
                         uint16_t size, uint64_t at, uint64_t features)
{
    fake_write(fake, COMMON + 0x14, 0, 1);
    assert_int_equal(virtio_driver_status(fake), 0);
    fake_write(fake, COMMON + 0x14, 1, 1);
    fake_write(fake, COMMON + 0x14, 3, 1);
    for (unsigned i = 0; i < 2; i++) {
        fake_write(fake, COMMON + 0x08, i, 4);
        fake_write(fake, COMMON + 0x0c, (uint32_t)(features >> (32 * i)), 4);
    }
    fake_write(fake, COMMON + 0x14, 0x0b, 1);
    virtio_driver_queue(fake, ring, 0, size, at);
}

void virtio_driver_start(struct fake_board *fake, struct ring_driver *ring,
                         uint16_t size, uint64_t at, uint64_t features)
{
    virtio_driver_begin(fake, ring, size, at, features);
    assert_int_equal(virtio_driver_status(fake), 0x0b);
    fake_write(fake, COMMON + 0x14, 0x0f, 1);
}

uint8_t virtio_driver_status(struct fake_board *fake)
{
    return (uint8_t)fake_read(fake, COMMON + 0x14, 1);
}

struct wish {
    struct ring_driver *ring;
    unsigned count;
};

static bool returned(void *opaque)
{
    const struct wish *wish = opaque;
    return ring_returned(wish->ring) >= wish->count;
}

bool virtio_driver_kick(struct ring_driver *ring, unsigned count)
{
    struct wish wish = { ring, count };
    fake_write(ring->fake, NOTIFY + 4 * ring->queue, ring->queue, 2);
    return fake_run_until(ring->fake, returned, &wish, 1000);
}
