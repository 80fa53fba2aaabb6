/* test_log.c: what a guest can cause does not flood the log. */
#include "base/log.h" /* under test */

#include <fcntl.h>  /* O_NONBLOCK */
#include <string.h> /* strstr */
#include <unistd.h> /* pipe, dup2 */

#include <setjmp.h> /* before cmocka.h */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int ends[2], saved;
static char text[8192];

static int capture(void **state)
{
    (void)state;
    saved = dup(STDERR_FILENO);
    return pipe2(ends, O_NONBLOCK) || dup2(ends[1], STDERR_FILENO) < 0 ? -1 : 0;
}

static int release(void **state)
{
    (void)state;
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[0]);
    close(ends[1]);
    return 0;
}

/* The lines written since the last call; their text in `text`. */
static unsigned lines(void)
{
    ssize_t got = read(ends[0], text, sizeof(text) - 1);
    unsigned count = 0;
    text[got < 0 ? 0 : got] = '\0';
    for (const char *at = text; *at; at++)
        count += *at == '\n';
    return count;
}

static void test_no_limit(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 50; i++)
        log_warning("guest", "line %u", i);
    assert_int_equal(lines(), 50);
}

static void test_limit(void **state)
{
    (void)state;
    log_set_limit(5, 0);
    for (unsigned i = 0; i < 50; i++)
        log_warning("guest", "line %u", i);
    assert_int_equal(lines(), 5);
    assert_non_null(strstr(text, "igdvm: warning: guest: line 4\n"));
    log_set_limit(0, 0);
    assert_int_equal(lines(), 1);
    assert_non_null(strstr(text, "45 more lines were left out"));
    log_warning("guest", "after");
    assert_int_equal(lines(), 1);
}

static void test_comes_back(void **state)
{
    (void)state;
    log_set_limit(2, 60000); /* one in a millisecond */
    for (unsigned i = 0; i < 50; i++)
        log_warning("guest", "line %u", i);
    lines();
    usleep(20000);
    for (unsigned i = 0; i < 50; i++)
        log_warning("guest", "late %u", i);
    assert_true(lines() >= 2);
    assert_non_null(strstr(text, "left out"));
    assert_non_null(strstr(text, "late 0\n"));
    log_set_limit(0, 0);
    lines();
}

/* Levels that are not shown use nothing up. */
static void test_hidden_lines(void **state)
{
    (void)state;
    log_set_limit(2, 0);
    for (unsigned i = 0; i < 50; i++)
        log_debug("guest", "hidden");
    log_warning("guest", "shown");
    assert_int_equal(lines(), 1);
    log_set_limit(0, 0);
    assert_int_equal(lines(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_comes_back),
        cmocka_unit_test(test_hidden_lines),
    };
    return cmocka_run_group_tests(tests, capture, release);
}
