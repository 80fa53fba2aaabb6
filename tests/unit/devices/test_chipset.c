/* test_chipset.c: the host bridge, the ISA bridge, port 0x92 and the ISA leftovers. */
#include "fake_board.h"

#include "base/bytes.h"       /* ARRAY_SIZE */
#include "devices/device.h"   /* free */
#include "devices/i440fx.h"   /* under test */
#include "devices/isa_misc.h" /* under test */
#include "devices/piix3.h"    /* under test */
#include "devices/port92.h"   /* under test */

#include <string.h> /* memcmp */

struct fixture {
    struct fake_board *fake;
    struct device *host_bridge;
    struct device *isa_bridge;
    uint8_t modes[PAM_SEGMENTS];
    unsigned calls;
};

static void pam_changed(void *opaque, const uint8_t modes[PAM_SEGMENTS])
{
    struct fixture *fixture = opaque;
    memcpy(fixture->modes, modes, PAM_SEGMENTS);
    fixture->calls++;
}

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    f->fake = fake_board_new();
    f->host_bridge = i440fx_new(&f->fake->board, pam_changed, f, NULL);
    f->isa_bridge = piix3_new(&f->fake->board, NULL);
    assert_true(f->host_bridge && f->isa_bridge);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->isa_bridge->free(f->isa_bridge);
    f->host_bridge->free(f->host_bridge);
    fake_board_free(f->fake);
    test_free(f);
    return 0;
}

static void test_identity(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint8_t devfn, offset, size;
        uint32_t value;
    } rows[] = {
        { 0x00, 0x00, 4, 0x12378086 }, { 0x00, 0x08, 4, 0x06000002 },
        { 0x00, 0x2c, 4, 0x11001af4 }, { 0x00, 0x0e, 1, 0x00 },
        { 0x00, 0x72, 1, 0x02 },       { 0x08, 0x00, 4, 0x70008086 },
        { 0x08, 0x08, 4, 0x06010000 }, { 0x08, 0x0e, 1, 0x80 },
        { 0x08, 0x2c, 4, 0x11001af4 }, { 0x08, 0x60, 4, 0x80808080 },
        { 0x10, 0x00, 4, 0xffffffff },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        fake_out(f->fake, 0xcf8,
                 0x80000000u | rows[i].devfn << 8 | (rows[i].offset & 0xfc), 4);
        assert_int_equal(fake_in(f->fake, 0xcfc + rows[i].offset % 4, rows[i].size),
                         rows[i].value);
    }
}

static void test_mechanism_one(void **state)
{
    struct fixture *f = *state;
    struct fake_board *fake = f->fake;
    fake_out(fake, 0xcf8, 0x80000000, 4);
    assert_int_equal(fake_in(fake, 0xcf8, 4), 0x80000000);
    /* Neither bytes nor words latch; 0xcf9 is another register. */
    fake_out(fake, 0xcf8, 0x44, 1);
    fake_out(fake, 0xcfa, 0x4444, 2);
    fake_out(fake, 0xcf9, 0x02, 1);
    assert_int_equal(fake_in(fake, 0xcf8, 4), 0x80000000);
    assert_int_equal(fake_in(fake, 0xcf9, 1), 0x02);
    /* All widths and offsets of the data port. */
    assert_int_equal(fake_in(fake, 0xcfc, 2), 0x8086);
    assert_int_equal(fake_in(fake, 0xcfe, 2), 0x1237);
    assert_int_equal(fake_in(fake, 0xcfd, 1), 0x80);
    assert_int_equal(fake_in(fake, 0xcfd, 2), 0x3780);
    /* Not enabled, and another bus: nobody. */
    fake_out(fake, 0xcf8, 0x00000000, 4);
    assert_int_equal(fake_in(fake, 0xcfc, 4), 0xffffffff);
    fake_out(fake, 0xcf8, 0x80010000, 4);
    assert_int_equal(fake_in(fake, 0xcfc, 4), 0xffffffff);
    /* Reserved bits do not read back. */
    fake_out(fake, 0xcf8, 0xffffffff, 4);
    assert_int_equal(fake_in(fake, 0xcf8, 4), 0x80fffffc);
}

static void test_reset_control(void **state)
{
    struct fixture *f = *state;
    fake_out(f->fake, 0xcf9, 0x02, 1);
    assert_int_equal(f->fake->resets, 0);
    fake_out(f->fake, 0xcf9, 0x06, 1);
    assert_int_equal(f->fake->resets, 1);
    fake_out(f->fake, 0xcf9, 0x06, 1); /* only a rise resets */
    assert_int_equal(f->fake->resets, 1);
    fake_reset(f->fake, f->host_bridge);
    assert_int_equal(fake_in(f->fake, 0xcf9, 1), 0);
    fake_out(f->fake, 0xcf9, 0x0e, 1);
    assert_int_equal(f->fake->resets, 2);
}

static void test_pam(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint8_t offset, value, segment, low, high;
    } rows[] = {
        { 0x59, 0x30, 12, PAM_RAM, 0 },
        { 0x5a, 0x31, 0, PAM_READ_RAM, PAM_RAM },
        { 0x5b, 0x12, 2, PAM_WRITE_RAM, PAM_READ_RAM },
        { 0x5f, 0x33, 10, PAM_RAM, PAM_RAM },
        { 0x5c, 0xcc, 4, PAM_ROM, PAM_ROM }, /* reserved bits are not modes */
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        fake_config_write(f->fake, 0, rows[i].offset, rows[i].value, 1);
        assert_int_equal(f->modes[rows[i].segment], rows[i].low);
        if (rows[i].segment < 12)
            assert_int_equal(f->modes[rows[i].segment + 1], rows[i].high);
    }
    unsigned calls = f->calls;
    fake_config_write(f->fake, 0, 0x5f, 0x33, 1);
    assert_int_equal(f->calls, calls); /* nothing changed */
    fake_config_write(f->fake, 0, 0x5c, 0x33333333, 4);
    assert_int_equal(f->calls, calls + 1); /* four registers at once */

    static const uint8_t none[PAM_SEGMENTS];
    pci_bus_reset(f->fake->board.pci);
    assert_memory_equal(f->modes, none, PAM_SEGMENTS);
    assert_int_equal(fake_config_read(f->fake, 0, 0x5a, 1), 0);
}

static void test_routes(void **state)
{
    struct fixture *f = *state;
    struct pci_function function = { .name = "test", .devfn = PCI_DEVFN(2, 0) };
    pci_function_identify(&function, 0x1234, 1, 0, 0, 0, 0);
    function.config[PCI_INTERRUPT_PIN] = 1;
    assert_int_equal(pci_bus_add(f->fake->board.pci, &function, NULL), 0);

    unsigned pirq = pci_bus_pirq(function.devfn, 1);
    assert_int_equal(pci_bus_intx_gsi(f->fake->board.pci, &function), -1);
    fake_config_write(f->fake, 8, 0x60 + pirq, 11, 1);
    assert_int_equal(pci_bus_intx_gsi(f->fake->board.pci, &function), 11);
    pci_function_set_intx(&function, true);
    assert_true(f->fake->levels[11]);
    fake_config_write(f->fake, 8, 0x60 + pirq, 10, 1); /* moved while asserted */
    assert_false(f->fake->levels[11]);
    assert_true(f->fake->levels[10]);
    fake_config_write(f->fake, 8, 0x60 + pirq, 0x8a, 1);
    assert_false(f->fake->levels[10]);
    static const uint8_t reserved[] = { 0, 1, 2, 8, 13 };
    for (unsigned i = 0; i < ARRAY_SIZE(reserved); i++) {
        fake_config_write(f->fake, 8, 0x60 + pirq, reserved[i], 1);
        assert_int_equal(pci_bus_intx_gsi(f->fake->board.pci, &function), -1);
        assert_false(f->fake->levels[reserved[i]]);
    }
    pci_bus_remove(f->fake->board.pci, &function);
}

static void test_port92(void **state)
{
    struct fixture *f = *state;
    struct device *port = port92_new(&f->fake->board, NULL);
    assert_int_equal(fake_in(f->fake, 0x92, 1), 0x02);
    fake_out(f->fake, 0x92, 0x00, 1);
    assert_int_equal(fake_in(f->fake, 0x92, 1), 0x00);
    fake_out(f->fake, 0x92, 0x03, 1);
    fake_out(f->fake, 0x92, 0x03, 1);
    assert_int_equal(f->fake->resets, 1);
    fake_reset(f->fake, port);
    assert_int_equal(fake_in(f->fake, 0x92, 1), 0x02);
    port->free(port);
    assert_int_equal(fake_in(f->fake, 0x92, 1), 0xff);
}

static void test_isa_misc(void **state)
{
    struct fixture *f = *state;
    struct device *misc = isa_misc_new(&f->fake->board, NULL);
    static const uint16_t latches[] = {
        0x00, 0x0f, 0x1f, 0x81, 0x87, 0x8f, 0xc0, 0xdf
    };
    for (unsigned i = 0; i < ARRAY_SIZE(latches); i++)
        fake_out(f->fake, latches[i], 0x50 + i, 1);
    for (unsigned i = 0; i < ARRAY_SIZE(latches); i++)
        assert_int_equal(fake_in(f->fake, latches[i], 1), 0x50 + i);
    fake_out(f->fake, 0x80, 0x12, 1);
    assert_int_equal(fake_in(f->fake, 0x80, 1), 0xff);
    fake_reset(f->fake, misc);
    assert_int_equal(fake_in(f->fake, 0x87, 1), 0);
    misc->free(misc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_identity, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mechanism_one, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset_control, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pam, setup, teardown),
        cmocka_unit_test_setup_teardown(test_routes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_port92, setup, teardown),
        cmocka_unit_test_setup_teardown(test_isa_misc, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
