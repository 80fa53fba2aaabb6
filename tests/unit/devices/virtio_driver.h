/* virtio_driver.h: a guest's virtio driver on PCI, for tests. */
#ifndef TESTS_VIRTIO_DRIVER_H
#define TESTS_VIRTIO_DRIVER_H

#include "fake_board.h"  /* the machine */
#include "ring_driver.h" /* its queue */

#define VIRTIO_BAR 0x10000000ull
#define MSIX_BAR   0x10010000ull
#define COMMON     VIRTIO_BAR
#define ISR        (VIRTIO_BAR + 0x1000)
#define DEVICE     (VIRTIO_BAR + 0x2000)
#define NOTIFY     (VIRTIO_BAR + 0x3000)

/* Place the BARs and turn memory and mastering on. */
void virtio_driver_place(struct fake_board *fake, uint8_t devfn);

/* Reset, agree on features, set up queue 0 from guest address `at`; not yet DRIVER_OK.
 */
void virtio_driver_begin(struct fake_board *fake, struct ring_driver *ring,
                         uint16_t size, uint64_t at, uint64_t features);

/* Set up another queue, before DRIVER_OK. */
void virtio_driver_queue(struct fake_board *fake, struct ring_driver *ring,
                         unsigned queue, uint16_t size, uint64_t at);

/* All of it, up to DRIVER_OK. */
void virtio_driver_start(struct fake_board *fake, struct ring_driver *ring,
                         uint16_t size, uint64_t at, uint64_t features);

uint8_t virtio_driver_status(struct fake_board *fake);

/* Notify the queue and handle events until `count` requests came back (1 s at most). */
bool virtio_driver_kick(struct ring_driver *ring, unsigned count);

#endif
