/* test_bus.c: functions on the root bus: masks, windows, capabilities, INTx routing. */
#include "base/bytes.h" /* loads */
#include "base/error.h" /* struct error */
#include "pci/bus.h"    /* what is tested */
#include "pci/space.h"  /* where windows appear */

#include <setjmp.h> /* cmocka */
#include <stdarg.h> /* cmocka */
#include <stddef.h> /* cmocka */
#include <stdint.h> /* cmocka */

#include <cmocka.h>

struct rig {
    struct space *ports, *memory;
    struct pci_bus *bus;
    int routes[4];
    bool levels[24];
    int told_gsi;
};

static uint64_t answer(void *opaque, uint64_t offset, unsigned size)
{
    (void)opaque;
    (void)size;
    return offset;
}

static const struct range_ops answer_ops = { answer, NULL };

static int rig_gsi(void *opaque, unsigned pirq)
{
    return ((struct rig *)opaque)->routes[pirq];
}

static void rig_set(void *opaque, unsigned gsi, bool level)
{
    ((struct rig *)opaque)->levels[gsi] = level;
}

static void told_route(struct pci_function *function, int gsi)
{
    ((struct rig *)function->opaque)->told_gsi = gsi;
}

static int set_up(void **state)
{
    struct rig *rig = test_calloc(1, sizeof(*rig));
    rig->ports = space_new(0x10000);
    rig->memory = space_new(1ull << 52);
    rig->bus = pci_bus_new(rig->ports, rig->memory);
    for (unsigned i = 0; i < 4; i++)
        rig->routes[i] = -1;
    const struct pci_routing routing = { rig_gsi, rig_set, rig };
    pci_bus_set_routing(rig->bus, &routing);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    pci_bus_free(rig->bus);
    space_free(rig->ports);
    space_free(rig->memory);
    test_free(rig);
    return 0;
}

static void test_absent(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(pci_bus_config_read(rig->bus, 5, 0, 4), 0xffffffff);
    assert_int_equal(pci_bus_config_read(rig->bus, 5, 0, 2), 0xffff);
    pci_bus_config_write(rig->bus, 5, 4, 7, 2);
    assert_null(pci_bus_function(rig->bus, 5));
}

static void test_place_taken(void **state)
{
    struct rig *rig = *state;
    struct pci_function a = { .name = "first", .devfn = 8 };
    struct pci_function b = { .name = "second", .devfn = 8 };
    struct error err = { 0 };

    assert_int_equal(pci_bus_add(rig->bus, &a, &err), 0);
    assert_int_equal(pci_bus_add(rig->bus, &b, &err), -EBUSY);
    assert_non_null(strstr(err.text, "00:01.0"));
    assert_non_null(strstr(err.text, "first"));
    pci_bus_remove(rig->bus, &a);
    assert_int_equal(pci_bus_add(rig->bus, &b, &err), 0);
    pci_bus_remove(rig->bus, &b);
}

/* Sizing and placing each kind of window as firmware does. */
static void test_windows(void **state)
{
    struct rig *rig = *state;
    struct range memory = { .ops = &answer_ops }, io = { .ops = &answer_ops };
    struct range wide = { .ops = &answer_ops };
    struct pci_function f = { .name = "f", .devfn = PCI_DEVFN(3, 0) };
    struct error err = { 0 };

    pci_function_identify(&f, 0x8086, 0x1234, 3, 0x030000, 1, 2);
    f.windows[0] = (struct pci_window){ .size = 0x1000, .range = &memory };
    f.windows[1] =
        (struct pci_window){ .size = 0x40, .flags = PCI_BAR_IO, .range = &io };
    f.windows[2] = (struct pci_window){ .size = 1ull << 33,
                                        .flags = PCI_BAR_64 | PCI_BAR_PREFETCH,
                                        .range = &wide };
    assert_int_equal(pci_bus_add(rig->bus, &f, &err), 0);

    pci_bus_config_write(rig->bus, f.devfn, 0x10, 0xffffffff, 4);
    assert_int_equal(pci_bus_config_read(rig->bus, f.devfn, 0x10, 4), 0xfffff000);
    pci_bus_config_write(rig->bus, f.devfn, 0x14, 0xffffffff, 4);
    assert_int_equal(pci_bus_config_read(rig->bus, f.devfn, 0x14, 4), 0xffffffc1);
    pci_bus_config_write(rig->bus, f.devfn, 0x18, 0xffffffff, 4);
    pci_bus_config_write(rig->bus, f.devfn, 0x1c, 0xffffffff, 4);
    assert_int_equal(pci_bus_config_read(rig->bus, f.devfn, 0x18, 4), 0xc);
    assert_int_equal(pci_bus_config_read(rig->bus, f.devfn, 0x1c, 4), 0xfffffffe);
    assert_int_equal(pci_bus_config_read(rig->bus, f.devfn, 0x20, 4), 0);
    assert_false(f.windows[0].mapped);

    pci_bus_config_write(rig->bus, f.devfn, 0x10, 0xe0000000, 4);
    pci_bus_config_write(rig->bus, f.devfn, 0x14, 0xc000, 4);
    pci_bus_config_write(rig->bus, f.devfn, 0x18, 0, 4);
    pci_bus_config_write(rig->bus, f.devfn, 0x1c, 2, 4);
    assert_int_equal(space_read(rig->memory, 0xe0000010, 4), 0xffffffff);
    pci_bus_config_write(rig->bus, f.devfn, 4, 3, 2);
    assert_int_equal(space_read(rig->memory, 0xe0000010, 4), 0x10);
    assert_int_equal(space_read(rig->ports, 0xc004, 1), 4);
    assert_int_equal(space_read(rig->memory, 0x200000020ull, 4), 0x20);

    pci_bus_config_write(rig->bus, f.devfn, 0x10, 0xd0000000, 4);
    assert_int_equal(space_read(rig->memory, 0xe0000010, 4), 0xffffffff);
    assert_int_equal(space_read(rig->memory, 0xd0000010, 4), 0x10);

    pci_bus_reset(rig->bus);
    assert_int_equal(space_read(rig->memory, 0xd0000010, 4), 0xffffffff);
    assert_int_equal(pci_bus_config_read(rig->bus, f.devfn, 4, 2), 0);
    pci_bus_remove(rig->bus, &f);
}

/* A guest that puts a BAR anywhere: nothing below 1 MiB, nothing wraps. */
static void test_hostile_addresses(void **state)
{
    struct rig *rig = *state;
    struct range memory = { .ops = &answer_ops };
    struct pci_function f = { .name = "f", .devfn = PCI_DEVFN(3, 0) };
    struct error err = { 0 };
    static const uint64_t places[] = { 0, 0xffff0000ull, 0xfffffffffff00000ull,
                                       1ull << 52, 0x0fffffffffff0000ull };

    f.windows[0] =
        (struct pci_window){ .size = 0x10000, .flags = PCI_BAR_64, .range = &memory };
    assert_int_equal(pci_bus_add(rig->bus, &f, &err), 0);
    pci_bus_config_write(rig->bus, f.devfn, 4, 2, 2);
    for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
        pci_bus_config_write(rig->bus, f.devfn, 0x10, (uint32_t)places[i], 4);
        pci_bus_config_write(rig->bus, f.devfn, 0x14, (uint32_t)(places[i] >> 32), 4);
    }
    assert_false(f.windows[0].mapped);
    pci_bus_remove(rig->bus, &f);
}

static void test_masks(void **state)
{
    struct rig *rig = *state;
    struct pci_function f = { .name = "f", .devfn = PCI_DEVFN(3, 0) };
    struct error err = { 0 };

    pci_function_identify(&f, 0x8086, 0x1234, 3, 0x030000, 1, 2);
    f.config[0x41] = 0xf0;
    f.write_mask[0x40] = 0x0f;
    f.clear_mask[0x41] = 0x30;
    assert_int_equal(pci_bus_add(rig->bus, &f, &err), 0);
    pci_bus_config_write(rig->bus, f.devfn, 0, 0, 4);
    assert_int_equal(pci_bus_config_read(rig->bus, f.devfn, 0, 4), 0x12348086);
    pci_bus_config_write(rig->bus, f.devfn, 0x40, 0x1fff, 2);
    assert_int_equal(pci_bus_config_read(rig->bus, f.devfn, 0x40, 2), 0xe00f);
    /* The last byte, and nothing past it. */
    assert_int_equal(pci_bus_config_read(rig->bus, f.devfn, 255, 1), 0);
    assert_int_equal(pci_bus_config_read(rig->bus, f.devfn, 254, 4), 0xffffffff);
    pci_bus_config_write(rig->bus, f.devfn, 254, 1, 4);
    pci_bus_remove(rig->bus, &f);
}

static void test_capabilities(void **state)
{
    (void)state;
    struct pci_function f = { .name = "f" };

    assert_int_equal(pci_function_add_capability(&f, PCI_CAP_MSI, 0, 14), 0x40);
    f.write_mask[0x4c] = 0xff;
    int second = pci_function_add_capability(&f, PCI_CAP_VENDOR, 0x60, 16);
    assert_int_equal(second, 0x60);
    assert_int_equal(f.config[0x34], 0x40);
    assert_int_equal(f.config[0x41], 0x60);
    assert_int_equal(f.config[0x61], 0);
    assert_true(f.config[PCI_STATUS] & PCI_STATUS_CAPABILITIES);
    assert_int_equal(pci_function_add_capability(&f, PCI_CAP_PM, 0x20, 8), -ENOSPC);
    assert_int_equal(pci_function_add_capability(&f, PCI_CAP_PM, 0xfc, 8), -ENOSPC);
}

/* SeaBIOS and the DSDT count the same way: slot 1 pin A is the first line. */
static void test_pirq(void **state)
{
    (void)state;
    for (unsigned slot = 0; slot < 32; slot++) {
        for (unsigned pin = 1; pin <= 4; pin++)
            assert_int_equal(pci_bus_pirq(PCI_DEVFN(slot, 0), pin),
                             (pin - 1 + slot - 1) & 3);
    }
}

static void test_shared_intx(void **state)
{
    struct rig *rig = *state;
    struct pci_function a = { .name = "a", .devfn = PCI_DEVFN(1, 0) };
    struct pci_function b = { .name = "b", .devfn = PCI_DEVFN(2, 0) };
    static const struct pci_function_ops ops = { .route_changed = told_route };
    struct error err = { 0 };

    a.config[PCI_INTERRUPT_PIN] = b.config[PCI_INTERRUPT_PIN] = 1;
    b.ops = &ops;
    b.opaque = rig;
    pci_bus_add(rig->bus, &a, &err);
    pci_bus_add(rig->bus, &b, &err);
    pci_function_set_intx(&a, true);
    rig->routes[0] = rig->routes[1] = 10; /* both lines on one interrupt */
    pci_bus_routes_changed(rig->bus);
    assert_int_equal(rig->told_gsi, 10);
    assert_int_equal(pci_bus_intx_gsi(rig->bus, &b), 10);
    assert_true(rig->levels[10]);
    pci_function_set_intx(&b, true);
    pci_function_set_intx(&a, false);
    assert_true(rig->levels[10]);
    assert_true(pci_bus_config_read(rig->bus, b.devfn, PCI_STATUS, 2) & 8);
    /* The command bit takes the line away, the status bit stays. */
    pci_bus_config_write(rig->bus, b.devfn, PCI_COMMAND, PCI_COMMAND_INTX_OFF, 2);
    assert_false(rig->levels[10]);
    assert_true(pci_bus_config_read(rig->bus, b.devfn, PCI_STATUS, 2) & 8);
    pci_bus_config_write(rig->bus, b.devfn, PCI_COMMAND, 0, 2);
    assert_true(rig->levels[10]);
    /* A line that moves takes its level along. */
    rig->routes[1] = 11;
    pci_bus_routes_changed(rig->bus);
    assert_false(rig->levels[10]);
    assert_true(rig->levels[11]);
    assert_int_equal(rig->told_gsi, 11);
    rig->routes[1] = -1;
    pci_bus_routes_changed(rig->bus);
    assert_false(rig->levels[11]);
    assert_int_equal(rig->told_gsi, -1);
    rig->routes[1] = 11;
    pci_bus_routes_changed(rig->bus);
    assert_true(rig->levels[11]);
    pci_bus_reset(rig->bus);
    assert_false(rig->levels[11]);
    pci_bus_remove(rig->bus, &a);
    pci_bus_remove(rig->bus, &b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_absent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_place_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_windows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hostile_addresses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_masks, set_up, tear_down),
        cmocka_unit_test(test_capabilities),
        cmocka_unit_test(test_pirq),
        cmocka_unit_test_setup_teardown(test_shared_intx, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
