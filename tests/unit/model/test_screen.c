/* test_screen.c: pipes drawn from hand-made surfaces of every tiling, and what changes.
 */
#include "screen_bench.h" /* memory, the picture */

#include "base/bytes.h" /* stores */

#include <stdlib.h> /* rand */

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
        struct scanout_pipe pipe = screen_pipe(260, 70);
        pipe.planes[0].tiling = tilings[i].tiling;
        pipe.planes[0].stride = tilings[i].stride;
        screen_lay_out(tilings[i].tiling, 260, 70, tilings[i].stride);
        screen_update(screen, &pipe, &screen_reader);
        for (unsigned y = 0; y < 70; y++) {
            for (unsigned x = 0; x < 260; x++)
                screen_assert_pixel(screen, x, y, screen_colour(x, y));
        }
        screen_free(screen);
    }
}

/* A part of the surface, somewhere on the screen. */
static void test_offset(void **state)
{
    for (unsigned i = 0; i < ARRAY_SIZE(tilings); i++) {
        struct screen *screen = screen_new();
        struct scanout_pipe pipe = screen_pipe(200, 100);
        struct scanout_plane *plane = &pipe.planes[0];
        *plane = screen_plane(101, 37);
        plane->tiling = tilings[i].tiling;
        plane->stride = tilings[i].stride;
        plane->source_x = 133;
        plane->source_y = 21;
        plane->x = 50;
        plane->y = -7;
        screen_lay_out(tilings[i].tiling, 260, 70, tilings[i].stride);
        screen_update(screen, &pipe, &screen_reader);
        screen_assert_pixel(screen, 49, 0, 0x102030);
        screen_assert_pixel(screen, 151, 0, 0x102030);
        screen_assert_pixel(screen, 50, 30, 0x102030);
        for (unsigned y = 0; y < 30; y++) {
            for (unsigned x = 0; x < 101; x++)
                screen_assert_pixel(screen, 50 + x, y,
                                    screen_colour(133 + x, 21 + 7 + y));
        }
        screen_free(screen);
    }
}

static void test_half_turn(void **state)
{
    for (unsigned mirrored = 0; mirrored < 2; mirrored++) {
        struct screen *screen = screen_new();
        struct scanout_pipe pipe = screen_pipe(256, 64);
        pipe.planes[0].tiling = SCANOUT_X_TILED;
        pipe.planes[0].rotation = mirrored ? 0 : 180;
        pipe.planes[0].mirrored = mirrored;
        screen_lay_out(SCANOUT_X_TILED, 256, 64, 1024);
        screen_update(screen, &pipe, &screen_reader);
        for (unsigned y = 0; y < 64; y++) {
            for (unsigned x = 0; x < 256; x++)
                screen_assert_pixel(screen, x, y,
                                    screen_colour(255 - x, mirrored ? y : 63 - y));
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
    screen_lay_out(SCANOUT_Y_TILED, 64, 96, 256);
    memcpy(upright, screen_memory.bytes, sizeof(upright));
    for (unsigned row = 0; row < 2; row++) {
        for (unsigned column = 0; column < 3; column++)
            memcpy(screen_memory.bytes + (size_t)(row * 3 + column) * 4096,
                   upright + (size_t)((2 - column) * 2 + row) * 4096, 4096);
    }
}

static void test_quarter_turn(void **state)
{
    lay_out_turned();
    for (unsigned turn = 90; turn <= 270; turn += 180) {
        struct screen *screen = screen_new();
        struct scanout_pipe pipe = screen_pipe(96, 64);
        pipe.planes[0].tiling = SCANOUT_Y_TILED;
        pipe.planes[0].stride = 3 * 128;
        pipe.planes[0].rotation = (uint16_t)turn;
        screen_update(screen, &pipe, &screen_reader);
        for (unsigned y = 0; y < 64; y++) {
            for (unsigned x = 0; x < 96; x++)
                /* 90 counter-clockwise: the surface's right edge comes on top. */
                screen_assert_pixel(screen, x, y,
                                    turn == 90 ? screen_colour(63 - y, x)
                                               : screen_colour(y, 95 - x));
        }
        screen_free(screen);
    }
}

static void test_scaled(void **state)
{
    struct screen *screen = screen_new();
    struct scanout_pipe pipe = screen_pipe(64, 64);
    pipe.planes[0] = screen_plane(16, 32);
    pipe.planes[0].width = 64;
    pipe.planes[0].height = 16;
    screen_lay_out(SCANOUT_LINEAR, 16, 32, 64);
    screen_update(screen, &pipe, &screen_reader);
    screen_assert_pixel(screen, 0, 0, screen_colour(0, 0));
    screen_assert_pixel(screen, 3, 0, screen_colour(0, 0));
    screen_assert_pixel(screen, 4, 1, screen_colour(1, 2));
    screen_assert_pixel(screen, 63, 15, screen_colour(15, 30));
    screen_assert_pixel(screen, 63, 16, 0x102030);
    screen_free(screen);
}

/* Only what changed is drawn anew, and told. */
static void test_damage(void **state)
{
    struct screen *screen = screen_new();
    struct scanout_pipe pipe = screen_pipe(256, 128);
    pipe.plane_count = 2;
    pipe.planes[1] = screen_plane(16, 16);
    pipe.planes[1].base = SCREEN_BASE + 0x40000;
    pipe.planes[1].x = 100;
    pipe.planes[1].y = 64;
    screen_lay_out(SCANOUT_LINEAR, 256, 128, 1024);
    assert_int_equal(screen_damaged(screen_update(screen, &pipe, &screen_reader)),
                     256 * 128);
    screen_memory.reads = 0;
    assert_int_equal(screen_damaged(screen_update(screen, &pipe, &screen_reader)), 0);
    assert_int_equal(screen_memory.reads, 256 * 128 * 4 / 4096 + 1);
    /* A page of four lines: a band of sixteen. */
    store32(screen_memory.bytes + (size_t)40 * 1024, 0xabcdef);
    assert_int_equal(screen_damaged(screen_update(screen, &pipe, &screen_reader)),
                     256 * 16);
    screen_assert_pixel(screen, 0, 40, 0xabcdef);
    /* The small plane moves: where it was, and where it is. */
    pipe.planes[1].x = 200;
    assert_int_equal(screen_damaged(screen_update(screen, &pipe, &screen_reader)),
                     116 * 16);
    screen_assert_pixel(screen, 100, 64, screen_colour(100, 64));
    screen_assert_pixel(screen, 200, 64, 0);
    /* Another buffer with the same content is the same picture. */
    memcpy(screen_memory.bytes + 0x80000, screen_memory.bytes, 0x20000);
    pipe.planes[0].base += 0x80000;
    assert_int_equal(screen_damaged(screen_update(screen, &pipe, &screen_reader)), 0);
    pipe.planes[1].enabled = false;
    assert_int_equal(screen_damaged(screen_update(screen, &pipe, &screen_reader)),
                     16 * 16);
    screen_assert_pixel(screen, 200, 64, screen_colour(200, 64));
    pipe.background = 0x999999;
    assert_int_equal(screen_damaged(screen_update(screen, &pipe, &screen_reader)),
                     256 * 128);
    screen_rest(screen);
    assert_int_equal(screen_picture(screen)->width, 256);
    screen_free(screen);
}

/* X tiles: 128 by 8; the change of one is no more than its place. */
static void test_damage_of_a_tile(void **state)
{
    struct screen *screen = screen_new();
    struct scanout_pipe pipe = screen_pipe(512, 64);
    pipe.planes[0].tiling = SCANOUT_X_TILED;
    pipe.planes[0].rotation = 180;
    screen_lay_out(SCANOUT_X_TILED, 512, 64, 2048);
    screen_update(screen, &pipe, &screen_reader);
    store32(screen_memory.bytes + 4096, 0xabcdef); /* pixel 128,0: tile 1 */
    const struct damage *damage = screen_update(screen, &pipe, &screen_reader);
    struct area area;
    uint32_t band = 0;
    assert_true(damage_next(damage, &band, &area));
    assert_int_equal(area.x0, 512 - 256);
    assert_int_equal(area.x1, 512 - 128);
    assert_int_equal(area.y0, 48);
    assert_int_equal(area.y1, 64);
    assert_false(damage_next(damage, &band, &area));
    screen_assert_pixel(screen, 511 - 128, 63, 0xabcdef);
    screen_free(screen);
}

static void test_off(void **state)
{
    struct screen *screen = screen_new();
    struct scanout_pipe pipe = screen_pipe(16, 16);
    screen_lay_out(SCANOUT_LINEAR, 16, 16, 64);
    screen_update(screen, &pipe, &screen_reader);
    screen_assert_pixel(screen, 3, 3, screen_colour(3, 3));
    pipe.blanked = true;
    assert_int_equal(screen_damaged(screen_update(screen, &pipe, &screen_reader)), 256);
    screen_assert_pixel(screen, 3, 3, 0);
    pipe.running = false;
    screen_update(screen, &pipe, &screen_reader);
    assert_int_equal(screen_picture(screen)->width, 0);
    screen_free(screen);
}

/* A guest may say anything. */
static void test_hostile(void **state)
{
    static const uint32_t sizes[] = { 0, 1, 2, 4095, 8192, 8193, 16384, UINT16_MAX };
    static const uint32_t strides[] = { 0, 1, 64, 127, 512, 0x10000, UINT32_MAX };
    struct screen *screen = screen_new();
    struct scanout_pipe pipe = screen_pipe(40000, 40000);
    screen_update(screen, &pipe, &screen_reader);
    assert_int_equal(screen_picture(screen)->width, 0);
    for (unsigned i = 0; i < 5000; i++) {
        pipe = screen_pipe(1 + (unsigned)rand() % 64, 1 + (unsigned)rand() % 64);
        struct scanout_plane *plane = &pipe.planes[0];
        plane->format = (enum scanout_format)(rand() % (SCANOUT_OTHER + 1));
        plane->tiling = (enum scanout_tiling)(rand() % (SCANOUT_4_TILED + 1));
        plane->alpha = (enum scanout_alpha)(rand() % 3);
        plane->constant_alpha = (uint8_t)rand();
        plane->rotation = (uint16_t)(rand() % 4 * 90);
        plane->mirrored = rand() % 2;
        plane->stride = strides[(unsigned)rand() % ARRAY_SIZE(strides)];
        plane->base = rand() % 4 ? SCREEN_BASE : UINT64_MAX - 4095;
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
        screen_update(screen, &pipe, &screen_reader);
        assert_int_equal(screen_picture(screen)->width, pipe.width);
    }
    screen_free(screen);
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tilings),          cmocka_unit_test(test_offset),
        cmocka_unit_test(test_half_turn),        cmocka_unit_test(test_quarter_turn),
        cmocka_unit_test(test_scaled),           cmocka_unit_test(test_damage),
        cmocka_unit_test(test_damage_of_a_tile), cmocka_unit_test(test_off),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
