/* ring_driver.c: a guest's side of a split virtqueue, for tests. */
#include "ring_driver.h"

#include "base/bytes.h" /* loads, stores */

uint64_t ring_driver_init(struct ring_driver *ring, struct fake_board *fake,
                          uint16_t size, uint64_t at)
{
    *ring = (struct ring_driver){ .fake = fake, .size = size, .descriptors = at };
    ring->available = at + 16u * size;
    ring->used = round_up(ring->available + 6 + 2u * size, 4);
    return round_up(ring->used + 6 + 8u * size, 16);
}

void ring_describe_at(struct fake_board *fake, uint64_t table, unsigned index,
                      uint64_t address, uint32_t length, uint16_t flags, uint16_t next)
{
    uint8_t *at = fake_ram(fake, table + 16ull * index);
    store64(at, address);
    store32(at + 8, length);
    store16(at + 12, flags);
    store16(at + 14, next);
}

void ring_describe(struct ring_driver *ring, unsigned index, uint64_t address,
                   uint32_t length, uint16_t flags, uint16_t next)
{
    ring_describe_at(ring->fake, ring->descriptors, index, address, length, flags,
                     next);
}

void ring_set_available_index(struct ring_driver *ring, uint16_t index)
{
    ring->available_index = index;
    store16(fake_ram(ring->fake, ring->available + 2), index);
}

void ring_offer(struct ring_driver *ring, uint16_t head)
{
    unsigned entry = ring->available_index % ring->size;
    store16(fake_ram(ring->fake, ring->available + 4 + 2ull * entry), head);
    ring_set_available_index(ring, (uint16_t)(ring->available_index + 1));
}

unsigned ring_returned(const struct ring_driver *ring)
{
    return (uint16_t)(load16(fake_ram(ring->fake, ring->used + 2)) - ring->used_seen);
}

uint16_t ring_take_used(struct ring_driver *ring, uint32_t *written)
{
    assert_int_not_equal(ring_returned(ring), 0);
    const uint8_t *at =
        fake_ram(ring->fake, ring->used + 4 + 8ull * (ring->used_seen % ring->size));
    ring->used_seen++;
    if (written)
        *written = load32(at + 4);
    return (uint16_t)load32(at);
}
