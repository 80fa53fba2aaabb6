/* test_gathered.c: gathered writes reach their device whole, once and in order. */
#include "base/bytes.h"       /* store_sized */
#include "base/error.h"       /* errno values */
#include "base/event_loop.h"  /* the timer's loop */
#include "machine/gathered.h" /* what is tested */
#include "pci/space.h"        /* where writes go */

#include <linux/kvm.h> /* the ring */
#include <setjmp.h>    /* cmocka */
#include <stdarg.h>    /* cmocka */
#include <stddef.h>    /* cmocka */
#include <stdint.h>    /* cmocka */
#include <stdlib.h>    /* aligned_alloc */

#include <cmocka.h>

#define ZONE  0xa0000
#define PORTS 0x3c0
#define PAGE  4096
#define SLOTS                                          \
    ((PAGE - sizeof(struct kvm_coalesced_mmio_ring)) / \
     sizeof(struct kvm_coalesced_mmio))

/* What arrived: one line a call. */
struct call {
    uint64_t offset, value;
    unsigned size, count; /* count: words at once, 0 for a plain write */
};

static struct call calls[2 * SLOTS];
static unsigned call_count;
static struct gathered_writes gathered;
static struct range range, port_range;

static void on_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    calls[call_count++] = (struct call){ offset, value, size, 0 };
}

static void on_words(void *opaque, uint64_t offset, const uint32_t *words,
                     unsigned count)
{
    calls[call_count++] = (struct call){ offset, words[count - 1], 4, count };
}

static const struct range_ops ops = { NULL, on_write, on_words };

static int set_up(void **state)
{
    (void)state;
    gathered = (struct gathered_writes){ .lock = PTHREAD_MUTEX_INITIALIZER };
    gathered.ring = aligned_alloc(PAGE, PAGE);
    gathered.memory = space_new(1ull << 52);
    gathered.ports = space_new(0x10000);
    memset(gathered.ring, 0, PAGE);
    port_range = (struct range){ .name = "palette", .ops = &ops };
    assert_int_equal(space_add(gathered.ports, &port_range, PORTS, 0x10), 0);
    range = (struct range){ .name = "VGA", .ops = &ops };
    call_count = 0;
    return space_add(gathered.memory, &range, ZONE, 0x20000);
}

static int tear_down(void **state)
{
    (void)state;
    space_remove(&range);
    space_remove(&port_range);
    space_free(gathered.memory);
    space_free(gathered.ports);
    free(gathered.ring);
    return 0;
}

static void put(uint64_t address, uint64_t value, unsigned size)
{
    struct kvm_coalesced_mmio *entry =
        &gathered.ring->coalesced_mmio[gathered.ring->last];
    entry->phys_addr = address;
    entry->len = size;
    store_sized(entry->data, value, size);
    gathered.ring->last = (gathered.ring->last + 1) % SLOTS;
}

static void expect(unsigned index, uint64_t offset, uint64_t value, unsigned size,
                   unsigned count)
{
    assert_true(index < call_count);
    assert_int_equal(calls[index].offset, offset);
    assert_int_equal(calls[index].value, value);
    assert_int_equal(calls[index].size, size);
    assert_int_equal(calls[index].count, count);
}

static void test_words_go_together(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++)
        put(ZONE + 4 * i, i, 4);
    put(ZONE + 0x100, 0x77, 4); /* elsewhere */
    gathered_deliver(&gathered);
    assert_int_equal(call_count, 2);
    expect(0, 0, 4, 4, 5);
    expect(1, 0x100, 0x77, 4, 1);
    gathered_deliver(&gathered);
    assert_int_equal(call_count, 2); /* once */
    assert_int_equal(range.writes, 6);
}

/* Widths are the device's business: bytes stay bytes, in their place in the order. */
static void test_other_sizes(void **state)
{
    (void)state;
    put(ZONE, 1, 4);
    put(ZONE + 4, 2, 1);
    put(ZONE + 5, 3, 1);
    put(ZONE + 6, 0x0405, 2);
    put(ZONE + 8, 6, 4);
    put(ZONE + 0xe, 7, 4); /* not aligned */
    put(ZONE + 0x10, 0x0807060504030201, 8);
    put(ZONE + 0x20, 0x030201, 3);
    gathered_deliver(&gathered);
    assert_int_equal(call_count, 9);
    expect(0, 0, 1, 4, 1);
    expect(1, 4, 2, 1, 0);
    expect(2, 5, 3, 1, 0);
    expect(3, 6, 0x0405, 2, 0);
    expect(4, 8, 6, 4, 1);
    expect(5, 0xe, 7, 4, 0);
    expect(6, 0x10, 0x0807060504030201, 8, 0);
    expect(7, 0x20, 0x0201, 2, 0);
    expect(8, 0x22, 3, 1, 0);
}

static void test_ring_wraps(void **state)
{
    (void)state;
    gathered.ring->first = gathered.ring->last = SLOTS - 3;
    for (unsigned i = 0; i < 10; i++)
        put(ZONE + 4 * i, i, 4);
    gathered_deliver(&gathered);
    assert_int_equal(call_count, 1);
    expect(0, 0, 9, 4, 10);
    assert_int_equal(gathered.ring->first, 7);
}

/* A ring that is full, and one no KVM would write. */
static void test_limits(void **state)
{
    (void)state;
    for (unsigned i = 0; i + 1 < SLOTS; i++)
        put(ZONE + 4 * i, i, 4);
    gathered_deliver(&gathered);
    assert_int_equal(range.writes, SLOTS - 1);
    assert_int_equal(calls[call_count - 1].value, SLOTS - 2);
    unsigned before = call_count;
    gathered.ring->last = SLOTS;
    gathered_deliver(&gathered);
    gathered.ring->last = 0;
    gathered.ring->first = UINT32_MAX;
    gathered_deliver(&gathered);
    gathered.ring->first = gathered.ring->last = 0;
    put(ZONE, 0, 200);
    gathered_deliver(&gathered);
    assert_int_equal(call_count, before);
    assert_int_equal(gathered.ring->first, 1);
}

/* Nobody there, or only for a part: as if each word had been written by itself. */
static void test_edges(void **state)
{
    (void)state;
    put(ZONE - 4, 1, 4);
    put(ZONE, 2, 4);
    gathered_deliver(&gathered);
    assert_int_equal(call_count, 1);
    expect(0, 0, 2, 4, 0);
}

/* Ports and memory share the ring and its order; ports are written one by one. */
static void test_ports(void **state)
{
    (void)state;
    put(ZONE, 1, 4);
    put(PORTS + 8, 2, 1);
    gathered.ring->coalesced_mmio[1].pio = 1;
    put(PORTS, 0x07060504, 4);
    gathered.ring->coalesced_mmio[2].pio = 1;
    put(PORTS + 4, 0x0b0a0908, 4);
    gathered.ring->coalesced_mmio[3].pio = 1;
    put(ZONE + 4, 3, 4);
    gathered_deliver(&gathered);
    assert_int_equal(call_count, 5);
    expect(0, 0, 1, 4, 1);
    expect(1, 8, 2, 1, 0);
    expect(2, 0, 0x07060504, 4, 0);
    expect(3, 4, 0x0b0a0908, 4, 0);
    expect(4, 4, 3, 4, 1);
}

/* Zones are kept until gathered_start can tell KVM; there is room for a few. */
static void test_zones(void **state)
{
    const struct gathered_zone zone = { 0xc000, 4, true };
    struct gathered_writes own = { .loop = event_loop_new(NULL) };

    (void)state;
    assert_non_null(own.loop);
    assert_int_equal(gathered_remove(&own, &zone), -ENOENT);
    assert_false(own.ready);
    for (unsigned i = 0; i < GATHERED_MAX_ZONES; i++)
        assert_int_equal(gathered_add(&own, &zone), 0);
    assert_true(own.ready);
    assert_int_equal(gathered_add(&own, &zone), -ENOSPC);
    assert_int_equal(gathered_remove(&own, &zone), 0);
    assert_int_equal(gathered_add(&own, &zone), 0);
    gathered_deliver(&own); /* no ring: nothing happens */
    gathered_end(&own);
    assert_false(own.ready);
    event_loop_free(own.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_words_go_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_sizes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ring_wraps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_edges, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ports, set_up, tear_down),
        cmocka_unit_test(test_zones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
