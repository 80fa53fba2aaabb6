/* test_png_file.c: pictures written as PNG and read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"       /* errors */
#include "display/png_file.h" /* under test */

#include <png.h>      /* reads it back */
#include <stdio.h>    /* snprintf */
#include <stdlib.h>   /* mkdtemp */
#include <string.h>   /* strstr */
#include <sys/stat.h> /* chmod */
#include <unistd.h>   /* unlink */

static void test_round_trip(void **state)
{
    char folder[] = "/tmp/igdvm-png-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/a.png", folder);
    struct picture picture = { 0 };
    struct error err;
    assert_int_equal(picture_resize(&picture, 37, 21), 0);
    for (unsigned i = 0; i < 37 * 21; i++)
        picture.pixels[i] = i * 2654435761u;
    assert_int_equal(png_file_write(path, &picture, &err), 0);
    png_image image = { .version = PNG_IMAGE_VERSION };
    assert_true(png_image_begin_read_from_file(&image, path));
    assert_int_equal(image.width, 37);
    assert_int_equal(image.height, 21);
    image.format = PNG_FORMAT_RGB;
    uint8_t pixels[37 * 21 * 3];
    assert_true(png_image_finish_read(&image, NULL, pixels, 0, NULL));
    for (unsigned i = 0; i < 37 * 21; i++)
        assert_int_equal(pixels[i * 3] << 16 | pixels[i * 3 + 1] << 8 |
                             pixels[i * 3 + 2],
                         picture.pixels[i] & 0xffffff);
    snprintf(path, sizeof(path), "%s/a.png.part", folder);
    assert_int_equal(access(path, F_OK), -1);
    snprintf(path, sizeof(path), "%s/a.png", folder);
    unlink(path);
    rmdir(folder);
    picture_free(&picture);
}

static void test_errors(void **state)
{
    struct picture picture = { 0 };
    struct error err;
    assert_int_equal(png_file_write("/tmp/none.png", &picture, &err), -EINVAL);
    assert_int_equal(picture_resize(&picture, 3, 3), 0);
    assert_int_equal(png_file_write("/nowhere/at/all.png", &picture, &err), -ENOENT);
    assert_non_null(strstr(err.text, "/nowhere/at/all.png"));
    assert_int_equal(png_file_write("/dev/full/x.png", &picture, &err), -ENOTDIR);
    assert_int_equal(picture_resize(&picture, 10000, 3), -EINVAL);
    picture_free(&picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
