/* test_kernel_choice.c: iommufd or the group, on made-up hosts. */
#include "vfio/kernel_choice.h" /* what is tested */

#include "host_tree.h" /* the made-up host */

#include <setjmp.h>   /* cmocka */
#include <stdarg.h>   /* cmocka */
#include <stdbool.h>  /* bool */
#include <stddef.h>   /* cmocka */
#include <stdint.h>   /* cmocka */
#include <stdio.h>    /* snprintf */
#include <stdlib.h>   /* calloc */
#include <string.h>   /* strstr */
#include <sys/stat.h> /* chmod */
#include <unistd.h>   /* seteuid */

#include <cmocka.h> /* assertions; needs the headers above */

#define IGD    "0000:00:02.0"
#define NUMBER "sys/bus/pci/devices/" IGD "/vfio-dev/vfio3/dev"
#define CDEV   "dev/vfio/devices/vfio3"

struct host {
    struct host_tree tree;
    char sys[80], dev[80];
    struct kernel_roots roots;
};

/* A host on which all is there for iommufd. */
static int set_up(void **state)
{
    struct host *host = calloc(1, sizeof(*host));
    assert_non_null(host);
    tree_make(&host->tree);
    snprintf(host->sys, sizeof(host->sys), "%s/sys", host->tree.root);
    snprintf(host->dev, sizeof(host->dev), "%s/dev", host->tree.root);
    host->roots = (struct kernel_roots){ .sys = host->sys, .dev = host->dev };
    tree_file(&host->tree, NUMBER, "");
    tree_file(&host->tree, CDEV, "");
    tree_file(&host->tree, "dev/iommu", "");
    *state = host;
    return 0;
}

static int tear_down(void **state)
{
    struct host *host = *state;
    tree_remove(&host->tree);
    free(host);
    return 0;
}

static void iommufd_is_taken_where_it_can_be(void **state)
{
    struct host *host = *state;
    struct kernel_choice choice;
    struct error err = { 0 };
    char expected[256];

    assert_int_equal(kernel_choose(&host->roots, IGD, VFIO_KERNEL_AUTO, &choice, &err),
                     0);
    assert_int_equal(choice.backend, VFIO_KERNEL_IOMMUFD);
    assert_int_equal(choice.why_not.code, 0);
    snprintf(expected, sizeof(expected), "%s/iommu", host->dev);
    assert_string_equal(choice.iommu, expected);
    snprintf(expected, sizeof(expected), "%s/vfio/devices/vfio3", host->dev);
    assert_string_equal(choice.cdev, expected);
    assert_int_equal(
        kernel_choose(&host->roots, IGD, VFIO_KERNEL_IOMMUFD, &choice, &err), 0);
    assert_int_equal(choice.backend, VFIO_KERNEL_IOMMUFD);
    assert_int_equal(err.code, 0);
}

static void the_group_is_taken_when_asked_for(void **state)
{
    struct host *host = *state;
    struct kernel_choice choice;
    struct error err = { 0 };

    assert_int_equal(kernel_choose(&host->roots, IGD, VFIO_KERNEL_GROUP, &choice, &err),
                     0);
    assert_int_equal(choice.backend, VFIO_KERNEL_GROUP);
    assert_int_equal(choice.why_not.code, 0);
}

/* auto takes the group and knows why; iommufd fails with the same words. */
static void assert_unusable(const struct host *host, int code, const char *words)
{
    struct kernel_choice choice;
    struct error err = { 0 };

    assert_int_equal(kernel_choose(&host->roots, IGD, VFIO_KERNEL_AUTO, &choice, &err),
                     0);
    assert_int_equal(choice.backend, VFIO_KERNEL_GROUP);
    assert_int_equal(choice.why_not.code, code);
    assert_non_null(strstr(choice.why_not.text, words));
    assert_int_equal(err.code, 0);
    assert_int_equal(
        kernel_choose(&host->roots, IGD, VFIO_KERNEL_IOMMUFD, &choice, &err), code);
    assert_int_equal(err.code, code);
    assert_int_equal(err.kind, ERROR_IMPOSSIBLE);
    assert_non_null(strstr(err.text, words));
    assert_non_null(strstr(err.text, IGD));
}

static void a_kernel_without_iommufd(void **state)
{
    struct host *host = *state;
    tree_take(&host->tree, "dev/iommu");
    assert_unusable(host, -ENOENT, "CONFIG_IOMMUFD");
}

/* Linux 6.1 to 6.5 show vfio-dev/vfioN without a number. */
static void a_kernel_without_cdevs(void **state)
{
    struct host *host = *state;
    tree_take(&host->tree, NUMBER);
    assert_unusable(host, -ENOTSUP, "CONFIG_VFIO_DEVICE_CDEV");
    tree_take(&host->tree, "sys/bus/pci/devices/" IGD "/vfio-dev/vfio3");
    assert_unusable(host, -ENOTSUP, "CONFIG_VFIO_DEVICE_CDEV");
    tree_take(&host->tree, "sys/bus/pci/devices/" IGD "/vfio-dev");
    assert_unusable(host, -ENOTSUP, "CONFIG_VFIO_DEVICE_CDEV");
}

static void a_cdev_without_a_node(void **state)
{
    struct host *host = *state;
    tree_take(&host->tree, CDEV);
    assert_unusable(host, -ENOENT, "vfio/devices/vfio3");
}

/* Root may open everything, so these run as somebody else. */
static void nodes_that_may_not_be_opened(void **state)
{
    struct host *host = *state;
    bool root = geteuid() == 0;

    chmod(host->tree.root, 0755);
    tree_mode(&host->tree, "dev/iommu", 0);
    tree_mode(&host->tree, CDEV, 0666);
    if (root)
        assert_int_equal(seteuid(65534), 0);
    assert_unusable(host, -EACCES, "dev/iommu");
    if (root)
        assert_int_equal(seteuid(0), 0);
    tree_mode(&host->tree, "dev/iommu", 0666);
    tree_mode(&host->tree, CDEV, 0444);
    if (root)
        assert_int_equal(seteuid(65534), 0);
    assert_unusable(host, -EACCES, CDEV);
    if (root)
        assert_int_equal(seteuid(0), 0);
}

/* Names that no kernel gives, long or strange, are passed over. */
static void strange_entries(void **state)
{
    struct host *host = *state;
    tree_take(&host->tree, NUMBER);
    tree_take(&host->tree, "sys/bus/pci/devices/" IGD "/vfio-dev/vfio3");
    tree_file(&host->tree, "sys/bus/pci/devices/" IGD "/vfio-dev/power/dev", "");
    tree_file(&host->tree,
              "sys/bus/pci/devices/" IGD
              "/vfio-dev/vfio000000000000000000000000000000000/dev",
              "");
    assert_unusable(host, -ENOTSUP, "CONFIG_VFIO_DEVICE_CDEV");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(iommufd_is_taken_where_it_can_be, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_group_is_taken_when_asked_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_kernel_without_iommufd, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_kernel_without_cdevs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cdev_without_a_node, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nodes_that_may_not_be_opened, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(strange_entries, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
