/* test_handover_outputs.c: what is seen of monitors, and recalled from the journal. */
#include "base/error.h"            /* struct error */
#include "host/handover_journal.h" /* where it is kept */
#include "host/handover_outputs.h" /* what is tested */
#include "host_tree.h"             /* the hosts */

#include <setjmp.h>  /* cmocka */
#include <stdarg.h>  /* cmocka */
#include <stdbool.h> /* bool */
#include <stddef.h>  /* cmocka */
#include <stdint.h>  /* cmocka */
#include <string.h>  /* memset */

#include <cmocka.h> /* assertions; needs the headers above */

#define GPU  "0000:00:02.0"
#define CARD "sys/bus/pci/devices/" GPU "/drm/card1/"

static struct host_tree tree;

static int set_up(void **state)
{
    tree_make(&tree);
    tree_file(&tree, "run/there", "");
    return 0;
}

static int tear_down(void **state)
{
    tree_remove(&tree);
    return 0;
}

static void is(const struct handover_outputs *outputs, enum igd_monitor monitor,
               const char *names)
{
    assert_int_equal(outputs->monitor, monitor);
    assert_string_equal(outputs->names, names);
}

static void sees(enum igd_monitor monitor, const char *names)
{
    struct handover_outputs outputs;
    handover_outputs_look(tree.root, GPU, &outputs);
    is(&outputs, monitor, names);
}

static void what_the_driver_tells(void **state)
{
    sees(IGD_MONITOR_UNKNOWN, "");
    tree_file(&tree, CARD "dev", "226:1\n");
    tree_file(&tree, "sys/bus/pci/devices/" GPU "/drm/renderD128/dev", "226:128\n");
    sees(IGD_MONITOR_UNKNOWN, "");
    tree_file(&tree, CARD "card1-DP-1/status", "disconnected\n");
    sees(IGD_MONITOR_NONE, "");
    tree_file(&tree, CARD "card1-VGA-1/status", "unknown\n");
    sees(IGD_MONITOR_UNKNOWN, "");
    tree_file(&tree, CARD "card1-HDMI-A-1/status", "connected\n");
    sees(IGD_MONITOR_PLUGGED, "HDMI-A-1");
    tree_file(&tree, CARD "card1-eDP-1/status", "connected\n");
    sees(IGD_MONITOR_PLUGGED, "HDMI-A-1 eDP-1");
    /* i915 has a second name for its card. */
    tree_link(&tree, "sys/bus/pci/devices/" GPU "/drm/controlD65", "card1");
    sees(IGD_MONITOR_PLUGGED, "HDMI-A-1 eDP-1");
}

/* More connectors than there is room for: those that fit. */
static void more_than_fit(void **state)
{
    char path[] = CARD "card1-HDMI-A-00/status";
    char *digits = strstr(path, "00/status");
    for (unsigned i = 0; i < 20; i++) {
        digits[0] = (char)('0' + i / 10);
        digits[1] = (char)('0' + i % 10);
        tree_file(&tree, path, "connected\n");
    }
    struct handover_outputs outputs;
    handover_outputs_look(tree.root, GPU, &outputs);
    assert_int_equal(outputs.monitor, IGD_MONITOR_PLUGGED);
    assert_in_range(strlen(outputs.names), 100, sizeof(outputs.names) - 1);
}

static void recalls(const char *device, enum igd_monitor monitor, const char *names)
{
    struct handover_outputs outputs;
    handover_outputs_recall(tree.root, device, &outputs);
    is(&outputs, monitor, names);
}

static void begin(const struct handover_outputs *outputs)
{
    struct handover_journal *journal;
    struct handover_record record;
    struct error err;
    tree_take(&tree, HANDOVER_JOURNAL_NAME);
    assert_int_equal(handover_journal_open(tree.root, &journal, &record, &err), 0);
    assert_int_equal(handover_journal_begin(journal, GPU, outputs, &err), 0);
    handover_journal_close(journal);
    assert_int_equal(handover_journal_read(tree.root, &record, &err), 0);
    assert_string_equal(record.device, GPU);
}

static void what_the_journal_keeps(void **state)
{
    struct handover_outputs outputs = { .monitor = IGD_MONITOR_PLUGGED,
                                        .names = "HDMI-A-1 eDP-1" };
    recalls(GPU, IGD_MONITOR_UNKNOWN, "");
    tree_file(&tree, HANDOVER_JOURNAL_NAME, "");
    begin(&outputs);
    recalls(GPU, IGD_MONITOR_PLUGGED, "HDMI-A-1 eDP-1");
    recalls("0000:01:00.0", IGD_MONITOR_UNKNOWN, "");
    outputs = (struct handover_outputs){ .monitor = IGD_MONITOR_NONE };
    begin(&outputs);
    recalls(GPU, IGD_MONITOR_NONE, "");
    outputs.monitor = IGD_MONITOR_UNKNOWN;
    begin(&outputs);
    recalls(GPU, IGD_MONITOR_UNKNOWN, "");
}

/* A journal that is not as written by this program tells nothing. */
static void damaged_journals(void **state)
{
    static const char *const texts[] = {
        "",
        "{",
        "[1]\n",
        "\"text\"\n",
        "{\"device\":\"" GPU "\",\"monitors\":1}\n",
        "{\"device\":2,\"monitors\":\"\"}\n",
        "{\"device\":\"" GPU "\"}\n{\"monitors\":\"\"}\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        tree_file(&tree, HANDOVER_JOURNAL_NAME, texts[i]);
        recalls(GPU, IGD_MONITOR_UNKNOWN, "");
    }
    char text[400];
    const char start[] = "{\"device\":\"" GPU "\",\"monitors\":\"";
    memset(text, 'x', sizeof(text));
    memcpy(text, start, sizeof(start) - 1);
    memcpy(text + sizeof(text) - 4, "\"}\n", 4);
    tree_file(&tree, HANDOVER_JOURNAL_NAME, text);
    recalls(GPU, IGD_MONITOR_UNKNOWN, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_the_driver_tells, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_than_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_journal_keeps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_journals, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
