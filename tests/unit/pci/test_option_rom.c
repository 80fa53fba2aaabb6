/* test_option_rom.c: chains of option-ROM images, whole and damaged. */
#include "pci/option_rom.h" /* under test */

#include "base/bytes.h" /* stores */
#include "base/error.h" /* struct error */

#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */
#include <stdlib.h> /* malloc */

#include <cmocka.h> /* the framework */

#define PCIR 0x20

/* Write an image at `at`: size in the header and length in the PCIR, in units. */
static void put_image(uint8_t *at, uint8_t code_type, unsigned units,
                      unsigned length_units, bool last)
{
    uint8_t *pcir = at + PCIR;
    store16(at, OPTION_ROM_SIGNATURE);
    if (code_type == OPTION_ROM_CODE_UEFI)
        store16(at + OPTION_ROM_SIZE, (uint16_t)units);
    else
        at[OPTION_ROM_SIZE] = (uint8_t)units;
    store16(at + OPTION_ROM_PCIR, PCIR);
    memcpy(pcir, "PCIR", 4);
    store16(pcir + OPTION_ROM_PCIR_VENDOR, 0x8086);
    store16(pcir + OPTION_ROM_PCIR_DEVICE, 0x0406);
    store16(pcir + OPTION_ROM_PCIR_LENGTH, 0x18);
    pcir[OPTION_ROM_PCIR_CLASS + 2] = 3;
    store16(pcir + OPTION_ROM_PCIR_IMAGE, (uint16_t)length_units);
    pcir[OPTION_ROM_PCIR_CODE_TYPE] = code_type;
    pcir[OPTION_ROM_PCIR_INDICATOR] = last ? OPTION_ROM_LAST : 0;
}

static void test_single(void **state)
{
    uint8_t rom[1024] = { 0 };
    struct option_rom_image image;
    put_image(rom, OPTION_ROM_CODE_PC_AT, 2, 2, true);
    assert_int_equal(option_rom_read(rom, sizeof(rom), 0, &image, NULL), 0);
    assert_int_equal(image.offset, 0);
    assert_int_equal(image.length, 1024);
    assert_int_equal(image.size, 1024);
    assert_int_equal(image.pcir, PCIR);
    assert_int_equal(image.class_code, 0x030000);
    assert_int_equal(image.vendor, 0x8086);
    assert_int_equal(image.device, 0x0406);
    assert_int_equal(image.code_type, OPTION_ROM_CODE_PC_AT);
    assert_true(image.last);
    assert_int_equal(option_rom_next(rom, sizeof(rom), &image, NULL), 0);
}

static void test_length_left_out(void **state)
{
    uint8_t rom[1024] = { 0 };
    struct option_rom_image image;
    put_image(rom, OPTION_ROM_CODE_PC_AT, 2, 0, true);
    assert_int_equal(option_rom_read(rom, sizeof(rom), 0, &image, NULL), 0);
    assert_int_equal(image.length, 1024);
}

static void test_chain(void **state)
{
    uint8_t rom[3 * 512] = { 0 };
    struct option_rom_image image;
    struct error err = { 0 };
    put_image(rom, OPTION_ROM_CODE_PC_AT, 1, 1, false);
    put_image(rom + 512, OPTION_ROM_CODE_UEFI, 2, 2, false);
    assert_int_equal(option_rom_read(rom, sizeof(rom), 0, &image, &err), 0);
    assert_false(image.last);
    assert_int_equal(option_rom_next(rom, sizeof(rom), &image, &err), 1);
    assert_int_equal(image.offset, 512);
    assert_int_equal(image.size, 1024);
    assert_int_equal(image.code_type, OPTION_ROM_CODE_UEFI);
    /* Not marked as the last, but nothing follows: firmware stops there, so do we. */
    assert_int_equal(option_rom_next(rom, sizeof(rom), &image, &err), 0);

    /* An indicator that says "last" hides what follows. */
    rom[PCIR + OPTION_ROM_PCIR_INDICATOR] = OPTION_ROM_LAST;
    assert_int_equal(option_rom_read(rom, sizeof(rom), 0, &image, &err), 0);
    assert_int_equal(option_rom_next(rom, sizeof(rom), &image, &err), 0);

    /* Something without a signature follows. */
    rom[PCIR + OPTION_ROM_PCIR_INDICATOR] = 0;
    rom[512] = 0xff;
    assert_int_equal(option_rom_read(rom, sizeof(rom), 0, &image, &err), 0);
    assert_int_equal(option_rom_next(rom, sizeof(rom), &image, &err), 0);
    assert_int_equal(err.code, 0);

    /* Something with a signature follows, and is damaged. */
    rom[512] = 0x55;
    rom[512 + PCIR] = 'p';
    assert_int_equal(option_rom_next(rom, sizeof(rom), &image, &err), -EINVAL);
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_non_null(strstr(err.text, "0x200"));
    assert_non_null(strstr(err.text, "PCIR"));
}

static void test_damage(void **state)
{
    static const struct {
        unsigned offset, size, value;
        const char *says;
    } cases[] = {
        { 0, 1, 0x54, "signature is 54 aa" },
        { 1, 1, 0xab, "signature is 55 ab" },
        { OPTION_ROM_SIZE, 1, 0, "its size (offset 0x2) is 0" },
        { OPTION_ROM_SIZE, 1, 3, "says 1536 bytes" },
        { OPTION_ROM_PCIR, 2, 0, "is 0x0, expected 0x1a or more" },
        { OPTION_ROM_PCIR, 2, 1024 - 0x17, "is 0x3e9" },
        { OPTION_ROM_PCIR, 2, 0xffff, "is 0xffff" },
        { PCIR + 3, 1, 'r', "found 50 43 49 72" },
        { PCIR + OPTION_ROM_PCIR_IMAGE, 2, 3, "its length (offset 0x30)" },
        { PCIR + OPTION_ROM_PCIR_IMAGE, 2, 0xffff, "says 33553920 bytes" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t rom[1024] = { 0 };
        struct option_rom_image image;
        struct error err = { 0 };
        put_image(rom, OPTION_ROM_CODE_PC_AT, 2, 2, true);
        store_sized(rom + cases[i].offset, cases[i].value, cases[i].size);
        assert_int_equal(option_rom_read(rom, sizeof(rom), 0, &image, &err), -EINVAL);
        assert_int_equal(err.kind, ERROR_INPUT);
        if (!strstr(err.text, cases[i].says))
            fail_msg("case %zu: \"%s\" does not say \"%s\"", i, err.text,
                     cases[i].says);
    }
}

/* The PCIR is in the ROM but past the image, so no firmware would copy it. */
static void test_pcir_past_image(void **state)
{
    uint8_t rom[1024] = { 0 };
    struct option_rom_image image;
    struct error err = { 0 };
    put_image(rom, OPTION_ROM_CODE_PC_AT, 1, 2, true);
    memmove(rom + 600, rom + PCIR, 0x18);
    store16(rom + OPTION_ROM_PCIR, 600);
    assert_int_equal(option_rom_read(rom, sizeof(rom), 0, &image, &err), -EINVAL);
    assert_non_null(strstr(err.text, "beyond the image"));
}

/* Every length short of the whole is refused; the sanitizer watches the reads. */
static void test_truncation(void **state)
{
    uint8_t rom[1024] = { 0 };
    put_image(rom, OPTION_ROM_CODE_PC_AT, 1, 1, false);
    put_image(rom + 512, OPTION_ROM_CODE_PC_AT, 1, 1, true);
    for (size_t size = 0; size < sizeof(rom); size++) {
        uint8_t *copy = malloc(size);
        struct option_rom_image image;
        memcpy(copy, rom, size);
        int ret = option_rom_read(copy, size, 0, &image, NULL);
        assert_int_equal(ret, size < 512 ? -EINVAL : 0);
        if (ret == 0) {
            /* One byte of a signature is none. */
            ret = option_rom_next(copy, size, &image, NULL);
            assert_int_equal(ret, size < 514 ? 0 : -EINVAL);
        }
        free(copy);
    }
}

/* Read a ROM as option_rom_wanted asks, from a copy with what was not read cut off. */
static size_t read_in_steps(const uint8_t *rom, size_t size, unsigned *steps)
{
    size_t have = 0, wanted;
    for (*steps = 0;; (*steps)++) {
        uint8_t *copy = malloc(have);
        memcpy(copy, rom, have);
        wanted = option_rom_wanted(copy, have, size);
        free(copy);
        assert_true(wanted <= size);
        if (wanted <= have)
            return wanted;
        have = wanted;
    }
}

static void test_steps(void **state)
{
    static uint8_t rom[64 * 1024];
    unsigned steps;
    memset(rom, 0xff, sizeof(rom));

    put_image(rom, OPTION_ROM_CODE_PC_AT, 8, 8, true);
    assert_int_equal(read_in_steps(rom, sizeof(rom), &steps), 0x1000);
    assert_int_equal(steps, 2);
    /* A second one; the chain ends where no third follows. */
    rom[PCIR + OPTION_ROM_PCIR_INDICATOR] = 0;
    put_image(rom + 0x1000, OPTION_ROM_CODE_UEFI, 4, 4, false);
    assert_int_equal(read_in_steps(rom, sizeof(rom), &steps), 0x1800);
    assert_int_equal(steps, 3);
    /* The larger of two sizes that differ; and no length at all. */
    put_image(rom + 0x1000, OPTION_ROM_CODE_UEFI, 6, 4, true);
    assert_int_equal(read_in_steps(rom, sizeof(rom), &steps), 0x1c00);
    put_image(rom + 0x1000, OPTION_ROM_CODE_UEFI, 6, 0, true);
    assert_int_equal(read_in_steps(rom, sizeof(rom), &steps), 0x1c00);
    /* A structure far behind the header. */
    put_image(rom, OPTION_ROM_CODE_PC_AT, 8, 8, true);
    memmove(rom + 0xf00, rom + PCIR, OPTION_ROM_PCIR_MINIMUM);
    store16(rom + OPTION_ROM_PCIR, 0xf00);
    assert_int_equal(read_in_steps(rom, sizeof(rom), &steps), 0x1000);
    /* All of it, to the last byte, with nothing said to be the last. */
    put_image(rom, OPTION_ROM_CODE_PC_AT, 128, 128, false);
    assert_int_equal(read_in_steps(rom, sizeof(rom), &steps), sizeof(rom));
    assert_int_equal(read_in_steps(rom, sizeof(rom) - 1, &steps), sizeof(rom) - 1);
}

/* What is odd is read as a whole, for a complaint that knows all. */
static void test_steps_damaged(void **state)
{
    static const struct {
        unsigned offset, size, value;
    } cases[] = {
        { 0, 1, 0x54 },
        { OPTION_ROM_SIZE, 1, 0 },
        { OPTION_ROM_SIZE, 1, 17 },
        { OPTION_ROM_PCIR, 2, 0 },
        { OPTION_ROM_PCIR, 2, 0xffff },
        { PCIR, 1, 'p' },
        { PCIR + OPTION_ROM_PCIR_IMAGE, 2, 17 },
        { 0x400, 1, 0x55 },
    };
    static uint8_t rom[0x2000];
    unsigned steps;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        memset(rom, 0xaa, sizeof(rom));
        put_image(rom, OPTION_ROM_CODE_PC_AT, 2, 2, false);
        store_sized(rom + cases[i].offset, cases[i].value, cases[i].size);
        assert_int_equal(read_in_steps(rom, sizeof(rom), &steps), sizeof(rom));
    }
    /* Whatever the size, nothing beyond it. */
    for (size_t size = 0; size < sizeof(rom); size++)
        assert_int_equal(read_in_steps(rom, size, &steps), size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single),          cmocka_unit_test(test_length_left_out),
        cmocka_unit_test(test_chain),           cmocka_unit_test(test_damage),
        cmocka_unit_test(test_pcir_past_image), cmocka_unit_test(test_truncation),
        cmocka_unit_test(test_steps),           cmocka_unit_test(test_steps_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
