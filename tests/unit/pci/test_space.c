/* test_space.c: who answers at an address, in a port space and in a memory space. */
#include "base/error.h" /* errno values */
#include "pci/space.h"  /* what is tested */

#include <pthread.h>   /* a thread that looks up */
#include <setjmp.h>    /* cmocka */
#include <stdarg.h>    /* cmocka */
#include <stdatomic.h> /* its end */
#include <stddef.h>    /* cmocka */
#include <stdint.h>    /* cmocka */
#include <stdlib.h>    /* rand */

#include <cmocka.h>

#define PORTS  0x10000ull
#define MEMORY (1ull << 52)

struct probe {
    uint8_t tag;
    uint64_t offset, value;
    unsigned size, calls;
};

static uint64_t probe_read(void *opaque, uint64_t offset, unsigned size)
{
    struct probe *probe = opaque;
    probe->offset = offset;
    probe->size = size;
    probe->calls++;
    return 0x0101010101010101ull * probe->tag;
}

static void probe_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct probe *probe = opaque;
    probe->offset = offset;
    probe->value = value;
    probe->size = size;
    probe->calls++;
}

static const struct range_ops probe_ops = { probe_read, probe_write };

static const uint64_t sizes[] = { PORTS, MEMORY };

static void test_one_range(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct space *space = space_new(sizes[i]);
        struct probe probe = { .tag = 0x5a };
        struct range range = { .name = "r", .ops = &probe_ops, .opaque = &probe };

        assert_int_equal(space_add(space, &range, 0x100, 8), 0);
        assert_int_equal(space_read(space, 0x100, 1), 0x5a);
        assert_int_equal(space_read(space, 0x104, 4), 0x5a5a5a5a);
        assert_int_equal(probe.offset, 4);
        assert_int_equal(probe.size, 4);
        space_write(space, 0x106, 0x12345678, 2);
        assert_int_equal(probe.value, 0x5678);
        assert_int_equal(probe.offset, 6);
        assert_int_equal(space_read(space, 0xff, 1), 0xff);
        assert_int_equal(space_read(space, 0x108, 4), 0xffffffff);
        assert_int_equal(range.reads, 2);
        assert_int_equal(range.writes, 1);
        space_remove(&range);
        assert_int_equal(space_read(space, 0x100, 2), 0xffff);
        assert_null(range.space);
        space_free(space);
    }
}

static void test_split_at_edges(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct space *space = space_new(sizes[i]);
        struct probe low = { .tag = 0x11 }, high = { .tag = 0x22 };
        struct range a = { .ops = &probe_ops, .opaque = &low };
        struct range b = { .ops = &probe_ops, .opaque = &high };

        space_add(space, &a, 0x100, 2);
        space_add(space, &b, 0x102, 1);
        assert_int_equal(space_read(space, 0x100, 4), 0xff221111);
        space_write(space, 0x101, 0xccbbaa, 4);
        assert_int_equal(low.value, 0xaa);
        assert_int_equal(high.value, 0xbb);
        space_remove(&a);
        space_remove(&b);
        space_free(space);
    }
}

static void test_oldest_wins(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct space *space = space_new(sizes[i]);
        struct probe one = { .tag = 1 }, two = { .tag = 2 };
        struct range old = { .ops = &probe_ops, .opaque = &one };
        struct range young = { .ops = &probe_ops, .opaque = &two };

        space_add(space, &old, 0x200, 4);
        space_add(space, &young, 0x1fe, 8);
        assert_int_equal(space_read(space, 0x1fe, 1), 2);
        assert_int_equal(space_read(space, 0x200, 1), 1);
        assert_int_equal(space_read(space, 0x204, 1), 2);
        space_remove(&old);
        assert_int_equal(space_read(space, 0x200, 1), 2);
        space_remove(&young);
        space_free(space);
    }
}

/* Ranges at, across and between the edges of the index by 16 MiB, and above it. */
static void test_index_edges(void **state)
{
    static const struct {
        uint64_t base, size;
    } places[] = {
        { 0xffffff, 2 },          { 0x2000000, 0x1000000 },  { 0x3000010, 1 },
        { 0x3800000, 0x900000 },  { 0xfdfffffc, 0x2000008 }, { 0x100000ffc, 8 },
        { 0x1fffffffff, 0x1002 }, { MEMORY - 1, 1 },
    };
    enum { COUNT = sizeof(places) / sizeof(places[0]) };
    struct space *space = space_new(MEMORY);
    struct probe probes[COUNT];
    struct range ranges[COUNT] = { 0 };

    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        probes[i] = (struct probe){ .tag = (uint8_t)(i + 1) };
        ranges[i] = (struct range){ .ops = &probe_ops, .opaque = &probes[i] };
        assert_int_equal(space_add(space, &ranges[i], places[i].base, places[i].size),
                         0);
    }
    for (unsigned removed = 0; removed <= COUNT; removed++) {
        for (unsigned i = 0; i < COUNT; i++) {
            struct range *expected = i < removed ? NULL : &ranges[i];
            uint64_t last = places[i].base + places[i].size - 1;
            assert_ptr_equal(space_find(space, places[i].base), expected);
            assert_ptr_equal(space_find(space, last), expected);
            assert_ptr_equal(space_find(space, places[i].base + places[i].size / 2),
                             expected);
            assert_null(space_find(space, places[i].base - 1));
            if (last + 1 < MEMORY)
                assert_null(space_find(space, last + 1));
        }
        if (removed < COUNT)
            space_remove(&ranges[removed]);
    }
    space_free(space);
}

static void test_refusals(void **state)
{
    (void)state;
    struct space *space = space_new(PORTS);
    struct probe probe = { 0 };
    struct range range = { .ops = &probe_ops, .opaque = &probe };

    assert_int_equal(space_add(space, &range, 0, 0), -EINVAL);
    assert_int_equal(space_add(space, &range, PORTS, 1), -EINVAL);
    assert_int_equal(space_add(space, &range, PORTS - 1, 2), -EINVAL);
    assert_int_equal(space_add(space, &range, UINT64_MAX, 2), -EINVAL);
    assert_int_equal(space_add(space, &range, PORTS - 1, 1), 0);
    assert_int_equal(space_add(space, &range, 0, 1), -EBUSY);
    /* The last port answers, the access past the end does not crash. */
    assert_int_equal(space_read(space, PORTS - 1, 4) & 0xff, 0);
    space_remove(&range);
    space_remove(&range);
    space_free(space);
}

static void test_full(void **state)
{
    (void)state;
    static struct range ranges[300];
    static struct probe probe;
    struct space *space = space_new(PORTS);
    unsigned added = 0;

    for (unsigned i = 0; i < 300; i++) {
        ranges[i] = (struct range){ .ops = &probe_ops, .opaque = &probe };
        int result = space_add(space, &ranges[i], i * 4, 4);
        if (result < 0)
            assert_int_equal(result, -ENOSPC);
        else
            added++;
    }
    assert_in_range(added, 200, 255);
    for (unsigned i = 0; i < 300; i++)
        space_remove(&ranges[i]);
    assert_int_equal(space_add(space, &ranges[0], 0, 4), 0);
    space_remove(&ranges[0]);
    space_free(space);
}

/* Random adds and removes against a byte-by-byte oracle. */
static void test_against_oracle(void **state)
{
    (void)state;
    enum { RANGES = 12, SPAN = 64 };
    for (unsigned kind = 0; kind < 2; kind++) {
        struct space *space = space_new(sizes[kind]);
        struct probe probes[RANGES];
        struct range ranges[RANGES];
        unsigned order[RANGES], count = 0;

        srand(7);
        for (unsigned i = 0; i < RANGES; i++) {
            probes[i] = (struct probe){ .tag = (uint8_t)(i + 1) };
            ranges[i] = (struct range){ .ops = &probe_ops, .opaque = &probes[i] };
        }
        for (unsigned step = 0; step < 2000; step++) {
            unsigned which = (unsigned)rand() % RANGES;
            if (ranges[which].space) {
                space_remove(&ranges[which]);
                unsigned at = 0;
                while (order[at] != which)
                    at++;
                for (; at + 1 < count; at++)
                    order[at] = order[at + 1];
                count--;
            } else {
                unsigned base = (unsigned)rand() % SPAN;
                unsigned size = 1 + (unsigned)rand() % (SPAN - base);
                assert_int_equal(space_add(space, &ranges[which], base, size), 0);
                order[count++] = which;
            }
            for (unsigned address = 0; address < SPAN; address++) {
                uint8_t expected = 0xff;
                for (unsigned i = count; i-- > 0;) {
                    const struct range *r = &ranges[order[i]];
                    if (address >= r->base && address < r->base + r->size)
                        expected = (uint8_t)(order[i] + 1);
                }
                assert_int_equal(space_read(space, address, 1), expected);
            }
        }
        for (unsigned i = 0; i < RANGES; i++)
            space_remove(&ranges[i]);
        space_free(space);
    }
}

struct reader {
    struct space *space;
    _Atomic bool end;
    unsigned found, wrong;
};

static void *read_all_the_time(void *opaque)
{
    struct reader *reader = opaque;
    while (!reader->end || !reader->found) {
        for (uint64_t address = 0x100; address < 0x120; address += 2) {
            uint64_t value = space_read(reader->space, address, 4);
            /* One of two tags or nobody's ones, byte by byte. */
            for (unsigned i = 0; i < 4; i++, value >>= 8) {
                uint8_t byte = (uint8_t)value;
                reader->found += byte == 1;
                reader->wrong += byte != 1 && byte != 2 && byte != 0xff;
            }
        }
    }
    return NULL;
}

/* Lookups while ranges come and go: never another answer than one of theirs. */
static void test_concurrent_change(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
        struct reader reader = { .space = space_new(sizes[i]) };
        struct probe one = { .tag = 1 }, two = { .tag = 2 };
        struct range a = { .ops = &probe_ops, .opaque = &one };
        struct range b = { .ops = &probe_ops, .opaque = &two };
        pthread_t thread;

        space_set_lock(reader.space, &lock);
        assert_int_equal(pthread_create(&thread, NULL, read_all_the_time, &reader), 0);
        for (unsigned step = 0; step < 4000; step++) {
            pthread_mutex_lock(&lock);
            space_remove(&a);
            assert_int_equal(space_add(reader.space, &a, 0x100 + step % 17, 9), 0);
            if (step % 3)
                space_remove(&b);
            else if (!b.space)
                assert_int_equal(space_add(reader.space, &b, 0x108, 8), 0);
            pthread_mutex_unlock(&lock);
        }
        reader.end = true;
        pthread_join(thread, NULL);
        assert_int_equal(reader.wrong, 0);
        assert_true(reader.found > 0);
        space_free(reader.space);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_range),      cmocka_unit_test(test_split_at_edges),
        cmocka_unit_test(test_oldest_wins),    cmocka_unit_test(test_index_edges),
        cmocka_unit_test(test_refusals),       cmocka_unit_test(test_full),
        cmocka_unit_test(test_against_oracle), cmocka_unit_test(test_concurrent_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
