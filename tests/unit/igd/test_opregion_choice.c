/* test_opregion_choice.c: who gets an OpRegion, why, and who puts it in place. */
#include "plan_host.h"

#include "base/bytes.h"        /* stores */
#include "igd/display_fuses.h" /* without it */
#include "igd/vbt.h"           /* a table with a panel */
#include "pci/regs.h"          /* addresses */

#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */
#include <stdlib.h> /* for cmocka */

#include <cmocka.h> /* the framework */

#define MAILBOX_4 0x400
#define CHILD     38
#define EDP       0x78c6
#define PORT_A    10

/* Nothing is met that legacy mode needs of the guest's machine. */
static struct igd_plan *upt_plan(struct host *host)
{
    host->request.upt_devfn = PCI_DEVFN(0x10, 0);
    return plan_for(host, IGD_MODE_UPT);
}

static void each_choice(void **state)
{
    static const struct {
        enum igd_opregion_use use;
        enum igd_monitor monitor;
        bool given;
        const char *reason;
    } rows[] = {
        { IGD_OPREGION_AUTO, IGD_MONITOR_UNKNOWN, true, "it is not known" },
        { IGD_OPREGION_AUTO, IGD_MONITOR_PLUGGED, true, "a monitor is plugged in" },
        { IGD_OPREGION_AUTO, IGD_MONITOR_NONE, false, "no monitor is plugged in" },
        { IGD_OPREGION_ON, IGD_MONITOR_NONE, true, "as asked" },
        { IGD_OPREGION_OFF, IGD_MONITOR_PLUGGED, false,
          "as asked; the guest's display" },
        { IGD_OPREGION_WITHHELD, IGD_MONITOR_NONE, false, "as asked; drivers may" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct host host;
        make_host(&host);
        host.request.opregion = rows[i].use;
        host.facts.monitor = rows[i].monitor;
        struct igd_plan *plan = upt_plan(&host);
        assert_int_equal(plan->opregion_given, rows[i].given);
        assert_ptr_equal(strstr(plan->opregion_reason, rows[i].reason),
                         plan->opregion_reason);
        assert_int_equal(plan->file_count, rows[i].given);
        assert_int_equal(plan->opregion != NULL, rows[i].given);
        assert_int_equal(plan->display_fused_off,
                         !rows[i].given && rows[i].use != IGD_OPREGION_WITHHELD);
        igd_plan_free(plan);
    }
}

/* A VBT in mailbox 4 with one output, of this type. */
static void wire(struct host *host, uint16_t type)
{
    uint8_t *vbt = host->opregion + MAILBOX_4;
    uint16_t block = IGD_VBT_CHILDREN + CHILD;
    memset(vbt, 0, 512);
    memcpy(vbt, "$VBT TEST           ", 20);
    store16(vbt + IGD_VBT_SIZE, 512);
    store32(vbt + IGD_VBT_BDB_OFFSET, IGD_VBT_HEADER);
    uint8_t *bdb = vbt + IGD_VBT_HEADER;
    memcpy(bdb, "BIOS_DATA_BLOCK ", 16);
    store16(bdb + IGD_BDB_VERSION, 209);
    store16(bdb + 18, IGD_BDB_HEADER);
    store16(bdb + IGD_BDB_SIZE, (uint16_t)(IGD_BDB_HEADER + 3 + block));
    uint8_t *data = bdb + IGD_BDB_HEADER;
    data[0] = IGD_VBT_GENERAL_DEFINITIONS;
    store16(data + 1, block);
    data += 3;
    data[IGD_VBT_CHILDREN_SIZE] = CHILD;
    store16(data + IGD_VBT_CHILDREN + IGD_VBT_CHILD_TYPE, type);
    data[IGD_VBT_CHILDREN + IGD_VBT_CHILD_PORT] = PORT_A;
}

static void a_panel_is_a_monitor(void **state)
{
    struct host host;
    make_host(&host);
    host.facts.monitor = IGD_MONITOR_NONE;
    wire(&host, EDP);
    struct igd_plan *plan = upt_plan(&host);
    assert_true(plan->opregion_given);
    igd_plan_free(plan);
    wire(&host, 0x60d2); /* HDMI */
    plan = upt_plan(&host);
    assert_false(plan->opregion_given);
    igd_plan_free(plan);
}

static void legacy_mode_does_not_go_without(void **state)
{
    struct host host;
    make_host(&host);
    host.facts.monitor = IGD_MONITOR_NONE;
    struct igd_plan *plan = plan_for(&host, IGD_MODE_LEGACY);
    assert_true(plan->opregion_given && plan->opregion_by_firmware);
    igd_plan_free(plan);
    host.request.opregion = IGD_OPREGION_OFF;
    plan = plan_for(&host, IGD_MODE_LEGACY);
    assert_false(plan->possible);
    const struct igd_requirement *opregion =
        find(plan->legacy, plan->legacy_count, "opregion");
    assert_int_equal(opregion->verdict, IGD_FAILED);
    assert_non_null(strstr(opregion->remedy, "--opregion off"));
    igd_plan_free(plan);
    plan = plan_for(&host, IGD_MODE_AUTO);
    assert_int_equal(plan->mode, IGD_MODE_UPT);
    assert_true(plan->fell_back && plan->possible);
    assert_false(plan->opregion_given);
    igd_plan_free(plan);
}

static void what_is_not_there_is_not_given(void **state)
{
    struct host host;
    make_host(&host);
    host.request.opregion = IGD_OPREGION_ON;
    host.opregion[0] = 0;
    struct igd_plan *plan = upt_plan(&host);
    assert_false(plan->opregion_given);
    assert_string_equal(plan->opregion_reason, "the device's is damaged");
    igd_plan_free(plan);
    host.facts.opregion = NULL;
    plan = upt_plan(&host);
    assert_false(plan->opregion_given);
    assert_string_equal(plan->opregion_reason, "the device has none");
    assert_false(plan->display_fused_off);
    igd_plan_free(plan);
    /* Who wants no outputs gets none, whether the device has a table or not. */
    host.request.opregion = IGD_OPREGION_OFF;
    plan = upt_plan(&host);
    assert_true(plan->display_fused_off);
    igd_plan_free(plan);
}

#define DFSM        0x51000
#define FUSE_STRAP  0x42014
#define SFUSE_STRAP 0xc2014

/* Of this device, with the OpRegion or without: what a register reads as. */
static uint32_t read_over(uint16_t device_id, enum igd_opregion_use use, uint32_t at,
                          uint32_t hardware)
{
    struct host host;
    make_host(&host);
    store16(host.gpu + PCI_DEVICE_ID, device_id);
    host.request.opregion = use;
    struct igd_plan *plan = upt_plan(&host);
    uint32_t value = (uint32_t)igd_overlay_mmio_read(&plan->overlay, at, 4, hardware);
    assert_int_equal(plan->opregion_given, use == IGD_OPREGION_ON);
    igd_plan_free(plan);
    return value;
}

/* Drivers look for the display's fuses, or the straps of ports, before they guess. */
static void without_it_the_display_looks_fused_off(void **state)
{
    static const struct {
        uint16_t device_id;
        uint32_t at, hardware, seen;
    } rows[] = {
        { 0x1912, DFSM, 0x02000001, 0x52200001 },
        { 0x1912, SFUSE_STRAP, 0x00002147, 0x00002140 },
        { 0x0a84, DFSM, 0, 0x50200000 },
        { 0x8a52, DFSM, 0, 0x50200000 },
        { 0x8a52, SFUSE_STRAP, 0x147, 0x147 },
        { 0x9a49, DFSM, 0, 0x50600000 },
        { 0x7d55, DFSM, 0, 0x50600000 },
        { 0xb080, DFSM, 0, 0x50600000 },
        { 0x0166, FUSE_STRAP, 0x01000000, 0x41000000 },
        { 0x0412, FUSE_STRAP, 0, 0x40000000 },
        { 0x1612, FUSE_STRAP, 0, 0x40000000 },
        { 0x0166, DFSM, 7, 7 },
        { 0x0126, FUSE_STRAP, 7, 7 },
        { 0x0126, 0xe1100, 0x80000018, 0 },
        { 0x0126, 0xe1140, 0x0000001c, 0 },
        { 0x0126, 0xe4300, 0x00000004, 0 },
        { 0x0126, 0x64000, 0x00000004, 0 },
        { 0x0f31, 0x1e1140, 0x0000001c, 0 },
        { 0x22b0, 0x1e4300, 0x00000004, 0 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(read_over(rows[i].device_id, IGD_OPREGION_OFF, rows[i].at,
                                   rows[i].hardware),
                         rows[i].seen);
        assert_int_equal(
            read_over(rows[i].device_id, IGD_OPREGION_ON, rows[i].at, rows[i].hardware),
            rows[i].hardware);
    }
}

/* Every platform has something that says so, in a place of its BAR0. */
static void each_platform_can_have_no_display(void **state)
{
    const struct igd_platform *platform;
    for (size_t i = 0; (platform = igd_platform_at(i)); i++) {
        struct igd_overlay overlay = { 0 };
        igd_display_fuse_off(&overlay, platform);
        assert_in_range(overlay.count, 1, 9);
        for (unsigned j = 0; j < overlay.count; j++)
            assert_in_range(overlay.registers[j].mirror, 1, platform->gtt_offset - 4);
    }
}

/* Writes are the hardware's, where fuses keep what they are. */
static void fuses_are_not_written(void **state)
{
    struct host host;
    make_host(&host);
    host.request.opregion = IGD_OPREGION_OFF;
    struct igd_plan *plan = upt_plan(&host);
    struct igd_overlay overlay = plan->overlay;
    assert_int_equal(igd_overlay_mmio_write(&overlay, DFSM, 4, 0), 0xf);
    assert_int_equal(igd_overlay_mmio_read(&overlay, DFSM, 4, 0), 0x50200000);
    assert_int_equal(igd_overlay_mmio_read(&overlay, DFSM + 3, 1, 0), 0x50);
    assert_true(igd_overlay_mmio_covers(&overlay, DFSM, 4096));
    igd_plan_free(plan);
}

static void an_unknown_device_may_show_outputs(void **state)
{
    struct host host;
    make_host(&host);
    store16(host.gpu + PCI_DEVICE_ID, 0x1900);
    host.request.opregion = IGD_OPREGION_OFF;
    struct igd_plan *plan = upt_plan(&host);
    assert_false(plan->opregion_given || plan->display_fused_off);
    assert_non_null(strstr(plan->opregion_reason, "may assume outputs"));
    igd_plan_free(plan);
}

/* SeaBIOS does it for class 0300 alone; UEFI firmware by a ROM of the VMM's. */
static void who_puts_it_in_place(void **state)
{
    struct host host;
    make_host(&host);
    struct igd_plan *plan = upt_plan(&host);
    assert_true(plan->opregion_by_firmware);
    assert_string_equal(plan->files[0].name, "etc/igd-opregion");
    assert_int_equal(igd_overlay_find(&plan->overlay, "ASLS")->value, 0);
    igd_plan_free(plan);

    store16(host.gpu + PCI_SUBCLASS, 0x0380);
    plan = upt_plan(&host);
    assert_false(plan->opregion_by_firmware);
    assert_int_equal(plan->file_count, 0);
    assert_int_equal(plan->opregion_size, host.facts.opregion_size);
    igd_plan_place_opregion(plan, 0x7fffe000);
    assert_int_equal(igd_overlay_config_read(&plan->overlay, 0xfc, 4, 0), 0x7fffe000);
    igd_plan_free(plan);

    store16(host.gpu + PCI_SUBCLASS, 0x0300);
    memcpy(host.firmware + 40, "_FVH", 4);
    plan = upt_plan(&host);
    assert_false(plan->opregion_by_firmware || plan->opregion_given);
    assert_non_null(strstr(plan->opregion_reason, "a ROM puts it in place"));
    assert_true(plan->display_fused_off);
    igd_plan_free(plan);

    uint8_t rom[SAMPLE_ROM_SIZE];
    sample_uefi_rom(rom);
    host.request.uefi_rom = rom;
    host.request.uefi_rom_size = sizeof(rom);
    for (unsigned class = 0x0300; class <= 0x0380; class += 0x80) {
        store16(host.gpu + PCI_SUBCLASS, (uint16_t) class);
        plan = upt_plan(&host);
        assert_true(plan->opregion_by_firmware && plan->opregion_given);
        assert_string_equal(plan->files[0].name, "etc/igd-opregion");
        assert_non_null(plan->rom);
        igd_plan_free(plan);
    }
    host.request.rom_bar = false;
    plan = upt_plan(&host);
    assert_false(plan->opregion_given);
    assert_null(plan->rom);
    igd_plan_free(plan);
}

/* Firmware gives stolen memory to 00:02.0 alone: elsewhere GGC says there is none. */
static void stolen_memory_is_at_one_place(void **state)
{
    struct host host;
    make_host(&host);
    struct igd_plan *plan = upt_plan(&host);
    assert_int_equal(plan->guest_devfn, PCI_DEVFN(0x10, 0));
    uint16_t ggc = (uint16_t)igd_overlay_config_read(&plan->overlay, 0x50, 2, 0xffff);
    struct igd_ggc decoded;
    assert_int_equal(igd_ggc_decode(plan->platform, ggc, &decoded), 0);
    assert_int_equal(decoded.stolen_size, 0);
    assert_int_equal(decoded.gtt_size, 8 * MIB);
    assert_int_equal(plan->stolen.size, 0);
    assert_false(plan->stolen.at_host_base);
    igd_plan_free(plan);

    host.request.upt_devfn = PCI_DEVFN(2, 0);
    plan = plan_for(&host, IGD_MODE_UPT);
    assert_int_equal(plan->stolen.size, 64 * MIB);
    assert_int_equal(igd_overlay_config_read(&plan->overlay, 0x50, 2, 0xffff),
                     plan->ggc_raw);
    igd_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_choice),
        cmocka_unit_test(a_panel_is_a_monitor),
        cmocka_unit_test(legacy_mode_does_not_go_without),
        cmocka_unit_test(what_is_not_there_is_not_given),
        cmocka_unit_test(without_it_the_display_looks_fused_off),
        cmocka_unit_test(each_platform_can_have_no_display),
        cmocka_unit_test(fuses_are_not_written),
        cmocka_unit_test(an_unknown_device_may_show_outputs),
        cmocka_unit_test(who_puts_it_in_place),
        cmocka_unit_test(stolen_memory_is_at_one_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
