/* test_rom_check.c: what is said of good and bad ROMs. */
#include "base/bytes.h"    /* stores */
#include "igd/rom_check.h" /* what is tested */
#include "samples.h"       /* a ROM with a saved BDSM */

#include <setjmp.h>  /* cmocka */
#include <stdarg.h>  /* cmocka */
#include <stdbool.h> /* bool */
#include <stddef.h>  /* cmocka */
#include <stdint.h>  /* cmocka */
#include <string.h>  /* strcmp */

#include <cmocka.h> /* assertions; needs the headers above */

static uint8_t rom[0x1000];
static struct igd_rom_report report;

/* An image of `units` times 512 bytes at `offset`. */
static void image(uint32_t offset, uint8_t units, uint8_t code_type, bool last)
{
    uint8_t *at = rom + offset;
    memset(at, 0, units * 512u);
    store16(at, 0xaa55);
    at[2] = units;
    store16(at + 0x18, 0x40);
    memcpy(at + 0x40, "PCIR", 4);
    store16(at + 0x44, 0x8086);
    store16(at + 0x46, 0x1912);
    store16(at + 0x4a, 0x18);
    at[0x4f] = 0x03;
    store16(at + 0x50, units);
    at[0x54] = code_type;
    at[0x55] = last ? 0x80 : 0;
    if (code_type == 3) {
        store32(at + 4, 0x0ef1);
        store16(at + 8, 11);
        store16(at + 0x0a, 0x8664);
    } else {
        at[units * 512u - 1] = (uint8_t)-byte_sum(at, units * 512u);
    }
}

static const struct igd_rom_finding *finding(const char *id)
{
    for (unsigned i = 0; i < report.finding_count; i++) {
        if (strcmp(report.findings[i].id, id) == 0)
            return &report.findings[i];
    }
    return NULL;
}

static void check(uint16_t device)
{
    igd_rom_check(rom, sizeof(rom), device, &report);
}

static void severity_is(const char *id, enum igd_rom_severity severity)
{
    assert_non_null(finding(id));
    assert_int_equal(finding(id)->severity, severity);
}

static void a_good_vbios(void **state)
{
    image(0, 2, 0, true);
    check(0x1912);
    assert_int_equal(report.image_count, 1);
    assert_true(report.legacy);
    assert_false(report.uefi);
    severity_is("device", IGD_ROM_GOOD);
    severity_is("checksum", IGD_ROM_GOOD);
    severity_is("uefi", IGD_ROM_NOTE);
}

static void identifier_and_checksum_are_fixable(void **state)
{
    image(0, 2, 0, true);
    rom[0x100]++;
    check(0x5917);
    assert_true(report.legacy);
    severity_is("device", IGD_ROM_FIXABLE);
    severity_is("checksum", IGD_ROM_FIXABLE);
}

static void another_vendor_is_not(void **state)
{
    image(0, 2, 0, true);
    store16(rom + 0x44, 0x10de);
    check(0x1912);
    assert_false(report.legacy);
    severity_is("vendor", IGD_ROM_BAD);
}

static void uefi_drivers(void **state)
{
    image(0, 2, 0, false);
    image(0x400, 2, 3, true);
    check(0x1912);
    assert_true(report.legacy);
    assert_true(report.uefi);
    assert_null(finding("uefi"));
    store16(rom + 0x400 + 0x0a, 0x014c);
    check(0x1912);
    assert_false(report.uefi);
    severity_is("machine", IGD_ROM_BAD);
    store16(rom + 0x400 + 8, 10);
    check(0x1912);
    severity_is("subsystem", IGD_ROM_BAD);
}

static void a_gop_before_the_others_is_told(void **state)
{
    static const char words[] = "G\0O\0P\0 \0D\0r\0i\0v\0e\0r";
    image(0, 2, 3, false);
    image(0x400, 2, 3, true);
    memcpy(rom + 0x100, words, sizeof(words));
    check(0x4680);
    assert_true(report.images[0].gop);
    severity_is("order", IGD_ROM_NOTE);
    severity_is("vbios", IGD_ROM_NOTE);
    assert_false(report.legacy);
    assert_true(report.uefi);
}

static void a_damaged_chain_serves_nobody(void **state)
{
    image(0, 2, 0, false);
    image(0x400, 2, 3, true);
    rom[0x440] = 'X';
    check(0x1912);
    assert_false(report.legacy);
    assert_false(report.uefi);
    severity_is("images", IGD_ROM_BAD);
    rom[0] = 0;
    check(0x1912);
    assert_int_equal(report.image_count, 0);
    severity_is("images", IGD_ROM_BAD);
}

static void a_saved_address_is_told(void **state)
{
    static uint8_t sample[SAMPLE_ROM_SIZE];
    sample_rom(sample);
    igd_rom_check(sample, sizeof(sample), 0, &report);
    severity_is("saved-bdsm", IGD_ROM_FIXABLE);
    assert_true(report.legacy);
}

static void a_second_vbios_and_a_runtime_driver(void **state)
{
    image(0, 2, 0, false);
    image(0x400, 2, 3, false);
    store16(rom + 0x400 + 8, 12);
    image(0x800, 2, 0, true);
    check(0x1912);
    severity_is("order", IGD_ROM_NOTE);
    assert_true(report.uefi);
}

static void a_rom_that_is_too_large(void **state)
{
    static uint8_t large[0x48000];
    for (unsigned i = 0; i < 9; i++) {
        image(0, 1, 3, i == 8);
        store16(rom + 2, 0x40); /* 32 KiB each */
        store16(rom + 0x50, 0x40);
        memcpy(large + (size_t)i * 0x8000, rom, 512);
    }
    igd_rom_check(large, sizeof(large), 0, &report);
    severity_is("size", IGD_ROM_BAD);
    assert_false(report.uefi);
}

static void very_many_images_are_cut(void **state)
{
    static uint8_t many[512 * (IGD_ROM_IMAGES_MAX + 2)];
    for (unsigned i = 0; i < IGD_ROM_IMAGES_MAX + 2; i++) {
        image(0, 1, 0, false);
        memcpy(many + i * 512, rom, 512);
    }
    igd_rom_check(many, sizeof(many), 0x1912, &report);
    assert_int_equal(report.image_count, IGD_ROM_IMAGES_MAX);
    severity_is("images", IGD_ROM_NOTE);
    assert_true(report.finding_count <= IGD_ROM_FINDINGS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_vbios),
        cmocka_unit_test(identifier_and_checksum_are_fixable),
        cmocka_unit_test(another_vendor_is_not),
        cmocka_unit_test(uefi_drivers),
        cmocka_unit_test(a_gop_before_the_others_is_told),
        cmocka_unit_test(a_damaged_chain_serves_nobody),
        cmocka_unit_test(a_saved_address_is_told),
        cmocka_unit_test(a_second_vbios_and_a_runtime_driver),
        cmocka_unit_test(a_rom_that_is_too_large),
        cmocka_unit_test(very_many_images_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
