/* test_variable_store.c: UEFI variables: their volume, their file, what is refused. */
#include "base/bytes.h"             /* stores */
#include "base/error.h"             /* struct error */
#include "machine/variable_store.h" /* what is tested */

#include <errno.h>    /* errno values */
#include <fcntl.h>    /* open */
#include <stdio.h>    /* snprintf */
#include <stdlib.h>   /* mkdtemp */
#include <string.h>   /* strstr */
#include <sys/stat.h> /* stat */
#include <unistd.h>   /* pread */

/* clang-format off */
#include <setjmp.h> /* cmocka wants these first */
#include <stdarg.h> /* cmocka */
#include <cmocka.h> /* assertions */
/* clang-format on */

#define SIZE 0x3000u

static char root[32], path[64];

/* A volume of variables of this length, by its header, in so many bytes. */
static void make_volume(uint8_t volume[SIZE], uint64_t length)
{
    static const uint8_t guid[16] = { 0x8d, 0x2b, 0xf1, 0xff, 0x96, 0x76, 0x8b, 0x4c,
                                      0xa9, 0x85, 0x27, 0x47, 0x07, 0x5b, 0x4f, 0x50 };
    memset(volume, 0xff, SIZE);
    memcpy(volume + 16, guid, sizeof(guid));
    store64(volume + 32, length);
    memcpy(volume + 40, "_FVH", 4);
}

static void make_file(const uint8_t *bytes, size_t size)
{
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    close(fd);
}

static int setup(void **state)
{
    (void)state;
    strcpy(root, "/tmp/igdvm-variables-XXXXXX");
    if (!mkdtemp(root))
        return -1;
    snprintf(path, sizeof(path), "%s/vars", root);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(root);
}

static void test_volume(void **state)
{
    (void)state;
    uint8_t volume[SIZE];
    make_volume(volume, SIZE);
    assert_int_equal(variable_store_volume(volume, SIZE), SIZE);
    assert_int_equal(variable_store_volume(volume, SIZE - 1), 0);
    assert_int_equal(variable_store_volume(volume, 55), 0);
    make_volume(volume, 0x1000);
    assert_int_equal(variable_store_volume(volume, SIZE), 0x1000);
    static const uint64_t lengths[] = { 0, 0x800, 0x1001, SIZE + 0x1000, UINT64_MAX };
    for (unsigned i = 0; i < ARRAY_SIZE(lengths); i++) {
        make_volume(volume, lengths[i]);
        assert_int_equal(variable_store_volume(volume, SIZE), 0);
    }
    make_volume(volume, SIZE);
    volume[16]++; /* another file system: code */
    assert_int_equal(variable_store_volume(volume, SIZE), 0);
}

static void test_without_file(void **state)
{
    (void)state;
    struct variable_store store;
    uint8_t volume[SIZE];
    make_volume(volume, SIZE);
    assert_int_equal(variable_store_open(&store, NULL, volume, SIZE, NULL), 0);
    assert_int_equal(store.size, SIZE);
    assert_memory_equal(store.bytes, volume, SIZE);
    store.bytes[100] = 1;
    variable_store_written(&store, 100, 1);
    variable_store_close(&store);
    variable_store_close(&store);
}

static void test_is_kept(void **state)
{
    (void)state;
    struct variable_store store, second;
    struct error err = { 0 };
    uint8_t volume[SIZE];
    struct stat stat_of_file;
    make_volume(volume, SIZE);
    assert_int_equal(variable_store_open(&store, path, volume, SIZE, NULL), 0);
    assert_int_equal(stat(path, &stat_of_file), 0);
    assert_int_equal(stat_of_file.st_size, SIZE);
    assert_int_equal(stat_of_file.st_mode & 0777, 0600);
    assert_int_equal(variable_store_open(&second, path, volume, SIZE, &err), -EBUSY);
    assert_non_null(strstr(err.text, "in use by another virtual machine"));
    memcpy(store.bytes + 0x123, "hello", 5);
    variable_store_written(&store, 0x123, 5);
    variable_store_close(&store);
    /* Now without initial ones. */
    assert_int_equal(variable_store_open(&store, path, NULL, 0, NULL), 0);
    assert_memory_equal(store.bytes + 0x123, "hello", 5);
    assert_memory_equal(store.bytes, volume, 0x123);
    variable_store_close(&store);
}

static void refused(const uint8_t *initial, size_t size, int code, const char *words)
{
    struct variable_store store;
    struct error err = { 0 };
    assert_int_equal(variable_store_open(&store, path, initial, size, &err), code);
    assert_int_equal(err.kind, ERROR_INPUT);
    if (!strstr(err.text, words))
        fail_msg("'%s' is not in: %s", words, err.text);
    assert_non_null(strstr(err.text, path));
    assert_null(store.bytes);
    variable_store_close(&store);
}

static void test_refusals(void **state)
{
    (void)state;
    uint8_t volume[SIZE];
    make_volume(volume, SIZE);
    refused(NULL, 0, -ENOENT, "copy its OVMF_VARS file there");
    make_file(volume, 0x2000);
    refused(volume, SIZE, -EINVAL,
            "it has 8192 bytes, those of this firmware have 12288");
    refused(NULL, 0, -EINVAL, "header of a volume");
    make_file(volume, 100);
    refused(NULL, 0, -EINVAL, "expected a multiple of 4096");
    make_file(volume, 0);
    refused(NULL, 0, -EINVAL, "it has 0 bytes");
    volume[40] = 0;
    make_file(volume, SIZE);
    refused(volume, SIZE, -EINVAL, "header of a volume");
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    refused(volume, SIZE, -EISDIR, "directory");
    rmdir(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    refused(volume, SIZE, -EINVAL, "not a regular file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_volume),
        cmocka_unit_test(test_without_file),
        cmocka_unit_test_setup_teardown(test_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
