/* test_memory_room.c: huge pages and locked memory on made-up hosts. */
#include "base/bytes.h"       /* MIB */
#include "base/error.h"       /* struct error */
#include "host/memory_room.h" /* what is tested */
#include "host_tree.h"        /* the made-up host */

#include <setjmp.h>       /* cmocka */
#include <stdarg.h>       /* cmocka */
#include <stddef.h>       /* cmocka */
#include <stdio.h>        /* snprintf */
#include <string.h>       /* strstr */
#include <sys/resource.h> /* the limit itself */

#include <cmocka.h> /* assertions; needs the headers above */

#define FOLDER "sys/kernel/mm/hugepages/hugepages-2048kB/"

static void test_huge_pages(void **state)
{
    (void)state;
    struct host_tree tree;
    char sys[128];
    struct error err = { 0 };
    tree_make(&tree);
    snprintf(sys, sizeof(sys), "%s/sys", tree.root);
    const struct host_paths paths = { .sys = sys, .dev = "/dev" };

    assert_int_equal(host_check_huge_pages(&paths, GIB, 1, &err), -ENOENT);
    assert_non_null(strstr(err.text, "no huge pages of 1024 MiB"));
    tree_file(&tree, FOLDER "nr_hugepages", "100\n");
    tree_file(&tree, FOLDER "free_hugepages", "70\n");
    tree_file(&tree, FOLDER "resv_hugepages", "20\n");
    assert_int_equal(host_check_huge_pages(&paths, 2 * MIB, 100 * MIB, &err), 0);
    assert_int_equal(host_check_huge_pages(&paths, 2 * MIB, 100 * MIB + 1, &err),
                     -ENOMEM);
    assert_int_equal(err.kind, ERROR_IMPOSSIBLE);
    assert_non_null(strstr(err.text,
                           "needs 51 huge pages of 2 MiB, the host has 50 free "
                           "of 100"));
    assert_non_null(strstr(err.text, "echo 101 >"));
    tree_remove(&tree);
}

static void test_room(void **state)
{
    (void)state;
    struct host_tree tree;
    char proc[128];
    struct error err = { 0 };
    tree_make(&tree);
    snprintf(proc, sizeof(proc), "%s/proc", tree.root);
    assert_int_equal(host_check_room(proc, 1024 * GIB, &err), 0); /* not told */
    tree_file(&tree, "proc/meminfo",
              "MemTotal:        8000000 kB\nMemFree:          100000 kB\n"
              "MemAvailable:    4194304 kB\nSwapTotal:       2000000 kB\n"
              "SwapFree:        1048576 kB\n");
    assert_int_equal(host_check_room(proc, 4 * GIB, &err), 0);
    assert_int_equal(host_check_room(proc, 5 * GIB, &err), 0);
    assert_int_equal(host_check_room(proc, 5 * GIB + 1, &err), 1);
    assert_non_null(
        strstr(err.text, "of 5120 MiB to be had, 1024 of them by swapping"));
    assert_int_equal(host_check_room(proc, 10000000 * KIB, &err), 1);
    assert_int_equal(host_check_room(proc, 10000000 * KIB + 1, &err), -ENOMEM);
    assert_int_equal(err.kind, ERROR_IMPOSSIBLE);
    assert_non_null(strstr(err.text, "the host has 9765 MiB, swap included"));
    tree_file(&tree, "proc/meminfo", "MemAvailable: lots\n");
    assert_int_equal(host_check_room(proc, 1024 * GIB, &err), 0);
    tree_remove(&tree);
}

static void test_memory_lock(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct rlimit limit;
    getrlimit(RLIMIT_MEMLOCK, &limit);
    const struct host_lock_limit none = { .none = true },
                                 enough = { .now = 2 * GIB, .most = 2 * GIB },
                                 little = { .now = 8 * MIB, .most = 512 * MIB };
    assert_int_equal(host_check_memory_lock(&none, 1024 * GIB, &err), 0);
    assert_int_equal(host_check_memory_lock(&enough, GIB, &err), 0);
    assert_int_equal(host_check_memory_lock(&little, GIB, &err), -EPERM);
    assert_int_equal(err.kind, ERROR_IMPOSSIBLE);
    assert_non_null(strstr(err.text, "may lock 524288 KiB"));
    assert_non_null(strstr(err.text, "1114112 KiB"));
    /* What the user may raise it to is taken without a word. */
    if (limit.rlim_max >= 80 * MIB) {
        limit.rlim_cur = 4 * MIB;
        assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
        const struct host_lock_limit raised = { .now = 4 * MIB,
                                                .most = limit.rlim_max == RLIM_INFINITY
                                                            ? UINT64_MAX
                                                            : limit.rlim_max };
        assert_int_equal(host_check_memory_lock(&raised, 16 * MIB, &err), 0);
        getrlimit(RLIMIT_MEMLOCK, &limit);
        assert_int_equal(limit.rlim_cur, 80 * MIB);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_huge_pages),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_memory_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
