/* test_monitor.c: monitors as the command line writes them, and their EDID. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"    /* loads, byte_sum */
#include "base/error.h"    /* errors */
#include "model/chips.h"   /* chips */
#include "model/monitor.h" /* what is tested */

#include <stdio.h>  /* popen */
#include <stdlib.h> /* mkstemp */
#include <string.h> /* strings */
#include <unistd.h> /* write */

static struct model_monitors parsed(const char *chip, const char *text)
{
    struct model_monitors monitors;
    struct error err = { 0 };
    if (model_monitors_parse(&monitors, model_chip_find(chip), text, &err) < 0)
        fail_msg("%s: %s", text, err.text);
    return monitors;
}

static void assert_refused(const char *chip, const char *text, const char *because)
{
    struct model_monitors monitors;
    struct error err = { 0 };
    int result = model_monitors_parse(&monitors, model_chip_find(chip), text, &err);
    assert_int_equal(result, -EINVAL);
    assert_int_equal(err.kind, ERROR_INPUT);
    if (!strstr(err.text, because))
        fail_msg("%s: \"%s\" does not say \"%s\"", text, err.text, because);
}

static void test_list(void **state)
{
    struct model_monitors all =
        parsed("skylake", "HDMI-B:1920x1080@60+1280x720,edp-a:1366x768,dp-c:none");
    char text[128];
    assert_int_equal(all.count, 3);
    assert_int_equal(all.list[0].kind, MODEL_MONITOR_HDMI);
    assert_int_equal(all.list[0].port->letter, 'b');
    assert_int_equal(all.list[0].port->gmbus_pin, 5);
    assert_int_equal(all.list[0].mode_count, 2);
    assert_true(all.list[0].connected);
    assert_string_equal(all.list[0].name, "igdvm HDMI-B");
    assert_int_equal(all.list[1].kind, MODEL_MONITOR_EDP);
    assert_int_equal(all.list[1].modes[0].horizontal.active, 1366);
    assert_string_equal(all.list[1].name, "igdvm eDP-A");
    assert_false(all.list[2].connected);
    assert_string_equal(model_monitor_text(&all.list[0], text, sizeof(text)),
                        "hdmi-b:1920x1080@60+1280x720@60");
    assert_string_equal(model_monitor_text(&all.list[2], text, sizeof(text)),
                        "dp-c:none");
    const struct model_port *port = model_port_find(model_chip_find("skylake"), 'A');
    assert_ptr_equal(model_monitor_on(&all, port), &all.list[1]);
}

static void test_defaults(void **state)
{
    const struct model_chip *chip;
    for (size_t i = 0; (chip = model_chip_at(i)); i++) {
        struct model_monitors usual = parsed(chip->name, NULL);
        assert_int_equal(usual.count, 1);
        assert_int_equal(usual.list[0].kind, MODEL_MONITOR_HDMI);
        assert_true(usual.list[0].connected);
        assert_int_equal(usual.list[0].modes[0].horizontal.active, 1920);
        assert_int_not_equal(usual.list[0].port->gmbus_pin, 0);
        struct model_monitors none = parsed(chip->name, "none");
        assert_int_equal(none.count, 1);
        assert_false(none.list[0].connected);
    }
}

static void test_errors(void **state)
{
    assert_refused("skylake", "vga-a",
                   "skylake has no such connector, but edp-a, "
                   "hdmi-b, dp-b, hdmi-c");
    assert_refused("skylake", "hdmi-a", "hdmi-a: skylake has no such");
    assert_refused("skylake", "hdmi-bb", "no such connector");
    assert_refused("skylake", "hdmi-", "no such connector");
    assert_refused("skylake", ",", "no such connector");
    assert_refused("skylake", "hdmi-b,dp-b", "port b is taken");
    assert_refused("skylake", "hdmi-b:", "expected WIDTHxHEIGHT");
    assert_refused("skylake", "hdmi-b:1920x", "expected WIDTHxHEIGHT");
    assert_refused("skylake", "hdmi-b:1920x1080@", "240 Hz");
    assert_refused("skylake", "hdmi-b:1920x1080@60 ", "expected WIDTHxHEIGHT");
    assert_refused("skylake", "hdmi-b:-1920x1080", "expected WIDTHxHEIGHT");
    assert_refused("skylake", "hdmi-b:1920x1080+", "expected WIDTHxHEIGHT");
    assert_refused("skylake", "hdmi-b:100x100", "640x400 to 4095x4095");
    assert_refused("skylake", "dp-b:99999999999999x768", "640x400 to 4095x4095");
    assert_refused("skylake", "hdmi-b:3840x2160@60", "HDMI 1.4 has at most 340");
    assert_refused("skylake", "dp-b:4000x4000@240", "655 MHz");
    assert_refused("skylake", "edp-a:none", "cannot be unplugged");
    assert_refused("skylake",
                   "dp-b:640x480+640x480+640x480+640x480+640x480+640x480+640x480",
                   "more than 6 modes");
    assert_refused("skylake", "edp-a:1920x1200+1920x1200@48+1024x768",
                   "more than 2 modes");
    assert_refused("skylake", "dp-b:640x400@24", "10 to 655 MHz");
    assert_refused("alder-lake-s", "hdmi-a,hdmi-b,hdmi-c,hdmi-d,hdmi-e",
                   "more than 4 connectors");
    char huge[1024];
    memset(huge, 'x', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    assert_refused("skylake", huge, "a part of 1023 characters");
}

/* Figures of VESA's own spreadsheets: CVT 1.2, with and without reduced blanking. */
static void test_computed_timings(void **state)
{
    static const struct {
        unsigned width, height, refresh;
        struct model_timing expected;
    } rows[] = {
        { 2560,
          1440,
          60,
          { 60, 241500, { 2560, 48, 32, 80, true }, { 1440, 3, 5, 33, false }, 0 } },
        { 1680,
          1050,
          60,
          { 60, 119000, { 1680, 48, 32, 80, true }, { 1050, 3, 6, 21, false }, 0 } },
        { 1440,
          900,
          60,
          { 60, 88750, { 1440, 48, 32, 80, true }, { 900, 3, 6, 17, false }, 0 } },
        { 1024,
          768,
          75,
          { 75, 82000, { 1024, 64, 104, 168, false }, { 768, 3, 4, 30, true }, 0 } },
        { 1680,
          1050,
          75,
          { 75, 187000, { 1680, 120, 176, 296, false }, { 1050, 3, 6, 40, true }, 0 } },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct model_timing timing;
        assert_true(
            model_timing_of(rows[i].width, rows[i].height, rows[i].refresh, &timing));
        assert_memory_equal(&timing, &rows[i].expected, sizeof(timing));
    }
}

static void test_edid_base(void **state)
{
    struct model_monitors all = parsed("skylake", "hdmi-b:1920x1080+1024x768,edp-a");
    const uint8_t *hdmi = all.list[0].edid, *panel = all.list[1].edid;
    /* 1920x1080 of CTA-861, as any television's EDID has it. */
    static const uint8_t full_hd[12] = { 0x02, 0x3a, 0x80, 0x18, 0x71, 0x38,
                                         0x2d, 0x40, 0x58, 0x2c, 0x45, 0x00 };
    assert_int_equal(all.list[0].edid_size, 256);
    assert_int_equal(byte_sum(hdmi, 128), 0);
    assert_int_equal(byte_sum(hdmi + 128, 128), 0);
    assert_memory_equal(hdmi + 54, full_hd, sizeof(full_hd));
    assert_int_equal(hdmi[126], 1);
    assert_int_equal(hdmi[0x24] & 0x08, 0x08);
    assert_int_equal(hdmi[128], 2);
    assert_int_equal(all.list[1].edid_size, 128);
    assert_int_equal(byte_sum(panel, 128), 0);
    assert_int_equal(panel[0x14], 0xa5);
}

/* edid-decode knows the standards better than a table here could. */
static void check_conformity(const struct model_monitor *monitor)
{
    char path[] = "/tmp/igdvm-edid-XXXXXX", command[128], line[256], text[128];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, monitor->edid, monitor->edid_size), monitor->edid_size);
    close(fd);
    snprintf(command, sizeof(command), "edid-decode --check %s 2>&1", path);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    bool pass = false;
    char all[4096] = "";
    while (fgets(line, sizeof(line), output)) {
        pass |= strstr(line, "EDID conformity: PASS") != NULL;
        strncat(all, line, sizeof(all) - strlen(all) - 1);
    }
    int status = pclose(output);
    unlink(path);
    if (!pass || status != 0)
        fail_msg("%s: %s", model_monitor_text(monitor, text, sizeof(text)), all);
}

static void test_edid_conformity(void **state)
{
    static const char *const lists[] = {
        "hdmi-b",
        "dp-b",
        "edp-a",
        "hdmi-b:1920x1080",
        "hdmi-b:1024x768",
        "hdmi-b:640x480",
        "hdmi-b:3840x2160@30+1920x1080@24",
        "hdmi-b:2560x1440+1920x1200+1680x1050+1440x900+1366x768+1280x800",
        "hdmi-b:1280x720@50+1024x768@75",
        "dp-b:3840x2160+2560x1440+1920x1200+1680x1050+1440x900+1280x800",
        "dp-b:1920x1080@144+1920x1080",
        "dp-b:640x480",
        "dp-b:640x400",
        "edp-a:1366x768",
        "edp-a:1920x1200+1920x1200@48",
        "edp-a:2880x1800",
    };
    if (system("edid-decode --version >/dev/null 2>&1 </dev/null") == 127 * 256) {
        print_message("edid-decode is not installed\n");
        skip();
    }
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        struct model_monitors all = parsed("skylake", lists[i]);
        check_conformity(&all.list[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),      cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_errors),    cmocka_unit_test(test_computed_timings),
        cmocka_unit_test(test_edid_base), cmocka_unit_test(test_edid_conformity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
