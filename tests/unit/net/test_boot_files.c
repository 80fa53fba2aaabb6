/* test_boot_files.c: the folder whose files a guest may have by TFTP. */
#include "net/boot_files.h" /* under test */

#include "base/error.h" /* struct error */

#include <fcntl.h>  /* open */
#include <stdarg.h> /* cmocka wants these four before it */
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>   /* the tests' own */
#include <stdio.h>    /* snprintf */
#include <stdlib.h>   /* mkdtemp */
#include <string.h>   /* strstr */
#include <sys/stat.h> /* mkdir, mkfifo */
#include <unistd.h>   /* chdir */

/* A folder of its own is the working directory of each test. */
static int enter_folder(void **state)
{
    char *folder = strdup("/tmp/test-boot-files-XXXXXX");
    *state = folder;
    if (!folder || !mkdtemp(folder) || chdir(folder) < 0 || mkdir("tftp", 0755) < 0 ||
        mkdir("tftp/below", 0755) < 0 || symlink("tftp", "link") < 0 ||
        mkfifo("tftp/fifo", 0644) < 0)
        return -1;
    close(open("tftp/below/boot", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    return 0;
}

static int leave_folder(void **state)
{
    unlink("tftp/below/boot");
    unlink("tftp/fifo");
    rmdir("tftp/below");
    rmdir("tftp");
    unlink("link");
    int result = rmdir(*state);
    free(*state);
    return result;
}

static void test_find(void **state)
{
    char path[PATH_MAX], expected[PATH_MAX];
    struct error err = { 0 };
    snprintf(expected, sizeof(expected), "%s/tftp", (char *)*state);
    assert_int_equal(boot_files_find("link", path, &err), 0);
    assert_string_equal(path, expected);
    assert_int_equal(boot_files_find("nowhere", path, &err), -ENOENT);
    assert_non_null(strstr(err.text, "tftp=nowhere: "));
    assert_int_equal(boot_files_find("tftp/below/boot", path, &err), -ENOTDIR);
    assert_int_equal(err.kind, ERROR_INPUT);
}

static void test_check(void **state)
{
    static const struct {
        const char *folder, *boot_file;
        int result;
    } rows[] = {
        { "tftp", NULL, 0 },
        { "tftp", "below/boot", 0 },
        { "tftp", "http://10.0.2.2/boot", 0 },
        { "tftp", "boot", -ENOENT },
        { "tftp", "below", -EINVAL },
        { "tftp", "fifo", -EINVAL },
        { "tftp/below", "../below/boot", -EINVAL },
        { "nowhere", NULL, -ENOENT },
    };
    char name[PATH_MAX];
    struct error err;
    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        err = (struct error){ 0 };
        assert_int_equal(boot_files_check(rows[i].folder, rows[i].boot_file, &err),
                         rows[i].result);
        assert_int_equal(err.kind, rows[i].result ? ERROR_INPUT : 0);
    }
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(boot_files_check("tftp", name, &err), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_find, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(test_check, enter_folder, leave_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
