/* test_blitter.c: fills and copies, tiled and not, against rectangles drawn here. */
#include "command_bench.h" /* the streamer */

#include "model/tiling.h" /* where pixels lie */

#define BLITTER 0x22000
#define TO      0x0000 /* surfaces in the own space */
#define FROM    0x8000
#define PITCH   512 /* bytes: a tile of either kind, or a few */

static int start(void **state)
{
    set_up(90, COMMAND_BLITTER, BLITTER);
    for (unsigned i = 0; i < SPACE_SIZE; i += 4)
        store32(b.memory[COMMAND_PPGTT] + i, 0x01010101u * (i / 4 % 251));
    return 0;
}

static uint8_t *at(uint32_t surface, enum tiling tiling, unsigned x, unsigned y)
{
    uint32_t run;
    return b.memory[COMMAND_PPGTT] + surface + tiling_offset(tiling, PITCH, x, y, &run);
}

/* Is memory what it was, but for this rectangle (in bytes and rows)? */
static void check_rest(const uint8_t *before, enum tiling tiling, unsigned left,
                       unsigned top, unsigned right, unsigned bottom)
{
    for (unsigned y = 0; y < FROM / PITCH; y++) {
        for (unsigned x = 0; x < PITCH; x++) {
            if (x >= left && x < right && y >= top && y < bottom)
                continue;
            const uint8_t *now = at(TO, tiling, x, y);
            assert_int_equal(*now, before[now - b.memory[COMMAND_PPGTT]]);
        }
    }
}

static uint8_t before[SPACE_SIZE];

static void remember(void)
{
    memcpy(before, b.memory[COMMAND_PPGTT], sizeof(before));
}

static void test_tilings(void **state)
{
    /* Every byte of two tiles is somewhere, and nowhere twice. */
    static const enum tiling tilings[] = { TILING_LINEAR, TILING_X, TILING_Y,
                                           TILING_YF };
    for (unsigned i = 0; i < ARRAY_SIZE(tilings); i++) {
        static uint8_t seen[PITCH * 64];
        memset(seen, 0, sizeof(seen));
        for (unsigned y = 0; y < 64; y++) {
            for (unsigned x = 0; x < PITCH; x++) {
                uint32_t run, next;
                uint64_t offset = tiling_offset(tilings[i], PITCH, x, y, &run);
                assert_in_range(offset, 0, sizeof(seen) - 1);
                assert_int_equal(seen[offset]++, 0);
                assert_int_not_equal(run, 0);
                if (x + 1 < PITCH && run > 1)
                    assert_int_equal(tiling_offset(tilings[i], PITCH, x + 1, y, &next),
                                     offset + 1);
            }
        }
    }
    /* Places anybody can look up: row 1 of an X tile, column 1 and row 1 of a Y tile.
     */
    uint32_t run;
    assert_int_equal(tiling_offset(TILING_X, 1024, 0, 1, &run), 512);
    assert_int_equal(tiling_offset(TILING_X, 1024, 512, 0, &run), 4096);
    assert_int_equal(tiling_offset(TILING_X, 1024, 0, 8, &run), 8192);
    assert_int_equal(tiling_offset(TILING_Y, 256, 0, 1, &run), 16);
    assert_int_equal(tiling_offset(TILING_Y, 256, 16, 0, &run), 512);
    assert_int_equal(tiling_offset(TILING_Y, 256, 0, 32, &run), 8192);
}

/* XY_COLOR_BLT of columns 2 to 69 and rows 3 to 19. */
static void fill(uint32_t header, uint32_t control)
{
    RUN(0x54000005 | header, control, 3 << 16 | 2, 20 << 16 | 70, TO, 0, 0xa1b2c3d4);
}

static void test_fill(void **state)
{
    static const enum tiling tilings[] = { TILING_LINEAR, TILING_X, TILING_Y };
    for (unsigned i = 0; i < ARRAY_SIZE(tilings); i++) {
        start(NULL);
        remember();
        store32(b.registers + BLITTER + 0x200, tilings[i] == TILING_Y ? 2 : 0);
        bool tiled = tilings[i] != TILING_LINEAR;
        fill(3u << 20 | (tiled ? 1u << 11 : 0),
             3u << 24 | 0xf0u << 16 | (tiled ? PITCH / 4 : PITCH));
        for (unsigned y = 3; y < 20; y++) {
            for (unsigned x = 2; x < 70; x++)
                assert_int_equal(load32(at(TO, tilings[i], 4 * x, y)), 0xa1b2c3d4);
        }
        check_rest(before, tilings[i], 8, 3, 280, 20);
        assert_int_equal(b.statistics.blitted, 17 * 68 * 4);
    }
}

static void test_masks_and_depths(void **state)
{
    uint32_t old = load32(at(TO, TILING_LINEAR, 8, 3));
    fill(1u << 20, 3u << 24 | 0xf0u << 16 | PITCH); /* colour without alpha */
    assert_int_equal(load32(at(TO, TILING_LINEAR, 8, 3)),
                     (old & 0xff000000) | 0xb2c3d4);
    fill(0, 0xf0u << 16 | PITCH); /* bytes */
    assert_int_equal(*at(TO, TILING_LINEAR, 2, 3), 0xd4);
    assert_int_equal(*at(TO, TILING_LINEAR, 69, 19), 0xd4);
    fill(0, 1u << 24 | 0xf0u << 16 | PITCH); /* words */
    assert_int_equal(load16(at(TO, TILING_LINEAR, 4, 3)), 0xc3d4);
    /* Exclusive or with what is there, and ones. */
    uint32_t there = load32(at(TO, TILING_LINEAR, 80, 5));
    fill(3u << 20, 3u << 24 | 0x5au << 16 | PITCH);
    assert_int_equal(load32(at(TO, TILING_LINEAR, 80, 5)), there ^ 0xa1b2c3d4);
    fill(3u << 20, 3u << 24 | 0xffu << 16 | PITCH);
    assert_int_equal(load32(at(TO, TILING_LINEAR, 80, 5)), 0xffffffff);
}

static void test_clip(void **state)
{
    remember();
    RUN(0x40c00001, 5 << 16 | 10, 12 << 16 | 30);
    fill(3u << 20, 1u << 30 | 3u << 24 | 0xf0u << 16 | PITCH);
    assert_int_equal(load32(at(TO, TILING_LINEAR, 40, 5)), 0xa1b2c3d4);
    assert_int_equal(load32(at(TO, TILING_LINEAR, 116, 11)), 0xa1b2c3d4);
    check_rest(before, TILING_LINEAR, 40, 5, 120, 12);
}

static void test_copy(void **state)
{
    static const enum tiling tilings[] = { TILING_LINEAR, TILING_X, TILING_Y };
    for (unsigned i = 0; i < 9; i++) {
        enum tiling from = tilings[i / 3], to = tilings[i % 3];
        start(NULL);
        remember();
        store32(b.registers + BLITTER + 0x200,
                (from == TILING_Y ? 1 : 0) | (to == TILING_Y ? 2 : 0));
        RUN(0x54f00008 | (from ? 1u << 15 : 0) | (to ? 1u << 11 : 0),
            3u << 24 | 0xccu << 16 | (to ? PITCH / 4 : PITCH), 4 << 16 | 1,
            30 << 16 | 100, TO, 0, 6 << 16 | 7, from ? PITCH / 4 : PITCH, FROM, 0);
        for (unsigned y = 0; y < 26; y++) {
            for (unsigned x = 0; x < 99; x++)
                assert_int_equal(load32(at(TO, to, 4 * (1 + x), 4 + y)),
                                 load32(at(FROM, from, 4 * (7 + x), 6 + y)));
        }
        check_rest(before, to, 4, 4, 400, 30);
    }
}

static void test_overlapping_copy(void **state)
{
    /* Down and right within one surface: nothing is copied twice. */
    remember();
    RUN(0x54f00008, 3u << 24 | 0xccu << 16 | PITCH, 5 << 16 | 3, 35 << 16 | 103, TO, 0,
        0, PITCH, TO, 0);
    for (unsigned y = 0; y < 30; y++)
        assert_memory_equal(at(TO, TILING_LINEAR, 12, 5 + y),
                            before + (size_t)y * PITCH, 400);
}

static void test_fast_copy(void **state)
{
    static const enum tiling tilings[] = { TILING_LINEAR, TILING_X, TILING_Y,
                                           TILING_YF };
    for (unsigned i = 0; i < 16; i++) {
        unsigned from = i / 4, to = i % 4;
        uint32_t from_bits = from == 3 ? 2 : from, to_bits = to == 3 ? 2 : to;
        start(NULL);
        RUN(0x50800008 | from_bits << 20 | to_bits << 13,
            3u << 24 | (from == 3 ? 1u << 31 : 0) | (to == 3 ? 1u << 30 : 0) |
                (to ? PITCH / 4 : PITCH),
            0, 40 << 16 | 64, TO, 0, 8 << 16 | 16, from ? PITCH / 4 : PITCH, FROM, 0);
        for (unsigned y = 0; y < 40; y++) {
            for (unsigned x = 0; x < 64; x++)
                assert_int_equal(load32(at(TO, tilings[to], 4 * x, y)),
                                 load32(at(FROM, tilings[from], 4 * (16 + x), 8 + y)));
        }
    }
}

static void test_linear_commands(void **state)
{
    /* COLOR_BLT and SRC_COPY_BLT: a width in bytes, rows a pitch apart. */
    remember();
    RUN(0x50300004, 3u << 24 | 0xf0u << 16 | PITCH, 10 << 16 | 64, TO + 0x40, 0,
        0x5a5a);
    assert_int_equal(own(TO + 0x40), 0x5a5a);
    assert_int_equal(own(TO + 0x40 + 9 * PITCH + 60), 0x5a5a);
    check_rest(before, TILING_LINEAR, 0x40, 0, 0x80, 10);
    RUN(0x50f00006, 3u << 24 | 0xccu << 16 | PITCH, 10 << 16 | 64, TO, 0, PITCH, FROM,
        0);
    assert_memory_equal(b.memory[COMMAND_PPGTT] + TO + 9 * PITCH,
                        b.memory[COMMAND_PPGTT] + FROM + 9 * PITCH, 64);
}

static void test_old_layout(void **state)
{
    /* Gen7: one dword of address. */
    set_up(75, COMMAND_BLITTER, BLITTER);
    RUN(0x54300004, 3u << 24 | 0xf0u << 16 | PITCH, 0, 4 << 16 | 4, TO, 0x77);
    assert_int_equal(own(TO + 3 * PITCH + 12), 0x77);
    RUN(0x54f00006, 3u << 24 | 0xccu << 16 | PITCH, 0, 4 << 16 | 4, FROM, 0, PITCH, TO);
    assert_int_equal(own(FROM + 3 * PITCH + 12), 0x77);
}

static void test_in_turns(void **state)
{
    /* A large one takes several turns, and is whole in the end. */
    const uint32_t large[] = {
        0x54300005, 3u << 24 | 0xf0u << 16 | 1024, 0, 63 << 16 | 256, TO, 0, 0x99
    };
    for (unsigned i = 0; i < 7; i++)
        store32(b.memory[COMMAND_GGTT] + RING + 4 * i, large[i]);
    b.streamer.tail = 28;
    unsigned turns = 0;
    while (command_run(&b.streamer, 100) == COMMAND_MORE)
        assert_in_range(++turns, 1, 100);
    assert_true(turns > 5);
    assert_int_equal(b.statistics.blitted, 63 * 1024);
    assert_int_equal(own(62 * 1024 + 1020), 0x99);
}

static void test_nonsense(void **state)
{
    remember();
    /* Empty, upside down, from negative places, without a pitch, and nowhere. */
    fill(3u << 20 | 1u << 11, 3u << 24 | 0xf0u << 16 | 0); /* tiled, no pitch */
    RUN(0x54300005, 3u << 24 | 0xf0u << 16 | PITCH, 0, 0, TO, 0, 1);
    RUN(0x54300005, 3u << 24 | 0xf0u << 16 | PITCH, 9 << 16 | 9, 4 << 16 | 4, TO, 0, 1);
    RUN(0x54300005, 3u << 24 | 0xf0u << 16 | PITCH, 0xfff0fff0, 4 << 16 | 4, TO, 0, 1);
    RUN(0x54300005, 3u << 24 | 0xf0u << 16 | PITCH, 0, 4 << 16 | 4, 0x7f000000, 0xffff,
        1);
    assert_memory_equal(before, b.memory[COMMAND_PPGTT], sizeof(before));
    assert_int_equal(b.statistics.blitted, 0);
    assert_int_equal(b.statistics.faults, 4);
}

#define TEST(test) cmocka_unit_test_setup(test, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_tilings),
        TEST(test_fill),
        TEST(test_masks_and_depths),
        TEST(test_clip),
        TEST(test_copy),
        TEST(test_overlapping_copy),
        TEST(test_fast_copy),
        TEST(test_linear_commands),
        TEST(test_old_layout),
        TEST(test_in_turns),
        TEST(test_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
