/* test_vga_view.c: a view from elsewhere leads nowhere outside the memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"       /* struct error */
#include "display/vga_view.h" /* under test */

#include <stdbool.h> /* bool */
#include <string.h>  /* strstr */

#define SIZE (256u * 1024)

static const struct vga_view text = {
    .kind = VGA_VIEW_TEXT,
    .width = 720,
    .height = 400,
    .pitch = 320,
    .wrap = SIZE,
    .repeat = 1,
    .cell_width = 9,
    .row_lines = 16,
};

static void good_views_pass(void **state)
{
    (void)state;
    struct vga_view view = text;
    assert_int_equal(vga_view_check(&view, SIZE, NULL), 0);
    view.fonts[0] = SIZE - 256 * 32 * 4;
    view.window = SIZE - 2 * 16384;
    view.window_cells = 16384;
    assert_int_equal(vga_view_check(&view, SIZE, NULL), 0);
    view = (struct vga_view){ .kind = VGA_VIEW_BLANK };
    assert_int_equal(vga_view_check(&view, 0, NULL), 0);
    view = text;
    view.kind = VGA_VIEW_LINEAR;
    for (unsigned bits = 0; bits < 256; bits++) {
        bool known = bits == 8 || bits == 15 || bits == 16 || bits == 24 || bits == 32;
        view.bits = (uint8_t)bits;
        assert_int_equal(vga_view_check(&view, SIZE, NULL), known ? 0 : -EINVAL);
    }
}

/* Each row makes one field of a good view bad; the message names it. */
static void bad_fields_are_named(void **state)
{
    (void)state;
#define WORD(field) offsetof(struct vga_view, field), 4
#define BYTE(field) offsetof(struct vga_view, field), 1
    static const struct {
        size_t offset, size;
        uint32_t value;
        const char *named;
    } rows[] = {
        { WORD(kind), VGA_VIEW_KINDS, "kind" },
        { WORD(width), 8193, "width" },
        { WORD(height), 8193, "height" },
        { WORD(wrap), 2 * SIZE, "wrap" },
        { WORD(wrap), 3 * 4096, "wrap" },
        { WORD(wrap), 0, "wrap" },
        { WORD(start), SIZE, "start" },
        { WORD(pitch), SIZE + 1, "pitch" },
        { WORD(cursor), SIZE, "cursor offset" },
        { WORD(fonts[0]), SIZE - 256 * 32 * 4 + 1, "font offset" },
        { WORD(fonts[1]), UINT32_MAX, "font offset" },
        { WORD(window), SIZE + 1, "text window" },
        { WORD(window_cells), SIZE / 2 + 1, "text window" },
        { BYTE(repeat), 0, "lines a scan line" },
        { BYTE(panning), 17, "panning" },
        { BYTE(first_line), 32, "first line" },
        { BYTE(cell_width), 7, "cell width" },
        { BYTE(row_lines), 0, "scan lines a row" },
        { BYTE(row_lines), 33, "scan lines a row" },
        { BYTE(fold[0]), 32, "fold" },
        { BYTE(fold[1]), 32, "fold" },
        { BYTE(double_width), 2, "double width" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct vga_view view = text;
        struct error err = { 0 };
        memcpy((uint8_t *)&view + rows[i].offset, &rows[i].value, rows[i].size);
        assert_int_equal(vga_view_check(&view, SIZE, &err), -EINVAL);
        assert_non_null(strstr(err.text, rows[i].named));
    }
}

static void pixels_in_all_are_bounded(void **state)
{
    (void)state;
    struct vga_view view = text;
    view.width = view.height = 4096;
    assert_int_equal(vga_view_check(&view, SIZE, NULL), 0);
    view.width = 4097;
    assert_int_equal(vga_view_check(&view, SIZE, NULL), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_views_pass),
        cmocka_unit_test(bad_fields_are_named),
        cmocka_unit_test(pixels_in_all_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
