/* test_planes.c: formats of planes by their registers, and the two halves of planar
 * ones. */
#include "fixture.h" /* the model */

#include "base/bytes.h"    /* ARRAY_SIZE */
#include "model/scanout.h" /* what is shown */

#define ON 0x80000000u

static struct fixture f;

/* A plane of pipe A, taken over at once, for none runs. */
static struct scanout_plane plane(unsigned index, uint32_t control)
{
    struct scanout_pipe shown;
    mmio_put(&f, 0x70180 + 0x100 * index, control);
    mmio_put(&f, 0x7019c + 0x100 * index, mmio_get(&f, 0x7019c + 0x100 * index));
    scanout_get(f.model, 0, &shown);
    assert_true(index < shown.plane_count);
    return shown.planes[index];
}

static void test_formats(void **state)
{
    static const struct {
        const char *chip;
        uint32_t control;
        enum scanout_format format;
    } rows[] = {
        { "skylake", 0x00000000, SCANOUT_YUYV },
        { "skylake", 0x00030000, SCANOUT_VYUY },
        { "kaby-lake", 0x01000000, SCANOUT_NV12 },
        { "skylake", 0x02000000, SCANOUT_ARGB2101010 },
        { "gemini-lake", 0x03000000, SCANOUT_P016 },
        { "skylake", 0x04100000, SCANOUT_ABGR8888 },
        { "skylake", 0x0c000000, SCANOUT_C8 },
        { "skylake", 0x0e000000, SCANOUT_RGB565 },
        { "skylake", 0x0d000000, SCANOUT_OTHER },
        { "skylake", 0x04808000, SCANOUT_OTHER },    /* compressed */
        { "skylake", 0x04800000, SCANOUT_ARGB8888 }, /* bit 23 asks for the matrix */
        { "ice-lake", 0x00800000, SCANOUT_Y216 },
        { "ice-lake", 0x02800000, SCANOUT_Y216 },
        { "ice-lake", 0x03800000, SCANOUT_XVYU2101010 },
        { "ice-lake", 0x05800000, SCANOUT_XVYU16161616 },
        { "ice-lake", 0x06800000, SCANOUT_OTHER },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        fixture_start_chip(&f, rows[i].chip, false, 0);
        assert_int_equal(plane(0, ON | rows[i].control).format, rows[i].format);
        fixture_stop(&f);
    }
}

static void test_encodings(void **state)
{
    static const struct {
        const char *chip;
        unsigned plane;
        uint32_t control, colours;
        enum scanout_encoding encoding;
        bool full_range;
    } rows[] = {
        { "skylake", 0, 0, 0, SCANOUT_BT601, false },
        { "skylake", 0, 0x00040000, 0, SCANOUT_BT709, false },
        { "skylake", 0, 0x10000000, 0, SCANOUT_BT601, true },
        { "gemini-lake", 0, 0, 1 << 17, SCANOUT_BT601, false },
        { "gemini-lake", 0, 0, 2 << 17, SCANOUT_BT709, false },
        { "gemini-lake", 0, 0, 3 << 17 | 0x10000000, SCANOUT_BT2020, true },
        { "ice-lake", 3, 0, 2 << 17, SCANOUT_BT709, false },
        { "haswell", 1, 0x00040000, 0, SCANOUT_BT709, false },
        { "haswell", 1, 0x10000000, 0, SCANOUT_BT601, true },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        fixture_start_chip(&f, rows[i].chip, false, 0);
        uint32_t base = 0x70180 + 0x100 * rows[i].plane;
        mmio_put(&f, base + 0x4c, rows[i].colours);
        struct scanout_plane found = plane(rows[i].plane, ON | rows[i].control);
        assert_int_equal(found.encoding, rows[i].encoding);
        assert_int_equal(found.full_range, rows[i].full_range);
        assert_false(found.has_matrix);
        fixture_stop(&f);
    }
}

/* What i915 writes for BT.601, into a plane of high precision. */
static void test_input_matrix(void **state)
{
    static const uint32_t written[] = { 0x7af87800, 0,          0x8b287800, 0x9ac00000,
                                        0x00007800, 0x7dd80000, 0x1800,     0,
                                        0x1800,     0x0fff,     0,          0 };
    static const double factors[3][3] = { { 1.371, 1, 0 },
                                          { -0.698, 1, -0.336 },
                                          { 0, 1, 1.732 } };
    fixture_start_chip(&f, "ice-lake", false, 0);
    for (uint32_t i = 0; i < ARRAY_SIZE(written); i++)
        mmio_put(&f, 0x701e0 + 4 * i, written[i]);
    mmio_put(&f, 0x701cc, 1 << 20);
    struct scanout_plane found = plane(0, ON);
    assert_true(found.has_matrix);
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned j = 0; j < 3; j++)
            assert_float_equal(found.matrix_of_plane.factors[i][j] / 65536.0,
                               factors[i][j], 0.002);
        assert_int_equal(found.matrix_of_plane.before[i], i == 1 ? 0 : -0x8000);
        assert_int_equal(found.matrix_of_plane.after[i], i ? 0 : 0xfff0);
    }
    fixture_stop(&f);
}

/* Gen9: luma's registers say where chroma is. */
static void test_planar(void **state)
{
    fixture_start_chip(&f, "kaby-lake", false, 0);
    mmio_put(&f, 0x70188, 5);           /* 128 bytes wide tiles */
    mmio_put(&f, 0x701a4, 7 << 16 | 6); /* offset */
    mmio_put(&f, 0x701c0, 0x00040000 | 5);
    mmio_put(&f, 0x701c4, 3 << 16 | 2);
    mmio_put(&f, 0x7019c, 0x00100000);
    struct scanout_plane found = plane(0, ON | 0x01000000 | 4 << 10);
    assert_true(found.enabled);
    assert_int_equal(found.tiling, SCANOUT_Y_TILED);
    assert_int_equal(found.base, 0x00100000);
    assert_int_equal(found.stride, 5 * 128);
    assert_int_equal(found.source_x, 6);
    assert_int_equal(found.chroma.base, 0x00140000);
    assert_int_equal(found.chroma.stride, 5 * 128);
    assert_int_equal(found.chroma.source_x, 2);
    assert_int_equal(found.chroma.source_y, 3);
    fixture_stop(&f);
}

/* Gen11 on: a plane fetches chroma, another one, which is not shown, luma. */
static void test_linked(void **state)
{
    static const struct {
        const char *chip;
        unsigned plane, luma;
        uint32_t control; /* PLANE_CUS_CTL */
        uint32_t scaler;
    } rows[] = {
        { "ice-lake", 0, 5, 0x80000000, 0 },
        { "tiger-lake", 2, 6, 0xc0000000, 0 },
        { "alder-lake-s", 1, 3, 0x80000000, 0 },
        { "ice-lake", 3, 5, 0, 0x80000000 | 4 << 25 | 6 << 5 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        fixture_start_chip(&f, rows[i].chip, false, 0);
        uint32_t chroma = 0x70180 + 0x100 * rows[i].plane;
        uint32_t luma = 0x70180 + 0x100 * rows[i].luma;
        assert_false(plane(rows[i].plane, ON | 0x01000000).enabled); /* no luma */
        mmio_put(&f, chroma + 0x48, rows[i].control);
        mmio_put(&f, 0x68170, 0);
        mmio_put(&f, 0x68174, 16 << 16 | 16);
        mmio_put(&f, 0x68180, rows[i].scaler);
        mmio_put(&f, luma + 0x08, 2);
        mmio_put(&f, luma + 0x1c, 0x00200000);
        mmio_put(&f, chroma + 0x08, 3);
        mmio_put(&f, chroma + 0x1c, 0x00300000);
        assert_false(plane(rows[i].luma, ON | 0x01080000).enabled);
        struct scanout_plane found = plane(rows[i].plane, ON | 0x01000000);
        assert_true(found.enabled);
        assert_int_equal(found.base, 0x00200000);
        assert_int_equal(found.stride, 2 * 64);
        assert_int_equal(found.chroma.base, 0x00300000);
        assert_int_equal(found.chroma.stride, 3 * 64);
        fixture_stop(&f);
    }
}

/* The offset of a linear surface is in bytes; of a format that is none, nothing. */
static void test_linear_offset(void **state)
{
    fixture_start_chip(&f, "ivy-bridge", false, 0);
    mmio_put(&f, 0x70188, 256);
    mmio_put(&f, 0x70184, 256 * 3 + 8);
    assert_int_equal(plane(0, ON | 6 << 26).source_x, 2);
    assert_int_equal(plane(0, ON | 6 << 26).source_y, 3);
    assert_int_equal(plane(0, ON | 0xf << 26).format, SCANOUT_OTHER);
    fixture_stop(&f);
}

/* Sprites of Sandy and Ivy Bridge scale; Haswell's do not. */
static void test_sprite_scaler(void **state)
{
    static const struct {
        const char *chip;
        uint32_t base, width;
    } rows[] = {
        { "sandy-bridge", 0x72180, 100 },
        { "ivy-bridge", 0x70280, 100 },
        { "haswell", 0x70280, 300 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct scanout_pipe shown;
        fixture_start_chip(&f, rows[i].chip, false, 0);
        mmio_put(&f, rows[i].base + 0x10, 199 << 16 | 299);
        mmio_put(&f, rows[i].base + 0x84, ON | 99 << 16 | 49);
        mmio_put(&f, rows[i].base, ON | 2 << 25);
        mmio_put(&f, rows[i].base + 0x1c, 0x1000);
        scanout_get(f.model, 0, &shown);
        assert_int_equal(shown.planes[1].width, 300);
        assert_int_equal(shown.planes[1].height, 200);
        assert_int_equal(shown.planes[1].source_width, rows[i].width);
        assert_int_equal(shown.planes[1].source_height,
                         rows[i].width == 100 ? 50 : 200);
        fixture_stop(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),       cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_input_matrix),  cmocka_unit_test(test_planar),
        cmocka_unit_test(test_linked),        cmocka_unit_test(test_linear_offset),
        cmocka_unit_test(test_sprite_scaler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
