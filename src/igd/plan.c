/* plan.c: decides the mode, and fills in what carries it out. */
#include "igd/plan.h"

#include "igd/platform.h"    /* rows */
#include "igd/requirement.h" /* checks */
#include "igd/stolen.h"      /* memory layout */

#include "base/bytes.h"     /* loads, rounding */
#include "base/error.h"     /* error_set */
#include "pci/option_rom.h" /* code types */
#include "pci/regs.h"       /* config registers */

#include <stdlib.h> /* calloc */

/* A ROM register cannot decode less (PCI Local Bus 3.0, 6.2.5.2). */
#define LEAST_ROM_SIZE 0x800

#define MTL_STOLEN_ACCESS 0x138914

/* Which devices a virtual register is for. */
enum overlay_for { ANY, LISTED, BDSM32, BDSM64, MTL };

/*
 * The registers a guest must not see or touch as they are (QEMU hw/vfio/igd.c; Linux
 * i915 display/intel_opregion.c; MTL: Linux i915 i915_utils.c). The stolen-reserved
 * register (BAR0 0x1082c0) is left as it is: its base is the host's, which matters only
 * when the guest's BDSM differs, and then a Linux guest does without stolen memory.
 */
static const struct {
    enum overlay_for applies;
    struct igd_overlay_register reg;
} overlay_rows[] = {
    { LISTED,
      { .name = "GGC",
        .reason = "the size of stolen memory stays the host's",
        .offset = IGD_REG_GGC,
        .size = 2,
        .rule = IGD_OVERLAY_READ_ONLY,
        .mirror = IGD_MMIO_GGC,
        .mirror_size = 2 } },
    { BDSM32,
      { .name = "BDSM",
        .reason = "stolen memory is where the guest's firmware puts it",
        .offset = IGD_REG_BDSM32,
        .size = 4,
        .rule = IGD_OVERLAY_HELD,
        .mirror = IGD_MMIO_BDSM,
        .mirror_size = 4 } },
    { BDSM64,
      { .name = "BDSM",
        .reason = "stolen memory is where the guest's firmware puts it",
        .offset = IGD_REG_BDSM64,
        .size = 8,
        .rule = IGD_OVERLAY_HELD,
        .mirror = IGD_MMIO_BDSM,
        .mirror_size = 8 } },
    { MTL,
      { .name = "STOLEN_ACCESS",
        .reason = "the host's stolen memory is no business of the guest's",
        .rule = IGD_OVERLAY_READ_ONLY,
        .mirror = MTL_STOLEN_ACCESS,
        .mirror_size = 4 } },
    { ANY,
      { .name = "SWSMI",
        .reason = "a write would ring the host's firmware",
        .offset = IGD_REG_SWSMI,
        .size = 2,
        .rule = IGD_OVERLAY_NO_WRITE } },
    { ANY,
      { .name = "SWSCI",
        .reason = "a write would ring the host's firmware",
        .offset = IGD_REG_SWSCI,
        .size = 2,
        .rule = IGD_OVERLAY_NO_WRITE } },
    { ANY,
      { .name = "ASLS",
        .reason = "the OpRegion is where the guest's firmware puts its copy",
        .offset = IGD_REG_ASLS,
        .size = 4,
        .rule = IGD_OVERLAY_HELD } },
};

_Static_assert(ARRAY_SIZE(overlay_rows) <= IGD_OVERLAY_MAX, "the overlay has room");

static bool row_applies(enum overlay_for applies, const struct igd_platform *platform)
{
    if (applies == ANY || !platform)
        return applies == ANY;
    switch (applies) {
    case BDSM32:
        return platform->stolen == IGD_STOLEN_BDSM32;
    case BDSM64:
        return platform->stolen == IGD_STOLEN_BDSM64;
    case MTL:
        return platform->ggc == IGD_GGC_MTL;
    default:
        return true;
    }
}

static void fill_overlay(struct igd_plan *plan)
{
    for (size_t i = 0; i < ARRAY_SIZE(overlay_rows); i++) {
        if (!row_applies(overlay_rows[i].applies, plan->platform))
            continue;
        plan->overlay.registers[plan->overlay.count++] = overlay_rows[i].reg;
    }
    struct igd_overlay_register *ggc = igd_overlay_find(&plan->overlay, "GGC");
    if (ggc)
        ggc->value = plan->ggc_raw;
}

/* What makes a bridge pass for the host's; the LPC bridge is known by its identifiers.
 */
static const struct igd_identity_field host_bridge_fields[] = {
    { PCI_REVISION, 2 },
    { PCI_SUBSYSTEM_VENDOR, 2 },
    { PCI_SUBSYSTEM_ID, 2 },
};

static const struct igd_identity_field lpc_bridge_fields[] = {
    { PCI_VENDOR_ID, 2 },        { PCI_DEVICE_ID, 2 },    { PCI_REVISION, 2 },
    { PCI_SUBSYSTEM_VENDOR, 2 }, { PCI_SUBSYSTEM_ID, 2 },
};

static void fill_identity(struct igd_identity *identity, const uint8_t *config,
                          const struct igd_identity_field *fields, unsigned count)
{
    identity->count = count;
    for (unsigned i = 0; i < count; i++) {
        identity->fields[i] = fields[i];
        identity->fields[i].value =
            (uint16_t)load_sized(config + fields[i].offset, fields[i].size);
    }
}

/* The guest's ROM: the chain of images alone, patched, and as large as a BAR decodes.
 */
static int fill_rom(struct igd_plan *plan, const struct igd_examined *examined,
                    struct error *err)
{
    uint32_t used = examined->rom.chain_size;
    size_t size = LEAST_ROM_SIZE;
    while (size < used)
        size *= 2;
    uint8_t *rom = malloc(size);
    if (!rom)
        return error_system(err, -ENOMEM, "no memory for the ROM");
    memset(rom, 0xff, size);
    memcpy(rom, examined->facts->rom, used);
    plan->rom = rom;
    plan->rom_size = size;
    if (examined->rom.code_type != OPTION_ROM_CODE_PC_AT)
        return 0;
    return igd_rom_prepare(rom, used, plan->device_id, &plan->rom_changes, err);
}

static void add_file(struct igd_plan *plan, const char *name, const uint8_t *data,
                     size_t size)
{
    plan->files[plan->file_count++] =
        (struct igd_fw_cfg_file){ .name = name, .data = data, .size = size };
}

static int fill_opregion(struct igd_plan *plan, const struct igd_facts *facts,
                         struct error *err)
{
    plan->opregion = malloc(facts->opregion_size);
    if (!plan->opregion)
        return error_system(err, -ENOMEM, "no memory for the OpRegion");
    memcpy(plan->opregion, facts->opregion, facts->opregion_size);
    plan->opregion_change_count = igd_opregion_prepare(
        plan->opregion, facts->opregion_size, plan->opregion_changes);
    add_file(plan, "etc/igd-opregion", plan->opregion, facts->opregion_size);
    return 0;
}

static bool all_met(const struct igd_requirement *list, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (list[i].verdict != IGD_MET)
            return false;
    }
    return true;
}

static void decide_mode(struct igd_plan *plan, enum igd_mode asked)
{
    bool legacy = all_met(plan->legacy, plan->legacy_count);
    bool upt = all_met(plan->upt, plan->upt_count);
    if (asked == IGD_MODE_AUTO) {
        plan->fell_back = !legacy;
        plan->mode = legacy ? IGD_MODE_LEGACY : IGD_MODE_UPT;
    } else {
        plan->mode = asked;
    }
    plan->possible = plan->mode == IGD_MODE_LEGACY ? legacy : upt;
}

/* What only legacy mode has; its requirements are met. */
static void fill_legacy(struct igd_plan *plan, const struct igd_facts *facts)
{
    plan->vga = true;
    fill_identity(&plan->host_bridge, facts->host_config, host_bridge_fields,
                  ARRAY_SIZE(host_bridge_fields));
    fill_identity(&plan->lpc_bridge, facts->lpc_config, lpc_bridge_fields,
                  ARRAY_SIZE(lpc_bridge_fields));
    store64(plan->bdsm_size, plan->ggc.stolen_size);
    add_file(plan, "etc/igd-bdsm-size", plan->bdsm_size, sizeof(plan->bdsm_size));
}

/* In UPT mode the host's VBIOS would find no VGA to draw on; a file is the user's will.
 */
static bool wants_rom(const struct igd_plan *plan, const struct igd_examined *examined)
{
    if (!examined->rom_valid || !examined->request->rom_bar)
        return false;
    return plan->mode == IGD_MODE_LEGACY || examined->facts->rom_from_file;
}

static int carry_out(struct igd_plan *plan, const struct igd_examined *examined,
                     struct error *err)
{
    fill_overlay(plan);
    if (examined->opregion_valid && fill_opregion(plan, examined->facts, err) < 0)
        return -1;
    if (plan->mode == IGD_MODE_LEGACY)
        fill_legacy(plan, examined->facts);
    if (wants_rom(plan, examined) && fill_rom(plan, examined, err) < 0)
        return -1;
    return 0;
}

static void fill_stolen(struct igd_plan *plan, const struct igd_examined *examined)
{
    igd_stolen_plan(examined->request, examined->bdsm, plan->ggc.stolen_size,
                    &plan->stolen);
    if (plan->mode == IGD_MODE_LEGACY || !plan->stolen.at_host_base)
        return;
    plan->stolen.at_host_base = false;
    plan->stolen.ram_top = 0;
    memcpy(plan->stolen.reason, "no stolen memory is set up in UPT mode",
           sizeof("no stolen memory is set up in UPT mode"));
}

struct igd_plan *igd_plan(const struct igd_facts *facts,
                          const struct igd_request *request, struct error *err)
{
    struct igd_examined examined;
    igd_examine(facts, request, &examined);
    if (facts->rom && facts->rom_from_file && !examined.rom_valid) {
        error_set(err, ERROR_INPUT, -EINVAL,
                  "ROM file: %s; give an undamaged VBIOS or "
                  "UEFI option ROM",
                  facts->rom_size ? examined.rom_error.text : "it is empty");
        return NULL;
    }
    struct igd_plan *plan = calloc(1, sizeof(*plan));
    if (!plan) {
        error_system(err, -ENOMEM, "no memory for the plan");
        return NULL;
    }
    plan->device = examined.device;
    plan->platform = examined.platform;
    plan->device_id = examined.device_id;
    plan->ggc_raw = examined.ggc_raw;
    plan->ggc = examined.ggc;
    if (examined.opregion_valid)
        plan->opregion_info = examined.opregion;
    plan->legacy_count =
        igd_check_requirements(&examined, IGD_MODE_LEGACY, plan->legacy);
    plan->upt_count = igd_check_requirements(&examined, IGD_MODE_UPT, plan->upt);
    decide_mode(plan, request->mode);
    fill_stolen(plan, &examined);
    if (plan->possible && carry_out(plan, &examined, err) < 0) {
        igd_plan_free(plan);
        return NULL;
    }
    return plan;
}

void igd_plan_free(struct igd_plan *plan)
{
    if (!plan)
        return;
    free(plan->rom);
    free(plan->opregion);
    free(plan);
}

const char *igd_mode_name(enum igd_mode mode)
{
    switch (mode) {
    case IGD_MODE_LEGACY:
        return "legacy";
    case IGD_MODE_UPT:
        return "upt";
    case IGD_MODE_AUTO:
        break;
    }
    return "auto";
}
