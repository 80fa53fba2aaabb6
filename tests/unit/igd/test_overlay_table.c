/* test_overlay_table.c: which registers each platform's guest gets, and what of them.
 */
#include "igd/overlay_table.h" /* under test */

#include "igd/ggc.h" /* registers */

#include "plan_host.h" /* a host */

#include "base/bytes.h" /* stores */
#include "pci/regs.h"   /* registers */

#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */

#include <cmocka.h> /* the framework */

#define HOST_BASE  0x8b800000ULL
#define GUEST_BASE 0x0f400000U

/* The overlay for this device, on a host with stolen memory at HOST_BASE. */
static void fill(struct host *host, uint16_t device_id, struct igd_overlay *overlay)
{
    struct igd_examined examined;
    store16(host->gpu + PCI_DEVICE_ID, device_id);
    igd_examine(&host->facts, &host->request, &examined);
    *overlay = (struct igd_overlay){ 0 };
    igd_overlay_fill(overlay, &examined);
}

static void make_wide_host(struct host *host)
{
    make_host(host);
    store32(host->gpu + IGD_REG_BDSM32, 0);
    store64(host->gpu + IGD_REG_BDSM64, HOST_BASE | 1);
    store64(host->gpu + IGD_REG_BGSM, (HOST_BASE - 8 * MIB) | 1);
}

static void test_platforms(void **state)
{
    static const struct {
        uint16_t device_id;
        unsigned count, slices;
        const char *base;
        uint16_t offset;
        uint8_t size;
    } cases[] = {
        { 0x0102, 6, 0, "BDSM", 0x5c, 4 },     { 0x1602, 6, 0, "BDSM", 0x5c, 4 },
        { 0x1912, 7, 1, "BDSM", 0x5c, 4 },     { 0x5a52, 7, 1, "BDSM", 0x5c, 4 },
        { 0x8a52, 10, 2, "BDSM", 0xc0, 8 },    { 0x9a49, 10, 2, "BDSM", 0xc0, 8 },
        { 0x4626, 12, 4, "BDSM", 0xc0, 8 },    { 0x7d55, 12, 4, "DSMBASE", 0xc0, 8 },
        { 0x64a0, 12, 4, "DSMBASE", 0xc0, 8 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct host host;
        struct igd_overlay overlay;
        make_host(&host);
        fill(&host, cases[i].device_id, &overlay);
        assert_int_equal(overlay.count, cases[i].count);
        const struct igd_overlay_register *base =
            igd_overlay_find(&overlay, cases[i].base);
        assert_non_null(base);
        assert_int_equal(base->offset, cases[i].offset);
        assert_int_equal(base->size, cases[i].size);
        assert_int_equal(base->mirror, 0x1080c0);
        assert_int_equal(base->mirror_size, cases[i].size);
        assert_int_equal(base->value, 0);
        assert_non_null(igd_overlay_find(&overlay, "ASLS"));
        unsigned slices = 0;
        for (unsigned j = 0; j < overlay.count; j++) {
            assert_non_null(overlay.registers[j].reason);
            assert_non_null(overlay.registers[j].source);
            slices += overlay.registers[j].rule == IGD_OVERLAY_GATED;
        }
        assert_int_equal(slices, cases[i].slices);
    }
}

/* A device that is not in the table has only what all have in common. */
static void test_unknown_device(void **state)
{
    struct host host;
    struct igd_overlay overlay;
    make_host(&host);
    fill(&host, 0x1900, &overlay);
    assert_int_equal(overlay.count, 3);
    assert_int_equal(overlay.base, 0);
    assert_null(igd_overlay_find(&overlay, "GGC"));
}

/* Stolen-reserved and BGSM keep their distance from stolen memory. */
static void test_narrow_distances(void **state)
{
    struct host host;
    struct igd_overlay overlay;
    make_host(&host);
    store32(host.gpu + IGD_REG_BGSM, SAMPLE_BDSM - 8 * MIB);
    host.facts.stolen_reserved = SAMPLE_BDSM + 63 * MIB + 0x81;
    fill(&host, 0x1912, &overlay);
    assert_int_equal(igd_overlay_mmio_read(&overlay, 0x1082c0, 4, 0x8f700081), 0);
    assert_int_equal(igd_overlay_config_read(&overlay, 0xf0, 4, 0x8b000000), 0);
    igd_overlay_config_write(&overlay, 0x5c, 4, GUEST_BASE);
    assert_int_equal(igd_overlay_mmio_read(&overlay, 0x1082c0, 4, 0),
                     GUEST_BASE + 63 * MIB + 0x81);
    assert_int_equal(igd_overlay_config_read(&overlay, 0xf0, 4, 0),
                     GUEST_BASE - 8 * MIB);
    /* Where both are the same, so is what is read. */
    igd_overlay_config_write(&overlay, 0x5c, 4, SAMPLE_BDSM | 1);
    assert_int_equal(igd_overlay_mmio_read(&overlay, 0x1082c0, 4, 0), 0x8f700081);
    /* A register at F0 that has nothing to do with stolen memory is left alone. */
    store32(host.gpu + IGD_REG_BGSM, 0x00001234);
    fill(&host, 0x1912, &overlay);
    assert_null(igd_overlay_find(&overlay, "BGSM"));
    /* So is what claims to be reserved somewhere else. */
    host.facts.stolen_reserved = 0xf7000001;
    fill(&host, 0x1912, &overlay);
    igd_overlay_config_write(&overlay, 0x5c, 4, GUEST_BASE);
    assert_int_equal(igd_overlay_mmio_read(&overlay, 0x1082c0, 4, 0xf7000001), 0);
}

/* Stolen memory so low that its neighbourhood would begin below 0. */
static void test_low_base(void **state)
{
    struct host host;
    struct igd_overlay overlay;
    make_host(&host);
    store32(host.gpu + IGD_REG_BDSM32, 16 * MIB | 1);
    store32(host.gpu + IGD_REG_BGSM, 8 * MIB);
    host.facts.stolen_reserved = 17 * MIB;
    fill(&host, 0x1912, &overlay);
    igd_overlay_config_write(&overlay, 0x5c, 4, GUEST_BASE);
    assert_int_equal(igd_overlay_config_read(&overlay, 0xf0, 4, 8 * MIB),
                     GUEST_BASE - 8 * MIB);
    assert_int_equal(igd_overlay_mmio_read(&overlay, 0x1082c0, 4, 0), GUEST_BASE + MIB);
}

/* From Gen11 on GTT stolen memory follows data stolen memory, in what is reserved. */
static void test_wide_distances(void **state)
{
    struct host host;
    struct igd_overlay overlay;
    make_wide_host(&host);
    host.facts.stolen_reserved = (HOST_BASE + 62 * MIB) | 0x101;
    fill(&host, 0x9a49, &overlay);
    igd_overlay_config_write(&overlay, 0xc0, 4, GUEST_BASE);
    assert_int_equal(igd_overlay_mmio_read(&overlay, 0x108100, 8, 0x8b000001),
                     GUEST_BASE + 64 * MIB + 1);
    assert_int_equal(igd_overlay_mmio_read(&overlay, 0x108104, 4, 7), 0);
    assert_int_equal(igd_overlay_config_read(&overlay, 0xf0, 4, 0x8b000001),
                     GUEST_BASE + 64 * MIB + 1);
    assert_int_equal(igd_overlay_mmio_read(&overlay, 0x1082c0, 8, 0),
                     GUEST_BASE + 62 * MIB + 0x101);
    /* Some parts have another address of the block at F0. */
    store64(host.gpu + IGD_REG_BGSM, HOST_BASE + 62 * MIB);
    fill(&host, 0x9a49, &overlay);
    igd_overlay_config_write(&overlay, 0xc0, 4, GUEST_BASE);
    assert_int_equal(igd_overlay_config_read(&overlay, 0xf0, 4, 0),
                     GUEST_BASE + 62 * MIB);
}

/* SeaBIOS writes the 32-bit register, whatever the device has. */
static void test_narrow_write(void **state)
{
    struct host host;
    struct igd_overlay overlay;
    make_wide_host(&host);
    fill(&host, 0x9a49, &overlay);
    assert_int_equal(igd_overlay_config_read(&overlay, 0x5c, 4, 0xa5a5), 0xa5a5);
    assert_int_equal(igd_overlay_config_write(&overlay, 0x5c, 4, GUEST_BASE), 0);
    assert_int_equal(igd_overlay_config_read(&overlay, 0x5c, 4, 0xa5a5), 0xa5a5);
    assert_int_equal(igd_overlay_config_read(&overlay, 0xc0, 4, 0), GUEST_BASE);
    assert_int_equal(igd_overlay_config_read(&overlay, 0xc4, 4, 9), 0);
    assert_int_equal(igd_overlay_mmio_read(&overlay, 0x1080c0, 8, 9), GUEST_BASE);
    /* A part whose hardware shows its base there, too. */
    store32(host.gpu + IGD_REG_BDSM32, HOST_BASE | 1);
    fill(&host, 0x9a49, &overlay);
    assert_int_equal(igd_overlay_config_read(&overlay, 0x5c, 4, HOST_BASE | 1), 0);
    igd_overlay_config_write(&overlay, 0x5c, 4, GUEST_BASE);
    assert_int_equal(igd_overlay_config_read(&overlay, 0x5c, 4, 0), GUEST_BASE);
    /* Of a display that is no VGA device, SeaBIOS knows nothing. */
    store32(host.gpu + IGD_REG_BDSM32, 0);
    store16(host.gpu + PCI_SUBCLASS, 0x0380);
    fill(&host, 0x9a49, &overlay);
    assert_null(igd_overlay_find(&overlay, "BDSM_LOW"));
    assert_int_equal(igd_overlay_config_write(&overlay, 0x5c, 4, GUEST_BASE), 0xf);
}

/* Meteor Lake on: nothing is moved, and nothing of the host's is shown. */
static void test_lmembar(void **state)
{
    struct host host;
    struct igd_overlay overlay;
    make_wide_host(&host);
    store32(host.gpu + IGD_REG_BDSM32, HOST_BASE | 1);
    host.facts.stolen_reserved = (HOST_BASE + 64 * MIB) | 0x101;
    fill(&host, 0x7d55, &overlay);
    assert_int_equal(overlay.base, 0);
    assert_int_equal(igd_overlay_mmio_read(&overlay, 0x138914, 4, 1), 0);
    assert_int_equal(igd_overlay_mmio_read(&overlay, 0x1080c0, 8, HOST_BASE), 0);
    assert_int_equal(igd_overlay_mmio_read(&overlay, 0x108100, 8, HOST_BASE), 0);
    assert_int_equal(igd_overlay_mmio_read(&overlay, 0x1082c0, 8, HOST_BASE), 0x101);
    for (unsigned offset = 0x5c; offset <= 0xf4; offset += 4) {
        if (offset == 0x5c || (offset & ~4U) == 0xc0 || (offset & ~4U) == 0xf0)
            assert_int_equal(
                igd_overlay_config_read(&overlay, offset, 4, (uint32_t)HOST_BASE), 0);
    }
    assert_int_equal(igd_overlay_config_read(&overlay, 0, 4, 5), 5);
}

/* A slice's power reads as on only where it was asked for. */
static void test_display_buffer(void **state)
{
    struct host host;
    struct igd_overlay overlay;
    make_host(&host);
    fill(&host, 0x1912, &overlay);
    assert_int_equal(igd_overlay_mmio_read(&overlay, 0x45008, 4, 0x4040c000),
                     0x0040c000);
    assert_int_equal(igd_overlay_mmio_read(&overlay, 0x45008, 4, 0xc040c000),
                     0xc040c000);
    assert_int_equal(igd_overlay_mmio_read(&overlay, 0x4500b, 1, 0x40), 0);
    assert_int_equal(igd_overlay_mmio_write(&overlay, 0x45008, 4, 0x80000000), 0xf);
    /* On Gen9 this is no slice but an interrupt register. */
    assert_int_equal(igd_overlay_mmio_read(&overlay, 0x44300, 4, 0x40000000),
                     0x40000000);
    assert_false(igd_overlay_mmio_covers(&overlay, 0x44000, 0x1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_platforms),      cmocka_unit_test(test_unknown_device),
        cmocka_unit_test(test_low_base),       cmocka_unit_test(test_narrow_distances),
        cmocka_unit_test(test_wide_distances), cmocka_unit_test(test_narrow_write),
        cmocka_unit_test(test_lmembar),        cmocka_unit_test(test_display_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
