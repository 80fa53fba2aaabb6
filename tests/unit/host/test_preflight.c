/* test_preflight.c: each obstacle to assignment on a made-up host, named with its
 * remedy. */
#include "base/error.h"     /* struct error */
#include "host/preflight.h" /* what is tested */
#include "host_tree.h"      /* the made-up host */

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

/* A host under a temporary directory, on which assignment works. */
struct host {
    struct host_tree tree;
    char sys[80], dev[80];
    struct host_paths paths;
};

static void put_device(const struct host *host, const char *address, const char *device,
                       const char *class_code, const char *driver, const char *group)
{
    char path[256], target[256];
    snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/vendor", address);
    tree_file(&host->tree, path, "0x8086\n");
    snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/device", address);
    tree_file(&host->tree, path, device);
    snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/class", address);
    tree_file(&host->tree, path, class_code);
    if (driver) {
        snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver", address);
        snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", driver);
        tree_link(&host->tree, path, target);
    }
    if (group) {
        snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/iommu_group", address);
        snprintf(target, sizeof(target), "../../../../kernel/iommu_groups/%s", group);
        tree_link(&host->tree, path, target);
        snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%s/devices/%s", group,
                 address);
        tree_link(&host->tree, path, "elsewhere");
    }
}

static int set_up(void **state)
{
    struct host *host = calloc(1, sizeof(*host));
    assert_non_null(host);
    tree_make(&host->tree);
    snprintf(host->sys, sizeof(host->sys), "%s/sys", host->tree.root);
    snprintf(host->dev, sizeof(host->dev), "%s/dev", host->tree.root);
    host->paths = (struct host_paths){ .sys = host->sys, .dev = host->dev };
    put_device(host, "0000:00:02.0", "0x5917\n", "0x030000\n", "vfio-pci", "1");
    put_device(host, "0000:00:1c.0", "0x9d10\n", "0x060400\n", "pcieport", "2");
    put_device(host, "0000:01:00.0", "0x2723\n", "0x028000\n", "iwlwifi", "2");
    tree_file(&host->tree, "dev/vfio/vfio", "");
    tree_file(&host->tree, "dev/vfio/1", "");
    tree_file(&host->tree, "dev/kvm", "");
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

/* The host is refused with this code, in one line that holds all of these words. */
static void assert_refused(const struct host *host, const char *address, int code,
                           const char *const *words)
{
    struct error err = { 0 };
    assert_int_equal(host_preflight(&host->paths, address, &err), code);
    assert_int_equal(err.code, code);
    for (; *words; words++) {
        if (!strstr(err.text, *words))
            fail_msg("\"%s\" does not say \"%s\"", err.text, *words);
    }
    if (strchr(err.text, '\n') || strlen(err.text) >= sizeof(err.text) - 1)
        fail_msg("\"%s\" is more than a line", err.text);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define IGD        "0000:00:02.0"

static void a_ready_host_passes(void **state)
{
    struct host *host = *state;
    struct error err = { 0 };
    assert_int_equal(host_preflight(&host->paths, IGD, &err), 0);
    assert_int_equal(host_preflight(&host->paths, "0:2.0", &err), 0);
    assert_int_equal(host_check_kvm(&host->paths, &err), 0);
    assert_int_equal(err.code, 0);
}

static void missing_device_lists_what_there_is(void **state)
{
    struct host *host = *state;
    assert_refused(host, "0000:00:03.0", -ENODEV,
                   WORDS("igd-absent: ", "0000:00:03.0", "0000:00:02.0 (8086:5917)"));
    tree_file(&host->tree, "sys/bus/pci/devices/" IGD "/class", "0x038000\n");
    assert_refused(host, "0000:00:03.0", -ENODEV, WORDS("0000:00:02.0 (8086:5917)"));
    tree_file(&host->tree, "sys/bus/pci/devices/" IGD "/vendor", "0x1002\n");
    assert_refused(host, "0000:00:03.0", -ENODEV, WORDS("nor any Intel display"));
}

static void no_sysfs_at_all(void **state)
{
    struct host *host = *state;
    host->paths.sys = "/nonexistent";
    assert_refused(host, IGD, -ENODEV, WORDS("there is no PCI device"));
}

static void wrong_driver_is_named(void **state)
{
    struct host *host = *state;
    tree_link(&host->tree, "sys/bus/pci/devices/" IGD "/driver", "../../drivers/i915");
    assert_refused(host, IGD, -ENODEV,
                   WORDS("host-driver: ", "the driver i915", "modprobe vfio-pci",
                         "driver_override",
                         "echo " IGD " > /sys/bus/pci/devices/" IGD "/driver/unbind",
                         "drivers_probe"));
}

static void no_driver_needs_no_unbind(void **state)
{
    struct host *host = *state;
    struct error err = { 0 };
    tree_take(&host->tree, "sys/bus/pci/devices/" IGD "/driver");
    assert_refused(
        host, IGD, -ENODEV,
        WORDS("unbound: ", "bound to no driver", "driver_override", "drivers_probe"));
    host_preflight(&host->paths, IGD, &err);
    assert_null(strstr(err.text, "driver/unbind"));
}

static void another_kind_of_device_is_named(void **state)
{
    struct host *host = *state;
    struct error err = { 0 };
    assert_int_equal(host_preflight_gpu(&host->paths, "00:02.0", &err), 0);
    put_device(host, "0000:00:1f.6", "0x15d7\n", "0x020000\n", "e1000e", "1");
    assert_int_equal(host_preflight_gpu(&host->paths, "00:1f.6", &err), -ENODEV);
    assert_non_null(strstr(err.text, "igd-absent: 0000:00:1f.6 (8086:15d7, class 0200) "
                                     "is no Intel display device"));
    assert_non_null(strstr(err.text, "0000:00:02.0 (8086:5917)"));
    tree_file(&host->tree, "sys/bus/pci/devices/" IGD "/vendor", "0x10de\n");
    assert_int_equal(host_preflight_gpu(&host->paths, IGD, &err), -ENODEV);
    assert_non_null(strstr(err.text, "none; turn the integrated graphics on"));
    assert_int_equal(host_preflight_gpu(&host->paths, "00:09.0", &err), -ENODEV);
    assert_int_equal(host_preflight_gpu(&host->paths, "gpu", &err), -EINVAL);
}

static void igfx_off_is_suspected(void **state)
{
    struct host *host = *state;
    tree_take(&host->tree, "sys/bus/pci/devices/" IGD "/iommu_group");
    assert_refused(host, IGD, -ENODEV,
                   WORDS("igfx-off: ", "no IOMMU group", "igfx_off"));
}

static void broadwell_is_impossible(void **state)
{
    struct host *host = *state;
    tree_take(&host->tree, "sys/bus/pci/devices/" IGD "/iommu_group");
    tree_file(&host->tree, "sys/bus/pci/devices/" IGD "/device", "0x1616\n");
    assert_refused(host, IGD, -ENODEV,
                   WORDS("host-iommu: ", "Broadwell", "cannot be assigned"));
}

static void vtd_off(void **state)
{
    struct host *host = *state;
    put_device(host, "0000:00:04.0", "0x5917\n", "0x030000\n", "vfio-pci", NULL);
    host->paths.sys = host->sys;
    char from[128], to[128];
    snprintf(from, sizeof(from), "%s/kernel/iommu_groups", host->sys);
    snprintf(to, sizeof(to), "%s/kernel/gone", host->sys);
    assert_int_equal(rename(from, to), 0);
    assert_refused(host, "0000:00:04.0", -ENODEV, WORDS("VT-d", "intel_iommu=on"));
    assert_int_equal(mkdir(from, 0755), 0);
    assert_refused(host, "0000:00:04.0", -ENODEV, WORDS("VT-d", "intel_iommu=on"));
}

static void other_members_are_named(void **state)
{
    struct host *host = *state;
    /* Bridges, devices of vfio and devices without a driver do not matter. */
    put_device(host, "0000:00:01.0", "0x1901\n", "0x060400\n", "pcieport", "1");
    put_device(host, "0000:00:05.0", "0x1911\n", "0x088000\n", NULL, "1");
    put_device(host, "0000:00:06.0", "0x1911\n", "0x088000\n", "vfio-pci", "1");
    put_device(host, "0000:00:07.0", "0x1911\n", "0x088000\n", "pci-stub", "1");
    struct error err = { 0 };
    assert_int_equal(host_preflight(&host->paths, IGD, &err), 0);
    put_device(host, "0000:00:1f.3", "0x9d71\n", "0x040300\n", "snd_hda_intel", "1");
    put_device(host, "0000:00:1f.6", "0x15d7\n", "0x020000\n", "e1000e", "1");
    assert_refused(host, IGD, -EBUSY,
                   WORDS("group-shared: ", "group 1", "0000:00:1f.3 (snd_hda_intel)",
                         "0000:00:1f.6 (e1000e)"));
}

static void a_large_group_stays_one_line(void **state)
{
    struct host *host = *state;
    for (unsigned i = 0; i < 60; i++) {
        char address[VFIO_ADDRESS_SIZE];
        snprintf(address, sizeof(address), "0000:02:%02x.%x", i / 8, i % 8);
        put_device(host, address, "0x1911\n", "0x088000\n", "a_driver_with_a_name",
                   "1");
    }
    assert_refused(host, IGD, -EBUSY, WORDS("0000:02:00.0", "bind them to vfio-pci"));
}

static void missing_nodes(void **state)
{
    struct host *host = *state;
    tree_take(&host->tree, "dev/vfio/1");
    assert_refused(host, IGD, -ENOENT, WORDS("/dev/vfio/1", "vfio-pci"));
    tree_take(&host->tree, "dev/vfio/vfio");
    assert_refused(host, IGD, -ENOENT, WORDS("/dev/vfio/vfio", "modprobe"));
}

/* Root may open anything, so these can only be seen as somebody else. */
static bool become_nobody(void)
{
    return geteuid() != 0 || seteuid(65534) == 0;
}

static void become_root_again(void)
{
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

static void nodes_without_permission(void **state)
{
    struct host *host = *state;
    chmod(host->tree.root, 0755);
    tree_mode(&host->tree, "dev/vfio/1", 0400);
    tree_mode(&host->tree, "dev/vfio/vfio", 0666);
    tree_mode(&host->tree, "dev/kvm", 0);
    struct error err = { 0 };
    if (!become_nobody())
        skip();
    assert_refused(host, IGD, -EACCES, WORDS("/dev/vfio/1", "chown"));
    assert_int_equal(host_check_kvm(&host->paths, &err), -EACCES);
    assert_non_null(strstr(err.text, "usermod -aG kvm"));
    become_root_again();
    tree_mode(&host->tree, "dev/vfio/vfio", 0600);
    if (geteuid() != 0)
        tree_mode(&host->tree, "dev/vfio/vfio", 0);
    assert_true(become_nobody());
    assert_refused(host, IGD, -EACCES, WORDS("/dev/vfio/vfio", "chmod"));
    become_root_again();
}

/* The kernel's other backend: nodes of the device itself and of iommufd. */
static void put_iommufd(const struct host *host)
{
    tree_file(&host->tree, "sys/bus/pci/devices/" IGD "/vfio-dev/vfio0/dev", "511:0\n");
    tree_file(&host->tree, "dev/vfio/devices/vfio0", "");
    tree_file(&host->tree, "dev/iommu", "");
}

static void iommufd_needs_no_group_nodes(void **state)
{
    struct host *host = *state;
    struct error err = { 0 };
    put_iommufd(host);
    tree_take(&host->tree, "dev/vfio/1");
    tree_take(&host->tree, "dev/vfio/vfio");
    assert_int_equal(host_preflight(&host->paths, IGD, &err), 0);
    assert_int_equal(host_preflight_by(&host->paths, IGD, VFIO_KERNEL_IOMMUFD, &err),
                     0);
    assert_int_equal(err.code, 0);
    assert_int_equal(host_preflight_by(&host->paths, IGD, VFIO_KERNEL_GROUP, &err),
                     -ENOENT);
    assert_non_null(strstr(err.text, "/dev/vfio/vfio"));
    assert_null(strstr(err.text, "iommufd"));
}

static void the_group_needs_no_iommufd(void **state)
{
    struct host *host = *state;
    struct error err = { 0 };
    assert_int_equal(host_preflight(&host->paths, IGD, &err), 0);
    assert_int_equal(host_preflight_by(&host->paths, IGD, VFIO_KERNEL_GROUP, &err), 0);
    assert_int_equal(err.code, 0);
    assert_int_equal(host_preflight_by(&host->paths, IGD, VFIO_KERNEL_IOMMUFD, &err),
                     -ENOENT);
    assert_non_null(strstr(err.text, "iommufd cannot be used"));
    assert_non_null(strstr(err.text, "CONFIG_IOMMUFD"));
    put_iommufd(host);
    tree_take(&host->tree, "sys/bus/pci/devices/" IGD "/vfio-dev/vfio0/dev");
    assert_int_equal(host_preflight_by(&host->paths, IGD, VFIO_KERNEL_IOMMUFD, &err),
                     -ENOTSUP);
    assert_non_null(strstr(err.text, "CONFIG_VFIO_DEVICE_CDEV"));
    assert_int_equal(host_preflight(&host->paths, IGD, &err), 0);
}

/* With neither to be had, what is missing of both is said. */
static void neither_backend(void **state)
{
    struct host *host = *state;
    put_iommufd(host);
    tree_take(&host->tree, "dev/vfio/vfio");
    tree_take(&host->tree, "dev/vfio/devices/vfio0");
    assert_refused(host, IGD, -ENOENT,
                   WORDS("/dev/vfio/vfio", "CONFIG_VFIO_CONTAINER",
                         "nor can iommufd be used", "/dev/vfio/devices/vfio0"));
}

/* Whatever the backend, the whole group must be free of host drivers. */
static void iommufd_too_wants_the_whole_group(void **state)
{
    struct host *host = *state;
    put_iommufd(host);
    put_device(host, "0000:00:1f.3", "0x9d71\n", "0x040300\n", "snd_hda_intel", "1");
    assert_refused(host, IGD, -EBUSY, WORDS("0000:00:1f.3 (snd_hda_intel)"));
}

static void no_kvm(void **state)
{
    struct host *host = *state;
    struct error err = { 0 };
    tree_take(&host->tree, "dev/kvm");
    assert_int_equal(host_check_kvm(&host->paths, &err), -ENOENT);
    assert_non_null(strstr(err.text, "kvm-intel"));
    assert_non_null(strstr(err.text, "kvm-amd"));
    assert_non_null(strstr(err.text, "firmware"));
}

static void addresses(void **state)
{
    static const struct {
        const char *text, *address;
    } good[] = {
        { "0000:00:02.0", "0000:00:02.0" }, { "00:02.0", "0000:00:02.0" },
        { "0:2.0", "0000:00:02.0" },        { "1:AB:1f.7", "0001:ab:1f.7" },
        { "ffff:ff:1f.7", "ffff:ff:1f.7" },
    };
    static const char *const bad[] = {
        "",         "0",         "00:02",     "00:02.8",       "00:20.0",
        "100:2.0",  "00:02.00",  "00:02.0 ",  " 00:02.0",      "-0:2.0",
        "0x0:2.0",  "00:02.0:0", "0:0:0:2.0", "10000:0:2.0",   "00:02.x",
        "../0:2.0", "::.",       "00:002.0",  "0000:00:02.0/", "+1:2.0",
    };
    char address[VFIO_ADDRESS_SIZE];
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        assert_int_equal(host_address_parse(good[i].text, address, NULL), 0);
        assert_string_equal(address, good[i].address);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct error err = { 0 };
        if (host_address_parse(bad[i], address, &err) != -EINVAL)
            fail_msg("\"%s\" was taken", bad[i]);
        assert_int_equal(err.kind, ERROR_INPUT);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_ready_host_passes),
        TEST(missing_device_lists_what_there_is),
        TEST(no_sysfs_at_all),
        TEST(wrong_driver_is_named),
        TEST(no_driver_needs_no_unbind),
        TEST(another_kind_of_device_is_named),
        TEST(igfx_off_is_suspected),
        TEST(broadwell_is_impossible),
        TEST(vtd_off),
        TEST(other_members_are_named),
        TEST(a_large_group_stays_one_line),
        TEST(missing_nodes),
        TEST(nodes_without_permission),
        TEST(iommufd_needs_no_group_nodes),
        TEST(the_group_needs_no_iommufd),
        TEST(neither_backend),
        TEST(iommufd_too_wants_the_whole_group),
        TEST(no_kvm),
        cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests_name("host/preflight", tests, NULL, NULL);
}
