/*
 * platform.c: stolen memory and the OpRegion, which a PC's firmware places before it
 * runs a graphics driver. In a virtual machine SeaBIOS does; OVMF does not, so the
 * driver does it first. (GGC and BDSM: Linux arch/x86/kernel/early-quirks.c.)
 */
#include "gop.h"

#include "../uefi/placement.h" /* memory */

#define GGC  0x50
#define ASLS 0xfc

#define MIB       0x100000u
#define LOCK_BITS 0xfffffu

#define STOLEN_MIB_MAX 2048 /* more does not fit below 4 GiB */

/* Where it was put up; the driver may be stopped and started again. */
static uint32_t opregion;

static uint32_t stolen_mib(const struct gop_config *config, uint16_t ggc)
{
    uint32_t code = ggc >> config->gms_shift & config->gms_mask;
    if (config->gms_codes == GOP_GMS_FROM_F0 && code >= 0xf0)
        return 4 * (code - 0xef);
    return 32 * code;
}

efi_status platform_place_stolen(struct gop *gop)
{
    uint32_t mib = stolen_mib(gop->config, config_read16(gop, GGC));
    if (!mib || mib > STOLEN_MIB_MAX)
        return EFI_UNSUPPORTED;
    gop->stolen_size = mib * MIB;
    gop->stolen = config_read32(gop, gop->config->bdsm) & ~LOCK_BITS;
    if (!gop->stolen) {
        efi_status status = placement_stolen(gop->boot, gop->stolen_size, &gop->stolen);
        if (status == EFI_SUCCESS)
            config_write32(gop, gop->config->bdsm, (uint32_t)gop->stolen);
        return status;
    }
    /* Placed before the last reset, or by other firmware, which has reserved it. */
    uint64_t base = gop->stolen;
    gop->boot->allocate_pages(EFI_ALLOCATE_ADDRESS, EFI_RESERVED_MEMORY,
                              gop->stolen_size / EFI_PAGE_SIZE, &base);
    return EFI_SUCCESS;
}

void platform_place_opregion(struct gop *gop)
{
    if (opregion && config_read32(gop, ASLS) == opregion)
        return;
    uint32_t placed = placement_opregion(gop->boot);
    if (!placed)
        return;
    opregion = placed;
    config_write32(gop, ASLS, opregion);
}
