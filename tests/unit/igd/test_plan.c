/* test_plan.c: what is decided from which facts, and what a plan holds. */
#include "igd/plan.h" /* under test */

#include "igd/platform.h" /* rows */

#include "plan_host.h" /* a host */

#include "base/bytes.h"     /* stores */
#include "base/error.h"     /* struct error */
#include "pci/option_rom.h" /* offsets */
#include "pci/regs.h"       /* registers */

#include <setjmp.h> /* for cmocka */
#include <stdarg.h> /* for cmocka */
#include <stdlib.h> /* for cmocka */

#include <cmocka.h> /* the framework */

static void test_legacy(void **state)
{
    for (enum igd_mode mode = IGD_MODE_AUTO; mode <= IGD_MODE_LEGACY; mode++) {
        struct host host;
        make_host(&host);
        struct igd_plan *plan = plan_for(&host, mode);
        assert_int_equal(plan->mode, IGD_MODE_LEGACY);
        assert_true(plan->possible);
        assert_false(plan->fell_back);
        assert_int_equal(plan->device->device_id, 0x1912);
        assert_string_equal(plan->platform->name, "skylake");
        assert_int_equal(plan->device_id, 0x1912);
        assert_int_equal(plan->ggc_raw, SAMPLE_GGC);
        assert_int_equal(plan->ggc.stolen_size, 64 * MIB);
        assert_int_equal(plan->ggc.gtt_size, 8 * MIB);
        assert_int_equal(plan->legacy_count, 24);
        assert_int_equal(plan->upt_count, 3);
        for (unsigned i = 0; i < plan->legacy_count; i++)
            assert_int_equal(plan->legacy[i].verdict, IGD_MET);
        check_texts(plan->legacy, plan->legacy_count);
        check_texts(plan->upt, plan->upt_count);
        assert_true(plan->vga);
        igd_plan_free(plan);
    }
}

static void test_legacy_overlay(void **state)
{
    static const struct igd_overlay_register expected[] = {
        { "GGC", .offset = 0x50, .size = 2, .rule = IGD_OVERLAY_READ_ONLY,
          .value = SAMPLE_GGC, .mirror = 0x108040, .mirror_size = 2 },
        { "BDSM", .offset = 0x5c, .size = 4, .rule = IGD_OVERLAY_HELD,
          .mirror = 0x1080c0, .mirror_size = 4 },
        { "STOLEN_RESERVED", .rule = IGD_OVERLAY_READ_ONLY, .mirror = 0x1082c0,
          .mirror_size = 4 },
        { "DBUF_CTL_S1", .rule = IGD_OVERLAY_GATED, .value = 0x40000000,
          .gate = 0x80000000, .mirror = 0x45008, .mirror_size = 4 },
        { "SWSMI", .offset = 0xe0, .size = 2, .rule = IGD_OVERLAY_NO_WRITE },
        { "SWSCI", .offset = 0xe8, .size = 2, .rule = IGD_OVERLAY_NO_WRITE },
        { "ASLS", .offset = 0xfc, .size = 4, .rule = IGD_OVERLAY_HELD },
    };
    struct host host;
    make_host(&host);
    for (enum igd_mode mode = IGD_MODE_LEGACY; mode <= IGD_MODE_UPT; mode++) {
        struct igd_plan *plan = plan_for(&host, mode);
        assert_int_equal(plan->overlay.count, ARRAY_SIZE(expected));
        assert_int_equal(plan->overlay.base, 2);
        for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
            const struct igd_overlay_register *reg = &plan->overlay.registers[i];
            assert_string_equal(reg->name, expected[i].name);
            assert_non_null(reg->reason);
            assert_non_null(reg->source);
            assert_int_equal(reg->offset, expected[i].offset);
            assert_int_equal(reg->size, expected[i].size);
            assert_int_equal(reg->rule, expected[i].rule);
            assert_int_equal(reg->value, expected[i].value);
            assert_int_equal(reg->gate, expected[i].gate);
            assert_int_equal(reg->distance, 0);
            assert_int_equal(reg->mirror, expected[i].mirror);
            assert_int_equal(reg->mirror_size, expected[i].mirror_size);
        }
        igd_plan_free(plan);
    }
}

/* The user may let the guest ring the host's firmware; nothing else changes. */
static void test_pass_swsci(void **state)
{
    struct host host;
    make_host(&host);
    host.request.pass_swsci = true;
    struct igd_plan *plan = plan_for(&host, IGD_MODE_LEGACY);
    assert_null(igd_overlay_find(&plan->overlay, "SWSCI"));
    assert_null(igd_overlay_find(&plan->overlay, "SWSMI"));
    assert_non_null(igd_overlay_find(&plan->overlay, "ASLS"));
    assert_int_equal(igd_overlay_config_write(&plan->overlay, 0xe8, 2, 1), 3);
    igd_plan_free(plan);
}

static void test_legacy_bridges(void **state)
{
    static const struct igd_identity host_bridge = {
        3, { { 0x08, 2, 0x0007 }, { 0x2c, 2, 0x1043 }, { 0x2e, 2, 0x8694 } }
    };
    static const struct igd_identity lpc_bridge = { 5,
                                                    { { 0x00, 2, 0x8086 },
                                                      { 0x02, 2, 0xa145 },
                                                      { 0x08, 2, 0x0031 },
                                                      { 0x2c, 2, 0x1043 },
                                                      { 0x2e, 2, 0x8694 } } };
    struct host host;
    make_host(&host);
    struct igd_plan *plan = plan_for(&host, IGD_MODE_LEGACY);
    const struct igd_identity *pairs[2][2] = { { &plan->host_bridge, &host_bridge },
                                               { &plan->lpc_bridge, &lpc_bridge } };
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pairs[i][0]->count, pairs[i][1]->count);
        for (unsigned j = 0; j < pairs[i][1]->count; j++) {
            assert_int_equal(pairs[i][0]->fields[j].offset,
                             pairs[i][1]->fields[j].offset);
            assert_int_equal(pairs[i][0]->fields[j].size, pairs[i][1]->fields[j].size);
            assert_int_equal(pairs[i][0]->fields[j].value,
                             pairs[i][1]->fields[j].value);
        }
    }
    igd_plan_free(plan);
}

static void test_legacy_files(void **state)
{
    struct host host;
    make_host(&host);
    struct igd_plan *plan = plan_for(&host, IGD_MODE_LEGACY);
    assert_int_equal(plan->file_count, 2);
    assert_string_equal(plan->files[0].name, "etc/igd-opregion");
    assert_int_equal(plan->files[0].size, IGD_OPREGION_SIZE);
    assert_ptr_equal(plan->files[0].data, plan->opregion);
    assert_string_equal(plan->files[1].name, "etc/igd-bdsm-size");
    assert_int_equal(plan->files[1].size, 8);
    assert_int_equal(load64(plan->files[1].data), 64 * MIB);
    assert_int_equal(plan->opregion_change_count, 2);
    assert_int_equal(load32(plan->opregion + IGD_OPREGION_MBOX), 0x0d);
    assert_string_equal(plan->opregion_info.vbt_signature, "$VBT SKYLAKE");
    /* The host's own stays as it is. */
    assert_int_equal(load32(host.opregion + IGD_OPREGION_MBOX), 0x0f);
    /* The shadow's tail is gone, the image is right for this device. */
    assert_int_equal(plan->rom_size, SAMPLE_ROM_SIZE);
    assert_int_equal(byte_sum(plan->rom, SAMPLE_ROM_SIZE), 0);
    assert_int_equal(load16(plan->rom + SAMPLE_ROM_PCIR + 6), 0x1912);
    assert_int_equal(load32(plan->rom + SAMPLE_ROM_SAVED), 0);
    assert_true(plan->rom_changes.device_id);
    assert_true(plan->rom_changes.saved_bdsm);
    assert_true(plan->rom_changes.checksum);
    assert_int_equal(load16(host.rom + SAMPLE_ROM_PCIR + 6), 0x0406);
    /* Stolen memory. */
    assert_true(plan->stolen.at_host_base);
    assert_int_equal(plan->stolen.host_base, SAMPLE_BDSM);
    assert_int_equal(plan->stolen.ram_top, SAMPLE_BDSM + 81 * MIB);
    igd_plan_free(plan);
}

/* A ROM BAR decodes a power of two; what is missing reads as an empty bus does. */
static void test_rom_padding(void **state)
{
    static const struct {
        unsigned units;
        size_t size;
    } cases[] = {
        { 1, 2048 }, { 4, 2048 }, { 5, 4096 }, { 128, 65536 }, { 129, 131072 }
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct host host;
        make_host(&host);
        memset(host.rom + 512, 0, sizeof(host.rom) - 512);
        host.rom[OPTION_ROM_SIZE] = (uint8_t)cases[i].units;
        store16(host.rom + SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_IMAGE,
                (uint16_t)cases[i].units);
        struct igd_plan *plan = plan_for(&host, IGD_MODE_LEGACY);
        assert_int_equal(plan->rom_size, cases[i].size);
        for (size_t j = cases[i].units * 512; j < plan->rom_size; j++)
            assert_int_equal(plan->rom[j], 0xff);
        assert_int_equal(plan->rom[cases[i].units * 512 - 1] == 0xff, false);
        igd_plan_free(plan);
    }
}

static void test_upt(void **state)
{
    struct host host;
    make_host(&host);
    struct igd_plan *plan = plan_for(&host, IGD_MODE_UPT);
    assert_true(plan->possible);
    assert_false(plan->fell_back);
    assert_int_equal(plan->mode, IGD_MODE_UPT);
    assert_false(plan->vga);
    assert_int_equal(plan->host_bridge.count, 0);
    assert_int_equal(plan->lpc_bridge.count, 0);
    assert_int_equal(plan->file_count, 2);
    assert_string_equal(plan->files[0].name, "etc/igd-opregion");
    /* GGC tells the guest of stolen memory, so there is some. */
    assert_string_equal(plan->files[1].name, "etc/igd-bdsm-size");
    assert_int_equal(load64(plan->files[1].data), 64 * MIB);
    assert_null(plan->rom); /* the host's VBIOS has no VGA there */
    assert_true(plan->stolen.at_host_base);
    igd_plan_free(plan);

    /* Not out of RAM that the guest needs: here nothing requires it. */
    host.request.ram_size = 127 * MIB;
    plan = plan_for(&host, IGD_MODE_UPT);
    assert_true(plan->possible);
    assert_int_equal(plan->file_count, 1);
    assert_false(plan->stolen.at_host_base);
    igd_plan_free(plan);
    host.request.ram_size = 2 * GIB;

    /* Without an OpRegion, with a damaged one: the mode needs none. */
    host.opregion[0] = 0;
    store32(host.gpu + IGD_REG_BDSM32, 1);
    plan = plan_for(&host, IGD_MODE_UPT);
    assert_true(plan->possible);
    assert_int_equal(plan->file_count, 1);
    assert_string_equal(plan->files[0].name, "etc/igd-bdsm-size");
    assert_non_null(strstr(plan->stolen.reason, "BDSM"));
    igd_plan_free(plan);
}

static void test_upt_rom_file(void **state)
{
    struct host host;
    make_host(&host);
    host.facts.rom_from_file = true;
    struct igd_plan *plan = plan_for(&host, IGD_MODE_UPT);
    assert_non_null(plan->rom);
    assert_true(plan->rom_changes.device_id);
    igd_plan_free(plan);

    /* UEFI drivers are given as they are. */
    host.rom[SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_CODE_TYPE] = OPTION_ROM_CODE_UEFI;
    store16(host.rom + OPTION_ROM_SIZE, SAMPLE_ROM_SIZE / 512);
    plan = plan_for(&host, IGD_MODE_UPT);
    assert_non_null(plan->rom);
    assert_false(plan->rom_changes.device_id);
    assert_false(plan->rom_changes.checksum);
    assert_memory_equal(plan->rom, host.rom, SAMPLE_ROM_SIZE);
    igd_plan_free(plan);

    host.request.rom_bar = false;
    plan = plan_for(&host, IGD_MODE_UPT);
    assert_null(plan->rom);
    igd_plan_free(plan);
}

/* UEFI firmware places nothing: the VMM's ROM does, before what the user's file holds.
 */
static void test_uefi(void **state)
{
    struct host host;
    uint8_t rom[SAMPLE_ROM_SIZE];
    make_host(&host);
    memcpy(host.firmware + 40, "_FVH", 4);
    sample_uefi_rom(rom);
    host.request.uefi_rom = rom;
    host.request.uefi_rom_size = sizeof(rom);
    struct igd_plan *plan = plan_for(&host, IGD_MODE_AUTO);
    assert_true(plan->possible && !plan->fell_back);
    assert_int_equal(plan->mode, IGD_MODE_UPT);
    assert_int_equal(plan->file_count, 2);
    assert_false(plan->stolen.at_host_base);
    assert_int_equal(plan->stolen.ram_top, 0);
    assert_non_null(strstr(plan->stolen.reason, "UEFI"));
    assert_int_equal(plan->rom_size, SAMPLE_ROM_SIZE);
    store16(rom + SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_DEVICE, 0x1912);
    assert_memory_equal(plan->rom, rom, sizeof(rom));
    igd_plan_free(plan);

    /* A driver of the user's comes behind it, as it is. */
    host.facts.rom_from_file = true;
    sample_uefi_rom(host.rom);
    plan = plan_for(&host, IGD_MODE_UPT);
    assert_int_equal(plan->rom_size, 2 * SAMPLE_ROM_SIZE);
    rom[SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_INDICATOR] = 0;
    assert_memory_equal(plan->rom, rom, sizeof(rom));
    assert_memory_equal(plan->rom + sizeof(rom), host.rom, sizeof(rom));
    igd_plan_free(plan);

    /* With nothing to place it alone; without a ROM BAR there is neither. */
    host.request.upt_devfn = PCI_DEVFN(0x10, 0);
    host.request.opregion = IGD_OPREGION_OFF;
    plan = plan_for(&host, IGD_MODE_UPT);
    assert_memory_equal(plan->rom, host.rom, sizeof(rom));
    igd_plan_free(plan);
    host.request.upt_devfn = PCI_DEVFN(2, 0);
    host.request.opregion = IGD_OPREGION_AUTO;
    host.request.rom_bar = false;
    plan = plan_for(&host, IGD_MODE_UPT);
    assert_null(plan->rom);
    assert_int_equal(plan->file_count, 0);
    uint32_t ggc = igd_overlay_config_read(&plan->overlay, IGD_REG_GGC, 2, 0xffff);
    assert_int_equal(ggc & 0xff00, 0); /* no stolen memory is told of */
    igd_plan_free(plan);

    /* What the VMM gives must be a ROM. */
    struct error err = { 0 };
    host.request.rom_bar = true;
    rom[0] = 0;
    assert_null(igd_plan(&host.facts, &host.request, &err));
    assert_int_equal(err.kind, ERROR_INPUT);
}

static void test_damaged_file(void **state)
{
    struct host host;
    struct error err = { 0 };
    make_host(&host);
    host.facts.rom_from_file = true;
    host.rom[0] = 0xff;
    assert_null(igd_plan(&host.facts, &host.request, &err));
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_int_equal(err.code, -EINVAL);
    assert_non_null(strstr(err.text, "ROM file: ROM image at 0x0: signature is ff aa"));
    host.facts.rom_size = 0;
    assert_null(igd_plan(&host.facts, &host.request, &err));
    assert_non_null(strstr(err.text, "it is empty"));
    /* No file is none, and no error. */
    host.facts.rom = NULL;
    igd_plan_free(plan_for(&host, IGD_MODE_UPT));
}

/* Allocations of the code under test; see -Wl,--wrap in meson.build. */
static int allocations_left = -1;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static bool allocation_fails(void)
{
    return allocations_left >= 0 && allocations_left-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return allocation_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : __real_calloc(count, size);
}

static void test_no_memory(void **state)
{
    static const char *const says[] = { "the plan", "the OpRegion", "the ROM" };
    struct host host;
    make_host(&host);
    for (int i = 0; i < 3; i++) {
        struct error err = { 0 };
        allocations_left = i;
        struct igd_plan *plan = igd_plan(&host.facts, &host.request, &err);
        allocations_left = -1;
        assert_null(plan);
        assert_int_equal(err.code, -ENOMEM);
        assert_int_equal(err.kind, ERROR_SYSTEM);
        assert_non_null(strstr(err.text, says[i]));
    }
}

static void test_names(void **state)
{
    assert_string_equal(igd_mode_name(IGD_MODE_AUTO), "auto");
    assert_string_equal(igd_mode_name(IGD_MODE_LEGACY), "legacy");
    assert_string_equal(igd_mode_name(IGD_MODE_UPT), "upt");
    igd_plan_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_legacy),         cmocka_unit_test(test_legacy_overlay),
        cmocka_unit_test(test_legacy_bridges), cmocka_unit_test(test_legacy_files),
        cmocka_unit_test(test_rom_padding),    cmocka_unit_test(test_upt),
        cmocka_unit_test(test_upt_rom_file),   cmocka_unit_test(test_pass_swsci),
        cmocka_unit_test(test_uefi),           cmocka_unit_test(test_damaged_file),
        cmocka_unit_test(test_no_memory),      cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
