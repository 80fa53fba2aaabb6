/*
 * platform.c: stolen memory and the OpRegion, which a PC's firmware places before it
 * runs a graphics driver. In a virtual machine SeaBIOS does; OVMF does not, so the
 * driver does it first. (GGC and BDSM: Linux arch/x86/kernel/early-quirks.c.)
 */
#include "gop.h"

#define GGC  0x50
#define ASLS 0xfc

#define MIB       0x100000u
#define BELOW_4G  0xffffffffu
#define LOCK_BITS 0xfffffu

#define STOLEN_MIB_MAX 2048 /* more does not fit below 4 GiB */
#define OPREGION_MAX   0x10000u

/* Where it was put up; the driver may be stopped and started again. */
static uint32_t opregion;

static uint32_t stolen_mib(const struct gop_config *config, uint16_t ggc)
{
    uint32_t code = ggc >> config->gms_shift & config->gms_mask;
    if (config->gms_codes == GOP_GMS_FROM_F0 && code >= 0xf0)
        return 4 * (code - 0xef);
    return 32 * code;
}

/* Memory from the top of what lies below 4 GiB, on a whole MiB. */
static efi_status allocate_stolen(struct gop *gop)
{
    size_t pages = (gop->stolen_size + MIB) / EFI_PAGE_SIZE;
    uint64_t base = BELOW_4G;
    efi_status status = gop->boot->allocate_pages(EFI_ALLOCATE_MAX_ADDRESS,
                                                  EFI_RESERVED_MEMORY, pages, &base);
    if (status != EFI_SUCCESS)
        return status;
    gop->stolen = (base + MIB - 1) & ~(uint64_t)(MIB - 1);
    /* Give back what lies around it. */
    size_t before = (size_t)(gop->stolen - base) / EFI_PAGE_SIZE;
    if (before)
        gop->boot->free_pages(base, before);
    gop->boot->free_pages(gop->stolen + gop->stolen_size, MIB / EFI_PAGE_SIZE - before);
    config_write32(gop, gop->config->bdsm, (uint32_t)gop->stolen);
    return EFI_SUCCESS;
}

efi_status platform_place_stolen(struct gop *gop)
{
    uint32_t mib = stolen_mib(gop->config, config_read16(gop, GGC));
    if (!mib || mib > STOLEN_MIB_MAX)
        return EFI_UNSUPPORTED;
    gop->stolen_size = mib * MIB;
    gop->stolen = config_read32(gop, gop->config->bdsm) & ~LOCK_BITS;
    if (!gop->stolen)
        return allocate_stolen(gop);
    /* Placed before the last reset, or by other firmware, which has reserved it. */
    uint64_t base = gop->stolen;
    gop->boot->allocate_pages(EFI_ALLOCATE_ADDRESS, EFI_RESERVED_MEMORY,
                              gop->stolen_size / EFI_PAGE_SIZE, &base);
    return EFI_SUCCESS;
}

void platform_place_opregion(struct gop *gop)
{
    uint64_t base = BELOW_4G;
    if (opregion && config_read32(gop, ASLS) == opregion)
        return;
    uint32_t size = fw_cfg_open("etc/igd-opregion");
    if (!size || size > OPREGION_MAX)
        return;
    size_t pages = (size + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE;
    if (gop->boot->allocate_pages(EFI_ALLOCATE_MAX_ADDRESS, EFI_ACPI_MEMORY_NVS, pages,
                                  &base) != EFI_SUCCESS)
        return;
    uint8_t *bytes = (uint8_t *)(uintptr_t)base;
    for (uint32_t i = 0; i < size; i++)
        bytes[i] = fw_cfg_byte();
    opregion = (uint32_t)base;
    config_write32(gop, ASLS, opregion);
}
