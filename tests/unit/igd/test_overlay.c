/* test_overlay.c: every access of every width against a byte-by-byte oracle. */
#include "igd/overlay.h" /* under test */

#include "base/bytes.h" /* ARRAY_SIZE */

#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */

#include <cmocka.h> /* the framework */

#define MIRROR_PAGE 0x108000U

/* Every rule, every size; neighbours that touch, one without and one with only a
 * mirror. */
static const struct igd_overlay sample = {
    .count = 13,
    .base = 2,
    .registers = {
        { .name = "GGC", .offset = 0x50, .size = 2, .rule = IGD_OVERLAY_READ_ONLY,
          .value = 0x02c1, .mirror = MIRROR_PAGE + 0x40, .mirror_size = 2 },
        { .name = "BDSM", .offset = 0x5c, .size = 4, .rule = IGD_OVERLAY_HELD,
          .value = 0x01020304, .mirror = MIRROR_PAGE + 0xc0, .mirror_size = 4 },
        { .name = "AFTER", .offset = 0x60, .size = 1, .rule = IGD_OVERLAY_NO_WRITE,
          .mirror = MIRROR_PAGE + 0xc4, .mirror_size = 1 },
        { .name = "BDSM64", .offset = 0xc0, .size = 8, .rule = IGD_OVERLAY_HELD,
          .value = 0x1122334455667788, .mirror = MIRROR_PAGE + 0xd1, .mirror_size = 8 },
        { .name = "SWSCI", .offset = 0xe8, .size = 2, .rule = IGD_OVERLAY_NO_WRITE },
        { .name = "ASLS", .offset = 0xfc, .size = 4, .rule = IGD_OVERLAY_HELD,
          .value = 0 },
        { .name = "MIRROR", .rule = IGD_OVERLAY_READ_ONLY, .value = 0xa5a5a5a5,
          .mirror = MIRROR_PAGE + 0xe2, .mirror_size = 4 },
        { .name = "WIDE", .offset = 0x70, .size = 1, .rule = IGD_OVERLAY_HELD,
          .mirror = MIRROR_PAGE + 0xf0, .mirror_size = 12, .value = 0x77 },
        { .name = "REBASED", .offset = 0xf0, .size = 4, .rule = IGD_OVERLAY_REBASED,
          .distance = 0x0fe80fedcba98001, .mirror = MIRROR_PAGE + 0x100,
          .mirror_size = 8 },
        { .name = "LOW", .offset = 0x64, .size = 4, .rule = IGD_OVERLAY_BASE_ALIAS },
        { .name = "WRITTEN", .offset = 0x68, .size = 4,
          .rule = IGD_OVERLAY_BASE_WRITTEN },
        { .name = "GATED", .rule = IGD_OVERLAY_GATED, .value = 0x41000000,
          .gate = 0x80000000, .mirror = MIRROR_PAGE + 0x108, .mirror_size = 4 },
        { .name = "FORCED", .rule = IGD_OVERLAY_FORCED, .value = 0x50200000,
          .mirror = MIRROR_PAGE + 0x110, .mirror_size = 4 },
    },
};

/* What the guest must see at each byte, written without the code under test. */
struct oracle_byte {
    const struct igd_overlay_register *reg; /* NULL: the hardware's */
    unsigned byte;
};

static struct oracle_byte find_byte(bool bar0, uint64_t address)
{
    for (unsigned i = 0; i < sample.count; i++) {
        const struct igd_overlay_register *reg = &sample.registers[i];
        if (bar0 && !reg->mirror)
            continue;
        uint64_t base = bar0 ? reg->mirror : reg->offset;
        unsigned size = bar0 ? reg->mirror_size : reg->size;
        for (unsigned byte = 0; byte < size; byte++) {
            if (base + byte == address)
                return (struct oracle_byte){ reg, byte };
        }
    }
    return (struct oracle_byte){ 0 };
}

static uint8_t byte_of(uint64_t value, unsigned byte)
{
    return byte < 8 ? (uint8_t)(value >> (8 * byte)) : 0;
}

/* What a byte reads as; BDSM's base is 0x01000000. */
static uint8_t expected_read(struct oracle_byte at, uint8_t raw)
{
    if (!at.reg)
        return raw;
    switch (at.reg->rule) {
    case IGD_OVERLAY_NO_WRITE:
    case IGD_OVERLAY_BASE_WRITTEN:
        return raw;
    case IGD_OVERLAY_REBASED:
        return byte_of(0x0fe80fedcca98001, at.byte);
    case IGD_OVERLAY_BASE_ALIAS:
        return byte_of(0x01020304, at.byte);
    case IGD_OVERLAY_GATED:
        return at.byte == 3 && !(raw & 0x80) ? raw & 0xbe : raw;
    case IGD_OVERLAY_FORCED:
        return at.byte == 3 ? raw | 0x50 : at.byte == 2 ? raw | 0x20 : raw;
    default:
        return byte_of(at.reg->value, at.byte);
    }
}

static void check_read(bool bar0, uint64_t offset, unsigned size)
{
    const uint64_t raw = 0xf1e2d3c4b5a69788;
    uint64_t value =
        bar0 ? igd_overlay_mmio_read(&sample, offset, size, raw)
             : igd_overlay_config_read(&sample, (unsigned)offset, size, (uint32_t)raw);
    for (unsigned lane = 0; lane < 8; lane++) {
        uint8_t expected = 0;
        if (lane < size) {
            expected =
                expected_read(find_byte(bar0, offset + lane), byte_of(raw, lane));
        }
        if (byte_of(value, lane) != expected)
            fail_msg("%s read of %u at 0x%llx, lane %u: 0x%02x, expected 0x%02x",
                     bar0 ? "BAR0" : "config", size, (unsigned long long)offset, lane,
                     byte_of(value, lane), expected);
    }
}

static void check_write(bool bar0, uint64_t offset, unsigned size)
{
    const uint64_t data = 0x8899aabbccddeeff;
    struct igd_overlay overlay = sample;
    uint64_t expected[IGD_OVERLAY_MAX];
    unsigned left = 0;
    for (unsigned i = 0; i < sample.count; i++)
        expected[i] = sample.registers[i].value;
    for (unsigned lane = 0; lane < size; lane++) {
        struct oracle_byte at = find_byte(bar0, offset + lane);
        if (!at.reg || at.reg->rule == IGD_OVERLAY_GATED ||
            at.reg->rule == IGD_OVERLAY_FORCED) {
            left |= 1U << lane;
        } else if (at.reg->rule == IGD_OVERLAY_HELD && at.byte < 8) {
            uint8_t *bytes = (uint8_t *)&expected[at.reg - sample.registers];
            bytes[at.byte] = byte_of(data, lane);
        } else if (at.reg->rule == IGD_OVERLAY_BASE_ALIAS ||
                   at.reg->rule == IGD_OVERLAY_BASE_WRITTEN) {
            ((uint8_t *)&expected[1])[at.byte] = byte_of(data, lane);
        }
    }
    unsigned got = bar0 ? igd_overlay_mmio_write(&overlay, offset, size, data)
                        : igd_overlay_config_write(&overlay, (unsigned)offset, size,
                                                   (uint32_t)data);
    assert_int_equal(got, left);
    for (unsigned i = 0; i < sample.count; i++)
        assert_int_equal(overlay.registers[i].value, expected[i]);
}

static void test_config(void **state)
{
    for (unsigned size = 1; size <= 4; size++) {
        for (unsigned offset = 0; offset + size <= 256; offset++) {
            check_read(false, offset, size);
            check_write(false, offset, size);
        }
    }
}

static void test_bar0(void **state)
{
    for (unsigned size = 1; size <= 8; size++) {
        for (unsigned offset = 0; offset < 0x110; offset++) {
            check_read(true, MIRROR_PAGE + offset, size);
            check_write(true, MIRROR_PAGE + offset, size);
        }
    }
}

/* Widths and addresses no guest can make, and a list that lies about its length. */
static void test_hostile(void **state)
{
    struct igd_overlay overlay = sample;
    check_read(true, UINT64_MAX, 8);
    check_read(true, UINT64_MAX - 3, 8);
    check_read(true, MIRROR_PAGE, 0);
    check_write(true, UINT64_MAX - 3, 8);
    assert_int_equal(igd_overlay_config_read(&sample, 0x5c, 9, 0), 0x01020304);
    assert_int_equal(igd_overlay_config_write(&overlay, 0, 9, 0), 0xf);
    assert_int_equal(igd_overlay_mmio_read(&sample, MIRROR_PAGE, 99, UINT64_MAX),
                     UINT64_MAX);
    assert_int_equal(igd_overlay_mmio_write(&overlay, MIRROR_PAGE, 99, 0), 0xff);
    for (unsigned i = sample.count; i < IGD_OVERLAY_MAX; i++)
        overlay.registers[i].name = "";
    overlay.count = UINT32_MAX;
    assert_int_equal(igd_overlay_config_read(&overlay, 0x10, 4, 0x12345678),
                     0x12345678);
    assert_false(igd_overlay_mmio_covers(&overlay, 0, 0x1000));
    assert_null(igd_overlay_find(&overlay, "none"));
}

static void test_covers(void **state)
{
    for (unsigned size = 0; size <= 40; size++) {
        for (unsigned offset = 0; offset < 0x110; offset++) {
            bool expected = false;
            for (unsigned i = 0; i < size; i++)
                expected |= find_byte(true, MIRROR_PAGE + offset + i).reg != NULL;
            assert_int_equal(
                igd_overlay_mmio_covers(&sample, MIRROR_PAGE + offset, size), expected);
        }
    }
    assert_true(igd_overlay_mmio_covers(&sample, 0, UINT64_MAX));
    assert_true(igd_overlay_mmio_covers(&sample, 0x100000, UINT64_MAX));
    assert_false(igd_overlay_mmio_covers(&sample, UINT64_MAX, UINT64_MAX));
    assert_true(igd_overlay_mmio_covers(&sample, MIRROR_PAGE, 0x1000));
    assert_false(igd_overlay_mmio_covers(&sample, 0, MIRROR_PAGE));
    assert_false(igd_overlay_mmio_covers(&sample, MIRROR_PAGE + 0x1000, 0x1000));
}

/* A register is one, however it is reached. */
static void test_mirror_is_the_register(void **state)
{
    struct igd_overlay overlay = sample;
    assert_int_equal(igd_overlay_config_write(&overlay, 0x5c, 4, 0x7f800001), 0);
    assert_int_equal(igd_overlay_mmio_read(&overlay, MIRROR_PAGE + 0xc0, 4, 0),
                     0x7f800001);
    assert_int_equal(igd_overlay_config_read(&overlay, 0x5e, 2, 0), 0x7f80);
    assert_int_equal(igd_overlay_mmio_write(&overlay, MIRROR_PAGE + 0xc2, 2, 0x6000),
                     0);
    assert_int_equal(igd_overlay_find(&overlay, "BDSM")->value, 0x60000001);
    assert_ptr_equal(igd_overlay_find(&overlay, "ASLS"), &overlay.registers[5]);
    assert_null(igd_overlay_find(&overlay, "MSAC"));
}

/* What is relative to stolen memory has no place before that has one. */
static void test_rebased(void **state)
{
    struct igd_overlay overlay = {
        .count = 2,
        .base = 1,
        .registers = {
            { .name = "BDSM", .offset = 0xc0, .size = 8, .rule = IGD_OVERLAY_HELD },
            { .name = "BGSM", .offset = 0xf0, .size = 8, .rule = IGD_OVERLAY_REBASED,
              .distance = (uint64_t)-(int64_t)(8 * MIB) + 1 },
        },
    };
    assert_int_equal(igd_overlay_config_read(&overlay, 0xf0, 4, 0x7b000001), 0);
    /* A lock bit alone is no place. */
    igd_overlay_config_write(&overlay, 0xc0, 4, 1);
    assert_int_equal(igd_overlay_config_read(&overlay, 0xf0, 4, 0x7b000001), 0);
    igd_overlay_config_write(&overlay, 0xc0, 4, 0x0f400001);
    assert_int_equal(igd_overlay_config_read(&overlay, 0xf0, 4, 0x7b000001),
                     0x0ec00001);
    assert_int_equal(igd_overlay_config_read(&overlay, 0xf3, 1, 0x7b), 0x0e);
    assert_int_equal(igd_overlay_config_read(&overlay, 0xf4, 4, 5), 0);
    /* The borrow of the low half. */
    igd_overlay_config_write(&overlay, 0xc4, 4, 3);
    igd_overlay_config_write(&overlay, 0xc0, 4, 0x00400000);
    assert_int_equal(igd_overlay_config_read(&overlay, 0xf0, 4, 0), 0xffc00001);
    assert_int_equal(igd_overlay_config_read(&overlay, 0xf4, 4, 0), 2);
    assert_int_equal(igd_overlay_config_write(&overlay, 0xf0, 4, 0), 0);
    /* Without a base, or with one that is not in the list, nothing is shown. */
    for (unsigned base = 0; base <= 40; base += 4) {
        overlay.base = base;
        assert_int_equal(igd_overlay_config_read(&overlay, 0xf0, 4, 0x7b000001), 0);
        overlay.registers[1].rule = IGD_OVERLAY_BASE_ALIAS;
        assert_int_equal(igd_overlay_config_write(&overlay, 0xf0, 4, 0x12345678), 0);
        assert_int_equal(igd_overlay_config_read(&overlay, 0xf0, 4, 0x7b000001), 0);
        overlay.registers[1].rule = IGD_OVERLAY_REBASED;
    }
}

/* Select a register through the pair and read or write it there. */
static uint32_t io_read_register(struct igd_overlay *overlay, uint32_t address,
                                 unsigned lane, unsigned size, uint32_t raw)
{
    assert_int_equal(igd_overlay_io_write(overlay, 0, 4, address), 0xf);
    return igd_overlay_io_read(overlay, 4 + lane, size, raw);
}

/* A list that claims more than there is room for, and registers wider than a value. */
static void test_damaged_list(void **state)
{
    struct igd_overlay overlay = sample;
    overlay.count = IGD_OVERLAY_MAX + 20;
    for (unsigned i = sample.count; i < IGD_OVERLAY_MAX; i++)
        overlay.registers[i] = (struct igd_overlay_register){ .name = "none" };
    overlay.base = IGD_OVERLAY_MAX + 1;
    assert_int_equal(igd_overlay_config_read(&overlay, 0xf0, 4, 0x7b000001), 0);
    assert_int_equal(igd_overlay_config_read(&overlay, 0x40, 4, 0x7b000001),
                     0x7b000001);
    assert_int_equal(igd_overlay_config_write(&overlay, 0x40, 4, 0), 0xf);
    assert_false(igd_overlay_mmio_covers(&overlay, 0x2000, 0x1000));
    assert_null(igd_overlay_find(&overlay, "nobody"));
    /* Past its eighth byte a gated one hides nothing. */
    overlay.registers[11].mirror_size = 12;
    assert_int_equal(igd_overlay_mmio_read(&overlay, MIRROR_PAGE + 0x110, 4, 0x41),
                     0x41);
}

static void test_io(void **state)
{
    const uint32_t raw = 0xf1e2d3c4;
    struct igd_overlay overlay = sample;
    /* The hardware's index, as the host left it, is not used. */
    assert_int_equal(igd_overlay_io_read(&overlay, 4, 4, raw), 0);
    assert_int_equal(igd_overlay_io_write(&overlay, 4, 4, raw), 0);
    assert_int_equal(igd_overlay_io_write(&overlay, 0, 2, 0x80c0), 3);
    assert_int_equal(igd_overlay_io_read(&overlay, 4, 4, raw), 0);
    assert_int_equal(igd_overlay_io_write(&overlay, 2, 2, 0x0010), 3);
    assert_int_equal(igd_overlay_io_read(&overlay, 4, 4, raw), 0x01020304);
    assert_int_equal(igd_overlay_io_read(&overlay, 6, 1, raw), 0x02);
    /* Whatever BAR0 shows is seen here, too; also from the side. */
    for (uint32_t address = MIRROR_PAGE; address < MIRROR_PAGE + 0x110; address += 4) {
        for (unsigned lane = 0; lane < 4; lane++) {
            for (unsigned size = 1; size + lane <= 4; size++) {
                uint32_t hardware = raw & (uint32_t)all_ones(size);
                assert_int_equal(
                    io_read_register(&overlay, address, lane, size, hardware),
                    igd_overlay_mmio_read(&overlay, address + lane, size, hardware));
            }
        }
    }
    /* An access across both: the index is the hardware's. */
    io_read_register(&overlay, MIRROR_PAGE + 0xc0, 0, 4, 0);
    assert_int_equal(igd_overlay_io_read(&overlay, 2, 4, raw), 0x0304d3c4);
    assert_int_equal(igd_overlay_io_read(&overlay, 0, 4, raw), raw);
    assert_int_equal(igd_overlay_io_read(&overlay, 8, 4, raw), raw);
    /* Writes reach the virtual register and nothing behind it. */
    assert_int_equal(igd_overlay_io_write(&overlay, 4, 4, 0x7b000000), 0);
    assert_int_equal(overlay.registers[1].value, 0x7b000000);
    io_read_register(&overlay, MIRROR_PAGE + 0x10, 0, 4, 0);
    assert_int_equal(igd_overlay_io_write(&overlay, 4, 4, 5), 0xf);
    /* The GTT, which the pair also reaches, is passed through. */
    assert_int_equal(io_read_register(&overlay, (MIRROR_PAGE + 0xc0) | 1, 0, 4, raw),
                     raw);
    assert_int_equal(igd_overlay_io_write(&overlay, 4, 4, 0), 0xf);
    /* The ports behind the pair, and what of an access is wider than a port can be. */
    assert_int_equal(igd_overlay_io_write(&overlay, 8, 4, raw), 0xf);
    assert_int_equal(igd_overlay_io_write(&overlay, 6, 4, raw), 0xf);
    io_read_register(&overlay, MIRROR_PAGE + 0x40, 0, 4, 0);
    assert_int_equal(igd_overlay_io_read(&overlay, 4, 8, raw), 0xf1e202c1);
    assert_int_equal(igd_overlay_io_write(&overlay, 4, 8, raw), 0xc);
    /* So is all of a device without such registers. */
    struct igd_overlay empty = { 0 };
    assert_int_equal(igd_overlay_io_read(&empty, 4, 4, raw), raw);
    assert_int_equal(igd_overlay_io_write(&empty, 4, 4, raw), 0xf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config),
        cmocka_unit_test(test_bar0),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_covers),
        cmocka_unit_test(test_mirror_is_the_register),
        cmocka_unit_test(test_rebased),
        cmocka_unit_test(test_io),
        cmocka_unit_test(test_damaged_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
