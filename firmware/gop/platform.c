/*
 * platform.c: stolen memory and the OpRegion, which a PC's firmware places before it
 * runs a graphics driver. In a virtual machine SeaBIOS does; OVMF does not, so the
 * driver does it first. (GGC and BDSM: Linux arch/x86/kernel/early-quirks.c; fw_cfg:
 * QEMU docs/specs/fw_cfg.)
 */
#include "gop.h"

#define GGC  0x50
#define ASLS 0xfc

#define MIB       0x100000u
#define BELOW_4G  0xffffffffu
#define LOCK_BITS 0xfffffu

#define FW_CFG_SELECT    0x510
#define FW_CFG_DATA      0x511
#define FW_CFG_SIGNATURE 0x00
#define FW_CFG_FILES     0x19
#define FILE_NAME_SIZE   56
#define FILES_MAX        1024
#define OPREGION_MAX     0x10000u

static const char opregion_file[] = "etc/igd-opregion";

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
    gop->stolen_size = stolen_mib(gop->config, config_read16(gop, GGC)) * MIB;
    gop->stolen = config_read32(gop, gop->config->bdsm) & ~LOCK_BITS;
    if (!gop->stolen_size)
        return EFI_UNSUPPORTED;
    if (!gop->stolen)
        return allocate_stolen(gop);
    /* Placed before the last reset, or by other firmware, which has reserved it. */
    uint64_t base = gop->stolen;
    gop->boot->allocate_pages(EFI_ALLOCATE_ADDRESS, EFI_RESERVED_MEMORY,
                              gop->stolen_size / EFI_PAGE_SIZE, &base);
    return EFI_SUCCESS;
}

static void fw_cfg_select(uint16_t key)
{
    __asm__ volatile("outw %0, %1" ::"a"(key), "d"((uint16_t)FW_CFG_SELECT));
}

static uint8_t fw_cfg_byte(void)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "d"((uint16_t)FW_CFG_DATA));
    return value;
}

static uint32_t fw_cfg_number(unsigned bytes)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | fw_cfg_byte();
    return value;
}

/* Select the OpRegion's file; its size, 0 when there is none. */
static uint32_t fw_cfg_find(void)
{
    fw_cfg_select(FW_CFG_SIGNATURE);
    if (fw_cfg_number(4) != 0x51454d55) /* "QEMU" */
        return 0;
    fw_cfg_select(FW_CFG_FILES);
    uint32_t files = fw_cfg_number(4);
    for (uint32_t i = 0; i < files && i < FILES_MAX; i++) {
        uint32_t size = fw_cfg_number(4);
        uint16_t key = (uint16_t)fw_cfg_number(2);
        bool same = true;
        fw_cfg_number(2);
        for (unsigned at = 0; at < FILE_NAME_SIZE; at++) {
            uint8_t byte = fw_cfg_byte();
            if (at < sizeof(opregion_file) && byte != (uint8_t)opregion_file[at])
                same = false;
        }
        if (same) {
            fw_cfg_select(key);
            return size;
        }
    }
    return 0;
}

void platform_place_opregion(struct gop *gop)
{
    uint32_t size = fw_cfg_find();
    uint64_t base = BELOW_4G;
    if (!size || size > OPREGION_MAX)
        return;
    size_t pages = (size + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE;
    if (gop->boot->allocate_pages(EFI_ALLOCATE_MAX_ADDRESS, EFI_ACPI_MEMORY_NVS, pages,
                                  &base) != EFI_SUCCESS)
        return;
    uint8_t *bytes = (uint8_t *)(uintptr_t)base;
    for (uint32_t i = 0; i < size; i++)
        bytes[i] = fw_cfg_byte();
    config_write32(gop, ASLS, (uint32_t)base);
}
