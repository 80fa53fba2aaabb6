/* test_fault_watch.c: bursts and streams of DMA faults, and what they point at. */
#include "base/bytes.h"       /* store32 */
#include "host/console.h"     /* the firmware's picture */
#include "host/fault_watch.h" /* what is tested */
#include "host/pci.h"         /* made-up devices */
#include "host_tree.h"        /* a made-up sysfs */
#include "igd/ggc.h"          /* registers */

#include <setjmp.h>  /* cmocka */
#include <stdarg.h>  /* cmocka */
#include <stdbool.h> /* bool */
#include <stddef.h>  /* cmocka */
#include <stdint.h>  /* cmocka */
#include <stdio.h>   /* snprintf */
#include <string.h>  /* strcpy */

#include <cmocka.h> /* assertions; needs the headers above */

#define GPU "0000:00:02.0"

static struct host_pci_device devices[2];
static struct host_pci pci = { .count = 2, .devices = devices };
static struct fault_places places;
static struct host_console console;

/* A Skylake with 64 MiB of stolen memory at 0x7b800000 and the GTT's 8 MiB below. */
static int set_up(void **state)
{
    memset(devices, 0, sizeof(devices));
    strcpy(devices[0].address, GPU);
    devices[0].identified = true;
    devices[0].vendor = 0x8086;
    devices[0].device = 0x1912;
    devices[0].config_size = 256;
    store16(devices[0].config + IGD_REG_GGC, 0x02c1);
    store32(devices[0].config + IGD_REG_BDSM32, 0x7b800001);
    store32(devices[0].config + IGD_REG_ASLS, 0x7a000018);
    devices[0].bar_start[2] = 0xe0000000;
    devices[0].bar_size[2] = 0x10000000;
    devices[0].bar_start[4] = 0x3000;
    devices[0].bar_size[4] = 64;
    strcpy(devices[1].address, "0000:00:1f.3");
    devices[1].bar_start[0] = 0xf1000000;
    devices[1].bar_size[0] = 0x4000;
    pci.reserved_regions = "0x000000007f000000 0x000000007fffffff direct-relaxable\n"
                           "0x00000000fee00000 0x00000000feefffff msi\n";
    console.claim_count = 3;
    console.claims[0] = (struct host_claim){ 0xe0000000, 0xe07fffff, "BOOTFB", 2 };
    console.claims[1] = (struct host_claim){ 0xe0000000, 0xefffffff, "vfio-pci", 2 };
    console.claims[2] = (struct host_claim){ 0x3c0, 0x3df, "vesafb", 1 };
    fault_places_read(&places, &pci, &console, &devices[0]);
    places.guest_end = 0x100000000;
    return 0;
}

static void points_at(uint64_t address, enum fault_cause cause)
{
    struct fault_place found;
    const struct fault_place *place = fault_places_find(&places, address, &found);
    assert_int_equal(place->cause, cause);
    assert_true(place->name[0]);
    assert_non_null(fault_cause_meaning(cause));
    assert_non_null(fault_cause_remedy(cause));
}

static void addresses_have_names(void **state)
{
    points_at(0, FAULT_EMPTY);
    points_at(0x7b7fffff, FAULT_GTT_STOLEN);
    points_at(0x7b000000, FAULT_GTT_STOLEN);
    points_at(0x7afff000, FAULT_UNKNOWN);
    points_at(0x7b800000, FAULT_STOLEN);
    points_at(0x7f7fffff, FAULT_STOLEN);
    points_at(0x7a000018, FAULT_OPREGION);
    points_at(0x7fabc000, FAULT_RESERVED);
    points_at(0xe07fffff, FAULT_PICTURE);
    points_at(0xe1234000, FAULT_BAR); /* though vfio-pci claims it */
    points_at(0x3c0, FAULT_EMPTY);    /* ports are no memory */
    points_at(0x3000, FAULT_UNKNOWN); /* ports are no memory */
    points_at(0xf1000fff, FAULT_OTHER_BAR);
    points_at(0xfee00000, FAULT_UNKNOWN);
    points_at(0x123456000, FAULT_BEYOND);
}

/* The same host, as igdvm run reads it. */
static void places_of_sysfs(void **state)
{
    struct host_tree tree;
    char path[160];
    tree_make(&tree);
    tree_file(&tree, "sys/bus/pci/devices/" GPU "/resource",
              "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
              "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
              "0x00000000e0000000 0x00000000efffffff 0x000000000014220c\n"
              "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
              "0x0000000000003000 0x000000000000303f 0x0000000000040101\n");
    tree_file(&tree, "sys/bus/pci/devices/" GPU "/iommu_group/reserved_regions",
              pci.reserved_regions);
    tree_file(&tree, "sys/bus/pci/devices/0000:00:1f.3/resource",
              "0x00000000f1000000 0x00000000f1003fff 0x0000000000140204\n");
    devices[0].config[0] = 0x86;
    devices[0].config[1] = 0x80;
    store16(devices[0].config + 2, devices[0].device);
    snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/" GPU "/config", tree.root);
    FILE *config = fopen(path, "wb");
    assert_non_null(config);
    assert_int_equal(fwrite(devices[0].config, 256, 1, config), 1);
    fclose(config);
    fault_places_sysfs(&places, tree.root, GPU);
    points_at(0x7b800000, FAULT_STOLEN);
    points_at(0x7a000018, FAULT_OPREGION);
    points_at(0x7fabc000, FAULT_RESERVED);
    points_at(0xe1234000, FAULT_BAR);
    points_at(0x3000, FAULT_UNKNOWN);
    points_at(0xf1000fff, FAULT_OTHER_BAR);
    /* For the other device the GPU's BAR is another's. */
    fault_places_sysfs(&places, tree.root, "0000:00:1f.3");
    points_at(0xe1234000, FAULT_OTHER_BAR);
    points_at(0xf1000fff, FAULT_BAR);
    points_at(0x7fabc000, FAULT_UNKNOWN);
    /* A host that shows nothing. */
    tree_remove(&tree);
    fault_places_sysfs(&places, tree.root, GPU);
    points_at(0x7b800000, FAULT_UNKNOWN);
}

static void without_config_space_nothing_is_guessed(void **state)
{
    devices[0].config_size = 64;
    fault_places_read(&places, &pci, &console, &devices[0]);
    points_at(0x7b800000, FAULT_UNKNOWN);
    points_at(0xe1234000, FAULT_BAR);
}

static enum fault_event fault(struct fault_watch *watch, double now, uint64_t address)
{
    char line[160];
    snprintf(line, sizeof(line),
             "DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0x%llx "
             "[fault reason 0x06] PTE Read access is not set",
             (unsigned long long)address);
    return fault_watch_line(watch, line, now);
}

static void a_burst_ends_soon(void **state)
{
    struct fault_watch watch;
    fault_watch_start(&watch, GPU, &places);
    assert_int_equal(fault(&watch, 10, 0x7b800000), FAULT_EVENT_FIRST);
    assert_int_equal(fault(&watch, 11, 0x7b801000), FAULT_EVENT_NONE);
    assert_int_equal(fault_watch_time(&watch, 20.9), FAULT_EVENT_NONE);
    assert_int_equal(fault_watch_time(&watch, 21), FAULT_EVENT_BURST);
    assert_int_equal(watch.count, 2);
    assert_int_equal(fault_watch_cause(&watch), FAULT_STOLEN);
    fault_watch_forget(&watch);
    assert_int_equal(fault_watch_time(&watch, 100), FAULT_EVENT_NONE);
    assert_int_equal(fault(&watch, 101, 0), FAULT_EVENT_FIRST);
}

static void a_stream_goes_on(void **state)
{
    struct fault_watch watch;
    fault_watch_start(&watch, GPU, &places);
    assert_int_equal(fault(&watch, 10, 0x7b800000), FAULT_EVENT_FIRST);
    assert_int_equal(fault(&watch, 12, 0x7b800000), FAULT_EVENT_NONE);
    assert_int_equal(
        fault_watch_line(&watch, "dmar_fault: 1323 callbacks suppressed", 14),
        FAULT_EVENT_NONE);
    assert_int_equal(fault(&watch, 18, 0x100), FAULT_EVENT_STREAM);
    assert_int_equal(watch.dropped, 1323);
    assert_int_equal(fault(&watch, 19, 0x7b800000), FAULT_EVENT_NONE);
    assert_int_equal(fault_watch_cause(&watch), FAULT_STOLEN);
    assert_int_equal(fault_watch_time(&watch, 28.5), FAULT_EVENT_NONE);
    assert_int_equal(fault_watch_time(&watch, 29), FAULT_EVENT_END);
}

static void others_do_not_count(void **state)
{
    struct fault_watch watch;
    fault_watch_start(&watch, GPU, &places);
    assert_int_equal(fault_watch_line(&watch,
                                      "DMAR: [DMA Read] Request device [00:1f.3] fault "
                                      "addr 1000 [fault reason 06] x",
                                      1),
                     FAULT_EVENT_NONE);
    assert_int_equal(fault_watch_line(&watch, "dmar_fault: 9 callbacks suppressed", 2),
                     FAULT_EVENT_NONE);
    assert_int_equal(fault_watch_line(&watch, "usb 1-1: new device", 3),
                     FAULT_EVENT_NONE);
    assert_int_equal(fault_watch_time(&watch, 100), FAULT_EVENT_NONE);
}

/* A burst of the GPU's, then a stream of another device's, left out lines and all. */
static void what_others_left_out_does_not_prolong(void **state)
{
    struct fault_watch watch;
    fault_watch_start(&watch, GPU, &places);
    assert_int_equal(fault(&watch, 10, 0x7b800000), FAULT_EVENT_FIRST);
    for (double now = 11; now < 19; now++) {
        fault_watch_line(&watch,
                         "DMAR: [DMA Read] Request device [00:14.0] fault addr 1000 "
                         "[fault reason 06] x",
                         now);
        fault_watch_line(&watch, "dmar_fault: 900 callbacks suppressed", now);
    }
    assert_int_equal(watch.dropped, 0);
    assert_int_equal(fault_watch_time(&watch, 20), FAULT_EVENT_BURST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(addresses_have_names, set_up),
        cmocka_unit_test_setup(places_of_sysfs, set_up),
        cmocka_unit_test_setup(without_config_space_nothing_is_guessed, set_up),
        cmocka_unit_test_setup(a_burst_ends_soon, set_up),
        cmocka_unit_test_setup(a_stream_goes_on, set_up),
        cmocka_unit_test_setup(others_do_not_count, set_up),
        cmocka_unit_test_setup(what_others_left_out_does_not_prolong, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
