/* plan.c: decides the mode, and fills in what carries it out. */
#include "igd/plan.h"

#include "igd/display_fuses.h"   /* no display */
#include "igd/opregion_choice.h" /* who gets an OpRegion */
#include "igd/overlay_table.h"   /* virtual registers */
#include "igd/platform.h"        /* rows */
#include "igd/requirement.h"     /* checks */
#include "igd/stolen.h"          /* memory layout */

#include "base/bytes.h"     /* loads, rounding */
#include "base/error.h"     /* error_set */
#include "pci/option_rom.h" /* code types */
#include "pci/regs.h"       /* config registers */

#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* calloc */

/* A ROM register cannot decode less (PCI Local Bus 3.0, 6.2.5.2). */
#define LEAST_ROM_SIZE 0x800

/* Where SeaBIOS (src/fw/pciinit.c) and VfioIgdPkg look for stolen memory's owner. */
#define FIRMWARE_DEVFN PCI_DEVFN(2, 0)

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

/* Make the VMM's UEFI image, which is at the ROM's start, one for the device. */
static int fit_uefi_image(struct igd_plan *plan, size_t size, bool is_last,
                          struct error *err)
{
    struct option_rom_image image;
    int result = option_rom_read(plan->rom, size, 0, &image, err);
    if (result < 0)
        return result;
    uint8_t *pcir = plan->rom + image.pcir;
    store16(pcir + OPTION_ROM_PCIR_DEVICE, plan->device_id);
    pcir[OPTION_ROM_PCIR_INDICATOR] = is_last ? OPTION_ROM_LAST : 0;
    return 0;
}

/*
 * The guest's ROM: the VMM's UEFI image where there is something for it to place, the
 * chain of images alone, patched; as large as a BAR decodes.
 */
static int fill_rom(struct igd_plan *plan, const struct igd_examined *examined,
                    bool has_chain, struct error *err)
{
    const struct igd_request *request = examined->request;
    bool places = plan->file_count && igd_guest_has_uefi_rom(examined);
    size_t own = places ? request->uefi_rom_size : 0;
    uint32_t used = has_chain ? examined->rom.chain_size : 0;
    size_t size = LEAST_ROM_SIZE;
    int result = 0;

    if (!own && !used)
        return 0;
    while (size < own + used)
        size *= 2;
    uint8_t *rom = malloc(size);
    if (!rom)
        return error_system(err, -ENOMEM, "no memory for the ROM");
    memset(rom, 0xff, size);
    if (used)
        memcpy(rom + own, examined->facts->rom, used);
    plan->rom = rom;
    plan->rom_size = size;
    if (own) {
        memcpy(rom, request->uefi_rom, own);
        result = fit_uefi_image(plan, own, !used, err);
    }
    if (result < 0 || !used || examined->rom.code_type != OPTION_ROM_CODE_PC_AT)
        return result;
    return igd_rom_prepare(rom + own, used, plan->device_id, &plan->rom_changes, err);
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
    if (!plan->opregion_given)
        return 0;
    plan->opregion = malloc(facts->opregion_size);
    if (!plan->opregion)
        return error_system(err, -ENOMEM, "no memory for the OpRegion");
    memcpy(plan->opregion, facts->opregion, facts->opregion_size);
    plan->opregion_change_count = igd_opregion_prepare(
        plan->opregion, facts->opregion_size, plan->opregion_changes);
    plan->opregion_size = facts->opregion_size;
    if (plan->opregion_by_firmware)
        add_file(plan, "etc/igd-opregion", plan->opregion, plan->opregion_size);
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

/* For UEFI firmware `auto` is UPT mode: nobody expects legacy mode's VBIOS of it. */
static void decide_mode(struct igd_plan *plan, const struct igd_examined *examined)
{
    const struct igd_request *request = examined->request;
    bool legacy = all_met(plan->legacy, plan->legacy_count);
    bool upt = all_met(plan->upt, plan->upt_count);
    if (request->mode == IGD_MODE_AUTO) {
        plan->fell_back = !legacy && !igd_guest_is_uefi(examined);
        plan->mode = legacy ? IGD_MODE_LEGACY : IGD_MODE_UPT;
    } else {
        plan->mode = request->mode;
    }
    plan->possible = plan->mode == IGD_MODE_LEGACY ? legacy : upt;
    plan->guest_devfn =
        plan->mode == IGD_MODE_LEGACY ? request->guest_devfn : request->upt_devfn;
}

/* What only legacy mode has; its requirements are met. */
static void fill_legacy(struct igd_plan *plan, const struct igd_facts *facts)
{
    plan->vga = true;
    fill_identity(&plan->host_bridge, facts->host_config, host_bridge_fields,
                  ARRAY_SIZE(host_bridge_fields));
    fill_identity(&plan->lpc_bridge, facts->lpc_config, lpc_bridge_fields,
                  ARRAY_SIZE(lpc_bridge_fields));
}

/* In UPT mode the host's VBIOS would find no VGA to draw on; a file is the user's will.
 */
static bool wants_rom(const struct igd_plan *plan, const struct igd_examined *examined)
{
    if (!examined->rom_valid || !examined->request->rom_bar)
        return false;
    return plan->mode == IGD_MODE_LEGACY || examined->facts->rom_from_file;
}

/*
 * Firmware, SeaBIOS and UEFI drivers alike, places stolen memory of 00:02.0 alone; UEFI
 * firmware by the VMM's ROM.
 */
static bool has_stolen_memory(const struct igd_plan *plan,
                              const struct igd_examined *examined)
{
    return plan->guest_devfn == FIRMWARE_DEVFN &&
           (!igd_guest_is_uefi(examined) || igd_guest_has_uefi_rom(examined));
}

/*
 * What the guest's firmware shall reserve. From Gen11 on, GTT stolen memory has a place
 * behind data stolen memory there (see overlay_table.c).
 */
static uint64_t stolen_block(const struct igd_examined *examined)
{
    const struct igd_platform *platform = examined->platform;
    if (!platform || platform->stolen == IGD_STOLEN_NONE || !examined->ggc.stolen_size)
        return 0;
    uint64_t size = examined->ggc.stolen_size;
    if (platform->stolen == IGD_STOLEN_BDSM64)
        size += examined->ggc.gtt_size;
    return size;
}

/* The layout that takes it where the host has it is made for SeaBIOS's way to place it.
 */
static void plan_stolen(const struct igd_examined *examined, struct igd_plan *plan)
{
    struct igd_stolen_plan *stolen = &plan->stolen;
    igd_stolen_plan(examined->request, examined->bdsm, stolen_block(examined), stolen);
    if (stolen->at_host_base && igd_guest_is_uefi(examined)) {
        stolen->at_host_base = false;
        stolen->ram_top = 0;
        snprintf(stolen->reason, sizeof(stolen->reason),
                 "UEFI firmware finds a place of its own");
    }
}

/* Nobody places it: a driver must see none, not one at address 0. */
static void hide_stolen_memory(struct igd_plan *plan)
{
    struct igd_overlay_register *ggc = igd_overlay_find(&plan->overlay, "GGC");
    if (ggc && plan->platform)
        ggc->value = igd_ggc_with_gms(plan->platform, plan->ggc_raw, 0);
}

static int carry_out(struct igd_plan *plan, const struct igd_examined *examined,
                     struct error *err)
{
    igd_overlay_fill(&plan->overlay, examined);
    if (!has_stolen_memory(plan, examined))
        hide_stolen_memory(plan);
    if (plan->display_fused_off)
        igd_display_fuse_off(&plan->overlay, plan->platform);
    if (fill_opregion(plan, examined->facts, err) < 0)
        return -1;
    if (plan->mode == IGD_MODE_LEGACY)
        fill_legacy(plan, examined->facts);
    /* Legacy mode has a requirement for that; here it decides for UPT mode. */
    if (plan->stolen.size &&
        examined->request->ram_size >= IGD_LEAST_GUEST_RAM + plan->stolen.size) {
        store64(plan->bdsm_size, plan->stolen.size);
        add_file(plan, "etc/igd-bdsm-size", plan->bdsm_size, sizeof(plan->bdsm_size));
    }
    return fill_rom(plan, examined, wants_rom(plan, examined), err) < 0 ? -1 : 0;
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
    decide_mode(plan, &examined);
    igd_choose_opregion(&examined, plan);
    if (has_stolen_memory(plan, &examined))
        plan_stolen(&examined, plan);
    if (plan->possible && carry_out(plan, &examined, err) < 0) {
        igd_plan_free(plan);
        return NULL;
    }
    return plan;
}

void igd_plan_place_opregion(struct igd_plan *plan, uint32_t address)
{
    struct igd_overlay_register *asls = igd_overlay_find(&plan->overlay, "ASLS");
    if (asls)
        asls->value = address;
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
