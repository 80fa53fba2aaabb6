/* test_screen.c: pipes drawn from hand-made surfaces of every tiling and format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"   /* stores */
#include "model/screen.h" /* under test */

#include <errno.h>  /* EFAULT */
#include <stdlib.h> /* calloc */

#define BASE        0x10000u
#define MEMORY_SIZE 0x100000u

/* Graphics memory from BASE on, and what was read of it. */
static struct {
    uint8_t bytes[MEMORY_SIZE];
    unsigned reads;
} memory;

static int read_memory(void *opaque, uint64_t address, void *data, size_t size)
{
    assert_ptr_equal(opaque, &memory);
    memory.reads++;
    if (address < BASE || !range_inside(address - BASE, size, MEMORY_SIZE))
        return -EFAULT;
    memcpy(data, memory.bytes + (address - BASE), size);
    return 0;
}

static const struct surface_memory reader = { read_memory, &memory };

/* What pixel (x, y) of the test picture is: every one another. */
static uint32_t colour(unsigned x, unsigned y)
{
    return (x * 7 & 255) << 16 | (y * 5 & 255) << 8 | ((x + 3 * y) & 255);
}

/*
 * Lay the test picture into memory by walking it tile by tile, byte by byte, in the
 * order the memory has: the other way round than the code under test does.
 */
static void lay_out(enum scanout_tiling tiling, unsigned width, unsigned height,
                    unsigned stride)
{
    uint8_t *to = memory.bytes;
    memset(memory.bytes, 0, sizeof(memory.bytes));
    if (tiling == SCANOUT_LINEAR) {
        for (unsigned y = 0; y < height; y++) {
            for (unsigned x = 0; x < width; x++)
                store32(to + (size_t)y * stride + (size_t)x * 4, colour(x, y));
        }
        return;
    }
    unsigned tile_width = tiling == SCANOUT_X_TILED ? 128 : 32; /* pixels */
    unsigned tile_height = tiling == SCANOUT_X_TILED ? 8 : 32;
    for (unsigned row = 0; row * tile_height < height; row++) {
        for (unsigned column = 0; column < stride / 4 / tile_width; column++) {
            for (unsigned n = 0; n < 1024; n++, to += 4) {
                unsigned x, y;
                if (tiling == SCANOUT_X_TILED) {
                    x = n % 128;
                    y = n / 128;
                } else if (tiling == SCANOUT_Y_TILED) {
                    x = n / 128 * 4 + n % 4;
                    y = n / 4 % 32;
                } else { /* bits of n: y4 x4 y3 x3 y2 x2 y1 y0 x1 x0 */
                    x = (n & 3) | (n >> 4 & 1) << 2 | (n >> 6 & 1) << 3 |
                        (n >> 8 & 1) << 4;
                    y = (n >> 2 & 3) | (n >> 5 & 1) << 2 | (n >> 7 & 1) << 3 |
                        (n >> 9 & 1) << 4;
                }
                x += column * tile_width;
                y += row * tile_height;
                if (x < width && y < height)
                    store32(to, colour(x, y));
            }
        }
    }
}

static struct scanout_plane full_plane(unsigned width, unsigned height)
{
    return (struct scanout_plane){
        .enabled = true,
        .format = SCANOUT_XRGB8888,
        .constant_alpha = 255,
        .base = BASE,
        .stride = width * 4,
        .source_width = width,
        .source_height = height,
        .width = width,
        .height = height,
    };
}

static struct scanout_pipe pipe_of(unsigned width, unsigned height)
{
    return (struct scanout_pipe){
        .running = true,
        .width = width,
        .height = height,
        .background = 0x102030,
        .plane_count = 1,
        .planes = { full_plane(width, height) },
    };
}

static uint32_t pixel(const struct screen *screen, unsigned x, unsigned y)
{
    const struct picture *picture = screen_picture(screen);
    assert_true(x < picture->width && y < picture->height);
    return picture_row(picture, y)[x];
}

static void assert_pixel(const struct screen *screen, unsigned x, unsigned y,
                         uint32_t expected)
{
    uint32_t found = pixel(screen, x, y);
    if (found != expected)
        fail_msg("pixel %u,%u is %06x, expected %06x", x, y, found, expected);
}

/* Pixels that changed since the update before. */
static unsigned damaged(const struct damage *damage)
{
    struct area area;
    unsigned pixels = 0;
    for (uint32_t band = 0; damage_next(damage, &band, &area);)
        pixels += (area.x1 - area.x0) * (area.y1 - area.y0);
    assert_int_equal(damage->any, pixels != 0);
    return pixels;
}

static const struct {
    enum scanout_tiling tiling;
    unsigned stride;
} tilings[] = {
    { SCANOUT_LINEAR, 1088 }, /* more than the width */
    { SCANOUT_X_TILED, 1536 },
    { SCANOUT_Y_TILED, 1152 },
    { SCANOUT_YF_TILED, 1152 },
};

static void test_tilings(void **state)
{
    for (unsigned i = 0; i < ARRAY_SIZE(tilings); i++) {
        struct screen *screen = screen_new();
        struct scanout_pipe pipe = pipe_of(260, 70);
        pipe.planes[0].tiling = tilings[i].tiling;
        pipe.planes[0].stride = tilings[i].stride;
        lay_out(tilings[i].tiling, 260, 70, tilings[i].stride);
        screen_update(screen, &pipe, &reader);
        for (unsigned y = 0; y < 70; y++) {
            for (unsigned x = 0; x < 260; x++)
                assert_pixel(screen, x, y, colour(x, y));
        }
        screen_free(screen);
    }
}

/* A part of the surface, somewhere on the screen. */
static void test_offset(void **state)
{
    for (unsigned i = 0; i < ARRAY_SIZE(tilings); i++) {
        struct screen *screen = screen_new();
        struct scanout_pipe pipe = pipe_of(200, 100);
        struct scanout_plane *plane = &pipe.planes[0];
        *plane = full_plane(101, 37);
        plane->tiling = tilings[i].tiling;
        plane->stride = tilings[i].stride;
        plane->source_x = 133;
        plane->source_y = 21;
        plane->x = 50;
        plane->y = -7;
        lay_out(tilings[i].tiling, 260, 70, tilings[i].stride);
        screen_update(screen, &pipe, &reader);
        assert_pixel(screen, 49, 0, 0x102030);
        assert_pixel(screen, 151, 0, 0x102030);
        assert_pixel(screen, 50, 30, 0x102030);
        for (unsigned y = 0; y < 30; y++) {
            for (unsigned x = 0; x < 101; x++)
                assert_pixel(screen, 50 + x, y, colour(133 + x, 21 + 7 + y));
        }
        screen_free(screen);
    }
}

static void test_half_turn(void **state)
{
    for (unsigned mirrored = 0; mirrored < 2; mirrored++) {
        struct screen *screen = screen_new();
        struct scanout_pipe pipe = pipe_of(256, 64);
        pipe.planes[0].tiling = SCANOUT_X_TILED;
        pipe.planes[0].rotation = mirrored ? 0 : 180;
        pipe.planes[0].mirrored = mirrored;
        lay_out(SCANOUT_X_TILED, 256, 64, 1024);
        screen_update(screen, &pipe, &reader);
        for (unsigned y = 0; y < 64; y++) {
            for (unsigned x = 0; x < 256; x++)
                assert_pixel(screen, x, y, colour(255 - x, mirrored ? y : 63 - y));
        }
        screen_free(screen);
    }
}

/*
 * The GTT shows a surface of 64 x 96 turned: a row of tiles of the view is a column of
 * the surface's, from its last tile up; so i915 lays out its rotated views.
 */
static void lay_out_turned(void)
{
    static uint8_t upright[3 * 2 * 4096];
    lay_out(SCANOUT_Y_TILED, 64, 96, 256);
    memcpy(upright, memory.bytes, sizeof(upright));
    for (unsigned row = 0; row < 2; row++) {
        for (unsigned column = 0; column < 3; column++)
            memcpy(memory.bytes + (size_t)(row * 3 + column) * 4096,
                   upright + (size_t)((2 - column) * 2 + row) * 4096, 4096);
    }
}

static void test_quarter_turn(void **state)
{
    lay_out_turned();
    for (unsigned turn = 90; turn <= 270; turn += 180) {
        struct screen *screen = screen_new();
        struct scanout_pipe pipe = pipe_of(96, 64);
        pipe.planes[0].tiling = SCANOUT_Y_TILED;
        pipe.planes[0].stride = 3 * 128;
        pipe.planes[0].rotation = (uint16_t)turn;
        screen_update(screen, &pipe, &reader);
        for (unsigned y = 0; y < 64; y++) {
            for (unsigned x = 0; x < 96; x++)
                /* 90 counter-clockwise: the surface's right edge comes on top. */
                assert_pixel(screen, x, y,
                             turn == 90 ? colour(63 - y, x) : colour(y, 95 - x));
        }
        screen_free(screen);
    }
}

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
        struct scanout_pipe pipe = pipe_of(4, 2);
        pipe.palette = palette;
        pipe.planes[0].format = rows[i].format;
        pipe.planes[0].stride = 64;
        memset(memory.bytes, 0, sizeof(memory.bytes));
        for (unsigned x = 0; x < 4; x++) {
            bool second = rows[i].format >= SCANOUT_YUYV &&
                          rows[i].format <= SCANOUT_VYUY && x % 2;
            uint64_t value = second ? rows[i].value >> 16 : rows[i].value;
            store_sized(memory.bytes + (size_t)64 + (size_t)x * rows[i].size, value,
                        rows[i].size);
        }
        screen_update(screen, &pipe, &reader);
        for (unsigned x = 0; x < 4; x++)
            assert_pixel(screen, x, 1, rows[i].expected);
        screen_free(screen);
    }
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
        struct scanout_pipe pipe = pipe_of(8, 8);
        memset(memory.bytes, 0, sizeof(memory.bytes));
        for (unsigned n = 0; n < 64; n++) {
            store32(memory.bytes + (size_t)n * 4, 0x804020);
            store32(memory.bytes + 4096 + (size_t)n * 4, rows[i].above);
        }
        pipe.plane_count = 2;
        pipe.planes[1] = full_plane(4, 4);
        pipe.planes[1].format = SCANOUT_ARGB8888;
        pipe.planes[1].alpha = rows[i].alpha;
        pipe.planes[1].constant_alpha = rows[i].constant;
        pipe.planes[1].base = BASE + 4096;
        pipe.planes[1].x = 6;
        pipe.planes[1].y = 6;
        screen_update(screen, &pipe, &reader);
        assert_pixel(screen, 5, 7, 0x804020);
        assert_pixel(screen, 7, 5, 0x804020);
        assert_pixel(screen, 7, 7, rows[i].expected);
        screen_free(screen);
    }
}

static void test_scaled(void **state)
{
    struct screen *screen = screen_new();
    struct scanout_pipe pipe = pipe_of(64, 64);
    pipe.planes[0] = full_plane(16, 32);
    pipe.planes[0].width = 64;
    pipe.planes[0].height = 16;
    lay_out(SCANOUT_LINEAR, 16, 32, 64);
    screen_update(screen, &pipe, &reader);
    assert_pixel(screen, 0, 0, colour(0, 0));
    assert_pixel(screen, 3, 0, colour(0, 0));
    assert_pixel(screen, 4, 1, colour(1, 2));
    assert_pixel(screen, 63, 15, colour(15, 30));
    assert_pixel(screen, 63, 16, 0x102030);
    screen_free(screen);
}

/* Only what changed is drawn anew, and told. */
static void test_damage(void **state)
{
    struct screen *screen = screen_new();
    struct scanout_pipe pipe = pipe_of(256, 128);
    pipe.plane_count = 2;
    pipe.planes[1] = full_plane(16, 16);
    pipe.planes[1].base = BASE + 0x40000;
    pipe.planes[1].x = 100;
    pipe.planes[1].y = 64;
    lay_out(SCANOUT_LINEAR, 256, 128, 1024);
    assert_int_equal(damaged(screen_update(screen, &pipe, &reader)), 256 * 128);
    memory.reads = 0;
    assert_int_equal(damaged(screen_update(screen, &pipe, &reader)), 0);
    assert_int_equal(memory.reads, 256 * 128 * 4 / 4096 + 1);
    /* A page of four lines: a band of sixteen. */
    store32(memory.bytes + (size_t)40 * 1024, 0xabcdef);
    assert_int_equal(damaged(screen_update(screen, &pipe, &reader)), 256 * 16);
    assert_pixel(screen, 0, 40, 0xabcdef);
    /* The small plane moves: where it was, and where it is. */
    pipe.planes[1].x = 200;
    assert_int_equal(damaged(screen_update(screen, &pipe, &reader)), 116 * 16);
    assert_pixel(screen, 100, 64, colour(100, 64));
    assert_pixel(screen, 200, 64, 0);
    /* Another buffer with the same content is the same picture. */
    memcpy(memory.bytes + 0x80000, memory.bytes, 0x20000);
    pipe.planes[0].base += 0x80000;
    assert_int_equal(damaged(screen_update(screen, &pipe, &reader)), 0);
    pipe.planes[1].enabled = false;
    assert_int_equal(damaged(screen_update(screen, &pipe, &reader)), 16 * 16);
    assert_pixel(screen, 200, 64, colour(200, 64));
    pipe.background = 0x999999;
    assert_int_equal(damaged(screen_update(screen, &pipe, &reader)), 256 * 128);
    screen_rest(screen);
    assert_int_equal(screen_picture(screen)->width, 256);
    screen_free(screen);
}

/* X tiles: 128 by 8; the change of one is no more than its place. */
static void test_damage_of_a_tile(void **state)
{
    struct screen *screen = screen_new();
    struct scanout_pipe pipe = pipe_of(512, 64);
    pipe.planes[0].tiling = SCANOUT_X_TILED;
    pipe.planes[0].rotation = 180;
    lay_out(SCANOUT_X_TILED, 512, 64, 2048);
    screen_update(screen, &pipe, &reader);
    store32(memory.bytes + 4096, 0xabcdef); /* pixel 128,0: tile 1 */
    const struct damage *damage = screen_update(screen, &pipe, &reader);
    struct area area;
    uint32_t band = 0;
    assert_true(damage_next(damage, &band, &area));
    assert_int_equal(area.x0, 512 - 256);
    assert_int_equal(area.x1, 512 - 128);
    assert_int_equal(area.y0, 48);
    assert_int_equal(area.y1, 64);
    assert_false(damage_next(damage, &band, &area));
    assert_pixel(screen, 511 - 128, 63, 0xabcdef);
    screen_free(screen);
}

static void test_off(void **state)
{
    struct screen *screen = screen_new();
    struct scanout_pipe pipe = pipe_of(16, 16);
    lay_out(SCANOUT_LINEAR, 16, 16, 64);
    screen_update(screen, &pipe, &reader);
    assert_pixel(screen, 3, 3, colour(3, 3));
    pipe.blanked = true;
    assert_int_equal(damaged(screen_update(screen, &pipe, &reader)), 256);
    assert_pixel(screen, 3, 3, 0);
    pipe.running = false;
    screen_update(screen, &pipe, &reader);
    assert_int_equal(screen_picture(screen)->width, 0);
    screen_free(screen);
}

/* A guest may say anything. */
static void test_hostile(void **state)
{
    static const uint32_t sizes[] = { 0, 1, 2, 4095, 8192, 8193, 16384, UINT16_MAX };
    static const uint32_t strides[] = { 0, 1, 64, 127, 512, 0x10000, UINT32_MAX };
    struct screen *screen = screen_new();
    struct scanout_pipe pipe = pipe_of(40000, 40000);
    screen_update(screen, &pipe, &reader);
    assert_int_equal(screen_picture(screen)->width, 0);
    for (unsigned i = 0; i < 5000; i++) {
        pipe = pipe_of(1 + (unsigned)rand() % 64, 1 + (unsigned)rand() % 64);
        struct scanout_plane *plane = &pipe.planes[0];
        plane->format = (enum scanout_format)(rand() % (SCANOUT_OTHER + 1));
        plane->tiling = (enum scanout_tiling)(rand() % (SCANOUT_4_TILED + 1));
        plane->alpha = (enum scanout_alpha)(rand() % 3);
        plane->constant_alpha = (uint8_t)rand();
        plane->rotation = (uint16_t)(rand() % 4 * 90);
        plane->mirrored = rand() % 2;
        plane->stride = strides[(unsigned)rand() % ARRAY_SIZE(strides)];
        plane->base = rand() % 4 ? BASE : UINT64_MAX - 4095;
        plane->source_width =
            sizes[(unsigned)rand() % (i % 50 ? 3 : ARRAY_SIZE(sizes))];
        plane->source_height =
            sizes[(unsigned)rand() % (i % 50 ? 3 : ARRAY_SIZE(sizes))];
        plane->source_x = rand() % 4 ? 0 : sizes[(unsigned)rand() % ARRAY_SIZE(sizes)];
        plane->source_y = rand() % 4 ? 0 : sizes[(unsigned)rand() % ARRAY_SIZE(sizes)];
        plane->width = sizes[(unsigned)rand() % ARRAY_SIZE(sizes)];
        plane->height = sizes[(unsigned)rand() % ARRAY_SIZE(sizes)];
        plane->x = rand() % 3 ? 0 : INT32_MIN;
        plane->y = rand() % 3 ? -3 : INT32_MAX;
        screen_update(screen, &pipe, &reader);
        assert_int_equal(screen_picture(screen)->width, pipe.width);
    }
    screen_free(screen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tilings),          cmocka_unit_test(test_offset),
        cmocka_unit_test(test_half_turn),        cmocka_unit_test(test_quarter_turn),
        cmocka_unit_test(test_formats),          cmocka_unit_test(test_alpha),
        cmocka_unit_test(test_scaled),           cmocka_unit_test(test_damage),
        cmocka_unit_test(test_damage_of_a_tile), cmocka_unit_test(test_off),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
