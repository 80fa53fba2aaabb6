/* test_vga_memory.c: planes, latches and write modes; what is mapped; what is drawn. */
#include "vga_rig.h"

#include "base/bytes.h" /* loads */

#define GRAPHICS 0xa0000u
#define TEXT     0xb8000u

/* The byte of each plane at an address, plane 0 lowest. */
static uint32_t planes(const struct vga_rig *rig, uint32_t address)
{
    return load32(rig->memory + 4 * address);
}

static void set_planes(struct vga_rig *rig, uint32_t address, uint32_t value)
{
    for (unsigned plane = 0; plane < 4; plane++) {
        rig_seq(rig, 2, (uint8_t)(1 << plane));
        rig_poke(rig, GRAPHICS + address, (uint8_t)(value >> (8 * plane)));
    }
    rig_seq(rig, 2, 15);
}

/* Entry n of rig_mode's palette; 6 bits are widened as QEMU does it. */
static uint32_t entry(unsigned n)
{
    uint32_t rgb = 0;
    for (unsigned i = 1; i <= 3; i++) {
        unsigned part = i * n & 63;
        rgb = rgb << 8 | part << 2 | (part & 1 ? 3 : 0);
    }
    return rgb;
}

/* Load the latches with what is at address 0x10, then write a byte to 0x20. */
static uint32_t latched_write(struct vga_rig *rig, uint8_t byte)
{
    rig_peek(rig, GRAPHICS + 0x10);
    rig_poke(rig, GRAPHICS + 0x20, byte);
    return planes(rig, 0x20);
}

static void write_modes(void **state)
{
    struct vga_rig *rig = *state;
    static const struct {
        uint8_t gfx[9]; /* as the registers */
        uint8_t byte;
        uint32_t expected; /* the latches hold 0x0ff0aa55 */
    } rows[] = {
        /* Mode 0: the byte; rotated; set and reset; operations; bits. */
        { { 0, 0, 0, 0, 0, 0, 5, 15, 0xff }, 0x81, 0x81818181 },
        { { 0, 0, 0, 3, 0, 0, 5, 15, 0xff }, 0x81, 0x30303030 },
        { { 5, 3, 0, 0, 0, 0, 5, 15, 0xff }, 0x81, 0x818100ff },
        { { 0, 0, 0, 0x08, 0, 0, 5, 15, 0xff }, 0x3c, 0x0c302814 },
        { { 0, 0, 0, 0x10, 0, 0, 5, 15, 0xff }, 0x3c, 0x3ffcbe7d },
        { { 0, 0, 0, 0x18, 0, 0, 5, 15, 0xff }, 0x3c, 0x33cc9669 },
        { { 0, 0, 0, 0, 0, 0, 5, 15, 0x0f }, 0x3c, 0x0cfcac5c },
        /* Mode 1: the latches. */
        { { 0, 0, 0, 0, 0, 1, 5, 15, 0x00 }, 0x3c, 0x0ff0aa55 },
        /* Mode 2: a colour. */
        { { 0, 0, 0, 0, 0, 2, 5, 15, 0xff }, 0x05, 0x00ff00ff },
        { { 0, 0, 0, 0, 0, 2, 5, 15, 0x0f }, 0x0a, 0x0ff0af50 },
        /* Mode 3: the byte is a mask for the colour in set/reset. */
        { { 9, 0, 0, 0, 0, 3, 5, 15, 0xf0 }, 0x3c, 0x3fc08a75 },
        { { 15, 0, 0, 4, 0, 3, 5, 15, 0xff }, 0xc3, 0x3ffcbe7d },
    };
    rig_mode(rig, &vga_mode_12);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        set_planes(rig, 0x10, 0x0ff0aa55);
        for (unsigned r = 0; r < 9; r++)
            rig_gfx(rig, (uint8_t)r, rows[i].gfx[r]);
        assert_int_equal(latched_write(rig, rows[i].byte), rows[i].expected);
        for (unsigned r = 0; r < 9; r++)
            rig_gfx(rig, (uint8_t)r, rows[0].gfx[r]);
    }
    set_planes(rig, 0x20, 0);
    rig_seq(rig, 2, 0x06);
    assert_int_equal(latched_write(rig, 0xff), 0x00ffff00);
}

static void read_modes(void **state)
{
    struct vga_rig *rig = *state;
    rig_mode(rig, &vga_mode_12);
    set_planes(rig, 0x10, 0x0ff0aa55);
    for (unsigned plane = 0; plane < 4; plane++) {
        rig_gfx(rig, 4, (uint8_t)plane);
        assert_int_equal(rig_peek(rig, GRAPHICS + 0x10),
                         (uint8_t)(0x0ff0aa55 >> (8 * plane)));
    }
    rig_gfx(rig, 5, 8);
    rig_gfx(rig, 2, 6); /* planes 1 and 2 on, 0 and 3 off ... */
    rig_gfx(rig, 7, 15);
    assert_int_equal(rig_peek(rig, GRAPHICS + 0x10),
                     (uint8_t)(0xaa & 0xf0 & ~0x55 & ~0x0f));
    rig_gfx(rig, 7, 3); /* ... of which the upper two do not matter */
    assert_int_equal(rig_peek(rig, GRAPHICS + 0x10), 0xaa & ~0x55);
}

static void wide_accesses_are_bytes_in_order(void **state)
{
    struct vga_rig *rig = *state;
    rig_mode(rig, &vga_mode_12);
    fake_write(rig->fake, GRAPHICS + 2, 0x8877665544332211, 8);
    assert_int_equal(planes(rig, 2), 0x11111111);
    assert_int_equal(planes(rig, 9), 0x88888888);
    assert_int_equal(fake_read(rig->fake, GRAPHICS + 4, 4), 0x66554433);
    uint32_t words[2] = { 0x04030201, 0x08070605 };
    space_write_words(rig->fake->board.memory, GRAPHICS + 16, words, 2);
    assert_int_equal(planes(rig, 23), 0x08080808);
}

static void only_the_chosen_window_answers(void **state)
{
    struct vga_rig *rig = *state;
    static const struct {
        uint8_t misc;
        uint32_t first, end;
    } rows[] = {
        { 0x01, 0xa0000, 0xc0000 },
        { 0x05, 0xa0000, 0xb0000 },
        { 0x09, 0xb0000, 0xb8000 },
        { 0x0d, 0xb8000, 0xc0000 },
    };
    rig_mode(rig, &vga_mode_12);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        rig_gfx(rig, 6, rows[i].misc);
        for (uint32_t at = 0xa0000; at < 0xc0000; at += 0x4000) {
            bool inside = at >= rows[i].first && at < rows[i].end;
            rig_poke(rig, at, 0x5a);
            assert_int_equal(rig_peek(rig, at), inside ? 0x5a : 0xff);
            rig_poke(rig, at, 0);
        }
    }
}

/* Text goes straight to memory, and is in the planes when they are asked for. */
static void text_is_mapped(void **state)
{
    struct vga_rig *rig = *state;
    struct vga_view view;
    rig_mode(rig, &vga_mode_03);
    const struct fake_map *map = fake_map_at(rig->fake, TEXT);
    assert_non_null(map);
    assert_int_equal(map->address, TEXT);
    assert_int_equal(map->size, 0x8000);
    rig_poke(rig, TEXT + 2, 'H');
    rig_poke(rig, TEXT + 3, 0x1f);
    vga_get_view(rig->vga, &view);
    assert_int_equal(view.window_cells, 0x4000);
    assert_int_equal(load16(rig->memory + view.window + 2), 0x1f00 | 'H');
    /* What was on its way when it was mapped arrives, too. */
    fake_write(rig->fake, TEXT + 4, 'i' | 0x1e00, 2);
    assert_int_equal(rig_peek(rig, TEXT + 4), 'i');
    assert_int_equal(fake_read(rig->fake, TEXT + 4, 2), 0x1e00 | 'i');

    /* A font: plane 2, linear, at A0000. */
    rig_seq(rig, 2, 4);
    rig_seq(rig, 4, 6);
    rig_gfx(rig, 5, 0);
    rig_gfx(rig, 6, 4);
    assert_null(fake_map_at(rig->fake, TEXT));
    assert_int_equal(planes(rig, 1) & 0xffff, 0x1f00 | 'H');
    assert_int_equal(planes(rig, 2) & 0xffff, 0x1e00 | 'i');
    rig_poke(rig, GRAPHICS + 'H' * 32, 0xf0);
    rig_poke(rig, GRAPHICS + 1, 0x0f);
    vga_get_view(rig->vga, &view);
    assert_int_equal(view.window_cells, 0);

    rig_mode(rig, &vga_mode_03);
    assert_int_equal(rig_peek(rig, TEXT + 2), 'H');
    assert_int_equal(planes(rig, 1) >> 16 & 0xff, 0x0f);
    rig_poke(rig, TEXT + 2, 'J');
    rig_mode(rig, &vga_mode_03);
    assert_int_equal(rig_peek(rig, TEXT + 2), 'J');
}

/* Any register that makes text more than bytes in order ends the mapping. */
static void only_plain_text_is_mapped(void **state)
{
    struct vga_rig *rig = *state;
    static const struct {
        uint16_t port;
        uint8_t index, value;
    } rows[] = {
        { 0x3c4, 2, 0x01 }, { 0x3c4, 2, 0x07 }, { 0x3c4, 4, 0x0a }, { 0x3ce, 1, 0x01 },
        { 0x3ce, 3, 0x01 }, { 0x3ce, 3, 0x08 }, { 0x3ce, 4, 0x02 }, { 0x3ce, 5, 0x11 },
        { 0x3ce, 5, 0x18 }, { 0x3ce, 5, 0x00 }, { 0x3ce, 6, 0x0f }, { 0x3ce, 6, 0x06 },
        { 0x3ce, 8, 0x7f },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        rig_mode(rig, &vga_mode_03);
        assert_non_null(fake_map_at(rig->fake, TEXT));
        fake_out(rig->fake, rows[i].port, rows[i].index | rows[i].value << 8, 2);
        assert_null(fake_map_at(rig->fake, TEXT));
    }
    rig_mode(rig, &vga_mode_03);
    rig_gfx(rig, 6, 0x0a); /* monochrome's place */
    assert_null(fake_map_at(rig->fake, TEXT));
    assert_non_null(fake_map_at(rig->fake, 0xb0000));
}

static void chained_bytes_are_mapped(void **state)
{
    struct vga_rig *rig = *state;
    struct vga_view view;
    rig_mode(rig, &vga_mode_13);
    assert_non_null(fake_map_at(rig->fake, GRAPHICS));
    rig_poke(rig, GRAPHICS + 320 * 2 + 7, 9);
    rig_draw(rig, &view);
    assert_int_equal(rig->picture.width, 640);
    assert_int_equal(rig->picture.height, 400);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(rig_pixel(rig, 14 + i % 2, 4 + i / 2), entry(9));
    assert_int_equal(rig_pixel(rig, 16, 4), 0);

    /* Mode X: the same picture, plane by plane. */
    rig_seq(rig, 4, 0x06);
    assert_null(fake_map_at(rig->fake, GRAPHICS));
    rig_seq(rig, 2, 8);
    rig_poke(rig, GRAPHICS + 80 * 2 + 2, 5);
    rig_gfx(rig, 4, 3);
    assert_int_equal(rig_peek(rig, GRAPHICS + 80 * 2 + 2), 5);
    rig_draw(rig, &view);
    assert_int_equal(rig_pixel(rig, 22, 4), entry(5));
    assert_int_equal(rig_pixel(rig, 14, 4), entry(9));

    /* Chain 4 with a write mode is no plain write. */
    rig_mode(rig, &vga_mode_13);
    rig_gfx(rig, 3, 0x18);
    assert_null(fake_map_at(rig->fake, GRAPHICS));
    rig_peek(rig, GRAPHICS + 640 + 7);
    rig_poke(rig, GRAPHICS + 640 + 7, 0xff);
    assert_int_equal(rig_peek(rig, GRAPHICS + 640 + 7), 0xff ^ 9);
}

static void banks_move_the_window(void **state)
{
    struct vga_rig *rig = *state;
    rig_gfx(rig, 8, 0x00); /* what a BIOS may leave does not matter */
    rig_vbe_mode(rig, 640, 480, 8);
    rig_poke(rig, GRAPHICS + 5, 1);
    rig_vbe(rig, 5, 3);
    rig_poke(rig, GRAPHICS + 5, 2);
    assert_int_equal(rig->memory[5], 1);
    assert_int_equal(rig->memory[3 * 65536 + 5], 2);
    rig_vbe(rig, 5, 0x1ff); /* there are 256 */
    assert_int_equal(rig_vbe_read(rig, 5), 0xff);
    rig_poke(rig, GRAPHICS + 0xffff, 7);
    assert_int_equal(rig->memory[(16 << 20) - 1], 7);

    rig_vbe_mode(rig, 1024, 768, 4);
    assert_null(fake_map_at(rig->fake, GRAPHICS));
    rig_gfx(rig, 8, 0xff);
    rig_seq(rig, 2, 15);
    rig_vbe(rig, 5, 1);
    rig_poke(rig, GRAPHICS, 0xa5);
    assert_int_equal(planes(rig, 65536), 0xa5a5a5a5);
}

/* The beginning of a VBE mode clears what it shows, unless told not to. */
static void a_vbe_mode_is_cleared(void **state)
{
    struct vga_rig *rig = *state;
    rig_mode(rig, &vga_mode_03);
    rig_poke(rig, TEXT, 'x');
    rig_vbe_mode(rig, 640, 480, 32);
    assert_int_equal(rig->memory[0], 0);
    rig_poke(rig, FRAME_BUFFER + 100, 1);
    rig_vbe(rig, 4, 0);
    rig_vbe(rig, 4, 0xc1);
    assert_int_equal(rig->memory[100], 1);
    rig_vbe_mode(rig, 640, 480, 32);
    assert_int_equal(rig->memory[100], 0);
}

static void text_is_drawn(void **state)
{
    struct vga_rig *rig = *state;
    struct vga_view view;
    rig_mode(rig, &vga_mode_03);
    rig_seq(rig, 2, 4);
    rig_seq(rig, 4, 6);
    rig_gfx(rig, 5, 0);
    rig_gfx(rig, 6, 4);
    rig_poke(rig, GRAPHICS + 0xc4 * 32 + 7, 0x81);
    rig_mode(rig, &vga_mode_03);
    rig_poke(rig, TEXT + 160 * 24 + 2 * 79, 0xc4);
    rig_poke(rig, TEXT + 160 * 24 + 2 * 79 + 1, 0x1e);
    rig_crtc(rig, 0x0e, 2000 >> 8);
    rig_crtc(rig, 0x0f, (uint8_t)2000);
    rig_draw(rig, &view);
    assert_int_equal(rig->picture.width, 720);
    assert_int_equal(rig->picture.height, 400);
    const uint32_t yellow = entry(0x3e), blue = entry(1);
    assert_int_equal(rig_pixel(rig, 711, 24 * 16 + 7), yellow);
    assert_int_equal(rig_pixel(rig, 712, 24 * 16 + 7), blue);
    assert_int_equal(rig_pixel(rig, 718, 24 * 16 + 7), yellow);
    assert_int_equal(rig_pixel(rig, 719, 24 * 16 + 7), yellow);
    assert_int_equal(rig_pixel(rig, 711, 24 * 16 + 8), blue);

    /* Scrolled by one row through the start address, the cursor where it was. */
    rig_crtc(rig, 0x0d, 80);
    rig_draw(rig, &view);
    assert_int_equal(rig_pixel(rig, 711, 23 * 16 + 7), yellow);
    assert_int_equal(view.cursor, 8000);
    assert_int_equal(view.cursor_first, 13);
    assert_int_equal(view.cursor_end, 15);
    rig_crtc(rig, 0x0a, 0x2d);
    rig_draw(rig, &view);
    assert_true(view.cursor_first >= view.cursor_end);
}

static void planes_and_pairs_are_drawn(void **state)
{
    struct vga_rig *rig = *state;
    struct vga_view view;
    rig_mode(rig, &vga_mode_12);
    rig_seq(rig, 2, 5);
    rig_poke(rig, GRAPHICS + 80 * 479 + 79, 0x03);
    rig_draw(rig, &view);
    assert_int_equal(rig->picture.width, 640);
    assert_int_equal(rig->picture.height, 480);
    assert_int_equal(rig_pixel(rig, 639, 479), entry(5));
    assert_int_equal(rig_pixel(rig, 637, 479), 0);
    rig_attr(rig, 0x12, 0x3); /* two planes alone are shown */
    fake_out(rig->fake, 0x3c0, 0x20, 1);
    rig_draw(rig, &view);
    assert_int_equal(rig_pixel(rig, 639, 479), entry(1));

    rig_mode(rig, &vga_mode_04);
    rig_poke(rig, TEXT + 0x2000 + 80 * 99 + 79, 0x02);
    rig_poke(rig, TEXT + 1, 0x40);
    rig_draw(rig, &view);
    assert_int_equal(rig->picture.width, 640);
    assert_int_equal(rig->picture.height, 400);
    /* Of colours 0 to 3 the attributes are 0, 13, 15, 17. */
    assert_int_equal(rig_pixel(rig, 638, 399), entry(0x15));
    assert_int_equal(rig_pixel(rig, 639, 398), entry(0x15));
    assert_int_equal(rig_pixel(rig, 638, 397), 0);
    assert_int_equal(rig_pixel(rig, 8, 0), entry(0x13));
}

static void what_is_off_is_black(void **state)
{
    struct vga_rig *rig = *state;
    struct vga_view view;
    rig_mode(rig, &vga_mode_13);
    rig_poke(rig, GRAPHICS, 1);
    rig_draw(rig, &view);
    assert_int_equal(rig_pixel(rig, 0, 0), entry(1));
    rig_seq(rig, 1, 0x21);
    rig_draw(rig, &view);
    assert_int_equal(rig->picture.height, 400);
    assert_int_equal(rig_pixel(rig, 0, 0), 0);
    rig_seq(rig, 1, 0x01);
    fake_in(rig->fake, 0x3da, 1);
    fake_out(rig->fake, 0x3c0, 0, 1);
    rig_draw(rig, &view);
    assert_int_equal(rig_pixel(rig, 0, 0), 0);
}

/* The part of a larger picture that is shown moves; 8 bits of colour are 8 bits. */
static void a_vbe_picture_moves(void **state)
{
    struct vga_rig *rig = *state;
    struct vga_view view;
    rig_vbe_mode(rig, 640, 480, 8);
    rig_vbe(rig, 4, 0x61);
    rig_vbe(rig, 6, 1024);
    rig_colour(rig, 200, 0x12, 0x34, 0x56);
    rig_poke(rig, FRAME_BUFFER + 1024 * 110 + 37, 200);
    rig_vbe(rig, 8, 32);
    rig_vbe(rig, 9, 100);
    rig_draw(rig, &view);
    assert_int_equal(rig_pixel(rig, 5, 10), 0x123456);
    assert_int_equal(rig_pixel(rig, 6, 10), 0);
    assert_int_equal(rig_vbe_read(rig, 7), 16384);
}

int main(void)
{
#define VGA_TEST(name) \
    cmocka_unit_test_setup_teardown(name, vga_rig_set_up, vga_rig_tear_down)
    const struct CMUnitTest tests[] = {
        VGA_TEST(write_modes),
        VGA_TEST(read_modes),
        VGA_TEST(wide_accesses_are_bytes_in_order),
        VGA_TEST(only_the_chosen_window_answers),
        VGA_TEST(text_is_mapped),
        VGA_TEST(only_plain_text_is_mapped),
        VGA_TEST(chained_bytes_are_mapped),
        VGA_TEST(banks_move_the_window),
        VGA_TEST(a_vbe_mode_is_cleared),
        VGA_TEST(text_is_drawn),
        VGA_TEST(planes_and_pairs_are_drawn),
        VGA_TEST(what_is_off_is_black),
        VGA_TEST(a_vbe_picture_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
