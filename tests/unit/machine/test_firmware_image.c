/* test_firmware_image.c: finding firmware, and what is said when there is none. */
#include "base/error.h"             /* struct error */
#include "machine/firmware_image.h" /* what is tested */

#include <fcntl.h>    /* open */
#include <stdio.h>    /* snprintf */
#include <stdlib.h>   /* mkdtemp */
#include <string.h>   /* strstr */
#include <sys/stat.h> /* mkdir */
#include <unistd.h>   /* ftruncate */

/* clang-format off */
#include <setjmp.h> /* cmocka wants these first */
#include <stdarg.h> /* cmocka */
#include <cmocka.h> /* assertions */
/* clang-format on */

static char root[32];

/* A file of this size under root whose last byte is 0x5a. */
static void make_file(const char *name, off_t size)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", root, name);
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, size), 0);
    if (size)
        assert_int_equal(pwrite(fd, "\x5a", 1, size - 1), 1);
    close(fd);
}

static int setup(void **state)
{
    strcpy(root, "/tmp/igdvm-firmware-XXXXXX");
    char path[128];
    if (!mkdtemp(root))
        return -1;
    snprintf(path, sizeof(path), "%s/empty", root);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/full", root);
    mkdir(path, 0700);
    make_file("full/bios-256k.bin", 256 * 1024);
    make_file("full/other.bin", 128 * 1024);
    return 0;
}

static int teardown(void **state)
{
    char command[64];
    snprintf(command, sizeof(command), "rm -r %s", root);
    return system(command);
}

static void test_search(void **state)
{
    struct firmware_image image;
    struct error err = { 0 };
    char path[128], expected[128];
    snprintf(path, sizeof(path), "%s/none:%s/empty::%s/full", root, root, root);
    assert_int_equal(firmware_image_load(&image, FIRMWARE_IMAGE_PC, NULL, path, &err),
                     0);
    snprintf(expected, sizeof(expected), "%s/full/bios-256k.bin", root);
    assert_string_equal(image.path, expected);
    assert_int_equal(image.size, 256 * 1024);
    assert_int_equal(image.data[image.size - 1], 0x5a);
    firmware_image_free(&image);

    assert_int_equal(
        firmware_image_load(&image, FIRMWARE_IMAGE_PC, "other.bin", path, &err), 0);
    assert_int_equal(image.size, 128 * 1024);
    firmware_image_free(&image);

    /* A path is taken as it is. */
    snprintf(expected, sizeof(expected), "%s/full/other.bin", root);
    assert_int_equal(firmware_image_load(&image, FIRMWARE_IMAGE_PC, expected, "", &err),
                     0);
    firmware_image_free(&image);
}

/* UEFI firmware is known by its first volume's header; its sizes are others. */
static void test_uefi(void **state)
{
    static const struct {
        off_t size;
        int result;
    } cases[] = { { 128 << 10, 0 },
                  { (128 << 10) + 4096, 0 },
                  { (128 << 10) - 4096, -EINVAL },
                  { (128 << 10) + 2048, -EINVAL },
                  { (8 << 20) + 4096, -EINVAL } };
    char path[128], search[64];
    struct firmware_image image;
    struct error err = { 0 };
    snprintf(path, sizeof(path), "%s/full/OVMF_CODE_4M.fd", root);
    snprintf(search, sizeof(search), "%s/full", root);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        make_file("full/OVMF_CODE_4M.fd", cases[i].size);
        int fd = open(path, O_WRONLY);
        assert_int_equal(pwrite(fd, "_FVH", 4, 40), 4);
        close(fd);
        assert_int_equal(firmware_image_load(&image, FIRMWARE_IMAGE_PC, path, "", &err),
                         cases[i].result);
        assert_true(cases[i].result || image.uefi);
        firmware_image_free(&image);
        assert_int_equal(
            firmware_image_load(&image, FIRMWARE_IMAGE_PC, "uefi", search, &err),
            cases[i].result);
        firmware_image_free(&image);
    }
    assert_non_null(strstr(err.text, "a multiple of 4 KiB"));
    assert_int_equal(firmware_image_load(&image, FIRMWARE_IMAGE_PC, NULL, search, &err),
                     0);
    assert_false(image.uefi);
    firmware_image_free(&image);
    unlink(path);
    assert_int_equal(
        firmware_image_load(&image, FIRMWARE_IMAGE_PC, "uefi", search, &err), -ENOENT);
    assert_non_null(strstr(err.text, "OVMF_CODE_4M.fd: not found in"));
    assert_non_null(strstr(err.text, "apt-get install ovmf"));
}

static void test_none(void **state)
{
    struct firmware_image image;
    struct error err = { 0 };
    char path[128];
    snprintf(path, sizeof(path), "%s/none:%s/empty", root, root);
    assert_int_equal(firmware_image_load(&image, FIRMWARE_IMAGE_PC, NULL, path, &err),
                     -ENOENT);
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "apt-get install seabios"));
    assert_int_equal(
        firmware_image_load(&image, FIRMWARE_IMAGE_PC, "/no/such.bin", path, &err),
        -ENOENT);
    assert_string_equal(err.text, "firmware /no/such.bin: No such file or directory");
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_int_equal(firmware_image_load(&image, FIRMWARE_IMAGE_VGA, NULL, path, &err),
                     -ENOENT);
    assert_non_null(strstr(err.text, "VGA BIOS vgabios-stdvga.bin: not found"));
}

static void test_sizes(void **state)
{
    static const struct {
        enum firmware_image_kind kind;
        off_t size;
        int result;
    } cases[] = {
        { FIRMWARE_IMAGE_PC, 0, -EINVAL },
        { FIRMWARE_IMAGE_PC, 1, -EINVAL },
        { FIRMWARE_IMAGE_PC, 65536, 0 },
        { FIRMWARE_IMAGE_PC, 65537, -EINVAL },
        { FIRMWARE_IMAGE_PC, 8 << 20, 0 },
        { FIRMWARE_IMAGE_PC, (8 << 20) + 65536, -EINVAL },
        { FIRMWARE_IMAGE_VGA, 0, -EINVAL },
        { FIRMWARE_IMAGE_VGA, 39936, 0 },
        { FIRMWARE_IMAGE_VGA, 39937, -EINVAL },
        { FIRMWARE_IMAGE_VGA, 65536 + 512, -EINVAL },
    };
    char path[128];
    snprintf(path, sizeof(path), "%s/sized.bin", root);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct firmware_image image;
        struct error err = { 0 };
        make_file("sized.bin", cases[i].size);
        assert_int_equal(firmware_image_load(&image, cases[i].kind, path, "", &err),
                         cases[i].result);
        if (cases[i].result) {
            assert_int_equal(err.kind, ERROR_INPUT);
            assert_null(image.data);
        }
        firmware_image_free(&image);
    }
    /* Neither a directory nor a pipe is read, or waited for. */
    struct firmware_image image;
    struct error err = { 0 };
    assert_int_equal(firmware_image_load(&image, FIRMWARE_IMAGE_PC, root, "", &err),
                     -EINVAL);
    snprintf(path, sizeof(path), "%s/pipe", root);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(firmware_image_load(&image, FIRMWARE_IMAGE_PC, path, "", &err),
                     -EINVAL);
    assert_non_null(strstr(err.text, "not a regular file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_search, setup, teardown),
        cmocka_unit_test_setup_teardown(test_uefi, setup, teardown),
        cmocka_unit_test_setup_teardown(test_none, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sizes, setup, teardown),
    };
    return cmocka_run_group_tests_name("firmware_image", tests, NULL, NULL);
}
