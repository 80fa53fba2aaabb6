/* test_viewer.c: screenshots of a model's pipes. */
#include "fixture.h" /* the model */

#include "base/bytes.h"   /* stores */
#include "base/error.h"   /* errors */
#include "model/viewer.h" /* under test */

#include <png.h>    /* reads pictures back */
#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* mkdtemp */
#include <unistd.h> /* unlink */

static struct fixture f;
static char folder[32], written[256];

static int start(void **state)
{
    fixture_start_monitors(&f, "skylake", "hdmi-b:1024x768,dp-c:640x480");
    snprintf(folder, sizeof(folder), "/tmp/igdvm-view-XXXXXX");
    written[0] = '\0';
    return mkdtemp(folder) ? 0 : -1;
}

static int stop(void **state)
{
    fixture_stop(&f);
    return rmdir(folder);
}

/* A pipe of 64 by 32 on this DDI, a plane on it all of one colour of its own. */
static void show(unsigned pipe, unsigned ddi, uint32_t colour)
{
    uint32_t at = 0x1000 * pipe;
    for (unsigned i = 0; i < 2; i++)
        put(&f, MODEL_REGION_BAR0, 0x800000 + (pipe * 2 + i) * 8, 8,
            (FIXTURE_MEMORY_BASE + (pipe * 2ull + i) * 0x1000) | 1);
    for (unsigned i = 0; i < 64 * 32; i++)
        store32(f.memory + (size_t)pipe * 0x2000 + (size_t)i * 4, colour);
    mmio_put(&f, 0x60000 + at, 1343 << 16 | 1023);
    mmio_put(&f, 0x6000c + at, 805 << 16 | 767);
    mmio_put(&f, 0x6001c + at, 63 << 16 | 31);
    mmio_put(&f, 0x60400 + at, 0x80000000 | ddi << 28);
    mmio_put(&f, 0x64000 + 0x100 * ddi, 0x80000000);
    mmio_put(&f, 0x70180 + at, 0x84000000);
    mmio_put(&f, 0x70188 + at, 4);
    mmio_put(&f, 0x70190 + at, 31 << 16 | 63);
    mmio_put(&f, 0x7019c + at, pipe * 0x2000);
    mmio_put(&f, 0x70008 + at, 0x80000000);
}

static void note(void *opaque, const char *path)
{
    size_t used = strlen(written);
    assert_ptr_equal(opaque, &f);
    assert_memory_equal(path, folder, strlen(folder));
    snprintf(written + used, sizeof(written) - used, "%s ", path + strlen(folder) + 1);
}

/* What file of the folder shows: its size, and its colour when it has only one. */
static void assert_picture(const char *name, unsigned width, unsigned height,
                           uint32_t colour)
{
    char path[64];
    png_image image = { .version = PNG_IMAGE_VERSION };
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_true(png_image_begin_read_from_file(&image, path));
    assert_int_equal(image.width, width);
    assert_int_equal(image.height, height);
    image.format = PNG_FORMAT_BGRA;
    uint8_t *pixels = malloc(PNG_IMAGE_SIZE(image));
    assert_non_null(pixels);
    assert_true(png_image_finish_read(&image, NULL, pixels, 0, NULL));
    for (size_t i = 0; i < (size_t)width * height; i++)
        assert_int_equal(load32(pixels + i * 4) & 0xffffff, colour);
    free(pixels);
    unlink(path);
}

static void test_screenshots(void **state)
{
    char path[64];
    struct error err;
    snprintf(path, sizeof(path), "%s/screen.png", folder);
    const struct viewer_options options = { .screenshot = path };
    struct viewer *viewer = viewer_new(NULL, f.model, &options, &err);
    assert_non_null(viewer);
    /* No pipe runs. */
    assert_int_equal(viewer_screenshot(viewer, NULL, VIEWER_ALL, note, &f, &err), 0);
    assert_string_equal(written, "screen.png ");
    assert_picture("screen.png", 640, 480, 0);
    show(0, 1, 0x123456);
    show(1, 2, 0xabcdef);
    written[0] = '\0';
    assert_int_equal(viewer_screenshot(viewer, NULL, VIEWER_ALL, note, &f, &err), 0);
    assert_string_equal(written, "screen.png screen-b.png ");
    assert_picture("screen.png", 64, 32, 0x123456);
    assert_picture("screen-b.png", 64, 32, 0xabcdef);
    assert_int_equal(viewer_counters(viewer).looks, 2);
    assert_int_equal(viewer_counters(viewer).converted_bytes, 2 * 64 * 32 * 4);
    /* Of port C alone, under another name. */
    snprintf(path, sizeof(path), "%s/c", folder);
    written[0] = '\0';
    assert_int_equal(viewer_screenshot(viewer, path, 1u << 2, note, &f, &err), 0);
    assert_string_equal(written, "c ");
    assert_picture("c", 64, 32, 0xabcdef);
    /* One that shows nothing. */
    assert_int_equal(viewer_screenshot(viewer, path, 1u << 3, NULL, NULL, &err), 0);
    assert_picture("c", 640, 480, 0);
    viewer_free(viewer);
}

/* A page that is no memory is black; one that cannot be written is told. */
static void test_trouble(void **state)
{
    char path[64];
    struct error err;
    const struct viewer_options options = { 0 };
    struct viewer *viewer = viewer_new(NULL, f.model, &options, &err);
    show(0, 1, 0x123456);
    put(&f, MODEL_REGION_BAR0, 0x800000, 8, 0);
    put(&f, MODEL_REGION_BAR0, 0x800008, 8, 0xfffff000 | 1);
    snprintf(path, sizeof(path), "%s/x.png", folder);
    assert_int_equal(viewer_screenshot(viewer, path, VIEWER_ALL, NULL, NULL, &err), 0);
    assert_picture("x.png", 64, 32, 0);
    assert_int_equal(
        viewer_screenshot(viewer, "/nowhere/x.png", VIEWER_ALL, NULL, NULL, &err),
        -ENOENT);
    assert_int_equal(viewer_screenshot(viewer, NULL, VIEWER_ALL, NULL, NULL, &err), 0);
    viewer_free(viewer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_screenshots),
        TEST(test_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
