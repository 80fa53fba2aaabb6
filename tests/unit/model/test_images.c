/* test_images.c: the VBIOS image, and the regions only a host has. */
#include "fixture.h" /* the model */

#include "base/bytes.h"        /* loads */
#include "base/error.h"        /* struct error */
#include "igd/rom.h"           /* the reader */
#include "model/chips.h"       /* the chip */
#include "model/vbios_image.h" /* under test */
#include "model/vga_picture.h" /* under test */

#include <stdlib.h> /* malloc */

/* Another chip than the one the image is assembled for. */
static struct vbios_image_options board(void)
{
    const struct vbios_image_options options = {
        .chip = model_chip_find("coffee-lake"),
        .lpc_id = 0xa1438086,
        .saved_bdsm = 0x7b800000,
    };
    assert_non_null(options.chip);
    return options;
}

/* The instructions tools look for; -1: any byte. */
static const int saved_pattern[] = {
    0x66, 0x2e, 0x83, 0x3e, -1,   -1,   0x00, 0x74, 0x07, 0x66,
    0x2e, 0xa1, -1,   -1,   0xeb, 0x0f, 0xb8, 0x5e, 0x10,
};

static uint8_t *build(size_t *size)
{
    const struct vbios_image_options options = board();
    uint8_t *rom = malloc(vbios_image_size());
    assert_non_null(rom);
    *size = vbios_image_build(&options, rom, vbios_image_size());
    assert_int_equal(*size, vbios_image_size());
    return rom;
}

static void test_rom_header(void **state)
{
    size_t size;
    uint8_t *rom = build(&size);
    struct igd_rom info;
    struct error err;
    assert_int_equal(size % 512, 0);
    assert_in_range(size, 512, 32768);
    assert_int_equal(igd_rom_parse(rom, size, &info, &err), 0);
    assert_int_equal(info.vendor, 0x8086);
    assert_int_equal(info.device, 0x3e92);
    assert_int_equal(info.code_type, 0);
    assert_int_equal(info.image_size, size);
    assert_int_equal(info.checksum, 0);
    assert_int_equal(byte_sum(rom, size), 0);
    assert_int_equal(info.images, 1);
    const struct vbios_image_options options = board();
    assert_int_equal(vbios_image_build(&options, rom, size - 1), 0);
    free(rom);
}

static void test_rom_pattern(void **state)
{
    size_t size;
    uint8_t *rom = build(&size);
    unsigned found = 0, first = 0, second = 0;
    for (size_t at = 0; at + ARRAY_SIZE(saved_pattern) <= size; at++) {
        bool same = true;
        for (size_t i = 0; same && i < ARRAY_SIZE(saved_pattern); i++)
            same = saved_pattern[i] < 0 || rom[at + i] == saved_pattern[i];
        if (same) {
            found++;
            first = load16(rom + at + 4);
            second = load16(rom + at + 12);
        }
    }
    assert_int_equal(found, 1);
    assert_int_equal(first, second);
    assert_int_equal(load32(rom + first), 0x7b800000);
    free(rom);
}

/* libigd must find that copy, clear it, and leave a good checksum. */
static void test_rom_prepared(void **state)
{
    size_t size;
    uint8_t *rom = build(&size);
    struct igd_rom_changes changes;
    struct error err;
    assert_int_equal(igd_rom_prepare(rom, size, 0x1912, &changes, &err), 0);
    assert_true(changes.saved_bdsm);
    assert_true(changes.device_id);
    assert_int_equal(load32(rom + changes.saved_bdsm_offset), 0);
    assert_int_equal(byte_sum(rom, size), 0);
    free(rom);
}

static void test_host_regions(void **state)
{
    struct fixture f;
    uint8_t byte;
    fixture_start(&f, true, 0x7b800000);
    assert_int_equal(config_get(&f, 0x5c, 4), 0x7b800001);
    assert_int_not_equal(config_get(&f, 0xfc, 4), 0);
    assert_int_equal(get(&f, MODEL_REGION_ROM, 0, 2), 0xaa55);
    assert_int_equal(get(&f, MODEL_REGION_ROM, 0x1ffff, 1), 0xff);
    static const struct {
        unsigned index, subtype;
        uint64_t size, first;
    } rows[] = {
        { MODEL_REGION_OPREGION, 1, 0x2000, 0x65746e49 }, /* "Inte" */
        { MODEL_REGION_HOST_BRIDGE, 2, 256, 0x29c08086 },
        { MODEL_REGION_LPC_BRIDGE, 3, 256, 0x29188086 },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct model_region region = model_region(f.model, rows[i].index);
        assert_int_equal(region.type, 0x80008086);
        assert_int_equal(region.subtype, rows[i].subtype);
        assert_int_equal(region.size, rows[i].size);
        assert_int_equal(get(&f, rows[i].index, 0, 4), rows[i].first);
        assert_int_equal(model_write(f.model, rows[i].index, 0, "x", 1), -EINVAL);
        assert_int_equal(model_read(f.model, rows[i].index, region.size, &byte, 1),
                         -EINVAL);
    }
    assert_int_equal(model_write(f.model, MODEL_REGION_ROM, 0, "x", 1), -EINVAL);
    /* The shadow a host leaves has saved its BDSM. */
    assert_int_equal(get(&f, MODEL_REGION_ROM, 0x2c, 4), 0x7b800000);
    assert_int_equal(get(&f, MODEL_REGION_HOST_BRIDGE, 0xb0, 4), 0x7b800001);
    /* A reset does not switch the host off. */
    model_reset(f.model);
    assert_int_equal(config_get(&f, 0x5c, 4), 0x7b800001);
    fixture_stop(&f);
}

static void test_vga(void **state)
{
    struct fixture f;
    uint8_t byte;
    fixture_start(&f, true, 0x7b800000);
    static const uint32_t outside[] = {
        0, 0x3af, 0x3bc, 0x3bf, 0x3e0, 0x9ffff, 0xc0000
    };
    for (unsigned i = 0; i < ARRAY_SIZE(outside); i++)
        assert_int_equal(model_read(f.model, MODEL_REGION_VGA, outside[i], &byte, 1),
                         -EINVAL);
    assert_int_equal(model_read(f.model, MODEL_REGION_VGA, 0x3bb, f.memory, 2),
                     -EINVAL);
    assert_int_equal(model_read(f.model, MODEL_REGION_VGA, 0xbfffe, f.memory, 4),
                     -EINVAL);
    put(&f, MODEL_REGION_VGA, 0x3d4, 2, 0x500c); /* screen starts at character 0x5000 */
    put(&f, MODEL_REGION_VGA, 0x3d4, 1, 0x0c);
    assert_int_equal(get(&f, MODEL_REGION_VGA, 0x3d5, 1), 0x50);
    put(&f, MODEL_REGION_VGA, 0x3d4, 2, 0x000c);
    /* The attribute port's two halves; 3DA starts over. */
    get(&f, MODEL_REGION_VGA, 0x3da, 1);
    put(&f, MODEL_REGION_VGA, 0x3c0, 1, 0x10);
    put(&f, MODEL_REGION_VGA, 0x3c0, 1, 0x0c);
    assert_int_equal(get(&f, MODEL_REGION_VGA, 0x3c1, 1), 0x0c);
    put(&f, MODEL_REGION_VGA, 0x3c0, 1, 0x13);
    get(&f, MODEL_REGION_VGA, 0x3da, 1);
    put(&f, MODEL_REGION_VGA, 0x3c0, 1, 0x10);
    assert_int_equal(get(&f, MODEL_REGION_VGA, 0x3c1, 1), 0x0c);
    /* The palette's last byte wraps around. */
    put(&f, MODEL_REGION_VGA, 0x3c8, 1, 255);
    for (unsigned i = 0; i < 6; i++)
        put(&f, MODEL_REGION_VGA, 0x3c9, 1, 0x10 + i);
    put(&f, MODEL_REGION_VGA, 0x3c7, 1, 0);
    assert_int_equal(get(&f, MODEL_REGION_VGA, 0x3c9, 1), 0x13);

    put(&f, MODEL_REGION_VGA, 0xb8000, 4, 0x07690748); /* "Hi" */
    put(&f, MODEL_REGION_VGA, 0xb8000 + 160 + 4, 1, '!');
    /* "H" in light grey, as the VBIOS's font has it; not before a mode is set. */
    struct picture picture = { 0 };
    assert_false(vga_picture_draw(f.model, &picture));
    put(&f, MODEL_REGION_VGA, 0x3c2, 1, 0x67);
    assert_true(vga_picture_draw(f.model, &picture));
    assert_int_equal(picture.width, 640);
    assert_int_equal(picture.height, 400);
    const uint8_t *glyph = vbios_image_font() + (size_t)'H' * 16;
    unsigned lit = 0;
    for (unsigned i = 0; i < 8 * 16; i++) {
        bool dot = glyph[i / 8] & 0x80 >> i % 8;
        lit += dot;
        assert_int_equal(picture_row(&picture, i / 8)[i % 8], dot ? 0xaaaaaa : 0);
    }
    assert_in_range(lit, 20, 64);
    picture_free(&picture);
    char *text = model_vga_text(f.model);
    assert_non_null(text);
    assert_int_equal(strncmp(text, "Hi\n  !\n\n", 8), 0);
    unsigned lines = 0;
    for (char *c = text; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 25);
    free(text);
    fixture_stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rom_header),   cmocka_unit_test(test_rom_pattern),
        cmocka_unit_test(test_rom_prepared), cmocka_unit_test(test_host_regions),
        cmocka_unit_test(test_vga),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
