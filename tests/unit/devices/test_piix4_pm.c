/* test_piix4_pm.c: power management: timer, SCI, soft-off, button, SMBus. */
#include "fake_board.h"

#include "base/bytes.h"       /* ARRAY_SIZE */
#include "devices/device.h"   /* free */
#include "devices/piix4_pm.h" /* under test */
#include "devices/pm_timer.h" /* under test */

#define DEVFN PCI_DEVFN(1, 3)
#define BASE  0x600
#define SMBUS 0x700

struct fixture {
    struct fake_board *fake;
    struct device *pm;
};

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    f->fake = fake_board_new();
    f->pm = piix4_pm_new(&f->fake->board, false, NULL);
    assert_non_null(f->pm);
    /* As SeaBIOS sets it up. */
    fake_config_write(f->fake, DEVFN, 0x40, BASE | 1, 4);
    fake_config_write(f->fake, DEVFN, 0x80, 0x01, 1);
    fake_config_write(f->fake, DEVFN, 0x90, SMBUS | 1, 4);
    fake_config_write(f->fake, DEVFN, 0xd2, 0x09, 1);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->pm->free(f->pm);
    fake_board_free(f->fake);
    test_free(f);
    return 0;
}

static void test_config(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(fake_config_read(f->fake, DEVFN, 0, 4), 0x71138086);
    assert_int_equal(fake_config_read(f->fake, DEVFN, 8, 4), 0x06800003);
    assert_int_equal(fake_config_read(f->fake, DEVFN, 0x2c, 4), 0x11001af4);
    assert_int_equal(fake_config_read(f->fake, DEVFN, 0x40, 4), BASE | 1);
    /* APMC_EN (bit 25 of 0x58): firmware leaves SMM alone. */
    assert_int_equal(fake_config_read(f->fake, DEVFN, 0x58, 4), 0x02000000);
    fake_config_write(f->fake, DEVFN, 0x40, 0xb001, 4);
    assert_int_equal(fake_in(f->fake, BASE, 2), 0xffff);
    assert_int_equal(fake_in(f->fake, 0xb000, 2), 0);
    fake_config_write(f->fake, DEVFN, 0x80, 0, 1);
    assert_int_equal(fake_in(f->fake, 0xb000, 2), 0xffff);
    pci_bus_reset(f->fake->board.pci);
    assert_int_equal(fake_config_read(f->fake, DEVFN, 0x40, 4), 1);
}

/* For firmware that would put the block elsewhere: it is there, also after a reset. */
static void test_placed(void **state)
{
    struct fixture *f = *state;
    f->pm->free(f->pm);
    f->pm = piix4_pm_new(&f->fake->board, true, NULL);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(fake_config_read(f->fake, DEVFN, 0x40, 4), BASE | 1);
        assert_int_equal(fake_config_read(f->fake, DEVFN, 0x80, 1), 1);
        assert_int_equal(fake_in(f->fake, BASE, 2), 0);
        fake_config_write(f->fake, DEVFN, 0x80, 0, 1);
        assert_int_equal(fake_in(f->fake, BASE, 2), 0xffff);
        pci_bus_reset(f->fake->board.pci);
    }
}

static void test_timer_arithmetic(void **state)
{
    struct pm_timer timer;
    uint64_t start = 5000000000, second = 1000000000;
    pm_timer_start(&timer, start);
    static const struct {
        uint64_t seconds;
        uint32_t count;
    } rows[] = {
        { 0, 0 },
        { 1, 3579545 },
        { 2, 7159090 },
        { 5, 17897725 - 16777216 },
        /* Ten years: no overflow on the way. */
        { 315360000, (uint32_t)(315360000ull * 3579545) & 0xffffff },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(pm_timer_count(&timer, start + rows[i].seconds * second),
                         rows[i].count);

    /* The carry comes with each change of bit 23, up or down, and stays cleared. */
    uint64_t carry = pm_timer_carry_ns(&timer);
    assert_int_equal(pm_timer_count(&timer, carry), 0x800000);
    assert_int_equal(pm_timer_count(&timer, carry - 1), 0x7fffff);
    assert_false(pm_timer_carried(&timer, carry - 1));
    assert_true(pm_timer_carried(&timer, carry));
    pm_timer_clear_carry(&timer, carry + second);
    assert_false(pm_timer_carried(&timer, carry + second));
    carry = pm_timer_carry_ns(&timer);
    assert_int_equal(pm_timer_count(&timer, carry), 0);
    /* Cleared late: the carries missed in between are one. */
    pm_timer_clear_carry(&timer, carry + 100 * second);
    assert_true(pm_timer_carry_ns(&timer) > carry + 100 * second);
}

static void test_timer_port(void **state)
{
    struct fixture *f = *state;
    uint32_t before = (uint32_t)fake_in(f->fake, BASE + 8, 4);
    fake_run(f->fake, 20);
    uint32_t after = (uint32_t)fake_in(f->fake, BASE + 8, 4);
    uint32_t ticks = (after - before) & 0xffffff;
    assert_in_range(ticks, 20 * 3579, 2000 * 3579);
    assert_int_equal(fake_in(f->fake, BASE + 8, 4) >> 24, 0);
    fake_out(f->fake, BASE + 8, 0, 4); /* read-only */
    assert_true(fake_in(f->fake, BASE + 8, 4) >= after);
}

/* Slow (2.4 s), and the only test that the SCI of the timer really comes. */
static bool sci(void *opaque)
{
    return ((struct fake_board *)opaque)->levels[9];
}

static void test_timer_interrupt(void **state)
{
    struct fixture *f = *state;
    fake_out(f->fake, 0xb2, 0xf1, 1);
    fake_out(f->fake, BASE + 2, 0x0001, 2);
    assert_false(sci(f->fake));
    assert_true(fake_run_until(f->fake, sci, f->fake, 4000));
    assert_int_equal(fake_in(f->fake, BASE, 2) & 1, 1);
    fake_out(f->fake, BASE, 1, 2);
    assert_false(sci(f->fake));
    assert_int_equal(fake_in(f->fake, BASE, 2) & 1, 0);
}

static void test_button(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(piix4_pm_power_button(f->pm), 0);
    assert_int_equal(fake_in(f->fake, BASE, 2), 0x100);
    assert_false(f->fake->levels[9]);
    fake_out(f->fake, BASE + 2, 0x0100, 2);
    assert_false(f->fake->levels[9]); /* not yet in ACPI mode */
    fake_out(f->fake, 0xb2, 0xf1, 1);
    assert_int_equal(fake_in(f->fake, BASE + 4, 2), 1);
    assert_true(f->fake->levels[9]);
    fake_out(f->fake, BASE + 1, 0x01, 1); /* the high byte alone clears it */
    assert_int_equal(fake_in(f->fake, BASE, 2), 0);
    assert_false(f->fake->levels[9]);
    assert_int_equal(piix4_pm_power_button(f->pm), 1);
    assert_true(f->fake->levels[9]);
    fake_out(f->fake, 0xb2, 0xf0, 1);
    assert_int_equal(fake_in(f->fake, BASE + 4, 2), 0);
    assert_false(f->fake->levels[9]);
    fake_out(f->fake, 0xb3, 0x5a, 1);
    assert_int_equal(fake_in(f->fake, 0xb2, 2), 0x5af0);
    fake_reset(f->fake, f->pm);
    assert_int_equal(fake_in(f->fake, BASE, 4), 0);
}

static void test_sleep(void **state)
{
    struct fixture *f = *state;
    fake_out(f->fake, BASE + 4, 0x0400, 2); /* type 1 without the enable bit */
    assert_int_equal(fake_in(f->fake, BASE + 4, 2), 0x0400);
    fake_out(f->fake, BASE + 4, 0x2400, 2);
    assert_int_equal(f->fake->power_offs, 0);
    fake_out(f->fake, BASE + 4, 0x2001, 2);
    assert_int_equal(f->fake->power_offs, 1);
    assert_int_equal(fake_in(f->fake, BASE + 4, 2), 0x0001); /* SLP_EN reads 0 */
}

static void test_gpe(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(fake_in(f->fake, 0xafe0, 4), 0);
    fake_out(f->fake, 0xafe2, 0x1234, 2);
    fake_out(f->fake, 0xafe0, 0xffff, 2);
    assert_int_equal(fake_in(f->fake, 0xafe0, 4), 0x12340000);
    assert_false(f->fake->levels[9]);
}

static void test_smbus(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(fake_in(f->fake, SMBUS, 1), 0);
    fake_out(f->fake, SMBUS + 4, 0xa1, 1);
    fake_out(f->fake, SMBUS + 2, 0x48, 1); /* start a byte-data transaction */
    assert_int_equal(fake_in(f->fake, SMBUS, 1), 0x04); /* no such device */
    assert_int_equal(fake_in(f->fake, SMBUS + 2, 1), 0x08);
    fake_out(f->fake, SMBUS, 0xff, 1);
    assert_int_equal(fake_in(f->fake, SMBUS, 1), 0);
    assert_int_equal(fake_in(f->fake, SMBUS + 4, 1), 0xa1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_config, setup, teardown),
        cmocka_unit_test_setup_teardown(test_placed, setup, teardown),
        cmocka_unit_test(test_timer_arithmetic),
        cmocka_unit_test_setup_teardown(test_timer_port, setup, teardown),
        cmocka_unit_test_setup_teardown(test_timer_interrupt, setup, teardown),
        cmocka_unit_test_setup_teardown(test_button, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sleep, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gpe, setup, teardown),
        cmocka_unit_test_setup_teardown(test_smbus, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
