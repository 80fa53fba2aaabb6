/* test_screen_formats.c: colours of a picture: formats, alpha, the pipe's transform. */
#include "screen_bench.h" /* memory, the picture */

#include "base/bytes.h"   /* stores */
#include "model/colour.h" /* a transform */

static void test_formats(void **state)
{
    static const struct {
        enum scanout_format format;
        unsigned size;
        uint64_t value;
        uint32_t expected;
    } rows[] = {
        { SCANOUT_C8, 1, 0x41, 0x123441 },
        { SCANOUT_RGB565, 2, 0xf800, 0xff0000 },
        { SCANOUT_RGB565, 2, 0x07e0, 0x00ff00 },
        { SCANOUT_RGB565, 2, 0x8410, 0x848284 },
        { SCANOUT_XRGB8888, 4, 0xaa123456, 0x123456 },
        { SCANOUT_XBGR8888, 4, 0xaa123456, 0x563412 },
        { SCANOUT_ARGB8888, 4, 0x00123456, 0x123456 },
        { SCANOUT_ABGR8888, 4, 0x00123456, 0x563412 },
        { SCANOUT_XRGB2101010, 4, 0x3ff00000, 0xff0000 },
        { SCANOUT_XRGB2101010, 4, 0x000003ff, 0x0000ff },
        { SCANOUT_XRGB2101010, 4, 0x20080200, 0x808080 },
        { SCANOUT_XBGR2101010, 4, 0x3ff00000, 0x0000ff },
        { SCANOUT_ARGB2101010, 4, 0x000ffc00, 0x00ff00 },
        { SCANOUT_ABGR2101010, 4, 0x000003ff, 0xff0000 },
        { SCANOUT_XRGB16161616F, 8, 0x00003c0000003800, 0xff0080 },
        { SCANOUT_XBGR16161616F, 8, 0x00003c0000003800, 0x8000ff },
        { SCANOUT_XBGR16161616F, 8, 0x0000bc007c000001, 0x00ff00 },
        { SCANOUT_ARGB16161616F, 8, 0x00003c0000003800, 0xff0080 },
        { SCANOUT_ABGR16161616F, 8, 0x00003c0000003800, 0x8000ff },
        { SCANOUT_Y216, 4, 0x8000eb008000eb00, 0xffffff },
        { SCANOUT_Y216, 4, 0xf0003f0066003f00, 0xff0100 },
        { SCANOUT_XVYU2101010, 4, 240u << 22 | 63 << 12 | 102 << 2, 0xff0100 },
        { SCANOUT_XVYU16161616, 8, 0x0000f0003f006600, 0xff0100 },
        /* BT.709's red, 63 102 240, is by a rounding not quite so. */
        { SCANOUT_YUYV, 2, 0x80eb80eb, 0xffffff },
        { SCANOUT_YUYV, 2, 0xf03f663f, 0xff0100 },
        { SCANOUT_UYVY, 2, 0x3ff03f66, 0xff0100 },
        { SCANOUT_YVYU, 2, 0x663ff03f, 0xff0100 },
        { SCANOUT_VYUY, 2, 0x3f663ff0, 0xff0100 },
        { SCANOUT_XYUV8888, 4, 0x003f66f0, 0xff0100 },
    };
    uint32_t palette[256] = { 0 };
    palette[0x41] = 0x123441;
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct screen *screen = screen_new();
        struct scanout_pipe pipe = screen_pipe(4, 2);
        pipe.palette = palette;
        pipe.planes[0].format = rows[i].format;
        pipe.planes[0].stride = 64;
        memset(screen_memory.bytes, 0, sizeof(screen_memory.bytes));
        for (unsigned x = 0; x < 4; x++) {
            bool second = rows[i].format >= SCANOUT_YUYV &&
                          rows[i].format <= SCANOUT_Y216 && x % 2;
            uint64_t value = second ? rows[i].value >> 8 * rows[i].size : rows[i].value;
            store_sized(screen_memory.bytes + (size_t)64 + (size_t)x * rows[i].size,
                        value, rows[i].size);
        }
        screen_update(screen, &pipe, &screen_reader);
        for (unsigned x = 0; x < 4; x++)
            screen_assert_pixel(screen, x, 1, rows[i].expected);
        screen_free(screen);
    }
}

/* Luma and chroma of a planar surface: their places, sizes, encodings and ranges. */
static void test_planar(void **state)
{
    static const struct {
        enum scanout_encoding encoding;
        bool full_range;
        uint8_t y, u, v;
        uint32_t expected;
    } rows[] = {
        { SCANOUT_BT709, false, 63, 102, 240, 0xff0100 },
        { SCANOUT_BT601, false, 81, 90, 240, 0xfe0000 },
        { SCANOUT_BT2020, false, 74, 97, 240, 0xff0001 },
        { SCANOUT_BT601, true, 76, 85, 255, 0xfe0000 },
        { SCANOUT_BT709, true, 200, 128, 128, 0xc8c8c8 },
    };
    for (unsigned i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
        const unsigned row = i / 2, size = 1 + i % 2; /* of NV12, of P016 */
        struct screen *screen = screen_new();
        struct scanout_pipe pipe = screen_pipe(8, 6);
        struct scanout_plane *plane = &pipe.planes[0];
        plane->format = size == 1 ? SCANOUT_NV12 : SCANOUT_P016;
        plane->encoding = rows[row].encoding;
        plane->full_range = rows[row].full_range;
        plane->stride = 64;
        plane->chroma = (struct scanout_chroma){ SCREEN_BASE + 0x4000, 128, 4, 2 };
        memset(screen_memory.bytes, 0, sizeof(screen_memory.bytes));
        /* All grey but the chroma of columns 4 and 5 of rows 2 and 3. */
        for (unsigned n = 0; n < 6 * 8; n++)
            screen_memory.bytes[n / 8 * 64 + n % 8 * size + size - 1] = rows[row].y;
        for (unsigned n = 0; n < 3 * 8; n++)
            screen_memory
                .bytes[0x4000 + (2 + n / 8) * 128 + (8 + n % 8) * size + size - 1] =
                128;
        uint8_t *chroma =
            screen_memory.bytes + 0x4000 + 3 * 128 + (8 + 4) * size + size - 1;
        screen_update(screen, &pipe, &screen_reader);
        chroma[0] = rows[row].u;
        chroma[size] = rows[row].v;
        const struct damage *damage = screen_update(screen, &pipe, &screen_reader);
        assert_int_equal(damage->any, rows[row].u != 128);
        uint32_t grey = screen_pixel(screen, 0, 0);
        for (unsigned y = 0; y < 6; y++) {
            for (unsigned x = 0; x < 8; x++)
                screen_assert_pixel(
                    screen, x, y, x / 2 == 2 && y / 2 == 1 ? rows[row].expected : grey);
        }
        /* Without chroma that makes sense nothing is shown. */
        plane->chroma.stride = 0;
        screen_update(screen, &pipe, &screen_reader);
        screen_assert_pixel(screen, 0, 0, 0x102030);
        screen_free(screen);
    }
}

/* A plane's own matrix in place of an encoding, for both ranges. */
static void test_matrix_of_plane(void **state)
{
    static const struct {
        uint32_t xyuv, expected;
        bool full_range;
    } rows[] = {
        { 0x00eb8080, 0xffffff, false }, { 0x00108080, 0x000000, false },
        { 0x00ff8080, 0xffffff, true },  { 0x00808080, 0x808080, true },
        { 0x00515af0, 0xfa0101, false }, /* BT.601 red: 250.5 1.2 0.7 */
        { 0x0080c080, 0x806aef, true },  /* U: 0.336 and 1.732 of 64 */
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct screen *screen = screen_new();
        struct scanout_pipe pipe = screen_pipe(4, 2);
        struct scanout_plane *plane = &pipe.planes[0];
        plane->format = SCANOUT_XYUV8888;
        plane->full_range = rows[i].full_range;
        plane->has_matrix = true;
        plane->matrix_of_plane = (struct scanout_matrix){
            .factors = { { 89849, 65536, 0 },
                         { -45744, 65536, -22020 },
                         { 0, 65536, 113508 } },
            .before = { -0x8000, 0, -0x8000 },
        };
        for (unsigned n = 0; n < 4 * 2; n++)
            store32(screen_memory.bytes + n / 4 * plane->stride + n % 4 * 4,
                    rows[i].xyuv);
        screen_update(screen, &pipe, &screen_reader);
        screen_assert_pixel(screen, 1, 1, rows[i].expected);
        /* Another matrix is another picture. */
        plane->matrix_of_plane.after[2] = -0x10000;
        screen_update(screen, &pipe, &screen_reader);
        screen_assert_pixel(screen, 1, 1, rows[i].expected & 0xffff00);
        screen_free(screen);
    }
}

/* The pipe's tables and matrix are for all that is shown, and a change shows. */
static void test_transform(void **state)
{
    static struct colour_transform transform;
    struct screen *screen = screen_new();
    struct scanout_pipe pipe = screen_pipe(64, 8);
    screen_lay_out(SCANOUT_LINEAR, 64, 8, 256);
    pipe.planes[0].width = pipe.planes[0].source_width = 32; /* then background */
    transform.serial = 1;
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned v = 0; v < 256; v++)
            transform.before[i][v] = ((255 - v) * COLOUR_ONE + 127) / 255;
        for (unsigned v = 0; v <= COLOUR_STEPS; v++)
            transform.after[i][v] =
                (uint8_t)((v * 255 + COLOUR_STEPS / 2) / COLOUR_STEPS);
    }
    screen_update(screen, &pipe, &screen_reader);
    screen_assert_pixel(screen, 5, 3, screen_colour(5, 3));
    pipe.transform = &transform;
    assert_int_equal(screen_damaged(screen_update(screen, &pipe, &screen_reader)),
                     64 * 8);
    screen_assert_pixel(screen, 40, 3, 0xffffff - 0x102030);
    screen_assert_pixel(screen, 5, 3, 0xffffff - screen_colour(5, 3));
    assert_int_equal(screen_damaged(screen_update(screen, &pipe, &screen_reader)), 0);
    pipe.transform = NULL;
    assert_int_equal(screen_damaged(screen_update(screen, &pipe, &screen_reader)),
                     64 * 8);
    screen_assert_pixel(screen, 5, 3, screen_colour(5, 3));
    screen_free(screen);
}

/* Half floats have alpha, too: half of red over blue. */
static void test_alpha_of_half_floats(void **state)
{
    struct screen *screen = screen_new();
    struct scanout_pipe pipe = screen_pipe(8, 8);
    memset(screen_memory.bytes, 0, sizeof(screen_memory.bytes));
    for (unsigned n = 0; n < 64; n++)
        store32(screen_memory.bytes + (size_t)n * 4, 0x0000ff);
    store64(screen_memory.bytes + 4096, 0x3800000000003c00);
    pipe.plane_count = 2;
    pipe.planes[1] = screen_plane(1, 1);
    pipe.planes[1].format = SCANOUT_ABGR16161616F;
    pipe.planes[1].stride = 64;
    pipe.planes[1].alpha = SCANOUT_STRAIGHT;
    pipe.planes[1].base = SCREEN_BASE + 4096;
    screen_update(screen, &pipe, &screen_reader);
    screen_assert_pixel(screen, 0, 0, 0x80007f);
    pipe.planes[1].format = SCANOUT_XBGR16161616F;
    screen_update(screen, &pipe, &screen_reader);
    screen_assert_pixel(screen, 0, 0, 0xff0000);
    screen_free(screen);
}

/* Two planes and a cursor, by each rule of alpha. */
static void test_alpha(void **state)
{
    static const struct {
        enum scanout_alpha alpha;
        uint8_t constant;
        uint32_t above, expected; /* over 0x804020 */
    } rows[] = {
        { SCANOUT_OPAQUE, 255, 0x00ffffff, 0xffffff },
        { SCANOUT_OPAQUE, 0, 0xffffffff, 0x804020 },
        { SCANOUT_OPAQUE, 128, 0x00ff0000, 0xc02010 },
        { SCANOUT_PREMULTIPLIED, 255, 0x00000000, 0x804020 },
        { SCANOUT_PREMULTIPLIED, 255, 0xff112233, 0x112233 },
        { SCANOUT_PREMULTIPLIED, 255, 0x80800000, 0xc02010 },
        { SCANOUT_PREMULTIPLIED, 128, 0xff00ff00, 0x40a010 },
        { SCANOUT_STRAIGHT, 255, 0x80ff0000, 0xc02010 },
        { SCANOUT_STRAIGHT, 255, 0x00ff0000, 0x804020 },
        { SCANOUT_STRAIGHT, 128, 0xff00ff00, 0x40a010 },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct screen *screen = screen_new();
        struct scanout_pipe pipe = screen_pipe(8, 8);
        memset(screen_memory.bytes, 0, sizeof(screen_memory.bytes));
        for (unsigned n = 0; n < 64; n++) {
            store32(screen_memory.bytes + (size_t)n * 4, 0x804020);
            store32(screen_memory.bytes + 4096 + (size_t)n * 4, rows[i].above);
        }
        pipe.plane_count = 2;
        pipe.planes[1] = screen_plane(4, 4);
        pipe.planes[1].format = SCANOUT_ARGB8888;
        pipe.planes[1].alpha = rows[i].alpha;
        pipe.planes[1].constant_alpha = rows[i].constant;
        pipe.planes[1].base = SCREEN_BASE + 4096;
        pipe.planes[1].x = 6;
        pipe.planes[1].y = 6;
        screen_update(screen, &pipe, &screen_reader);
        screen_assert_pixel(screen, 5, 7, 0x804020);
        screen_assert_pixel(screen, 7, 5, 0x804020);
        screen_assert_pixel(screen, 7, 7, rows[i].expected);
        screen_free(screen);
    }
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_alpha),
        cmocka_unit_test(test_alpha_of_half_floats),
        cmocka_unit_test(test_planar),
        cmocka_unit_test(test_matrix_of_plane),
        cmocka_unit_test(test_transform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
