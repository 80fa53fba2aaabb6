/* test_vga_draw.c: each kind of view drawn pixel by pixel, and what changed alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"       /* loads, stores */
#include "display/vga_draw.h" /* under test */
#include "vga_reference.h"    /* what is right */

#include <stdlib.h> /* calloc */

#define LEGACY (256u * 1024)
#define SIZE   (2 * LEGACY)

static struct {
    struct vga_drawing *drawing;
    struct picture picture, before;
    struct damage damage;
    uint8_t memory[SIZE];
    uint64_t now;
} rig;

static int set_up(void **state)
{
    (void)state;
    memset(&rig, 0, sizeof(rig));
    rig.drawing = vga_drawing_new();
    return rig.drawing ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    vga_drawing_free(rig.drawing);
    picture_free(&rig.picture);
    picture_free(&rig.before);
    return 0;
}

static void draw(const struct vga_view *view)
{
    assert_int_equal(vga_view_check(view, SIZE, NULL), 0);
    vga_draw(rig.drawing, view, rig.memory, SIZE, rig.now, &rig.picture, &rig.damage);
    assert_int_equal(rig.picture.width, view->width);
    assert_int_equal(rig.picture.height, view->height);
}

static uint32_t pixel(uint32_t x, uint32_t y)
{
    return picture_row(&rig.picture, y)[x];
}

/* 80 by 25 cells of 9 by 16, colours by number; fonts behind the cells. */
static struct vga_view text_view(void)
{
    struct vga_view view = {
        .kind = VGA_VIEW_TEXT,
        .width = 720,
        .height = 400,
        .pitch = 320,
        .wrap = LEGACY,
        .split = UINT32_MAX,
        .fonts = { 0x10000, 0x20000 },
        .repeat = 1,
        .row_lines = 16,
        .cell_width = 9,
        .underline = 32,
    };
    for (unsigned i = 0; i < 256; i++)
        view.palette[i] = 0x010101u * i;
    return view;
}

static void put_cell(unsigned cell, uint8_t character, uint8_t attribute)
{
    rig.memory[4 * cell] = character;
    rig.memory[4 * cell + 1] = attribute;
}

static void put_glyph_line(uint32_t font, uint8_t character, unsigned line,
                           uint8_t dots)
{
    rig.memory[font + (character * 32u + line) * 4 + 2] = dots;
}

/* The nine dots of a line of a cell, the first in bit 8: which are not `background`. */
static unsigned dots_at(unsigned column, unsigned y, uint32_t background)
{
    unsigned dots = 0;
    for (unsigned i = 0; i < 9; i++)
        dots = dots << 1 | (pixel(column * 9 + i, y) != background);
    return dots;
}

static void text_has_glyphs_and_attributes(void **state)
{
    (void)state;
    struct vga_view view = text_view();
    put_glyph_line(0x10000, 'A', 3, 0x81);
    put_glyph_line(0x20000, 'A', 3, 0x7e);
    put_glyph_line(0x10000, 0xc4, 3, 0x01);
    put_cell(0, 'A', 0x17);
    put_cell(1, 'A', 0x1f);
    put_cell(81, 0xc4, 0xe7);
    draw(&view);
    assert_int_equal(dots_at(0, 3, 0x010101), 0x102);
    assert_int_equal(pixel(0, 3), 0x070707);
    assert_int_equal(dots_at(1, 3, 0x010101), 0x0fc); /* bit 3: the other font */
    assert_int_equal(dots_at(0, 4, 0x010101), 0);
    assert_int_equal(dots_at(1, 16 + 3, 0x0e0e0e), 0x002);
    view.line_graphics = 1;
    draw(&view);
    assert_int_equal(dots_at(1, 16 + 3, 0x0e0e0e), 0x003);
    assert_int_equal(dots_at(0, 3, 0x010101), 0x102); /* not a line character */
}

static void cursor_underline_and_blinking(void **state)
{
    (void)state;
    struct vga_view view = text_view();
    put_cell(2, ' ', 0x07);
    view.cursor = 2 * 4;
    view.cursor_first = 13;
    view.cursor_end = 15;
    draw(&view);
    assert_int_equal(dots_at(2, 12, 0), 0);
    assert_int_equal(dots_at(2, 13, 0), 0x1ff);
    assert_int_equal(dots_at(2, 14, 0), 0x1ff);
    assert_int_equal(dots_at(2, 15, 0), 0);
    rig.now = VGA_BLINK_MS;
    draw(&view);
    assert_int_equal(dots_at(2, 13, 0), 0);
    assert_true(rig.damage.any);
    draw(&view);
    assert_false(rig.damage.any);

    put_glyph_line(0x10000, 'B', 0, 0xff);
    put_cell(0, 'B', 0x97);
    view.blinks = 1;
    rig.now = 0;
    draw(&view);
    assert_int_equal(dots_at(0, 0, 0x010101), 0x1fe);
    rig.now = 2 * VGA_BLINK_MS;
    draw(&view);
    assert_int_equal(dots_at(0, 0, 0x010101), 0);
    view.blinks = 0;
    draw(&view);
    assert_int_equal(dots_at(0, 0, 0x090909), 0x1fe);

    put_cell(3, ' ', 0x01);
    view.underline = 12;
    draw(&view);
    assert_int_equal(dots_at(3, 12, 0), 0x1ff);
    assert_int_equal(dots_at(3, 11, 0), 0);
}

static void text_apart_comes_first(void **state)
{
    (void)state;
    struct vga_view view = text_view();
    put_glyph_line(0x10000, 'A', 0, 0xff);
    view.window = LEGACY;
    view.window_cells = 100;
    rig.memory[LEGACY + 2 * 99] = 'A';
    rig.memory[LEGACY + 2 * 99 + 1] = 0x07;
    put_cell(99, 'x', 0x07);
    put_cell(100, 'A', 0x07);
    draw(&view);
    assert_int_equal(dots_at(19, 16, 0), 0x1fe);
    assert_int_equal(dots_at(20, 16, 0), 0x1fe);
}

static struct vga_view graphics_view(enum vga_view_kind kind, unsigned width,
                                     unsigned height, unsigned pitch)
{
    struct vga_view view = {
        .kind = kind,
        .width = width,
        .height = height,
        .pitch = pitch,
        .wrap = LEGACY,
        .split = UINT32_MAX,
        .repeat = 1,
        .row_lines = 1,
    };
    for (unsigned i = 0; i < 256; i++)
        view.palette[i] = 0x010203u * i;
    return view;
}

static void planes_make_a_pixel(void **state)
{
    (void)state;
    struct vga_view view = graphics_view(VGA_VIEW_PLANAR, 640, 480, 320);
    uint8_t *group = rig.memory + 320 + 4;
    group[0] = 0x80;
    group[1] = 0x40;
    group[2] = 0x01;
    group[3] = 0x81;
    draw(&view);
    assert_int_equal(pixel(8, 1), 0x010203 * 9);
    assert_int_equal(pixel(9, 1), 0x010203 * 2);
    assert_int_equal(pixel(10, 1), 0);
    assert_int_equal(pixel(15, 1), 0x010203 * 12);
}

/* CGA's mode 4: even lines, then from 8 KiB of planes' bytes on (in pairs) the odd. */
static void pairs_are_folded_and_doubled(void **state)
{
    (void)state;
    struct vga_view view = graphics_view(VGA_VIEW_PAIRS, 640, 400, 160);
    view.double_width = 1;
    view.repeat = 2;
    view.row_lines = 2;
    view.fold[0] = 14;
    rig.memory[0] = 0x1b; /* 0 1 2 3 */
    rig.memory[1] = 0xe4; /* 3 2 1 0 */
    rig.memory[0x4000] = 0xff;
    rig.memory[160] = 0x40;
    draw(&view);
    static const uint8_t expected[] = { 0, 0, 1, 1, 2, 2, 3, 3, 3, 3, 2, 2, 1, 1, 0 };
    for (unsigned y = 0; y < 2; y++) {
        for (unsigned x = 0; x < ARRAY_SIZE(expected); x++)
            assert_int_equal(pixel(x, y), 0x010203u * expected[x]);
    }
    assert_int_equal(pixel(0, 2), 0x030609);
    assert_int_equal(pixel(0, 3), 0x030609);
    assert_int_equal(pixel(0, 4), 0x010203);
}

static void every_depth_has_its_colours(void **state)
{
    (void)state;
    static const struct {
        uint8_t bits, bytes;
        uint32_t value, colour;
    } rows[] = {
        { 8, 1, 0x45, 0x010203 * 0x45 }, { 15, 2, 0x7fff, 0xffffff },
        { 15, 2, 0x4210, 0x848484 },     { 16, 2, 0xf800, 0xff0000 },
        { 16, 2, 0x07e0, 0x00ff00 },     { 16, 2, 0x0410, 0x008284 },
        { 24, 3, 0x123456, 0x123456 },   { 32, 4, 0xff123456, 0x123456 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct vga_view view =
            graphics_view(VGA_VIEW_LINEAR, 64, 64, 64u * rows[i].bytes);
        view.bits = rows[i].bits;
        store_sized(rig.memory + 65u * rows[i].bytes, rows[i].value, rows[i].bytes);
        draw(&view);
        assert_int_equal(pixel(1, 1), rows[i].colour);
    }
}

static void lines_below_the_split_start_anew(void **state)
{
    (void)state;
    struct vga_view view = graphics_view(VGA_VIEW_LINEAR, 64, 64, 64);
    view.bits = 8;
    view.start = 1000;
    view.panning = 3;
    view.split = 10;
    for (unsigned i = 0; i < 8192; i++)
        rig.memory[i] = (uint8_t)(i * 7);
    draw(&view);
    assert_int_equal(pixel(0, 9), 0x010203u * (uint8_t)((1000 + 9 * 64 + 3) * 7));
    assert_int_equal(pixel(5, 10), 0x010203u * (uint8_t)(5 * 7));
    view.split_panned = 1;
    draw(&view);
    assert_int_equal(pixel(5, 10), 0x010203u * (uint8_t)(8 * 7));
}

static void rows_wrap_at_the_end_of_memory(void **state)
{
    (void)state;
    struct vga_view view = graphics_view(VGA_VIEW_LINEAR, 64, 2, 64);
    view.bits = 8;
    view.start = LEGACY - 16;
    rig.memory[LEGACY - 1] = 5;
    rig.memory[0] = 6;
    rig.memory[LEGACY] = 7; /* of no plane */
    draw(&view);
    assert_int_equal(pixel(15, 0), 0x010203 * 5);
    assert_int_equal(pixel(16, 0), 0x010203 * 6);
}

static void what_is_refused_is_not_drawn(void **state)
{
    (void)state;
    struct vga_view view = text_view();
    draw(&view);
    view.pitch = LEGACY + 1;
    vga_draw(rig.drawing, &view, rig.memory, SIZE, 0, &rig.picture, &rig.damage);
    assert_int_equal(rig.picture.width, 0);
    assert_false(rig.damage.any);
    view = text_view();
    draw(&view);
    assert_true(rig.damage.any);
    view.kind = VGA_VIEW_BLANK;
    put_cell(0, 'A', 0x70);
    draw(&view);
    assert_true(rig.damage.any);
    assert_int_equal(pixel(0, 0), 0);
    draw(&view);
    assert_false(rig.damage.any);
}

/* One change makes one small damage. */
static void damage_is_where_the_change_is(void **state)
{
    (void)state;
    struct vga_view view = text_view();
    struct area area;
    uint32_t band = 0;
    draw(&view);
    put_cell(80 * 3 + 10, 'A', 0x70);
    draw(&view);
    assert_true(damage_next(&rig.damage, &band, &area));
    assert_int_equal(area.x0, 90);
    assert_int_equal(area.x1, 99);
    assert_int_equal(area.y0, 48);
    assert_int_equal(area.y1, 64);
    assert_false(damage_next(&rig.damage, &band, &area));

    view = graphics_view(VGA_VIEW_LINEAR, 640, 100, 640 * 4);
    view.bits = 32;
    draw(&view);
    rig.memory[640 * 4 * 20 + 4 * 320] = 1;
    draw(&view);
    band = 0;
    assert_true(damage_next(&rig.damage, &band, &area));
    assert_in_range(area.x0, 320 - 32, 320);
    assert_in_range(area.x1, 321, 320 + 33);
    assert_false(damage_next(&rig.damage, &band, &area));
}

static uint32_t chance(uint32_t below)
{
    return (uint32_t)random() % below;
}

static void vary_view(struct vga_view *view)
{
    static const uint8_t depths[] = { 8, 15, 16, 24, 32 };
    switch (chance(16)) {
    case 0:
        view->kind = VGA_VIEW_TEXT + chance(4);
        view->bits = depths[chance(ARRAY_SIZE(depths))];
        break;
    case 1:
        view->width = 1 + chance(200);
        view->height = 1 + chance(100);
        break;
    case 2:
        view->pitch = chance(400);
        break;
    case 3:
        view->wrap = 4096u << chance(6);
        view->cursor = view->start = 0;
        break;
    case 4:
        view->split = chance(2) ? chance(100) : UINT32_MAX;
        view->split_panned = (uint8_t)chance(2);
        break;
    case 5:
        view->repeat = (uint8_t)(1 + chance(3));
        view->row_lines = (uint8_t)(1 + chance(32));
        break;
    case 6:
        view->fold[chance(2)] = (uint8_t)(chance(2) ? 12 + chance(6) : 0);
        break;
    case 7:
        view->double_width = (uint8_t)chance(2);
        view->panning = (uint8_t)chance(17);
        break;
    case 8:
        view->first_line = (uint8_t)chance(32);
        break;
    case 9:
        view->cell_width = (uint8_t)(8 + chance(2));
        view->line_graphics = (uint8_t)chance(2);
        view->blinks = (uint8_t)chance(2);
        view->underline = (uint8_t)chance(33);
        break;
    case 10:
        view->window = LEGACY + chance(1000);
        view->window_cells = chance(2) ? chance(2000) : 0;
        break;
    case 11:
        view->cursor_first = (uint8_t)chance(32);
        view->cursor_end = (uint8_t)chance(33);
        break;
    case 12:
        view->palette[chance(256)] = chance(0x1000000);
        break;
    case 13:
        view->start = chance(view->wrap);
        break;
    default:
        view->cursor = chance(view->wrap) & ~3u;
        break;
    }
}

/* However views and memory change, the picture is right, and undamaged parts stay. */
static void changes_alone_give_the_same_picture(void **state)
{
    (void)state;
    struct vga_view view = text_view();
    srandom(1);
    for (unsigned i = 0; i < SIZE; i++)
        rig.memory[i] = (uint8_t)random();
    view.width = 100;
    view.height = 60;
    for (unsigned step = 0; step < 3000; step++) {
        if (chance(3) == 0)
            vary_view(&view);
        for (unsigned i = chance(4); i > 0; i--)
            rig.memory[chance(2) ? chance(2048) : chance(SIZE)] = (uint8_t)random();
        rig.now += chance(VGA_BLINK_MS);
        picture_free(&rig.before);
        assert_int_equal(
            picture_resize(&rig.before, rig.picture.width, rig.picture.height), 0);
        if (rig.picture.pixels)
            memcpy(rig.before.pixels, rig.picture.pixels,
                   (size_t)rig.picture.width * rig.picture.height * 4);
        draw(&view);
        bool resized =
            rig.before.width != view.width || rig.before.height != view.height;
        for (uint32_t y = 0; y < view.height; y++) {
            const uint32_t x0 = rig.damage.bands[y / DAMAGE_BAND].x0;
            const uint32_t x1 = rig.damage.bands[y / DAMAGE_BAND].x1;
            for (uint32_t x = 0; x < view.width; x++) {
                assert_int_equal(pixel(x, y),
                                 vga_reference_pixel(&view, rig.memory, rig.now, x, y));
                if (!resized && (x < x0 || x >= x1))
                    assert_int_equal(pixel(x, y), picture_row(&rig.before, y)[x]);
            }
        }
    }
}

int main(void)
{
#define DRAWING_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        DRAWING_TEST(text_has_glyphs_and_attributes),
        DRAWING_TEST(cursor_underline_and_blinking),
        DRAWING_TEST(text_apart_comes_first),
        DRAWING_TEST(planes_make_a_pixel),
        DRAWING_TEST(pairs_are_folded_and_doubled),
        DRAWING_TEST(every_depth_has_its_colours),
        DRAWING_TEST(lines_below_the_split_start_anew),
        DRAWING_TEST(rows_wrap_at_the_end_of_memory),
        DRAWING_TEST(what_is_refused_is_not_drawn),
        DRAWING_TEST(damage_is_where_the_change_is),
        DRAWING_TEST(changes_alone_give_the_same_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
