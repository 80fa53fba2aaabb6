/* test_kernel_choice.c: iommufd or the group, on made-up hosts. */
#include "vfio/kernel_choice.h" /* what is tested */

#include <ftw.h>      /* remove the tree */
#include <setjmp.h>   /* cmocka */
#include <stdarg.h>   /* cmocka */
#include <stdbool.h>  /* bool */
#include <stddef.h>   /* cmocka */
#include <stdint.h>   /* cmocka */
#include <stdio.h>    /* snprintf */
#include <stdlib.h>   /* mkdtemp */
#include <string.h>   /* strstr */
#include <sys/stat.h> /* mkdir */
#include <unistd.h>   /* remove */

#include <cmocka.h> /* assertions; needs the headers above */

#define IGD    "0000:00:02.0"
#define NUMBER "sys/bus/pci/devices/" IGD "/vfio-dev/vfio3/dev"
#define CDEV   "dev/vfio/devices/vfio3"

struct host {
    char root[64], sys[80], dev[80];
    struct kernel_roots roots;
};

/* Make the directories of a path below root, and return it. */
static const char *in_tree(const struct host *host, const char *path)
{
    static char full[256];
    snprintf(full, sizeof(full), "%s/%s", host->root, path);
    for (char *slash = full + strlen(host->root) + 1; (slash = strchr(slash, '/'));
         slash++) {
        *slash = '\0';
        mkdir(full, 0755);
        *slash = '/';
    }
    return full;
}

static void put(const struct host *host, const char *path)
{
    FILE *file = fopen(in_tree(host, path), "w");
    assert_non_null(file);
    fclose(file);
}

static void take(const struct host *host, const char *path)
{
    assert_int_equal(remove(in_tree(host, path)), 0);
}

/* A host on which all is there for iommufd. */
static int set_up(void **state)
{
    struct host *host = calloc(1, sizeof(*host));
    strcpy(host->root, "/tmp/kernel-choice-XXXXXX");
    assert_non_null(mkdtemp(host->root));
    snprintf(host->sys, sizeof(host->sys), "%s/sys", host->root);
    snprintf(host->dev, sizeof(host->dev), "%s/dev", host->root);
    host->roots = (struct kernel_roots){ .sys = host->sys, .dev = host->dev };
    put(host, NUMBER);
    put(host, CDEV);
    put(host, "dev/iommu");
    *state = host;
    return 0;
}

static int remove_entry(const char *path, const struct stat *stat, int type,
                        struct FTW *walk)
{
    return remove(path);
}

static int tear_down(void **state)
{
    struct host *host = *state;
    nftw(host->root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
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
    take(host, "dev/iommu");
    assert_unusable(host, -ENOENT, "CONFIG_IOMMUFD");
}

/* Linux 6.1 to 6.5 show vfio-dev/vfioN without a number. */
static void a_kernel_without_cdevs(void **state)
{
    struct host *host = *state;
    take(host, NUMBER);
    assert_unusable(host, -ENOTSUP, "CONFIG_VFIO_DEVICE_CDEV");
    take(host, "sys/bus/pci/devices/" IGD "/vfio-dev/vfio3");
    assert_unusable(host, -ENOTSUP, "CONFIG_VFIO_DEVICE_CDEV");
    take(host, "sys/bus/pci/devices/" IGD "/vfio-dev");
    assert_unusable(host, -ENOTSUP, "CONFIG_VFIO_DEVICE_CDEV");
}

static void a_cdev_without_a_node(void **state)
{
    struct host *host = *state;
    take(host, CDEV);
    assert_unusable(host, -ENOENT, "vfio/devices/vfio3");
}

/* Root may open everything, so these run as somebody else. */
static void nodes_that_may_not_be_opened(void **state)
{
    struct host *host = *state;
    bool root = geteuid() == 0;

    chmod(host->root, 0755);
    chmod(in_tree(host, "dev/iommu"), 0);
    chmod(in_tree(host, CDEV), 0666);
    if (root)
        assert_int_equal(seteuid(65534), 0);
    assert_unusable(host, -EACCES, "dev/iommu");
    if (root)
        assert_int_equal(seteuid(0), 0);
    chmod(in_tree(host, "dev/iommu"), 0666);
    chmod(in_tree(host, CDEV), 0444);
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
    take(host, NUMBER);
    take(host, "sys/bus/pci/devices/" IGD "/vfio-dev/vfio3");
    put(host, "sys/bus/pci/devices/" IGD "/vfio-dev/power/dev");
    put(host, "sys/bus/pci/devices/" IGD
              "/vfio-dev/vfio000000000000000000000000000000000/dev");
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
