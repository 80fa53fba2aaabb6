/* test_dma_map.c: the client's DMA ranges, few and many. */
#include "base/bytes.h"    /* sizes */
#include "model/dma_map.h" /* under test */

#include "../open_files.h" /* what leaks */

#include <errno.h>    /* results */
#include <fcntl.h>    /* seals */
#include <setjmp.h>   /* for cmocka */
#include <stdarg.h>   /* for cmocka */
#include <sys/mman.h> /* memfd_create */
#include <unistd.h>   /* dup */

#include <cmocka.h> /* the framework */

static int make_memory(size_t size, bool sealed)
{
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    if (sealed)
        assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    return fd;
}

static void check_access(bool sealed)
{
    struct dma_map *map = dma_map_new();
    int fd = make_memory(0x4000, sealed);
    char data[8] = "abcdefg";
    uint64_t removed;
    /* Two ranges side by side, in the other order in the file; one only to be read. */
    assert_int_equal(dma_map_add(map, 0x10000, 0x1000, dup(fd), 0x2000, true), 0);
    assert_int_equal(dma_map_add(map, 0x11000, 0x1000, dup(fd), 0x1000, true), 0);
    assert_int_equal(dma_map_add(map, 0x12000, 0x1000, dup(fd), 0, false), 0);
    assert_int_equal(dma_map_write(map, 0x10ffc, data, 8), 0);
    char seen[8];
    assert_int_equal(pread(fd, seen, 4, 0x2ffc), 4);
    assert_memory_equal(seen, "abcd", 4);
    assert_int_equal(pread(fd, seen, 4, 0x1000), 4);
    assert_memory_equal(seen, "efg", 4);
    assert_int_equal(dma_map_read(map, 0x10ffc, seen, 8), 0);
    assert_memory_equal(seen, data, 8);
    assert_int_equal(dma_map_read(map, 0x12000, seen, 8), 0);
    assert_int_equal(dma_map_write(map, 0x12000, data, 8), -EFAULT);
    assert_int_equal(dma_map_read(map, 0x12ffc, seen, 8), -EFAULT);
    assert_int_equal(dma_map_read(map, 0xfffc, seen, 8), -EFAULT);
    assert_int_equal(dma_map_remove(map, 0x10000, 0x3000, &removed), 0);
    assert_int_equal(removed, 0x3000);
    assert_int_equal(dma_map_read(map, 0x10000, seen, 1), -EFAULT);
    dma_map_free(map);
    close(fd);
}

static void test_access(void **state)
{
    unsigned before = open_files();
    check_access(false);
    check_access(true);
    assert_int_equal(open_files(), before);
}

static void test_refusals(void **state)
{
    unsigned before = open_files();
    struct dma_map *map = dma_map_new();
    int fd = make_memory(0x1000, false);
    uint64_t removed;
    assert_int_equal(dma_map_add(map, 0, 0, dup(fd), 0, true), -EINVAL);
    assert_int_equal(dma_map_add(map, UINT64_MAX, 2, dup(fd), 0, true), -EINVAL);
    assert_int_equal(dma_map_add(map, 0, 0x1000, dup(fd), UINT64_MAX, true), -EINVAL);
    assert_int_equal(dma_map_add(map, 0x1000, 0x1000, dup(fd), 0, true), 0);
    assert_int_equal(dma_map_add(map, 0x1fff, 1, dup(fd), 0, true), -EEXIST);
    assert_int_equal(dma_map_add(map, 0, 0x1001, dup(fd), 0, true), -EEXIST);
    assert_int_equal(dma_map_add(map, 0, UINT64_MAX, dup(fd), 0, true), -EEXIST);
    assert_int_equal(dma_map_count(map), 1);
    /* Parts of a range cannot be taken away. */
    assert_int_equal(dma_map_remove(map, 0x1000, 0x800, &removed), -EINVAL);
    assert_int_equal(dma_map_remove(map, 0x1800, 0x1000, &removed), -EINVAL);
    assert_int_equal(dma_map_remove(map, 0x1800, UINT64_MAX, &removed), -EINVAL);
    assert_int_equal(dma_map_count(map), 1);
    /* What was never mapped: no error, nothing removed. */
    assert_int_equal(dma_map_remove(map, 0x100000, 0x1000, &removed), 0);
    assert_int_equal(removed, 0);
    assert_int_equal(dma_map_remove(map, 0, UINT64_MAX, &removed), 0);
    assert_int_equal(removed, 0x1000);
    assert_int_equal(dma_map_remove(map, 0, UINT64_MAX, &removed), 0);
    assert_int_equal(removed, 0);
    /* The end of the address space. */
    assert_int_equal(dma_map_add(map, UINT64_MAX - 0xfff, 0x1000, dup(fd), 0, true), 0);
    char byte;
    assert_int_equal(dma_map_read(map, UINT64_MAX, &byte, 1), 0);
    assert_int_equal(dma_map_read(map, UINT64_MAX, &byte, 2), -EFAULT);
    dma_map_free(map);
    close(fd);
    assert_int_equal(open_files(), before);
}

/* A client that cuts its memory off, or gives something that is no memory. */
static void test_hostile_files(void **state)
{
    unsigned before = open_files();
    struct dma_map *map = dma_map_new();
    int fd = make_memory(0x1000, false), pipe_fds[2];
    char data[16] = { 0 };
    assert_int_equal(pipe(pipe_fds), 0);
    assert_int_equal(dma_map_add(map, 0, 0x1000, dup(fd), 0, true), 0);
    assert_int_equal(ftruncate(fd, 8), 0);
    assert_int_equal(dma_map_read(map, 0, data, 8), 0);
    assert_int_equal(dma_map_read(map, 0, data, 16), -EFAULT);
    assert_int_equal(dma_map_write(map, 0, data, 16), -EFAULT);
    assert_int_equal(lseek(fd, 0, SEEK_END), 8); /* and it did not grow again */
    assert_int_equal(dma_map_add(map, 0x1000, 0x1000, pipe_fds[0], 0, true), 0);
    assert_int_equal(dma_map_read(map, 0x1000, data, 1), -EFAULT);
    assert_int_equal(dma_map_add(map, 0x2000, 0x1000, -1, 0, true), 0);
    assert_int_equal(dma_map_read(map, 0x2000, data, 1), -EFAULT);
    /* An offset past any file; a file position that is negative. */
    assert_int_equal(dma_map_add(map, 0x3000, 0x1000, dup(fd), 1ULL << 63, true), 0);
    assert_int_equal(dma_map_read(map, 0x3000, data, 1), -EFAULT);
    assert_int_equal(dma_map_write(map, 0x3000, data, 1), -EFAULT);
    assert_int_equal(dma_map_add(map, 0x4000, 0x1000, 12345, 0, true), 0);
    assert_int_equal(dma_map_read(map, 0x4000, data, 1), -EFAULT);
    assert_int_equal(dma_map_count(map), 5);
    dma_map_free(map);
    close(fd);
    close(pipe_fds[1]);
    assert_int_equal(open_files(), before);
}

#define MANY 200000u

static void test_many(void **state)
{
    unsigned before = open_files();
    struct dma_map *map = dma_map_new();
    int fd = make_memory(MANY * 4096ull, true);
    uint64_t removed, total = 0;
    /* Every second page first, then those between, each with its own descriptor. */
    for (unsigned pass = 0; pass < 2; pass++) {
        for (uint64_t page = pass; page < MANY; page += 2)
            assert_int_equal(
                dma_map_add(map, page << 12, 4096, dup(fd), page << 12, true), 0);
    }
    assert_int_equal(dma_map_count(map), MANY);
    assert_int_equal(open_files(), before + 2); /* the test's and one for all */
    for (uint64_t page = 0; page < MANY; page += 1009)
        assert_int_equal(dma_map_write(map, page << 12, &page, sizeof(page)), 0);
    for (uint64_t page = 0; page < MANY; page += 1009) {
        uint64_t seen;
        assert_int_equal(pread(fd, &seen, sizeof(seen), (off_t)(page << 12)), 8);
        assert_int_equal(seen, page);
    }
    for (uint64_t page = 0; page < MANY / 2; page++) {
        assert_int_equal(dma_map_remove(map, page << 12, 4096, &removed), 0);
        total += removed;
    }
    assert_int_equal(total, MANY / 2 * 4096ull);
    assert_int_equal(dma_map_remove(map, 0, UINT64_MAX, &removed), 0);
    assert_int_equal(removed, MANY / 2 * 4096ull);
    assert_int_equal(dma_map_count(map), 0);
    assert_int_equal(open_files(), before + 1);
    dma_map_free(map);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_access),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_hostile_files),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
