/* test_error.c: error objects keep one line, whole or cut, and their kind. */
#include "base/error.h" /* what is tested */

#include <string.h> /* memset */

#include <setjmp.h> /* cmocka */
#include <stdarg.h> /* cmocka */
#include <stddef.h> /* cmocka */
#include <stdint.h> /* cmocka */

#include <cmocka.h>

static void test_text(void **state)
{
    (void)state;
    struct error err = { 0 };

    assert_int_equal(error_set(&err, ERROR_INPUT, -EINVAL, "disk %s: %d", "a", 7),
                     -EINVAL);
    assert_string_equal(err.text, "disk a: 7");
    assert_int_equal(err.kind, ERROR_INPUT);
    error_prefix(&err, "run %d", 1);
    assert_string_equal(err.text, "run 1: disk a: 7");
    assert_int_equal(error_system(&err, -ENOENT, "file"), -ENOENT);
    assert_string_equal(err.text, "file: No such file or directory");
    assert_int_equal(err.kind, ERROR_SYSTEM);
}

static void test_nobody_listens(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, ERROR_INPUT, -EIO, "x"), -EIO);
    assert_int_equal(error_system(NULL, -EIO, "x"), -EIO);
    error_prefix(NULL, "x");
}

/* Long names from outside end in a cut line, not in another object's memory. */
static void test_too_long(void **state)
{
    (void)state;
    struct {
        struct error err;
        char guard[8];
    } box = { .guard = "guarded" };
    char name[3000];

    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    error_set(&box.err, ERROR_INPUT, -EINVAL, "%s", name);
    assert_int_equal(strlen(box.err.text), sizeof(box.err.text) - 1);
    error_prefix(&box.err, "%s", name);
    assert_int_equal(strlen(box.err.text), sizeof(box.err.text) - 1);
    error_system(&box.err, -ENOENT, "%s", name);
    assert_int_equal(strlen(box.err.text), sizeof(box.err.text) - 1);
    assert_string_equal(box.guard, "guarded");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_nobody_listens),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
