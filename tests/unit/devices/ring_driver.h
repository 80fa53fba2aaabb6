/* ring_driver.h: a guest's side of a split virtqueue, for tests. */
#ifndef TESTS_RING_DRIVER_H
#define TESTS_RING_DRIVER_H

#include "fake_board.h" /* RAM */

#define DESC_NEXT     1
#define DESC_WRITE    2
#define DESC_INDIRECT 4

/* Where in guest RAM the rings and buffers lie. */
struct ring_driver {
    struct fake_board *fake;
    unsigned queue; /* its index in the device */
    uint16_t size;
    uint64_t descriptors, available, used;
    uint16_t available_index, used_seen;
};

/* Rings of `size` entries from guest address `at` (16-aligned); returns their end. */
uint64_t ring_driver_init(struct ring_driver *ring, struct fake_board *fake,
                          uint16_t size, uint64_t at);

/* Write a descriptor: of the ring's table, or of an indirect one at `table`. */
void ring_describe(struct ring_driver *ring, unsigned index, uint64_t address,
                   uint32_t length, uint16_t flags, uint16_t next);
void ring_describe_at(struct fake_board *fake, uint64_t table, unsigned index,
                      uint64_t address, uint32_t length, uint16_t flags, uint16_t next);

/* Make a chain available. */
void ring_offer(struct ring_driver *ring, uint16_t head);
void ring_set_available_index(struct ring_driver *ring, uint16_t index);

/* How many chains came back that were not taken yet; take one. */
unsigned ring_returned(const struct ring_driver *ring);
uint16_t ring_take_used(struct ring_driver *ring, uint32_t *written);

#endif
