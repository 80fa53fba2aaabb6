/* test_leaks.c: no guest of any chip reads an address of its host. */
#include "fixture.h" /* the model, as a host's GPU */

#include "base/bytes.h"  /* loads */
#include "base/error.h"  /* struct error */
#include "igd/plan.h"    /* under test */
#include "model/chips.h" /* every chip */

#include <stdlib.h> /* calloc */

#define HOST_BDSM  0x6b800000U /* no identifier, read with its vendor, is near it */
#define HOST_ASLS  0x7b7fd018U /* as model.c has it */
#define GUEST_BDSM 0x0f400000U
#define GUEST_ASLS 0x0ffee018U
/* Every dword of pages with registers the model knows, of the others one in so many. */
#define PAGE   0x1000U
#define SPARSE 64U
static const uint32_t dense_pages[] = { 0x44000, 0x45000, 0x70000, 0x108000, 0x138000 };

struct guest {
    struct fixture host;
    struct igd_plan *plan;
    struct igd_overlay overlay;
    const struct igd_platform *platform;
};

/* The plan for a guest of this chip, from what the model's regions hold. */
static void guest_start(struct guest *guest, const struct model_chip *chip)
{
    static uint8_t config[256], bridge[256], lpc[256], opregion[0x4000], rom[0x20000];
    static const char firmware[] = "etc/igd-opregion etc/igd-bdsm-size";
    struct error err = { 0 };

    fixture_start_chip(&guest->host, chip->name, true, HOST_BDSM);
    struct model *model = guest->host.model;
    struct igd_facts facts = {
        .address = "model",
        .gpu_config = config,
        .host_config = bridge,
        .lpc_config = lpc,
        .opregion = opregion,
        .opregion_size = model_region(model, MODEL_REGION_OPREGION).size,
        .rom = rom,
        .rom_size = model_region(model, MODEL_REGION_ROM).size,
        .has_vga_region = true,
        .firmware = (const uint8_t *)firmware,
        .firmware_size = sizeof(firmware),
        .stolen_reserved = get(&guest->host, 0, 0x1082c0, 8),
    };
    const struct igd_request request = {
        .guest_devfn = 0x10,
        .upt_devfn = 0x10,
        .machine_is_i440fx = true,
        .lpc_place_free = true,
        .rom_bar = true,
        .low_ram_limit = 0xc0000000,
        .ram_size = 256 * MIB,
    };
    assert_int_equal(model_read(model, MODEL_REGION_CONFIG, 0, config, 256), 0);
    assert_int_equal(model_read(model, MODEL_REGION_HOST_BRIDGE, 0, bridge, 256), 0);
    assert_int_equal(model_read(model, MODEL_REGION_LPC_BRIDGE, 0, lpc, 256), 0);
    assert_int_equal(
        model_read(model, MODEL_REGION_OPREGION, 0, opregion, facts.opregion_size), 0);
    if (facts.rom_size)
        assert_int_equal(model_read(model, MODEL_REGION_ROM, 0, rom, facts.rom_size),
                         0);
    guest->plan = igd_plan(&facts, &request, &err);
    assert_non_null(guest->plan);
    assert_true(guest->plan->possible);
    guest->platform = igd_platform_find(chip->name);
    assert_int_equal(guest->plan->mode, guest->platform->has_vbios && chip
                                            ? IGD_MODE_LEGACY
                                            : IGD_MODE_UPT);
    guest->overlay = guest->plan->overlay;
}

static void guest_stop(struct guest *guest)
{
    igd_plan_free(guest->plan);
    fixture_stop(&guest->host);
}

static uint32_t guest_config(struct guest *guest, unsigned offset)
{
    uint32_t raw = (uint32_t)get(&guest->host, MODEL_REGION_CONFIG, offset, 4);
    return igd_overlay_config_read(&guest->overlay, offset, 4, raw);
}

static uint32_t guest_mmio(struct guest *guest, uint32_t offset)
{
    return (uint32_t)igd_overlay_mmio_read(&guest->overlay, offset, 4,
                                           mmio_get(&guest->host, offset));
}

/* The same through the I/O BAR. */
static uint32_t guest_io(struct guest *guest, uint32_t offset)
{
    igd_overlay_io_write(&guest->overlay, 0, 4, offset);
    put(&guest->host, MODEL_REGION_BAR4, 0, 4, offset);
    return igd_overlay_io_read(&guest->overlay, 4, 4,
                               (uint32_t)get(&guest->host, MODEL_REGION_BAR4, 4, 4));
}

/* Is it an address of the host's OpRegion, VBT, stolen memory or GTT? */
static bool is_hosts(const struct guest *guest, uint32_t value)
{
    const struct igd_ggc *ggc = &guest->plan->ggc;
    return (value >= HOST_BDSM - ggc->gtt_size &&
            value < HOST_BDSM + ggc->stolen_size) ||
           (value >= (HOST_ASLS & ~0xfffU) && value < (HOST_ASLS & ~0xfffU) + 0x4000);
}

static bool is_dense(const struct guest *guest, uint32_t offset)
{
    for (size_t i = 0; i < ARRAY_SIZE(dense_pages); i++) {
        if (offset - offset % PAGE == dense_pages[i])
            return true;
    }
    return igd_overlay_mmio_covers(&guest->overlay, offset - offset % PAGE, PAGE);
}

static void check_all(struct guest *guest, const char *when)
{
    for (unsigned offset = 0; offset < 256; offset += 4) {
        uint32_t value = guest_config(guest, offset);
        if (is_hosts(guest, value))
            fail_msg("%s, %s: config 0x%02x reads 0x%08x", guest->platform->name, when,
                     offset, value);
    }
    bool has_iobar = model_region(guest->host.model, MODEL_REGION_BAR4).size != 0;
    uint32_t step = 4;
    for (uint32_t offset = 0; offset < guest->platform->gtt_offset; offset += step) {
        step = is_dense(guest, offset) ? 4 : SPARSE;
        uint32_t value = guest_mmio(guest, offset);
        if (is_hosts(guest, value))
            fail_msg("%s, %s: BAR0 0x%06x reads 0x%08x", guest->platform->name, when,
                     offset, value);
        if (has_iobar && step == 4)
            assert_int_equal(guest_io(guest, offset), value);
    }
}

/* These bytes, at any place, for text can look like an address near the host's. */
static void check_bytes(const uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at + 4 <= size; at++) {
        uint32_t value = load32(bytes + at);
        assert_int_not_equal(value & ~1U, HOST_BDSM);
        assert_int_not_equal(value, HOST_ASLS);
    }
}

static void check_files(const struct guest *guest)
{
    const struct igd_plan *plan = guest->plan;
    for (unsigned i = 0; i < plan->file_count; i++)
        check_bytes(plan->files[i].data, plan->files[i].size);
    if (plan->rom)
        check_bytes(plan->rom, plan->rom_size);
}

/* Firmware as SeaBIOS: the OpRegion's address, and stolen memory in the narrow
 * register. */
static void act_as_seabios(struct guest *guest)
{
    assert_int_equal(igd_overlay_config_write(&guest->overlay, 0xfc, 4, GUEST_ASLS), 0);
    if (guest->platform->stolen != IGD_STOLEN_NONE)
        assert_int_equal(igd_overlay_config_write(&guest->overlay, 0x5c, 4, GUEST_BDSM),
                         0);
}

static void check_placed(struct guest *guest)
{
    enum igd_stolen_style style = guest->platform->stolen;
    assert_int_equal(guest_config(guest, 0xfc), GUEST_ASLS);
    assert_int_equal(guest_mmio(guest, 0x1080c0),
                     style == IGD_STOLEN_NONE ? 0 : GUEST_BDSM);
    uint32_t reserved = guest_mmio(guest, 0x1082c0);
    assert_int_equal(reserved,
                     style == IGD_STOLEN_NONE ? 1 : (GUEST_BDSM + 63 * MIB) | 1);
    assert_int_equal(guest_mmio(guest, 0x108100),
                     style == IGD_STOLEN_BDSM64 ? (GUEST_BDSM + 64 * MIB) | 1 : 0);
    assert_int_equal(guest_mmio(guest, 0x138914), 0);
}

/* The test must be able to fail: without the overlay, every host is seen. */
static void check_detector(struct guest *guest)
{
    unsigned leaks = 0;
    guest->overlay = (struct igd_overlay){ 0 };
    if (model_region(guest->host.model, MODEL_REGION_BAR4).size)
        assert_true(is_hosts(guest, guest_io(guest, 0x1080c0)));
    for (unsigned offset = 0; offset < 256; offset += 4)
        leaks += is_hosts(guest, guest_config(guest, offset));
    assert_int_equal(leaks, 3); /* BDSM, BGSM, ASLS */
    assert_true(is_hosts(guest, guest_mmio(guest, 0x1080c0)));
    assert_true(is_hosts(guest, guest_mmio(guest, 0x1082c0)));
}

static void test_every_chip(void **state)
{
    for (size_t i = 0; model_chip_at(i); i++) {
        struct guest guest = { 0 };
        guest_start(&guest, model_chip_at(i));
        check_files(&guest);
        check_all(&guest, "at power-on");
        act_as_seabios(&guest);
        check_all(&guest, "after firmware");
        check_placed(&guest);
        check_detector(&guest);
        guest_stop(&guest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_chip) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
