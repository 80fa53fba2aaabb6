/* test_memory.c: the memory map of the PC: RAM blocks, firmware, PAM, as KVM slots. */
#include "base/bytes.h"     /* MIB */
#include "base/error.h"     /* struct error */
#include "machine/kvm.h"    /* the calls that are recorded */
#include "machine/memory.h" /* what is tested */

#include <setjmp.h>   /* cmocka */
#include <stdarg.h>   /* cmocka */
#include <stddef.h>   /* cmocka */
#include <stdint.h>   /* cmocka */
#include <string.h>   /* memset */
#include <sys/mman.h> /* mincore */
#include <unistd.h>   /* pread */

#include <cmocka.h>

/* KVM's slots as a list; the real kvm.c is not linked. */
static struct kvm_slot slots[32];
static unsigned slot_calls;

int kvm_map(struct kvm *kvm, uint64_t address, void *host, uint64_t size,
            bool read_only)
{
    (void)kvm;
    slot_calls++;
    assert_int_equal(address % 0x1000, 0);
    assert_int_equal(size % 0x1000, 0);
    assert_int_not_equal(size, 0);
    for (unsigned i = 0; i < ARRAY_SIZE(slots); i++)
        assert_false(slots[i].used &&
                     ranges_overlap(slots[i].address, slots[i].size, address, size));
    for (unsigned i = 0; i < ARRAY_SIZE(slots); i++) {
        if (!slots[i].used) {
            slots[i] = (struct kvm_slot){ address, size, host, read_only, true };
            return 0;
        }
    }
    return -ENOSPC;
}

int kvm_unmap(struct kvm *kvm, uint64_t address, uint64_t size)
{
    (void)kvm;
    slot_calls++;
    for (unsigned i = 0; i < ARRAY_SIZE(slots); i++) {
        if (slots[i].used && slots[i].address == address && slots[i].size == size) {
            slots[i].used = false;
            return 0;
        }
    }
    fail_msg("no slot at 0x%llx", (unsigned long long)address);
    return -ENOENT;
}

static const struct kvm_slot *slot_at(uint64_t address)
{
    for (unsigned i = 0; i < ARRAY_SIZE(slots); i++) {
        if (slots[i].used && address >= slots[i].address &&
            address - slots[i].address < slots[i].size)
            return &slots[i];
    }
    return NULL;
}

static uint8_t byte_at(uint64_t address)
{
    const struct kvm_slot *slot = slot_at(address);
    assert_non_null(slot);
    return ((uint8_t *)slot->host)[address - slot->address];
}

static _Alignas(4096) uint8_t firmware[256 * KIB];
static struct memory memory;

static void make_of(uint64_t size, uint64_t base, uint64_t top, bool shared)
{
    struct error err = { 0 };
    struct memory_layout layout = { .size = size,
                                    .low_top = 0xc0000000,
                                    .stolen_base = base,
                                    .stolen_top = top,
                                    .shared = shared };
    memset(slots, 0, sizeof(slots));
    for (unsigned i = 0; i < sizeof(firmware); i++)
        firmware[i] = (uint8_t)(i >> 12);
    assert_int_equal(
        memory_init(&memory, NULL, &layout, firmware, sizeof(firmware), &err), 0);
}

static void make(uint64_t size, uint64_t base, uint64_t top)
{
    make_of(size, base, top, false);
}

static void expect_block(unsigned index, uint64_t address, uint64_t size)
{
    assert_true(index < memory.ram.count);
    assert_int_equal(memory.ram.blocks[index].address, address);
    assert_int_equal(memory.ram.blocks[index].size, size);
}

static void test_small(void **state)
{
    (void)state;
    make(256 * MIB, 0, 0);
    assert_int_equal(memory.ram.count, 1);
    expect_block(0, 0, 256 * MIB);
    assert_int_equal(memory_low_end(&memory), 256 * MIB);
    assert_int_equal(memory_high_size(&memory), 0);
    assert_null(slot_at(0xa0000)); /* the VGA range is nobody's RAM */
    assert_null(slot_at(0xbffff));
    assert_non_null(slot_at(0x9ffff));
    assert_non_null(slot_at(0x100000));
    assert_null(slot_at(256 * MIB));
    memory_free(&memory);
}

static void test_above_4_gib(void **state)
{
    (void)state;
    make(5 * GIB, 0, 0);
    assert_int_equal(memory.ram.count, 2);
    expect_block(0, 0, 3 * GIB);
    expect_block(1, 4 * GIB, 2 * GIB);
    assert_int_equal(memory_high_size(&memory), 2 * GIB);
    assert_null(slot_at(0xc0000000));
    memory_free(&memory);
}

/* A block at the host's stolen memory, far above a small guest's RAM. */
static void test_block_apart(void **state)
{
    (void)state;
    uint64_t base = 0x7b800000, top = base + 81 * MIB;
    make(256 * MIB, base, top);
    assert_int_equal(memory.ram.count, 2);
    expect_block(0, 0, 256 * MIB - 81 * MIB);
    expect_block(1, base, 81 * MIB);
    assert_int_equal(memory_low_end(&memory), top);
    assert_null(slot_at(256 * MIB));
    assert_non_null(slot_at(base));
    assert_null(slot_at(top));
    memory_free(&memory);
}

/* RAM large enough to reach the block: one run, the rest above 4 GiB, none lost. */
static void test_block_touching(void **state)
{
    (void)state;
    uint64_t base = 0x7b800000, top = base + 81 * MIB;
    make(4 * GIB, base, top);
    assert_int_equal(memory.ram.count, 2);
    expect_block(0, 0, top);
    expect_block(1, 4 * GIB, 4 * GIB - top);
    memory_free(&memory);
}

/* All RAM is distinct host memory; shared, each block is where its fd says. */
static void test_blocks_are_backed(void **state)
{
    (void)state;
    for (unsigned shared = 0; shared < 2; shared++) {
        make_of(5 * GIB, 0x7b800000, 0x7b800000 + 81 * MIB, shared);
        for (unsigned i = 0; i < memory.ram.count; i++) {
            const struct guest_memory_block *block = &memory.ram.blocks[i];
            assert_ptr_equal(guest_memory_at(&memory.ram, block->address, 1),
                             block->host);
            block->host[0] = (uint8_t)(i + 1);
            block->host[block->size - 1] = (uint8_t)(i + 1);
        }
        for (unsigned i = 0; i < memory.ram.count; i++) {
            const struct guest_memory_block *block = &memory.ram.blocks[i];
            uint8_t byte = 0;
            assert_int_equal(block->host[0], i + 1);
            assert_int_equal(block->fd >= 0, shared);
            if (shared)
                assert_int_equal(pread(block->fd, &byte, 1,
                                       (off_t)(block->offset + block->size - 1)),
                                 1);
            assert_int_equal(byte, shared ? i + 1 : 0);
        }
        memory_free(&memory);
    }
}

static void test_pam(void **state)
{
    (void)state;
    make(256 * MIB, 0, 0);
    /* Power-on: the image's end below 1 MiB and below 4 GiB, nobody at 0xc0000. */
    assert_int_equal(byte_at(0xfffff), firmware[sizeof(firmware) - 1]);
    assert_int_equal(byte_at(0xe0000), firmware[sizeof(firmware) - 0x20000]);
    assert_int_equal(byte_at(0xfffffff0), firmware[sizeof(firmware) - 1]);
    assert_true(slot_at(0xfffff)->read_only);
    assert_null(slot_at(0xc0000));
    assert_null(slot_at(0xdffff));

    /* All RAM: one writable slot for the whole area. */
    uint8_t modes[PAM_SEGMENTS];
    memset(modes, PAM_RAM, sizeof(modes));
    memory_set_pam(&memory, modes);
    assert_false(slot_at(0xc0000)->read_only);
    assert_ptr_equal(slot_at(0xc0000), slot_at(0xfffff));
    assert_ptr_equal((uint8_t *)slot_at(0xf0000)->host,
                     memory.ram.blocks[0].host + slot_at(0xf0000)->address);

    /* No change, no call. */
    unsigned before = slot_calls;
    memory_set_pam(&memory, modes);
    assert_int_equal(slot_calls, before);

    /* One segment write protected: what it holds stays, its neighbours too. */
    memory.ram.blocks[0].host[0xc8000] = 0x77;
    modes[2] = PAM_READ_RAM;
    memory_set_pam(&memory, modes);
    assert_true(slot_at(0xc8000)->read_only);
    assert_int_equal(byte_at(0xc8000), 0x77);
    assert_false(slot_at(0xc4000)->read_only);
    assert_false(slot_at(0xcc000)->read_only);

    /* Back to power-on, as a reset does. */
    memset(modes, PAM_ROM, sizeof(modes));
    memory_set_pam(&memory, modes);
    assert_null(slot_at(0xc8000));
    assert_int_equal(byte_at(0xfffff), firmware[sizeof(firmware) - 1]);
    memory_free(&memory);
}

/* All of it is there before anybody touches it. */
static void test_populated(void **state)
{
    (void)state;
    enum { SIZE = 96 << 20, PAGES = SIZE / 4096 };
    static unsigned char there[PAGES];
    struct error err = { 0 };
    struct memory_layout layout = { .size = SIZE,
                                    .low_top = 0xc0000000,
                                    .populate = true };
    memset(slots, 0, sizeof(slots));
    assert_int_equal(
        memory_init(&memory, NULL, &layout, firmware, sizeof(firmware), &err), 0);
    assert_int_equal(mincore(memory.ram.blocks[0].host, SIZE, there), 0);
    for (unsigned i = 0; i < PAGES; i++)
        assert_true(there[i] & 1);
    memory_free(&memory);
}

/* Huge pages of a file: given, or refused in words, as the host has them. */
static void test_huge_pages(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct memory_layout layout = { .size = 4 * MIB,
                                    .low_top = 0xc0000000,
                                    .page_size = 2 * MIB };
    memset(slots, 0, sizeof(slots));
    int result = memory_init(&memory, NULL, &layout, firmware, sizeof(firmware), &err);
    if (result < 0) {
        assert_true(result == -ENOMEM || result == -ENOSYS);
        assert_non_null(strstr(err.text, "guest RAM"));
        assert_int_equal(memory.ram.count, 0);
        return;
    }
    assert_int_equal((uintptr_t)memory.ram.blocks[0].host % (2 * MIB), 0);
    assert_true(memory.ram.blocks[0].fd >= 0);
    memory_free(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_above_4_gib),
        cmocka_unit_test(test_block_apart),
        cmocka_unit_test(test_block_touching),
        cmocka_unit_test(test_blocks_are_backed),
        cmocka_unit_test(test_pam),
        cmocka_unit_test(test_populated),
        cmocka_unit_test(test_huge_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
