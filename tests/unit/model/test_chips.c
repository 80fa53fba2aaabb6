/* test_chips.c: every chip the model can be, as libigd's table has it. */
#include "fixture.h" /* the model */

#include "base/bytes.h"  /* MIB */
#include "base/error.h"  /* struct error */
#include "igd/ggc.h"     /* the decoder */
#include "model/chips.h" /* under test */

#include <errno.h>  /* EINVAL */
#include <stdlib.h> /* free */

#define HOST_BDSM 0x7b800000U

/* A model of each platform, and each device is one of its own. */
static void test_table(void **state)
{
    size_t count = 0;
    for (; model_chip_at(count); count++) {
        const struct model_chip *chip = model_chip_at(count);
        const struct igd_device *device = igd_device_find(chip->device_id);
        assert_ptr_equal(model_chip_find(chip->name), chip);
        assert_non_null(device);
        assert_string_equal(igd_device_platform(device)->name, chip->name);
        assert_ptr_equal(igd_platform_at(count), igd_device_platform(device));
    }
    assert_null(igd_platform_at(count));
}

static void check_chip(const struct model_chip *chip)
{
    const struct igd_platform *platform = igd_platform_find(chip->name);
    struct fixture f;
    struct igd_ggc ggc;
    uint8_t config[256];

    fixture_start_chip(&f, chip->name, true, HOST_BDSM);
    assert_int_equal(model_read(f.model, MODEL_REGION_CONFIG, 0, config, 256), 0);
    assert_int_equal(load16(config + 2), chip->device_id);
    assert_int_equal(load16(config + 0x0a), 0x0300);
    assert_int_equal(igd_ggc_decode(platform, load16(config + 0x50), &ggc), 0);
    assert_int_equal(ggc.stolen_size, 64 * MIB);
    assert_int_equal(ggc.gtt_size, platform->bar0_size - platform->gtt_offset);
    assert_false(ggc.vga_disabled);

    /* The base: where the platform has it, its copy, and what is relative to it. */
    bool wide = platform->stolen != IGD_STOLEN_BDSM32;
    assert_int_equal(load32(config + (wide ? 0xc0 : 0x5c)), HOST_BDSM | 1);
    assert_int_equal(load32(config + (wide ? 0x5c : 0xc0)), 0);
    assert_int_equal(mmio_get(&f, 0x1080c0), HOST_BDSM | 1);
    assert_int_equal(mmio_get(&f, 0x1080c4), 0);
    assert_int_equal(mmio_get(&f, 0x108040), load16(config + 0x50));
    assert_int_equal(load32(config + 0xf0), HOST_BDSM - ggc.gtt_size);
    assert_int_equal(mmio_get(&f, 0x108100), wide ? HOST_BDSM - ggc.gtt_size : 0);
    assert_int_equal(mmio_get(&f, 0x1082c0), (HOST_BDSM + 63 * MIB) | 1);
    assert_int_equal(mmio_get(&f, 0x45008),
                     platform->dbuf_slices ? IGD_DBUF_POWER_STATE : 0);

    /* Regions. */
    assert_int_equal(model_region(f.model, 0).size, platform->bar0_size);
    assert_int_equal(model_region(f.model, 0).map_offset, platform->gtt_offset);
    assert_int_equal(model_region(f.model, 2).size, 256 * MIB);
    assert_int_equal(model_region(f.model, 4).size,
                     platform->stolen == IGD_STOLEN_NONE ? 0 : 64);
    assert_int_equal(model_region(f.model, MODEL_REGION_ROM).size,
                     platform->has_vbios ? 0x20000 : 0);
    assert_int_equal(model_region(f.model, MODEL_REGION_OPREGION).size,
                     platform->generation > 90 ? 0x4000 : 0x2000);

    /* MSI is where the row says, in a list that ends. */
    unsigned at = config[0x34], steps = 0, msi = 0;
    for (; at && steps < 48; steps++, at = config[at + 1])
        msi = config[at] == 0x05 ? at : msi;
    assert_int_equal(at, 0);
    assert_int_equal(msi + 2, chip->msi_control);
    assert_int_equal(load16(config + msi + 2), platform->generation >= 120 ? 0x100 : 0);
    char *text = model_describe(f.model);
    assert_non_null(text);
    assert_non_null(strstr(text, chip->name));
    free(text);
    fixture_stop(&f);
}

static void test_every_chip(void **state)
{
    for (size_t i = 0; model_chip_at(i); i++)
        check_chip(model_chip_at(i));
}

/* What a host's firmware can have set up differently. */
static void test_options(void **state)
{
    struct model_options options = {
        .chip = model_chip_find("cherryview"),
        .subclass = 0x80,
        .vga_disabled = true,
        .has_gms = true,
        .gms = 0x11,
    };
    struct error err = { 0 };
    uint32_t value;
    struct model *model = model_new(&options, NULL, NULL, &err);
    assert_non_null(model);
    assert_int_equal(model_read(model, MODEL_REGION_CONFIG, 8, &value, 4), 0);
    assert_int_equal(value >> 8, 0x038000);
    assert_int_equal(model_read(model, MODEL_REGION_CONFIG, 0x50, &value, 2), 0);
    assert_int_equal(value & 0xffff, 0x038b);
    model_free(model);

    options.gms = 0x1e; /* reserved there */
    assert_null(model_new(&options, NULL, NULL, &err));
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_non_null(strstr(err.text, "0x1e"));
}

/* FLR of the chips whose capability for it is the advanced-features one. */
static void test_advanced_features_reset(void **state)
{
    struct fixture f;
    fixture_start_chip(&f, "haswell", false, 0);
    config_put(&f, 0x04, 2, 6);
    config_put(&f, 0xa8, 1, 0);
    assert_int_equal(model_counters(f.model).function_resets, 0);
    config_put(&f, 0xa8, 1, 1);
    assert_int_equal(model_counters(f.model).function_resets, 1);
    assert_int_equal(config_get(&f, 0x04, 2), 0);
    fixture_stop(&f);
}

/* Entries of 4 bytes have address bits 39:32 in bits 11:4. */
static void test_narrow_entries(void **state)
{
    struct fixture f;
    fixture_start_chip(&f, "ivy-bridge", false, 0);
    f.memory[4] = 0x5a;
    mmio_put(&f, 0x200000 + 4 * 3, (uint32_t)FIXTURE_MEMORY_BASE | 1);
    assert_int_equal(get(&f, MODEL_REGION_BAR2, 0x3004, 1), 0x5a);
    mmio_put(&f, 0x200000 + 4 * 3, (uint32_t)FIXTURE_MEMORY_BASE | 0x11);
    assert_int_equal(get(&f, MODEL_REGION_BAR2, 0x3004, 1), 0xff);
    fixture_stop(&f);
}

/* A slice's power: left on by the firmware, then as asked for. */
static void test_display_buffer(void **state)
{
    static const struct {
        const char *name;
        uint32_t offset;
        bool is_slice;
    } cases[] = {
        { "skylake", 0x45008, true },      { "skylake", 0x44fe8, false },
        { "ice-lake", 0x44fe8, true },     { "ice-lake", 0x44300, false },
        { "alder-lake-p", 0x44304, true },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fixture f;
        fixture_start_chip(&f, cases[i].name, true, HOST_BDSM);
        uint32_t offset = cases[i].offset;
        assert_int_equal(mmio_get(&f, offset), cases[i].is_slice ? 0x40000000 : 0);
        mmio_put(&f, offset, 0x80000001);
        assert_int_equal(mmio_get(&f, offset),
                         cases[i].is_slice ? 0xc0000001 : 0x80000001);
        mmio_put(&f, offset, 1);
        assert_int_equal(mmio_get(&f, offset), 1);
        fixture_stop(&f);
    }
}

/* Meteor Lake on: BAR2 shows the GTT and then stolen memory. */
static void test_local_memory(void **state)
{
    struct fixture f;
    fixture_start_chip(&f, "meteor-lake", true, HOST_BDSM);
    assert_int_equal(mmio_get(&f, 0x138914), 1);
    mmio_put(&f, 0x800000, 0x12345001);
    assert_int_equal(get(&f, MODEL_REGION_BAR2, 0, 4), 0x12345001);
    put(&f, MODEL_REGION_BAR2, 8, 4, 0x777);
    assert_int_equal(mmio_get(&f, 0x800008), 0x777);
    put(&f, MODEL_REGION_BAR2, 8 * MIB, 4, 5);
    assert_int_equal(get(&f, MODEL_REGION_BAR2, 8 * MIB, 4), 0);
    fixture_stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_every_chip),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_advanced_features_reset),
        cmocka_unit_test(test_narrow_entries),
        cmocka_unit_test(test_display_buffer),
        cmocka_unit_test(test_local_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
