/* test_handover.c: a handover that fails, or is killed, at every point there is. */
#include "base/error.h"    /* struct error */
#include "host/handover.h" /* what is tested */
#include "host_tree.h"     /* where its journal goes */

#include <setjmp.h>  /* cmocka, and dying */
#include <stdarg.h>  /* cmocka */
#include <stdbool.h> /* bool */
#include <stddef.h>  /* cmocka */
#include <stdint.h>  /* cmocka */
#include <stdio.h>   /* snprintf */
#include <stdlib.h>  /* free */
#include <string.h>  /* strcmp */
#include <unistd.h>  /* access */

#include <cmocka.h> /* assertions; needs the headers above */

#define GPU "0000:00:02.0"

/* What the host consists of: the steps' subjects, and their states. */
static const struct handover_step steps[] = {
    { HANDOVER_SERVICE, "display-manager.service", "active", "" },
    { HANDOVER_CONSOLE, "frame buffer device", "bound", "" },
    { HANDOVER_DRIVER, GPU, "i915", "" },
    { HANDOVER_OVERRIDE, GPU, "", "vfio-pci" },
    { HANDOVER_DRIVER, GPU, "", "vfio-pci" },
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

/* How a write goes wrong. */
enum way { GOES_WELL, FAILS, FAILS_AFTER, DIES_BEFORE, DIES_AFTER, LIES };

static struct {
    char state[HANDOVER_KINDS][HANDOVER_VALUE_SIZE];
    bool gone[HANDOVER_KINDS];
    unsigned writes; /* so far */
    unsigned at;     /* which goes wrong, from 1 */
    enum way way;
    jmp_buf death;
} host;

static struct host_tree tree;

static void host_start(unsigned at, enum way way)
{
    memset(&host, 0, sizeof(host));
    strcpy(host.state[HANDOVER_SERVICE], "active");
    strcpy(host.state[HANDOVER_CONSOLE], "bound");
    strcpy(host.state[HANDOVER_DRIVER], "i915");
    host.at = at;
    host.way = way;
}

static bool host_as_before(void)
{
    return !strcmp(host.state[HANDOVER_SERVICE], "active") &&
           !strcmp(host.state[HANDOVER_CONSOLE], "bound") &&
           !strcmp(host.state[HANDOVER_DRIVER], "i915") &&
           !host.state[HANDOVER_OVERRIDE][0];
}

static bool read_state(const char *root, enum handover_kind kind, const char *subject,
                       char value[HANDOVER_VALUE_SIZE])
{
    strcpy(value, host.state[kind]);
    return !host.gone[kind];
}

static int set_state(const char *root, enum handover_kind kind, const char *subject,
                     const char *value, const struct kernel_patience *patience,
                     struct error *err)
{
    bool wrong = ++host.writes == host.at;
    if (wrong && host.way == DIES_BEFORE)
        longjmp(host.death, 1);
    if (wrong && host.way == LIES)
        return 0;
    /* As the kernel does: a reserved device goes to that driver only. */
    if (kind == HANDOVER_DRIVER && *value && host.state[HANDOVER_OVERRIDE][0] &&
        strcmp(host.state[HANDOVER_OVERRIDE], value) != 0)
        return error_set(err, ERROR_SYSTEM, -ENODEV, "reserved for another driver");
    if (!wrong || host.way != FAILS)
        strcpy(host.state[kind], value);
    if (wrong && host.way == DIES_AFTER)
        longjmp(host.death, 1);
    if (wrong && (host.way == FAILS || host.way == FAILS_AFTER))
        return error_set(err, ERROR_SYSTEM, -EIO, "refused on purpose");
    return 0;
}

static struct handover_host made_up(void)
{
    return (struct handover_host){ .root = "", .read = read_state, .set = set_state };
}

static struct handover_plan plan_of_steps(void)
{
    struct handover_plan plan = { .device = GPU, .count = STEPS };
    memcpy(plan.steps, steps, sizeof(steps));
    return plan;
}

static bool journal_is_there(void)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/run/igdvm/handover", tree.root);
    return access(path, F_OK) == 0;
}

static int take(struct error *err)
{
    struct handover_journal *journal = NULL;
    struct handover_record record;
    struct handover_host made = made_up();
    struct handover_plan plan = plan_of_steps();
    assert_int_equal(handover_journal_open(tree.root, &journal, &record, err), 0);
    assert_int_equal(record.count, 0);
    /* A killed program's lock goes with it; here its file stays open for a while. */
    static struct handover_journal *left;
    if (setjmp(host.death)) {
        handover_journal_close(left);
        left = NULL;
        return -EINTR;
    }
    left = journal;
    int result = handover_take(&made, journal, &plan, err);
    handover_journal_close(journal);
    return result;
}

static int put_back(struct error *err)
{
    struct handover_journal *journal = NULL;
    struct handover_record record;
    struct handover_host made = made_up();
    int result = handover_journal_open(tree.root, &journal, &record, err);
    if (result < 0)
        return result;
    static struct handover_journal *left;
    if (setjmp(host.death)) {
        handover_journal_close(left);
        return -EINTR;
    }
    left = journal;
    result = handover_put_back(&made, journal, &record, err);
    handover_journal_close(journal);
    return result;
}

static int set_up(void **state)
{
    tree_make(&tree);
    tree_file(&tree, "run/here", "");
    return 0;
}

static int tear_down(void **state)
{
    tree_remove(&tree);
    return 0;
}

static void hands_over_and_back(void **state)
{
    struct error err;
    host_start(0, GOES_WELL);
    assert_int_equal(take(&err), 0);
    assert_string_equal(host.state[HANDOVER_DRIVER], "vfio-pci");
    assert_int_equal(host.writes, STEPS);
    assert_true(journal_is_there());
    assert_int_equal(put_back(&err), 0);
    assert_true(host_as_before());
    assert_false(journal_is_there());
    assert_int_equal(host.writes, 2 * STEPS);
}

static void a_failing_step_undoes_the_others(void **state)
{
    static const enum way ways[] = { FAILS, FAILS_AFTER, LIES };
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned at = 1; at <= STEPS; at++) {
            struct error err = { 0 };
            host_start(at, ways[i]);
            assert_int_equal(take(&err), -EIO);
            assert_true(host_as_before());
            assert_false(journal_is_there());
            assert_non_null(strchr(err.text, ':'));
        }
    }
}

static void killed_at_any_write_it_comes_back(void **state)
{
    static const enum way ways[] = { DIES_BEFORE, DIES_AFTER };
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned at = 1; at <= STEPS; at++) {
            struct error err = { 0 };
            host_start(at, ways[i]);
            assert_int_equal(take(&err), -EINTR);
            assert_true(journal_is_there());
            assert_int_equal(put_back(&err), 0);
            assert_true(host_as_before());
            assert_false(journal_is_there());
        }
    }
}

static void killed_while_it_puts_back_it_is_put_back_again(void **state)
{
    for (unsigned at = 1; at <= STEPS; at++) {
        struct error err = { 0 };
        host_start(0, GOES_WELL);
        assert_int_equal(take(&err), 0);
        host.writes = 0;
        host.at = at;
        host.way = at % 2 ? DIES_BEFORE : DIES_AFTER;
        assert_int_equal(put_back(&err), -EINTR);
        host.at = 0;
        assert_int_equal(put_back(&err), 0);
        assert_true(host_as_before());
        assert_false(journal_is_there());
    }
}

static void what_cannot_be_put_back_stays_in_the_journal(void **state)
{
    for (unsigned at = 1; at <= STEPS; at++) {
        struct error err = { 0 };
        host_start(0, GOES_WELL);
        assert_int_equal(take(&err), 0);
        host.writes = 0;
        host.at = at;
        host.way = FAILS;
        assert_int_equal(put_back(&err), -EIO);
        assert_true(journal_is_there());
        host.at = 0;
        assert_int_equal(put_back(&err), 0);
        assert_true(host_as_before());
        assert_false(journal_is_there());
    }
}

static void what_is_gone_is_passed_over(void **state)
{
    struct error err = { 0 };
    host_start(0, GOES_WELL);
    assert_int_equal(take(&err), 0);
    host.gone[HANDOVER_CONSOLE] = true;
    assert_int_equal(put_back(&err), 0);
    assert_string_equal(host.state[HANDOVER_DRIVER], "i915");
    assert_false(journal_is_there());
}

static int refuse(void *opaque, const struct handover_step *step, struct error *err)
{
    return step->kind == HANDOVER_DRIVER
               ? error_set(err, ERROR_IMPOSSIBLE, -EBUSY, "in use on purpose")
               : 0;
}

static void a_step_that_may_not_be_taken_ends_it(void **state)
{
    struct error err = { 0 };
    struct handover_journal *journal = NULL;
    struct handover_record record;
    struct handover_host made = made_up();
    struct handover_plan plan = plan_of_steps();
    host_start(0, GOES_WELL);
    made.may = refuse;
    assert_int_equal(handover_journal_open(tree.root, &journal, &record, &err), 0);
    assert_int_equal(handover_take(&made, journal, &plan, &err), -EBUSY);
    handover_journal_close(journal);
    assert_true(host_as_before());
    assert_false(journal_is_there());
}

static void two_at_once_are_refused(void **state)
{
    struct error err = { 0 };
    struct handover_journal *first = NULL, *second = NULL;
    struct handover_record record;
    assert_int_equal(handover_journal_open(tree.root, &first, &record, &err), 0);
    assert_int_equal(handover_journal_open(tree.root, &second, &record, &err), -EBUSY);
    handover_journal_close(first);
}

static void a_cut_line_is_left_out(void **state)
{
    static const char text[] =
        "{\"handover\":1,\"device\":\"0000:00:02.0\"}\n"
        "{\"step\":0,\"kind\":\"driver\",\"subject\":\"0000:00:02.0\","
        "\"before\":\"i915\",\"after\":\"\"}\n"
        "{\"step\":1,\"kind\":\"over";
    struct handover_record record;
    struct error err;
    assert_int_equal(handover_record_parse(text, strlen(text), &record, &err), 0);
    assert_int_equal(record.count, 1);
    assert_string_equal(record.steps[0].before, "i915");
    tree_file(&tree, "run/igdvm/handover", text);
    struct handover_journal *journal = NULL;
    assert_int_equal(handover_journal_open(tree.root, &journal, &record, &err), 0);
    assert_int_equal(handover_journal_done(journal, 0, &err), 0);
    handover_journal_close(journal);
    char *whole = tree_text(&tree, "run/igdvm/handover");
    assert_int_equal(handover_record_parse(whole, strlen(whole), &record, &err), 0);
    assert_true(record.steps[0].done);
    free(whole);
}

static void a_damaged_journal_is_refused(void **state)
{
    static const char *const texts[] = {
        "something\n",
        "{\"step\":0}\n",
        "{\"handover\":2,\"device\":\"0000:00:02.0\"}\n",
        "{\"handover\":1,\"device\":\"../../etc/passwd\"}\n",
        "{\"handover\":1,\"device\":\"0000:00:02.0\"}\n{\"done\":0}\n",
        "{\"handover\":1,\"device\":\"0000:00:02.0\"}\n{\"step\":1,\"kind\":\"driver\","
        "\"subject\":\"a\",\"before\":\"b\",\"after\":\"c\"}\n",
        "{\"handover\":1,\"device\":\"0000:00:02.0\"}\n{\"step\":0,\"kind\":\"driver\","
        "\"subject\":\"../a\",\"before\":\"b\",\"after\":\"c\"}\n",
        "{\"handover\":1,\"device\":\"0000:00:02.0\"}\n{\"step\":0,\"kind\":"
        "\"nothing\","
        "\"subject\":\"a\",\"before\":\"b\",\"after\":\"c\"}\n",
        "{\"handover\":1,\"device\":\"0000:00:02.0\"} trailing\n",
    };
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct handover_record record;
        struct error err = { 0 };
        assert_int_equal(
            handover_record_parse(texts[i], strlen(texts[i]), &record, &err), -EINVAL);
        assert_int_equal(err.kind, ERROR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hands_over_and_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failing_step_undoes_the_others, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(killed_at_any_write_it_comes_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(killed_while_it_puts_back_it_is_put_back_again,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_put_back_stays_in_the_journal,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_gone_is_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_step_that_may_not_be_taken_ends_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(two_at_once_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cut_line_is_left_out, set_up, tear_down),
        cmocka_unit_test(a_damaged_journal_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
