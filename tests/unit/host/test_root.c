/* test_root.c: a host's files read from a directory and from a capture, hostile ones
 * too. */
#include "base/error.h" /* struct error */
#include "host/root.h"  /* what is tested */

#include <archive.h>       /* captures are made */
#include <archive_entry.h> /* their entries */
#include <errno.h>         /* codes */
#include <setjmp.h>        /* cmocka */
#include <stdarg.h>        /* cmocka */
#include <stdbool.h>       /* bool */
#include <stddef.h>        /* cmocka */
#include <stdint.h>        /* cmocka */
#include <stdio.h>         /* files */
#include <stdlib.h>        /* memory */
#include <string.h>        /* strstr */
#include <sys/stat.h>      /* mkdir */
#include <unistd.h>        /* symlink */

#include <cmocka.h> /* assertions; needs the headers above */

struct entry {
    const char *path;
    const char *data, *link; /* neither: a directory */
};

static char buffer[1 << 20];

/* A capture of these entries, in buffer; its size. */
static size_t pack(const struct entry *entries, unsigned count)
{
    size_t used = 0;
    struct archive *archive = archive_write_new();
    archive_write_set_format_pax_restricted(archive);
    archive_write_add_filter_gzip(archive);
    assert_int_equal(archive_write_open_memory(archive, buffer, sizeof(buffer), &used),
                     ARCHIVE_OK);
    for (unsigned i = 0; i < count; i++) {
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, entries[i].path);
        archive_entry_set_perm(entry, 0644);
        size_t size = entries[i].data ? strlen(entries[i].data) : 0;
        archive_entry_set_size(entry, (la_int64_t)size);
        archive_entry_set_filetype(entry, entries[i].data   ? AE_IFREG
                                          : entries[i].link ? AE_IFLNK
                                                            : AE_IFDIR);
        if (entries[i].link)
            archive_entry_set_symlink(entry, entries[i].link);
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        if (size)
            archive_write_data(archive, entries[i].data, size);
        archive_entry_free(entry);
    }
    archive_write_close(archive);
    archive_write_free(archive);
    return used;
}

#define GPU "sys/bus/pci/devices/0000:00:02.0"

static const struct entry host[] = {
    { "./proc/cmdline", "quiet\n", NULL },
    { GPU, NULL, "../../../devices/pci0000:00/0000:00:02.0" },
    { "sys/devices/pci0000:00/0000:00:02.0/vendor", "0x8086\n", NULL },
    { "sys/devices/pci0000:00/0000:00:02.0/numa_node", "-1\n", NULL },
    { "sys/devices/pci0000:00/0000:00:02.0/driver", NULL,
      "../../../bus/pci/drivers/i915" },
    { "sys/kernel/iommu_groups", NULL, NULL },
    { "sys/loop/a", NULL, "b" },
    { "sys/loop/b", NULL, "a" },
    { "sys/out", NULL, "../../../../../../etc/passwd" },
    { "etc/passwd", "inside\n", NULL },
    { "sys/absolute", NULL, "/proc/cmdline" },
    { "proc/version", "old", NULL },
    { "proc/version", "new", NULL },
};

static void check_host(const struct host_root *root)
{
    char line[64];
    uint64_t number;
    char **names, *data;
    size_t size;
    assert_true(host_root_line(root, line, sizeof(line), "proc/cmdline"));
    assert_string_equal(line, "quiet");
    assert_true(host_root_number(root, &number, "%s/vendor", GPU));
    assert_int_equal(number, 0x8086);
    assert_true(host_root_link(root, line, sizeof(line), GPU "/driver"));
    assert_string_equal(line, "i915");
    assert_int_equal(host_root_list(root, &names, GPU), 3);
    assert_string_equal(names[0], "driver");
    assert_string_equal(names[2], "vendor");
    host_root_list_free(names);
    assert_int_equal(host_root_list(root, &names, "sys/kernel/iommu_groups"), 0);
    assert_non_null(names);
    host_root_list_free(names);
    assert_int_equal(host_root_list(root, &names, "sys/class"), -ENOENT);
    assert_int_equal(host_root_read(root, &data, &size, "sys/loop/a"), -ELOOP);
    assert_int_equal(host_root_read(root, &data, &size, "sys/kernel"), -EISDIR);
    assert_int_equal(host_root_read(root, &data, &size, "proc/iomem"), -ENOENT);
    assert_true(host_root_line(root, line, sizeof(line), "sys/out"));
    assert_string_equal(line, "inside");
    assert_true(host_root_line(root, line, sizeof(line), "sys/absolute"));
    assert_string_equal(line, "quiet");
    assert_int_equal(host_root_kind(root, "sys/out"), HOST_PATH_LINK);
    assert_int_equal(host_root_kind(root, "sys/none"), HOST_PATH_ABSENT);
    assert_false(host_root_line(root, line, 3, "proc/cmdline"));
}

static void test_capture(void **state)
{
    struct host_root *root;
    struct error err = { 0 };
    char line[64];
    size_t size = pack(host, sizeof(host) / sizeof(host[0]));
    (void)state;
    assert_int_equal(host_root_open_memory(&root, buffer, size, "capture", &err), 0);
    check_host(root);
    assert_true(host_root_line(root, line, sizeof(line), "proc/version"));
    assert_string_equal(line, "new");
    host_root_close(root);
}

static void test_wrapped(void **state)
{
    static const struct entry entries[] = {
        { "my-laptop", NULL, NULL },
        { "my-laptop/proc/cmdline", "quiet\n", NULL },
    };
    struct host_root *root;
    struct error err = { 0 };
    char line[64];
    (void)state;
    size_t size = pack(entries, 2);
    assert_int_equal(host_root_open_memory(&root, buffer, size, "capture", &err), 0);
    assert_true(host_root_line(root, line, sizeof(line), "proc/cmdline"));
    host_root_close(root);
}

static void test_directory(void **state)
{
    char directory[] = "/tmp/igdvm-root-XXXXXX", path[256], command[320];
    struct host_root *root;
    struct error err = { 0 };
    (void)state;
    assert_non_null(mkdtemp(directory));
    for (unsigned i = 0; i < sizeof(host) / sizeof(host[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, host[i].path);
        for (char *slash = path + strlen(directory) + 1; (slash = strchr(slash, '/'));
             slash++) {
            *slash = '\0';
            mkdir(path, 0755);
            *slash = '/';
        }
        if (host[i].link) {
            assert_int_equal(symlink(host[i].link, path), 0);
        } else if (host[i].data) {
            FILE *file = fopen(path, "w");
            assert_non_null(file);
            fputs(host[i].data, file);
            fclose(file);
        } else {
            mkdir(path, 0755);
        }
    }
    assert_int_equal(host_root_open(&root, directory, &err), 0);
    check_host(root);
    host_root_close(root);
    snprintf(command, sizeof(command), "rm -rf %s", directory);
    assert_int_equal(system(command), 0);
}

static void refuse(const char *bytes, size_t size, const char *why)
{
    struct host_root *root;
    struct error err = { 0 };
    assert_int_equal(host_root_open_memory(&root, bytes, size, "capture", &err),
                     -EINVAL);
    assert_null(root);
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_non_null(strstr(err.text, why));
}

static void test_hostile(void **state)
{
    static const struct entry outside[] = { { "proc/../../x", "x", NULL } };
    static char text[] = "this is no archive at all, only a line of text\n";
    (void)state;
    refuse(text, sizeof(text), "expected a tar archive");
    refuse(text, 0, "capture");
    refuse(buffer, pack(outside, 1), "leaves the capture");
    size_t size = pack(host, sizeof(host) / sizeof(host[0]));
    struct host_root *root;
    struct error err = { 0 };
    for (size_t cut = 1; cut < size; cut += 7) {
        if (host_root_open_memory(&root, buffer, cut, "capture", &err) == 0)
            host_root_close(root);
    }
}

/* Packed it is small. */
static void test_bomb(void **state)
{
    size_t size = HOST_ROOT_FILE_MAX + 2;
    char *large = malloc(size);
    assert_non_null(large);
    (void)state;
    memset(large, 'a', size);
    large[size - 1] = '\0';
    struct entry entries[] = { { "proc/cmdline", large, NULL } };
    size_t packed = pack(entries, 1);
    assert_true(packed < size / 100);
    refuse(buffer, packed, "too large");
    /* Many that are not too large each are too much together. */
    large[HOST_ROOT_FILE_MAX - 1] = '\0';
    struct entry many[] = { { "a", large, NULL },
                            { "b", large, NULL },
                            { "c", large, NULL },
                            { "d", large, NULL },
                            { "e", large, NULL } };
    refuse(buffer, pack(many, 5), "too large");
    free(large);
}

static void test_absent(void **state)
{
    struct host_root *root;
    struct error err = { 0 };
    (void)state;
    assert_int_equal(host_root_open(&root, "/nonexistent/capture", &err), -ENOENT);
    assert_non_null(strstr(err.text, "/nonexistent/capture"));
    assert_int_equal(err.kind, ERROR_INPUT);
}

static void test_no_capture(void **state)
{
    char directory[] = "/tmp/igdvm-test-root-XXXXXX";
    struct host_root *root;
    struct error err = { 0 };
    (void)state;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(host_root_open(&root, directory, &err), -EINVAL);
    assert_non_null(strstr(err.text, "no capture of a host"));
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_null(root);
    rmdir(directory);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_capture),   cmocka_unit_test(test_wrapped),
        cmocka_unit_test(test_directory), cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_absent),    cmocka_unit_test(test_no_capture),
        cmocka_unit_test(test_bomb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
