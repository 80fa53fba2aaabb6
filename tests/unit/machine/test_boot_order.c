/* test_boot_order.c: the boot order and the menu as the firmware is told them. */
#include "fw_cfg_reader.h" /* reads as a guest */

#include "base/bytes.h"         /* loads */
#include "base/error.h"         /* struct error */
#include "devices/fw_cfg.h"     /* keys */
#include "machine/boot_order.h" /* under test */

#include <setjmp.h> /* cmocka needs these four */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* the test framework */
#include <stdlib.h> /* free */

static void check_order(struct fw_cfg_fixture *f, const char *expected)
{
    size_t size = 0;
    char *order = (char *)fw_cfg_read_file(f, "bootorder", &size);
    if (!expected) {
        assert_null(order);
        return;
    }
    assert_non_null(order);
    assert_int_equal(order[size - 1], 0);
    assert_string_equal(order, expected);
    free(order);
}

static void test_default(void **state)
{
    struct fw_cfg_fixture *f = *state;
    const struct boot_options options = { 0 };
    const struct boot_devices devices = { .disks = 2, .cdroms = 3 };
    assert_int_equal(boot_order_add(f->fw_cfg, &options, &devices, NULL), 0);
    check_order(f, "/pci@i0cf8/scsi@4/disk@0,0\n/pci@i0cf8/scsi@5/disk@0,0\n"
                   "/pci@i0cf8/ide@1,1/drive@0/disk@0\n"
                   "/pci@i0cf8/ide@1,1/drive@0/disk@1\n"
                   "/pci@i0cf8/ide@1,1/drive@1/disk@0\n"
                   "/pci@i0cf8/ethernet@c/ethernet-phy@0\n"
                   "/pci@i0cf8/ethernet@d/ethernet-phy@0\n"
                   "/pci@i0cf8/ethernet@e/ethernet-phy@0\n"
                   "/pci@i0cf8/ethernet@f/ethernet-phy@0\n");
    assert_int_equal(fw_cfg_read_long(f, FW_CFG_KEY_BOOT_MENU), 0);
}

static void test_nothing_to_tell(void **state)
{
    struct fw_cfg_fixture *f = *state;
    const struct boot_options options = { 0 };
    const struct boot_devices devices = { .disks = 8 };
    assert_int_equal(boot_order_add(f->fw_cfg, &options, &devices, NULL), 0);
    check_order(f, NULL);
}

/* OVMF is told the order even where it is SeaBIOS's own. */
static void test_uefi(void **state)
{
    struct fw_cfg_fixture *f = *state;
    const struct boot_options options = { 0 };
    const struct boot_devices devices = { .disks = 1, .uefi = true };
    assert_int_equal(boot_order_add(f->fw_cfg, &options, &devices, NULL), 0);
    check_order(f, "/pci@i0cf8/scsi@4/disk@0,0\n"
                   "/pci@i0cf8/ethernet@c/ethernet-phy@0\n"
                   "/pci@i0cf8/ethernet@d/ethernet-phy@0\n"
                   "/pci@i0cf8/ethernet@e/ethernet-phy@0\n"
                   "/pci@i0cf8/ethernet@f/ethernet-phy@0\n");
}

static void test_rom_first(void **state)
{
    struct fw_cfg_fixture *f = *state;
    struct boot_options options = { 0 };
    const struct boot_devices devices = { .disks = 8, .rom = "genroms/a.bin" };
    assert_int_equal(boot_order_parse(&options, "disk8", NULL), 0);
    assert_int_equal(boot_order_add(f->fw_cfg, &options, &devices, NULL), 0);
    check_order(f, "/rom@genroms/a.bin\n/pci@i0cf8/scsi@b/disk@0,0\n");
}

static void test_asked_for(void **state)
{
    struct fw_cfg_fixture *f = *state;
    struct boot_options options = { .menu = true,
                                    .menu_wait = 5000,
                                    .serial_screen = true,
                                    .retry = true,
                                    .retry_wait = BOOT_RETRY_NEVER };
    const struct boot_devices devices = { .disks = 1, .cdroms = 2 };
    size_t size = 0;
    assert_int_equal(boot_order_parse(&options, "cdrom2,network1,disk", NULL), 0);
    assert_int_equal(options.count, 3);
    assert_int_equal(boot_order_add(f->fw_cfg, &options, &devices, NULL), 0);
    check_order(f, "/pci@i0cf8/ide@1,1/drive@0/disk@1\n"
                   "/pci@i0cf8/ethernet@c/ethernet-phy@0\n"
                   "/pci@i0cf8/scsi@4/disk@0,0\n");
    static const struct {
        const char *name;
        uint32_t value;
    } numbers[] = { { "etc/boot-menu-wait", 5000 },
                    { "etc/boot-fail-wait", UINT32_MAX },
                    { "etc/sercon-port", 0x3f8 } };
    for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++) {
        uint8_t *bytes = fw_cfg_read_file(f, numbers[i].name, &size);
        assert_non_null(bytes);
        assert_int_equal(size, numbers[i].value > UINT16_MAX ? 4 : 2);
        assert_int_equal(load_sized(bytes, (unsigned)size), numbers[i].value);
        free(bytes);
    }
    uint8_t shown[2];
    fw_cfg_read_key(f, FW_CFG_KEY_BOOT_MENU, shown, sizeof(shown));
    assert_int_equal(load16(shown), 1);
}

static void test_bad(void **state)
{
    struct fw_cfg_fixture *f = *state;
    static const char *const lists[] = { "",         "disk,",    ",disk",
                                         "disk0",    "disk10",   "floppy",
                                         "cdrom,hd", "diskette", "network 1" };
    struct boot_options options = { 0 };
    struct error err = { 0 };
    for (unsigned i = 0; i < ARRAY_SIZE(lists); i++)
        assert_int_equal(boot_order_parse(&options, lists[i], &err), -EINVAL);
    char many[BOOT_MAX_CHOICES * 5 + 5] = "disk";
    for (unsigned i = 0; i < BOOT_MAX_CHOICES; i++)
        strcat(many, ",disk");
    assert_int_equal(boot_order_parse(&options, many, &err), -EINVAL);
    /* A device that is not there. */
    const struct boot_devices devices = { .disks = 1 };
    assert_int_equal(boot_order_parse(&options, "disk2", &err), 0);
    assert_int_equal(boot_order_add(f->fw_cfg, &options, &devices, &err), -EINVAL);
    assert_string_equal(err.text, "boot from disk2: there is 1");
}

#define TEST(function)                                              \
    cmocka_unit_test_setup_teardown(function, fw_cfg_fixture_setup, \
                                    fw_cfg_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_default),   TEST(test_nothing_to_tell), TEST(test_uefi),
        TEST(test_rom_first), TEST(test_asked_for),       TEST(test_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
