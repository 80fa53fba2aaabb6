/* test_boot_config.c: what is written for every boot, and that it goes again. */
#include "base/error.h"       /* struct error */
#include "host/boot_config.h" /* what is tested */
#include "host_tree.h"        /* the hosts */

#include <errno.h>   /* ENOTSUP */
#include <setjmp.h>  /* cmocka */
#include <stdarg.h>  /* cmocka */
#include <stdbool.h> /* bool */
#include <stddef.h>  /* cmocka */
#include <stdint.h>  /* cmocka */
#include <stdlib.h>  /* free */
#include <string.h>  /* strstr */

#include <cmocka.h> /* assertions; needs the headers above */

static struct host_tree tree;

static int set_up(void **state)
{
    tree_make(&tree);
    tree_file(&tree, "etc/modprobe.d/other.conf", "");
    return 0;
}

static int tear_down(void **state)
{
    tree_remove(&tree);
    return 0;
}

static void change(bool remove, unsigned expected)
{
    struct boot_plan plan;
    struct error err = { 0 };
    const struct boot_wishes wishes = {
        .root = tree.root, .id_count = 1, .ids = { 0x80861912 }, .remove = remove
    };
    assert_int_equal(boot_plan_make(&wishes, &plan, &err), 0);
    assert_int_equal(plan.count, expected);
    assert_int_equal(boot_plan_apply(tree.root, &plan, &err), 0);
    boot_plan_free(&plan);
}

static void text_is(const char *path, const char *expected)
{
    char *text = tree_text(&tree, path);
    if (expected) {
        assert_non_null(text);
        assert_string_equal(text, expected);
    } else {
        assert_null(text);
    }
    free(text);
}

static void debian_comes_and_goes(void **state)
{
    static const char before[] = "# List of modules\next4";
    tree_file(&tree, "usr/sbin/update-initramfs", "");
    tree_file(&tree, "etc/initramfs-tools/modules", before);
    change(false, 2);
    assert_true(boot_config_present(tree.root));
    char *text = tree_text(&tree, "etc/initramfs-tools/modules");
    assert_non_null(strstr(text, "ext4\n# igdvm begin"));
    assert_non_null(strstr(text, "\nvfio_pci\n"));
    free(text);
    text = tree_text(&tree, "etc/modprobe.d/igdvm.conf");
    assert_non_null(strstr(text, "options vfio-pci ids=8086:1912\n"));
    assert_non_null(strstr(text, "softdep i915 pre: vfio-pci\n"));
    assert_null(strstr(text, "disable_vga"));
    free(text);
    text_is("etc/initramfs-tools/modules.igdvm-before", before);
    change(false, 0); /* again: nothing */
    change(true, 2);
    assert_false(boot_config_present(tree.root));
    text_is("etc/initramfs-tools/modules", "# List of modules\next4\n");
    change(true, 0);
}

static void dracut_has_a_file_of_ours(void **state)
{
    tree_file(&tree, "usr/bin/dracut", "");
    tree_file(&tree, "etc/dracut.conf.d/other.conf", "");
    change(false, 2);
    text_is("etc/dracut.conf.d/igdvm.conf",
            "force_drivers+=\" vfio_pci vfio vfio_iommu_type1 \"\n");
    change(true, 2);
    text_is("etc/dracut.conf.d/igdvm.conf", NULL);
}

static void mkinitcpio_has_a_block(void **state)
{
    tree_file(&tree, "usr/bin/mkinitcpio", "");
    tree_file(&tree, "etc/mkinitcpio.conf", "MODULES=(i915)\n");
    change(false, 2);
    char *text = tree_text(&tree, "etc/mkinitcpio.conf");
    assert_non_null(strstr(text, "MODULES=(vfio_pci vfio vfio_iommu_type1 "
                                 "\"${MODULES[@]}\")\n"));
    free(text);
    change(true, 2);
    text_is("etc/mkinitcpio.conf", "MODULES=(i915)\n");
}

static void what_is_built_in_reads_no_files(void **state)
{
    struct boot_plan plan;
    struct error err = { 0 };
    const struct boot_wishes wishes = { .root = tree.root,
                                        .id_count = 1,
                                        .ids = { 0x80861912 } };
    tree_file(&tree, "usr/sbin/update-initramfs", "");
    tree_file(&tree, "proc/sys/kernel/osrelease", "5.15.0-107-generic\n");
    tree_file(
        &tree, "lib/modules/5.15.0-107-generic/modules.builtin",
        "kernel/drivers/vfio/vfio.ko\nkernel/drivers/vfio/pci/vfio-pci-core.ko\n");
    assert_int_equal(boot_plan_make(&wishes, &plan, &err), 0);
    boot_plan_free(&plan);
    tree_file(&tree, "lib/modules/5.15.0-107-generic/modules.builtin",
              "kernel/drivers/vfio/vfio.ko\nkernel/drivers/vfio/pci/vfio-pci.ko\n");
    assert_int_equal(boot_plan_make(&wishes, &plan, &err), -ENOTSUP);
    assert_non_null(strstr(err.text, "vfio-pci.ids=8086:1912"));
}

static void an_image_is_left_to_rpm_ostree(void **state)
{
    struct boot_plan plan;
    struct error err = { 0 };
    const struct boot_wishes wishes = { .root = tree.root,
                                        .id_count = 1,
                                        .ids = { 0x80861912 } };
    tree_file(&tree, "usr/bin/dracut", "");
    tree_file(&tree, "run/ostree-booted", "");
    assert_int_equal(boot_plan_make(&wishes, &plan, &err), -ENOTSUP);
    assert_non_null(strstr(err.text, "rpm-ostree initramfs --enable"));
    assert_non_null(strstr(err.text, "vfio-pci.ids=8086:1912"));
    assert_int_equal(plan.count, 0);
}

static void an_unknown_system_is_told_what_to_do(void **state)
{
    struct boot_plan plan;
    struct error err = { 0 };
    const struct boot_wishes wishes = { .root = tree.root,
                                        .id_count = 1,
                                        .ids = { 0x80861912 } };
    assert_int_equal(boot_plan_make(&wishes, &plan, &err), -ENOTSUP);
    assert_non_null(strstr(err.text, "ids=8086:1912"));
    boot_plan_free(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(debian_comes_and_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dracut_has_a_file_of_ours, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mkinitcpio_has_a_block, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_image_is_left_to_rpm_ostree, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_built_in_reads_no_files, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_system_is_told_what_to_do, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
