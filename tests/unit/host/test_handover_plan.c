/* test_handover_plan.c: who has to let go of a GPU, on made-up hosts. */
#include "base/error.h"         /* struct error */
#include "host/find_gpu.h"      /* the default device */
#include "host/handover_plan.h" /* what is tested */
#include "host_tree.h"          /* the hosts */

#include <setjmp.h>  /* cmocka */
#include <stdarg.h>  /* cmocka */
#include <stdbool.h> /* bool */
#include <stddef.h>  /* cmocka */
#include <stdint.h>  /* cmocka */
#include <stdio.h>   /* snprintf */
#include <string.h>  /* strstr */

#include <cmocka.h> /* assertions; needs the headers above */

#define GPU   "0000:00:02.0"
#define AUDIO "0000:00:1f.3"

static struct host_tree tree;

static void device(const char *address, const char *class_code, const char *driver)
{
    char path[128];
    snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/class", address);
    tree_file(&tree, path, class_code);
    snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/vendor", address);
    tree_file(&tree, path, "0x8086\n");
    snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/device", address);
    tree_file(&tree, path, "0x1912\n");
    snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver_override", address);
    tree_file(&tree, path, "(null)\n");
    if (*driver) {
        char target[128];
        snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver", address);
        snprintf(target, sizeof(target), "../../drivers/%s", driver);
        tree_link(&tree, path, target);
    }
}

static int set_up(void **state)
{
    tree_make(&tree);
    device(GPU, "0x030000\n", "i915");
    tree_file(&tree, "sys/bus/pci/devices/" GPU "/boot_vga", "1\n");
    tree_file(&tree, "sys/bus/pci/devices/" GPU "/graphics/fb0/name", "i915drmfb\n");
    tree_file(&tree, "sys/class/vtconsole/vtcon0/name", "(S) VGA+\n");
    tree_file(&tree, "sys/class/vtconsole/vtcon0/bind", "0\n");
    tree_file(&tree, "sys/class/vtconsole/vtcon1/name", "(M) frame buffer device\n");
    tree_file(&tree, "sys/class/vtconsole/vtcon1/bind", "1\n");
    device(AUDIO, "0x040300\n", "snd_hda_intel");
    tree_file(&tree, "sys/bus/pci/drivers/vfio-pci/bind", "");
    return 0;
}

static int tear_down(void **state)
{
    tree_remove(&tree);
    return 0;
}

static int make(struct handover_plan *plan, bool with_audio, struct error *err)
{
    const struct handover_wishes wishes = { .root = tree.root,
                                            .device = GPU,
                                            .with_audio = with_audio };
    return handover_plan_make(&wishes, plan, err);
}

static void is_step(const struct handover_plan *plan, unsigned index, const char *text)
{
    char found[256];
    assert_true(index < plan->count);
    const struct handover_step *step = &plan->steps[index];
    handover_state_tell(step->kind, step->subject, step->before, step->after, found,
                        sizeof(found));
    assert_string_equal(found, text);
}

static void i915_with_console_and_audio(void **state)
{
    struct handover_plan plan;
    struct error err;
    assert_int_equal(make(&plan, false, &err), 0);
    assert_int_equal(plan.count, 5);
    is_step(&plan, 0, "unbind " AUDIO " from snd_hda_intel");
    is_step(&plan, 1, "take the virtual terminals from the frame buffer device");
    is_step(&plan, 2, "unbind " GPU " from i915");
    is_step(&plan, 3, "reserve " GPU " for vfio-pci");
    is_step(&plan, 4, "bind " GPU " to vfio-pci");
    assert_int_equal(plan.note_count, 1);
}

static void a_console_that_could_not_come_back_is_left(void **state)
{
    struct handover_plan plan;
    struct error err;
    tree_file(&tree, "sys/class/vtconsole/vtcon0/name", "(M) dummy device\n");
    assert_int_equal(make(&plan, false, &err), 0);
    assert_int_equal(plan.count, 4);
    is_step(&plan, 1, "unbind " GPU " from i915");
}

static void audio_goes_along(void **state)
{
    struct handover_plan plan;
    struct error err;
    assert_int_equal(make(&plan, true, &err), 0);
    assert_int_equal(plan.count, 7);
    is_step(&plan, 5, "reserve " AUDIO " for vfio-pci");
    is_step(&plan, 6, "bind " AUDIO " to vfio-pci");
}

/* A companion named twice, the GPU or the audio function as one: each is taken once. */
static void each_device_is_taken_once(void **state)
{
    struct handover_plan plan;
    struct error err;
    struct handover_wishes wishes = { .root = tree.root,
                                      .device = GPU,
                                      .companions = { GPU, AUDIO, AUDIO },
                                      .companion_count = 3 };
    for (unsigned with_audio = 0; with_audio < 2; with_audio++) {
        wishes.with_audio = with_audio;
        assert_int_equal(handover_plan_make(&wishes, &plan, &err), 0);
        assert_int_equal(plan.count, 7);
        is_step(&plan, 4, "bind " GPU " to vfio-pci");
        is_step(&plan, 6, "bind " AUDIO " to vfio-pci");
        assert_int_equal(plan.note_count, 0); /* it is not left without a driver */
    }
}

static void firmware_buffer_and_module(void **state)
{
    struct handover_plan plan;
    struct error err;
    tear_down(NULL);
    tree_make(&tree);
    device(GPU, "0x030000\n", "");
    tree_file(&tree, "sys/bus/pci/devices/" GPU "/boot_vga", "1\n");
    tree_file(&tree, "sys/bus/platform/devices/simple-framebuffer.0/uevent", "");
    tree_link(&tree, "sys/bus/platform/devices/simple-framebuffer.0/driver",
              "../../drivers/simple-framebuffer");
    assert_int_equal(make(&plan, false, &err), 0);
    assert_int_equal(plan.count, 4);
    is_step(&plan, 0, "load the module vfio-pci");
    is_step(&plan, 1, "unbind simple-framebuffer.0 from simple-framebuffer");
    is_step(&plan, 2, "reserve " GPU " for vfio-pci");
}

static void a_vga_console_stays_and_is_missed(void **state)
{
    struct handover_plan plan;
    struct error err;
    tear_down(NULL);
    tree_make(&tree);
    device(GPU, "0x030000\n", "");
    tree_file(&tree, "sys/bus/pci/devices/" GPU "/boot_vga", "1\n");
    tree_file(&tree, "sys/bus/pci/drivers/vfio-pci/bind", "");
    tree_file(&tree, "sys/class/vtconsole/vtcon0/name", "(S) VGA+\n");
    tree_file(&tree, "sys/class/vtconsole/vtcon0/bind", "1\n");
    assert_int_equal(make(&plan, false, &err), 0);
    assert_int_equal(plan.count, 3);
    assert_string_equal(plan.steps[0].subject, "VGA+");
    assert_false(handover_step_changes(&plan.steps[0]));
    assert_true(handover_step_changes(&plan.steps[1]));
    assert_non_null(strstr(plan.notes[0], "VGA console"));
}

static void bound_already_is_no_step(void **state)
{
    struct handover_plan plan;
    struct error err;
    tree_link(&tree, "sys/bus/pci/devices/" GPU "/driver", "../../drivers/vfio-pci");
    assert_int_equal(make(&plan, false, &err), 0);
    assert_int_equal(plan.count, 0);
}

static void another_display_keeps_its_console(void **state)
{
    struct handover_plan plan;
    struct error err;
    tree_remove(&tree);
    tree_make(&tree);
    device(GPU, "0x038000\n", "i915");
    tree_file(&tree, "sys/bus/pci/devices/" GPU "/boot_vga", "0\n");
    tree_file(&tree, "sys/class/vtconsole/vtcon1/name", "(M) frame buffer device\n");
    tree_file(&tree, "sys/class/vtconsole/vtcon1/bind", "1\n");
    tree_file(&tree, "sys/bus/pci/drivers/vfio-pci/bind", "");
    assert_int_equal(make(&plan, false, &err), 0);
    assert_int_equal(plan.count, 3);
}

static void virtual_functions_and_wrong_devices_are_refused(void **state)
{
    struct handover_plan plan;
    struct error err;
    tree_file(&tree, "sys/bus/pci/devices/" GPU "/sriov_numvfs", "3\n");
    assert_int_equal(make(&plan, false, &err), -EBUSY);
    assert_non_null(strstr(err.text, "3 virtual functions"));
    const struct handover_wishes audio = { .root = tree.root, .device = AUDIO };
    assert_int_equal(handover_plan_make(&audio, &plan, &err), -ENODEV);
    const struct handover_wishes absent = { .root = tree.root,
                                            .device = "0000:00:09.0" };
    assert_int_equal(handover_plan_make(&absent, &plan, &err), -ENODEV);
}

static void the_gpu_is_found(void **state)
{
    char address[VFIO_ADDRESS_SIZE];
    char sys[sizeof(tree.root) + 4];
    struct error err;
    snprintf(sys, sizeof(sys), "%s/sys", tree.root);
    assert_int_equal(find_gpu(sys, address, &err), 0);
    assert_string_equal(address, GPU);
    struct display_device devices[FIND_GPU_MAX];
    assert_int_equal(find_displays(sys, devices), 1);
    assert_string_equal(devices[0].driver, "i915");
    assert_string_equal(devices[0].override, "");
    tree_remove(&tree);
    tree_make(&tree);
    snprintf(sys, sizeof(sys), "%s/sys", tree.root);
    device("0000:01:00.0", "0x030000\n", "nouveau");
    assert_int_equal(find_gpu(sys, address, &err), -ENODEV);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(i915_with_console_and_audio, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_console_that_could_not_come_back_is_left,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(audio_goes_along, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_device_is_taken_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(firmware_buffer_and_module, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_vga_console_stays_and_is_missed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(bound_already_is_no_step, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_display_keeps_its_console, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(virtual_functions_and_wrong_devices_are_refused,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_gpu_is_found, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
