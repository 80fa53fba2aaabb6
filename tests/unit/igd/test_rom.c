/* test_rom.c: the VBIOS, checked, patched and damaged. */
#include "igd/rom.h" /* under test */

#include "samples.h" /* a valid ROM */

#include "base/bytes.h"     /* stores, byte_sum */
#include "base/error.h"     /* struct error */
#include "pci/option_rom.h" /* offsets */

#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */
#include <stdlib.h> /* malloc */

#include <cmocka.h> /* the framework */

#define CODE   SAMPLE_ROM_CODE
#define DEVICE (SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_DEVICE)

static void test_parse(void **state)
{
    uint8_t rom[SAMPLE_ROM_SIZE + 512];
    struct igd_rom info;
    sample_rom(rom);
    memset(rom + SAMPLE_ROM_SIZE, 0xff, 512);
    assert_int_equal(igd_rom_parse(rom, sizeof(rom), &info, NULL), 0);
    assert_int_equal(info.image_size, SAMPLE_ROM_SIZE);
    assert_int_equal(info.chain_size, SAMPLE_ROM_SIZE);
    assert_int_equal(info.vendor, 0x8086);
    assert_int_equal(info.device, 0x0406);
    assert_int_equal(info.code_type, OPTION_ROM_CODE_PC_AT);
    assert_int_equal(info.checksum, byte_sum(rom, SAMPLE_ROM_SIZE));
    assert_int_not_equal(info.checksum, 0);
    assert_false(info.has_uefi);
    assert_int_equal(info.images, 1);
}

static void test_parse_chain(void **state)
{
    uint8_t rom[2 * SAMPLE_ROM_SIZE];
    struct igd_rom info;
    struct error err = { 0 };
    uint8_t *second = rom + SAMPLE_ROM_SIZE;
    sample_rom(rom);
    sample_rom(second);
    rom[SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_INDICATOR] = 0;
    second[SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_CODE_TYPE] = OPTION_ROM_CODE_UEFI;
    store16(second + OPTION_ROM_SIZE, SAMPLE_ROM_SIZE / 512);
    assert_int_equal(igd_rom_parse(rom, sizeof(rom), &info, &err), 0);
    assert_int_equal(info.images, 2);
    assert_true(info.has_uefi);
    assert_int_equal(info.code_type, OPTION_ROM_CODE_PC_AT);
    assert_int_equal(info.image_size, SAMPLE_ROM_SIZE);
    assert_int_equal(info.chain_size, 2 * SAMPLE_ROM_SIZE);
    /* Its size is larger than its length: nothing of it is cut off. */
    store16(second + SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_IMAGE, 2);
    assert_int_equal(igd_rom_parse(rom, sizeof(rom), &info, &err), 0);
    assert_int_equal(info.chain_size, 2 * SAMPLE_ROM_SIZE);
    second[SAMPLE_ROM_PCIR] = 0;
    assert_int_equal(igd_rom_parse(rom, sizeof(rom), &info, &err), -EINVAL);
    assert_non_null(strstr(err.text, "ROM image at 0x800"));
    /* A small one inside what the first claims makes the chain no longer. */
    sample_rom(second);
    second[OPTION_ROM_SIZE] = 1;
    store16(second + SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_IMAGE, 1);
    rom[OPTION_ROM_SIZE] = 2 * SAMPLE_ROM_SIZE / 512;
    assert_int_equal(igd_rom_parse(rom, sizeof(rom), &info, &err), 0);
    assert_int_equal(info.images, 2);
    assert_int_equal(info.chain_size, 2 * SAMPLE_ROM_SIZE);
}

/* A shrunken run-time size leaves the length as it was, and the other way round. */
static void test_size_and_length_differ(void **state)
{
    uint8_t rom[SAMPLE_ROM_SIZE];
    struct igd_rom info;
    sample_rom(rom);
    rom[OPTION_ROM_SIZE] = 2;
    assert_int_equal(igd_rom_parse(rom, sizeof(rom), &info, NULL), 0);
    assert_int_equal(info.image_size, 1024);
    assert_int_equal(info.chain_size, 2048);
    sample_rom(rom);
    store16(rom + SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_IMAGE, 2);
    assert_int_equal(igd_rom_parse(rom, sizeof(rom), &info, NULL), 0);
    assert_int_equal(info.image_size, 2048);
    assert_int_equal(info.chain_size, 2048);
}

static void test_too_large(void **state)
{
    size_t size = IGD_ROM_MAX + 512;
    uint8_t *rom = calloc(1, size);
    struct igd_rom info;
    struct error err = { 0 };
    sample_rom(rom);
    store16(rom + SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_IMAGE, IGD_ROM_MAX / 512);
    assert_int_equal(igd_rom_parse(rom, size, &info, &err), 0);
    store16(rom + SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_IMAGE, IGD_ROM_MAX / 512 + 1);
    assert_int_equal(igd_rom_parse(rom, size, &info, &err), -EINVAL);
    assert_non_null(strstr(err.text, "262656 bytes, expected at most 262144"));
    free(rom);
}

static void test_prepare(void **state)
{
    uint8_t rom[SAMPLE_ROM_SIZE], expected[SAMPLE_ROM_SIZE];
    struct igd_rom_changes changes;
    struct igd_rom info;
    sample_rom(rom);
    memcpy(expected, rom, sizeof(rom));
    assert_int_equal(igd_rom_prepare(rom, sizeof(rom), 0x1912, &changes, NULL), 0);
    assert_true(changes.device_id);
    assert_true(changes.saved_bdsm);
    assert_int_equal(changes.saved_bdsm_offset, SAMPLE_ROM_SAVED);
    assert_true(changes.checksum);
    assert_int_equal(igd_rom_parse(rom, sizeof(rom), &info, NULL), 0);
    assert_int_equal(info.device, 0x1912);
    assert_int_equal(info.checksum, 0);
    /* Nothing else changed. */
    store16(expected + DEVICE, 0x1912);
    store32(expected + SAMPLE_ROM_SAVED, 0);
    expected[6] = rom[6];
    assert_memory_equal(rom, expected, sizeof(rom));
    /* A second time there is nothing to do. */
    assert_int_equal(igd_rom_prepare(rom, sizeof(rom), 0x1912, &changes, NULL), 0);
    assert_false(changes.device_id);
    assert_false(changes.saved_bdsm);
    assert_false(changes.checksum);
    assert_memory_equal(rom + 7, expected + 7, sizeof(rom) - 7);
}

static void test_prepare_leaves_others(void **state)
{
    uint8_t rom[SAMPLE_ROM_SIZE];
    struct igd_rom_changes changes;
    struct error err = { 0 };
    sample_rom(rom);
    store16(rom + SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_VENDOR, 0x1002);
    assert_int_equal(igd_rom_prepare(rom, sizeof(rom), 0x1912, &changes, &err), 0);
    assert_false(changes.device_id);
    assert_int_equal(load16(rom + DEVICE), 0x0406);

    sample_rom(rom);
    rom[SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_CODE_TYPE] = OPTION_ROM_CODE_UEFI;
    store16(rom + OPTION_ROM_SIZE, SAMPLE_ROM_SIZE / 512);
    assert_int_equal(igd_rom_prepare(rom, sizeof(rom), 0x1912, &changes, &err),
                     -EINVAL);
    assert_non_null(strstr(err.text, "code type 3"));

    assert_int_equal(igd_rom_prepare(rom, 10, 0x1912, &changes, &err), -EINVAL);
}

/* Only the whole sequence, once, with both displacements the same, counts. */
static void test_saved_bdsm_pattern(void **state)
{
    static const struct {
        const char *name;
        uint16_t at;
        uint8_t value;
        bool cleared;
    } cases[] = {
        { "jnz for jz", CODE + 7, 0x75, true },
        { "another short jump", CODE + 7, 0x76, false },
        { "any distance", CODE + 8, 0xf0, true },
        { "any distance", CODE + 15, 0xf0, true },
        { "no operand size", CODE + 0, 0x67, false },
        { "no CS prefix", CODE + 1, 0x3e, false },
        { "CS prefix twice", CODE + 0, 0x2e, false },
        { "not cmp", CODE + 2, 0x81, false },
        { "not [d16]", CODE + 3, 0x3d, false },
        { "compared with 1", CODE + 6, 0x01, false },
        { "second operand size", CODE + 9, 0x90, false },
        { "second CS prefix", CODE + 10, 0x36, false },
        { "not mov eax", CODE + 11, 0xa3, false },
        { "displacements differ, low", CODE + 12, SAMPLE_ROM_SAVED + 4, false },
        { "displacements differ, high", CODE + 13, 0x01, false },
        { "not jmp", CODE + 14, 0xe9, false },
        { "not mov ax", CODE + 16, 0xb9, false },
        { "another register", CODE + 17, 0x5c, false },
        { "another device", CODE + 18, 0x18, false },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t rom[SAMPLE_ROM_SIZE];
        struct igd_rom_changes changes;
        sample_rom(rom);
        rom[cases[i].at] = cases[i].value;
        assert_int_equal(igd_rom_prepare(rom, sizeof(rom), 0x1912, &changes, NULL), 0);
        if (changes.saved_bdsm != cases[i].cleared)
            fail_msg("case %zu (%s): cleared %d", i, cases[i].name, changes.saved_bdsm);
        assert_int_equal(load32(rom + SAMPLE_ROM_SAVED),
                         cases[i].cleared ? 0 : SAMPLE_BDSM);
    }
}

/* Assemblers order the two prefixes of an instruction as they like. */
static void test_saved_bdsm_prefix_order(void **state)
{
    static const uint16_t pairs[] = { CODE + 0, CODE + 9 };
    for (unsigned swapped = 0; swapped < 4; swapped++) {
        uint8_t rom[SAMPLE_ROM_SIZE];
        struct igd_rom_changes changes;
        sample_rom(rom);
        for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
            uint8_t first = rom[pairs[i]];
            if (!(swapped & 1U << i))
                continue;
            rom[pairs[i]] = rom[pairs[i] + 1];
            rom[pairs[i] + 1] = first;
        }
        assert_int_equal(igd_rom_prepare(rom, sizeof(rom), 0x1912, &changes, NULL), 0);
        assert_true(changes.saved_bdsm);
        assert_int_equal(load32(rom + SAMPLE_ROM_SAVED), 0);
    }
}

/* Where the saved value may not be: header, PCIR, the code itself, outside the image.
 */
static void test_saved_bdsm_place(void **state)
{
    static const struct {
        uint16_t place;
        bool allowed;
    } cases[] = {
        { 0x0000, false },
        { OPTION_ROM_HEADER - 1, false },
        { OPTION_ROM_HEADER, true },
        { SAMPLE_ROM_PCIR - 4, true },
        { SAMPLE_ROM_PCIR - 3, false },
        { SAMPLE_ROM_PCIR + 0x17, false },
        { SAMPLE_ROM_PCIR + 0x18, true },
        { CODE - 4, true },
        { CODE - 3, false },
        { CODE + 18, false },
        { CODE + 19, true },
        { SAMPLE_ROM_SIZE - 4, true },
        { SAMPLE_ROM_SIZE - 3, false },
        { 0xffff, false },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t rom[SAMPLE_ROM_SIZE + 4] = { 0 };
        struct igd_rom_changes changes;
        sample_rom(rom);
        store16(rom + CODE + 4, cases[i].place);
        store16(rom + CODE + 12, cases[i].place);
        if (cases[i].allowed)
            store32(rom + cases[i].place, SAMPLE_BDSM);
        assert_int_equal(igd_rom_prepare(rom, SAMPLE_ROM_SIZE, 0x1912, &changes, NULL),
                         0);
        if (changes.saved_bdsm != cases[i].allowed)
            fail_msg("place 0x%x: cleared %d", cases[i].place, changes.saved_bdsm);
        if (cases[i].allowed)
            assert_int_equal(load32(rom + cases[i].place), 0);
    }
}

static void test_saved_bdsm_twice(void **state)
{
    uint8_t rom[SAMPLE_ROM_SIZE];
    struct igd_rom_changes changes;
    sample_rom(rom);
    memcpy(rom + SAMPLE_ROM_SIZE - 19, rom + CODE, 19);
    assert_int_equal(igd_rom_prepare(rom, sizeof(rom), 0x1912, &changes, NULL), 0);
    assert_false(changes.saved_bdsm);
    assert_int_equal(load32(rom + SAMPLE_ROM_SAVED), SAMPLE_BDSM);
    /* The last place the sequence can be at is looked at, too. */
    memset(rom + CODE, 0, 19);
    assert_int_equal(igd_rom_prepare(rom, sizeof(rom), 0x1912, &changes, NULL), 0);
    assert_true(changes.saved_bdsm);
    /* What is already zero is no change. */
    assert_int_equal(igd_rom_prepare(rom, sizeof(rom), 0x1912, &changes, NULL), 0);
    assert_false(changes.saved_bdsm);
}

static void test_every_length(void **state)
{
    uint8_t rom[SAMPLE_ROM_SIZE];
    sample_rom(rom);
    for (size_t size = 0; size <= sizeof(rom); size++) {
        uint8_t *copy = malloc(size ? size : 1);
        struct igd_rom info;
        struct igd_rom_changes changes;
        int expected = size < sizeof(rom) ? -EINVAL : 0;
        memcpy(copy, rom, size);
        assert_int_equal(igd_rom_parse(copy, size, &info, NULL), expected);
        assert_int_equal(igd_rom_prepare(copy, size, 0x1912, &changes, NULL), expected);
        free(copy);
    }
}

/* Every byte of header and PCIR, every value: no access outside, no odd sum. */
static void test_every_byte(void **state)
{
    static const uint16_t fields[] = { 0x00,
                                       0x01,
                                       OPTION_ROM_SIZE,
                                       OPTION_ROM_PCIR,
                                       OPTION_ROM_PCIR + 1,
                                       SAMPLE_ROM_PCIR,
                                       SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_IMAGE,
                                       SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_IMAGE + 1,
                                       SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_CODE_TYPE,
                                       SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_INDICATOR,
                                       CODE + 4,
                                       CODE + 5 };
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        for (unsigned value = 0; value < 256; value++) {
            uint8_t *rom = malloc(SAMPLE_ROM_SIZE);
            struct igd_rom info;
            struct igd_rom_changes changes;
            sample_rom(rom);
            rom[fields[i]] = (uint8_t)value;
            if (igd_rom_parse(rom, SAMPLE_ROM_SIZE, &info, NULL) == 0 &&
                igd_rom_prepare(rom, SAMPLE_ROM_SIZE, 0x1912, &changes, NULL) == 0)
                assert_int_equal(byte_sum(rom, info.image_size), 0);
            free(rom);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_chain),
        cmocka_unit_test(test_size_and_length_differ),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_prepare),
        cmocka_unit_test(test_prepare_leaves_others),
        cmocka_unit_test(test_saved_bdsm_pattern),
        cmocka_unit_test(test_saved_bdsm_prefix_order),
        cmocka_unit_test(test_saved_bdsm_place),
        cmocka_unit_test(test_saved_bdsm_twice),
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
