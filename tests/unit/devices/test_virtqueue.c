/* test_virtqueue.c: split virtqueues, honest and hostile. */
#include "ring_driver.h"

#include "base/bytes.h"        /* ARRAY_SIZE */
#include "base/error.h"        /* errno values */
#include "devices/virtqueue.h" /* under test */

#include <stdlib.h> /* random fuzzing */
#include <string.h> /* memset */

#define SIZE 8
#define AT   0x1000

struct fixture {
    struct fake_board *fake;
    struct ring_driver ring;
    struct virtqueue queue;
    struct virtqueue_chain chain;
};

static void start(struct fixture *f, bool event_index)
{
    ring_driver_init(&f->ring, f->fake, SIZE, AT);
    virtqueue_reset(&f->queue, SIZE);
    f->queue.descriptors = f->ring.descriptors;
    f->queue.available = f->ring.available;
    f->queue.used = f->ring.used;
    assert_int_equal(virtqueue_enable(&f->queue, &f->fake->ram, event_index), 0);
}

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    f->fake = fake_board_new();
    start(f, false);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    fake_board_free(f->fake);
    test_free(f);
    return 0;
}

static void test_chain(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(virtqueue_take(&f->queue, &f->chain), 0);
    ring_describe(&f->ring, 3, 0x8000, 16, DESC_NEXT, 1);
    ring_describe(&f->ring, 1, FAKE_HIGH_RAM + 0x100, 512, DESC_NEXT | DESC_WRITE, 5);
    ring_describe(&f->ring, 5, 0x9000, 0, DESC_NEXT | DESC_WRITE, 6); /* empty */
    ring_describe(&f->ring, 6, 0x9010, 1, DESC_WRITE, 99);
    ring_offer(&f->ring, 3);
    assert_int_equal(virtqueue_take(&f->queue, &f->chain), 1);
    assert_int_equal(f->chain.head, 3);
    assert_int_equal(f->chain.readable, 1);
    assert_int_equal(f->chain.writable, 2);
    assert_ptr_equal(f->chain.segments[0].iov_base, fake_ram(f->fake, 0x8000));
    assert_ptr_equal(f->chain.segments[1].iov_base,
                     fake_ram(f->fake, FAKE_HIGH_RAM + 0x100));
    assert_int_equal(f->chain.segments[1].iov_len, 512);
    assert_int_equal(f->chain.segments[2].iov_len, 1);
    assert_int_equal(virtqueue_take(&f->queue, &f->chain), 0);
    virtqueue_give(&f->queue, 3, 513);
    uint32_t written;
    assert_int_equal(ring_take_used(&f->ring, &written), 3);
    assert_int_equal(written, 513);
    assert_int_equal(ring_returned(&f->ring), 0);
}

static void test_indirect(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < SIZE; i++)
        ring_describe_at(f->fake, 0x20000, i, 0x8000 + 16 * i, 16,
                         i + 1 < SIZE ? DESC_NEXT : 0, (uint16_t)(i + 1));
    ring_describe(&f->ring, 0, 0x20000, 16 * SIZE, DESC_INDIRECT, 0);
    ring_offer(&f->ring, 0);
    assert_int_equal(virtqueue_take(&f->queue, &f->chain), 1);
    assert_int_equal(f->chain.readable, SIZE);
}

/* The 16-bit indexes wrap many times, with several requests in flight. */
static void test_wrap(void **state)
{
    struct fixture *f = *state;
    for (uint16_t i = 0; i < SIZE; i++)
        ring_describe(&f->ring, i, 0x8000, 16, 0, 0);
    for (unsigned i = 0; i < 70000; i += SIZE) {
        for (uint16_t head = 0; head < SIZE; head++)
            ring_offer(&f->ring, head);
        for (uint16_t head = 0; head < SIZE; head++) {
            assert_int_equal(virtqueue_take(&f->queue, &f->chain), 1);
            assert_int_equal(f->chain.head, head);
        }
        assert_int_equal(virtqueue_take(&f->queue, &f->chain), 0);
        for (uint16_t head = SIZE; head-- > 0;) /* out of order */
            virtqueue_give(&f->queue, head, i);
        for (uint16_t head = SIZE; head-- > 0;)
            assert_int_equal(ring_take_used(&f->ring, NULL), head);
    }
}

/* What is taken can be put back; several are given back at once. */
static void test_untake_and_publish(void **state)
{
    struct fixture *f = *state;
    uint32_t written;
    for (uint16_t i = 0; i < 3; i++) {
        ring_describe(&f->ring, i, 0x8000, 16, 0, 0);
        ring_offer(&f->ring, i);
    }
    for (uint16_t i = 0; i < 3; i++)
        assert_int_equal(virtqueue_take(&f->queue, &f->chain), 1);
    virtqueue_untake(&f->queue, 2);
    assert_int_equal(virtqueue_take(&f->queue, &f->chain), 1);
    assert_int_equal(f->chain.head, 1);
    virtqueue_prepare(&f->queue, 0, 1, 7);
    virtqueue_prepare(&f->queue, 1, 0, 8);
    assert_int_equal(ring_returned(&f->ring), 0);
    virtqueue_publish(&f->queue, 2);
    assert_int_equal(ring_returned(&f->ring), 2);
    assert_int_equal(ring_take_used(&f->ring, &written), 1);
    assert_int_equal(written, 7);
    assert_int_equal(ring_take_used(&f->ring, &written), 0);
    assert_int_equal(written, 8);
    /* Somebody else took and gave one more. */
    store16(fake_ram(f->fake, f->ring.used + 2), 3);
    virtqueue_resume(&f->queue, 3);
    assert_int_equal(virtqueue_take(&f->queue, &f->chain), 0);
    virtqueue_give(&f->queue, 2, 9);
    assert_int_equal(load16(fake_ram(f->fake, f->ring.used + 2)), 4);
}

/* Copies into and out of segments, at any offset. */
static void test_segments(void **state)
{
    uint8_t a[3] = { 1, 2, 3 }, b[4] = { 4, 5, 6, 7 }, found[7];
    struct iovec segments[] = { { a, 3 }, { NULL, 0 }, { b, 4 } };
    static const uint8_t all[] = { 1, 2, 3, 4, 5, 6, 7 }, two[] = { 8, 9 };
    (void)state;
    assert_true(iovec_read(segments, 3, 0, found, 7));
    assert_memory_equal(found, all, 7);
    assert_true(iovec_read(segments, 3, 3, found, 4));
    assert_memory_equal(found, all + 3, 4);
    assert_false(iovec_read(segments, 3, 3, found, 5));
    assert_true(iovec_read(segments, 3, 7, found, 0));
    assert_true(iovec_write(segments, 3, 2, two, 2));
    assert_int_equal(a[2], 8);
    assert_int_equal(b[0], 9);
    assert_false(iovec_write(segments, 3, 6, two, 2));
    assert_int_equal(b[3], 7);
}

static void test_interrupt_wishes(void **state)
{
    struct fixture *f = *state;
    virtqueue_give(&f->queue, 0, 0);
    assert_true(virtqueue_wants_interrupt(&f->queue));
    store16(fake_ram(f->fake, f->ring.available), 1);
    virtqueue_give(&f->queue, 0, 0);
    assert_false(virtqueue_wants_interrupt(&f->queue));

    start(f, true);
    store16(fake_ram(f->fake, f->ring.used + 2), 0);
    ring_set_available_index(&f->ring, 0);
    uint8_t *event = fake_ram(f->fake, f->ring.available + 4 + 2 * SIZE);
    store16(event, 2); /* interrupt when the third comes back */
    virtqueue_give(&f->queue, 0, 0);
    assert_true(virtqueue_wants_interrupt(&f->queue)); /* the first always */
    virtqueue_give(&f->queue, 0, 0);
    assert_false(virtqueue_wants_interrupt(&f->queue));
    virtqueue_give(&f->queue, 0, 0);
    assert_true(virtqueue_wants_interrupt(&f->queue));
    virtqueue_give(&f->queue, 0, 0);
    assert_false(virtqueue_wants_interrupt(&f->queue));
    /* Taking the last asks to be told of the next. */
    ring_describe(&f->ring, 0, 0x8000, 16, 0, 0);
    ring_offer(&f->ring, 0);
    assert_int_equal(virtqueue_take(&f->queue, &f->chain), 1);
    assert_int_equal(virtqueue_take(&f->queue, &f->chain), 0);
    assert_int_equal(load16(fake_ram(f->fake, f->ring.used + 4 + 8 * SIZE)), 1);
}

static void test_bad_places(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint64_t descriptors, available, used;
        uint16_t size;
    } rows[] = {
        { 0x1008, 0x2000, 0x3000, SIZE },
        { 0x1000, 0x2001, 0x3000, SIZE },
        { 0x1000, 0x2000, 0x3002, SIZE },
        { 0x1000, 0x2000, 0x3000, 6 },
        { 0x1000, 0x2000, 0x3000, 0 },
        { 0x1000, 0x2000, 0x3000, 512 },
        { FAKE_RAM_SIZE - 0x70, 0x2000, 0x3000, SIZE },
        { 0x1000, FAKE_RAM_SIZE - 18, 0x3000, SIZE },
        { 0x1000, 0x2000, FAKE_RAM_SIZE - 64, SIZE },
        { 0x80000000, 0x2000, 0x3000, SIZE },
        { 0x1000, UINT64_MAX - 1, 0x3000, SIZE },
        { UINT64_MAX - 15, 0x2000, 0x3000, SIZE },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct virtqueue queue;
        virtqueue_reset(&queue, rows[i].size);
        queue.descriptors = rows[i].descriptors;
        queue.available = rows[i].available;
        queue.used = rows[i].used;
        assert_int_equal(virtqueue_enable(&queue, &f->fake->ram, true), -EINVAL);
        assert_non_null(queue.fault);
        assert_false(queue.enabled);
    }
}

/* Each row is a chain no driver may make; head 0. */
static void test_hostile_chains(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint64_t address;
        uint32_t length;
        uint16_t flags, next;
    } rows[] = {
        { 0x8000, 16, DESC_NEXT, 0 },             /* a loop */
        { 0x8000, 16, DESC_NEXT, SIZE },          /* next outside the table */
        { 0x8000, 16, DESC_NEXT, 0xffff },        /* far outside */
        { FAKE_RAM_SIZE - 8, 16, 0, 0 },          /* over the end of RAM */
        { 0x90000000, 16, 0, 0 },                 /* no RAM */
        { UINT64_MAX - 7, 16, 0, 0 },             /* wraps around */
        { 0x8000, UINT32_MAX, 0, 0 },             /* too long for RAM */
        { 0x8000, 0, DESC_INDIRECT, 0 },          /* empty table */
        { 0x8000, 24, DESC_INDIRECT, 0 },         /* torn table */
        { FAKE_RAM_SIZE, 16, DESC_INDIRECT, 0 },  /* table not in RAM */
        { 0x8000, 0xfffffff0, DESC_INDIRECT, 0 }, /* table too long for RAM */
        { 0x8000, 16, DESC_INDIRECT | DESC_NEXT, 1 },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        start(f, false);
        ring_describe(&f->ring, 0, rows[i].address, rows[i].length, rows[i].flags,
                      rows[i].next);
        ring_offer(&f->ring, 0);
        assert_int_equal(virtqueue_take(&f->queue, &f->chain), -EINVAL);
        assert_non_null(f->queue.fault);
    }
    start(f, false); /* a table inside a table */
    ring_describe_at(f->fake, 0x8000, 0, 0x8000, 16, DESC_INDIRECT, 0);
    ring_describe(&f->ring, 0, 0x8000, 16, DESC_INDIRECT, 0);
    ring_offer(&f->ring, 0);
    assert_int_equal(virtqueue_take(&f->queue, &f->chain), -EINVAL);
    start(f, false); /* a loop inside a long table */
    for (unsigned i = 0; i < 1000; i++)
        ring_describe_at(f->fake, 0x8000, i, 0x100, 1, DESC_NEXT, (uint16_t)(i + 1));
    ring_describe(&f->ring, 0, 0x8000, 16000, DESC_INDIRECT, 0);
    ring_offer(&f->ring, 0);
    assert_int_equal(virtqueue_take(&f->queue, &f->chain), -EINVAL);
    start(f, false); /* one entry too many, though it ends */
    for (unsigned i = 0; i <= SIZE; i++)
        ring_describe_at(f->fake, 0x8000, i, 0x100, 1, i < SIZE ? DESC_NEXT : 0,
                         (uint16_t)(i + 1));
    ring_describe(&f->ring, 0, 0x8000, 16 * (SIZE + 1), DESC_INDIRECT, 0);
    ring_offer(&f->ring, 0);
    assert_int_equal(virtqueue_take(&f->queue, &f->chain), -EINVAL);
    start(f, false); /* readable after writable */
    ring_describe(&f->ring, 0, 0x8000, 16, DESC_NEXT | DESC_WRITE, 1);
    ring_describe(&f->ring, 1, 0x8000, 16, 0, 0);
    ring_offer(&f->ring, 0);
    assert_int_equal(virtqueue_take(&f->queue, &f->chain), -EINVAL);
    start(f, false); /* an entry that names no descriptor */
    ring_offer(&f->ring, SIZE);
    assert_int_equal(virtqueue_take(&f->queue, &f->chain), -EINVAL);
    start(f, false); /* an index that jumps, over entries that would do */
    ring_describe(&f->ring, 0, 0x8000, 16, 0, 0);
    memset(fake_ram(f->fake, f->ring.available + 4), 0, 2 * SIZE);
    ring_set_available_index(&f->ring, SIZE + 1);
    assert_int_equal(virtqueue_take(&f->queue, &f->chain), -EINVAL);
    ring_set_available_index(&f->ring, 0xffff);
    assert_int_equal(virtqueue_take(&f->queue, &f->chain), -EINVAL);
}

/* Random rings: whatever is in memory, segments lie in RAM and calls end. */
static void test_random_rings(void **state)
{
    struct fixture *f = *state;
    unsigned seed = 1, taken = 0;
    for (unsigned round = 0; round < 20000; round++) {
        start(f, round & 1);
        for (unsigned i = 0; i < SIZE; i++) {
            uint64_t address = (unsigned)rand_r(&seed) % (FAKE_RAM_SIZE / 8 * 9);
            ring_describe(&f->ring, i, address & ~15ull,
                          (unsigned)rand_r(&seed) % 0x200 *
                              (rand_r(&seed) % 8 ? 16 : 7),
                          (uint16_t)(rand_r(&seed) % 5), (uint16_t)(rand_r(&seed) % 9));
        }
        for (unsigned i = 0; i < 4; i++)
            ring_offer(&f->ring, (uint16_t)(rand_r(&seed) % 9));
        for (unsigned i = 0; i < 5; i++) {
            int result = virtqueue_take(&f->queue, &f->chain);
            if (result <= 0)
                break;
            taken++;
            unsigned count = f->chain.readable + f->chain.writable;
            assert_in_range(count, 0, SIZE);
            for (unsigned s = 0; s < count; s++) {
                const uint8_t *at = f->chain.segments[s].iov_base;
                bool inside = false;
                for (unsigned b = 0; b < f->fake->ram.count; b++) {
                    const struct guest_memory_block *block = &f->fake->ram.blocks[b];
                    inside |= at >= block->host && at + f->chain.segments[s].iov_len <=
                                                       block->host + block->size;
                }
                assert_true(inside);
            }
            virtqueue_give(&f->queue, f->chain.head, 0);
            (void)virtqueue_wants_interrupt(&f->queue);
        }
    }
    assert_true(taken > 1000); /* the test reached what it is for */
}

static void test_cut_front(void **state)
{
    char a[] = "abc", b[] = "", c[] = "defgh", got[8] = "";
    struct iovec segments[] = { { a, 3 }, { b, 0 }, { c, 5 } };
    assert_false(iovec_cut_front(segments, 3, got, 9));
    assert_int_equal(iovec_bytes(segments, 3), 8);
    assert_true(iovec_cut_front(segments, 3, got, 5));
    assert_string_equal(got, "abcde");
    assert_int_equal(iovec_bytes(segments, 3), 3);
    assert_ptr_equal(segments[2].iov_base, c + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_chain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_indirect, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrap, setup, teardown),
        cmocka_unit_test_setup_teardown(test_untake_and_publish, setup, teardown),
        cmocka_unit_test(test_segments),
        cmocka_unit_test_setup_teardown(test_interrupt_wishes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_places, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hostile_chains, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random_rings, setup, teardown),
        cmocka_unit_test(test_cut_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
