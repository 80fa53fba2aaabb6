/* test_disk_file.c: which files are taken for a disk, and who may share one. */
#include "base/bytes.h"        /* ARRAY_SIZE */
#include "base/error.h"        /* error texts */
#include "devices/disk_file.h" /* under test */

#include <setjmp.h> /* cmocka */
#include <stdarg.h> /* cmocka */
#include <stddef.h> /* cmocka */

#include <cmocka.h>
#include <fcntl.h>    /* open */
#include <stdio.h>    /* snprintf */
#include <stdlib.h>   /* mkstemp */
#include <string.h>   /* strstr */
#include <sys/stat.h> /* mkfifo */
#include <unistd.h>   /* ftruncate */

#define SIZE 0x10000

struct fixture {
    char path[64];
    int fd; /* of the test: without a lock */
};

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    snprintf(f->path, sizeof(f->path), "/tmp/igdvm-test-disk-XXXXXX");
    f->fd = mkstemp(f->path);
    assert_true(f->fd >= 0);
    assert_int_equal(ftruncate(f->fd, SIZE + 100), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    close(f->fd);
    unlink(f->path);
    test_free(f);
    return 0;
}

static int open_file(struct disk_file *file, const char *path, bool read_only,
                     struct error *err)
{
    const struct disk_file_options options = { .path = path, .read_only = read_only };
    return disk_file_open(file, &options, err);
}

/* Can the file be opened so now? */
static int try_file(const struct fixture *f, bool read_only)
{
    struct disk_file file;
    struct error err = { 0 };
    int result = open_file(&file, f->path, read_only, &err);
    if (result == 0)
        disk_file_close(&file);
    return result;
}

static void test_size(void **state)
{
    struct fixture *f = *state;
    struct disk_file file;
    struct error err = { 0 };
    assert_int_equal(open_file(&file, f->path, false, &err), 0);
    assert_int_equal(file.size, SIZE); /* the tail is left out */
    assert_int_equal(file.block_size, 512);
    disk_file_close(&file);
}

static void test_sharing(void **state)
{
    struct fixture *f = *state;
    struct disk_file file;
    struct error err = { 0 };
    assert_int_equal(open_file(&file, f->path, true, &err), 0);
    assert_int_equal(try_file(f, true), 0);
    assert_int_equal(try_file(f, false), -EBUSY);
    disk_file_close(&file);
    assert_int_equal(open_file(&file, f->path, false, &err), 0);
    assert_int_equal(try_file(f, true), -EBUSY);
    assert_int_equal(try_file(f, false), -EBUSY);
    disk_file_close(&file);
    assert_int_equal(try_file(f, false), 0);
}

static void lock_byte(int fd, off_t byte)
{
    struct flock lock = {
        .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1
    };
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
}

/* What would be in the way of who locked this byte for himself. */
static int locked_byte(int fd, off_t byte)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1
    };
    assert_int_equal(fcntl(fd, F_OFD_GETLK, &lock), 0);
    return lock.l_type;
}

/* QEMU's reader lets others read, not write; then a writer of QEMU's comes. */
static void test_qemu_first(void **state)
{
    struct fixture *f = *state;
    static const off_t reader[] = { 100, 201, 203 };
    for (unsigned i = 0; i < ARRAY_SIZE(reader); i++)
        lock_byte(f->fd, reader[i]);
    assert_int_equal(try_file(f, true), 0);
    assert_int_equal(try_file(f, false), -EBUSY);
    lock_byte(f->fd, 101);
    assert_int_equal(try_file(f, true), -EBUSY);
}

/* What QEMU looks for: shared locks, so that it can say who may not share. */
static void test_qemu_second(void **state)
{
    struct fixture *f = *state;
    static const off_t writer[] = { 100, 101, 201, 203 };
    struct disk_file file;
    struct error err = { 0 };
    assert_int_equal(open_file(&file, f->path, true, &err), 0);
    assert_int_equal(locked_byte(f->fd, 201), F_RDLCK);
    assert_int_equal(locked_byte(f->fd, 101), F_UNLCK);
    disk_file_close(&file);
    assert_int_equal(open_file(&file, f->path, false, &err), 0);
    for (unsigned i = 0; i < ARRAY_SIZE(writer); i++)
        assert_int_equal(locked_byte(f->fd, writer[i]), F_RDLCK);
    disk_file_close(&file);
}

/* Other formats are not taken for raw unless the user says so. */
static void test_formats(void **state)
{
    struct fixture *f = *state;
    struct disk_file file;
    struct error err = { 0 };
    assert_int_equal(pwrite(f->fd, "QFI\xfb\0\0\0\3", 8, 0), 8);
    assert_int_equal(open_file(&file, f->path, false, &err), -EINVAL);
    assert_non_null(strstr(err.text, "qcow2"));
    const struct disk_file_options raw = { .path = f->path, .raw = true };
    assert_int_equal(disk_file_open(&file, &raw, &err), 0);
    disk_file_close(&file);
}

static void test_bad_files(void **state)
{
    struct fixture *f = *state;
    char fifo[80], empty[80];
    snprintf(fifo, sizeof(fifo), "%s.fifo", f->path);
    snprintf(empty, sizeof(empty), "%s.empty", f->path);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    close(open(empty, O_CREAT | O_WRONLY, 0600));
    struct disk_file holder;
    struct error err = { 0 };
    assert_int_equal(open_file(&holder, f->path, false, &err), 0);
    const struct {
        const char *path;
        int code;
        enum error_kind kind;
    } rows[] = {
        { "/nonexistent/disk", -ENOENT, ERROR_INPUT },
        { "/tmp", -EISDIR, ERROR_INPUT },
        { fifo, -EINVAL, ERROR_INPUT },
        { empty, -EINVAL, ERROR_INPUT },
        { f->path, -EBUSY, ERROR_IMPOSSIBLE },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct disk_file file;
        assert_int_equal(open_file(&file, rows[i].path, false, &err), rows[i].code);
        assert_int_equal(err.code, rows[i].code);
        assert_int_equal(err.kind, rows[i].kind);
        assert_non_null(strstr(err.text, rows[i].path));
        assert_memory_equal(err.text, "disk ", 5);
    }
    disk_file_close(&holder);
    unlink(fifo);
    unlink(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_size, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sharing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qemu_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_qemu_second, setup, teardown),
        cmocka_unit_test_setup_teardown(test_formats, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_files, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
