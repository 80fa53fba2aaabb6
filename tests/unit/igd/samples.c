/* samples.c: small valid inputs that tests then damage. */
#include "samples.h"

#include "base/bytes.h"     /* stores */
#include "igd/ggc.h"        /* registers */
#include "igd/opregion.h"   /* offsets */
#include "igd/vbt.h"        /* offsets */
#include "pci/option_rom.h" /* offsets */
#include "pci/regs.h"       /* registers */

void sample_vbt(uint8_t *vbt)
{
    memset(vbt, 0, SAMPLE_VBT_SIZE);
    memset(vbt, ' ', 20);
    memcpy(vbt, "$VBT SKYLAKE", 12);
    store16(vbt + IGD_VBT_VERSION, 100);
    store16(vbt + 22, IGD_VBT_HEADER);
    store16(vbt + IGD_VBT_SIZE, SAMPLE_VBT_SIZE);
    store32(vbt + IGD_VBT_BDB_OFFSET, IGD_VBT_HEADER);
    uint8_t *bdb = vbt + IGD_VBT_HEADER;
    memcpy(bdb, "BIOS_DATA_BLOCK ", 16);
    store16(bdb + IGD_BDB_VERSION, 209);
    store16(bdb + 18, IGD_BDB_HEADER);
    store16(bdb + IGD_BDB_SIZE, SAMPLE_VBT_SIZE - IGD_VBT_HEADER);
    vbt[IGD_VBT_CHECKSUM] = (uint8_t)-byte_sum(vbt, SAMPLE_VBT_SIZE);
}

void sample_opregion(uint8_t *image)
{
    memset(image, 0, IGD_OPREGION_SIZE);
    memcpy(image, IGD_OPREGION_SIGNATURE, 16);
    store32(image + IGD_OPREGION_KIB, 8);
    store32(image + IGD_OPREGION_VERSION, 0x02000000);
    store32(image + IGD_OPREGION_MBOX, 0x0f);
    sample_vbt(image + IGD_OPREGION_VBT);
}

void sample_opregion_extended(uint8_t *image, uint32_t rvds)
{
    sample_opregion(image);
    memset(image + IGD_OPREGION_VBT, 0, SAMPLE_VBT_SIZE);
    store32(image + IGD_OPREGION_VERSION, 0x02010000);
    store64(image + IGD_OPREGION_RVDA, IGD_OPREGION_SIZE);
    store32(image + IGD_OPREGION_RVDS, rvds);
    memset(image + IGD_OPREGION_SIZE, 0, rvds);
    sample_vbt(image + IGD_OPREGION_SIZE);
}

void sample_rom(uint8_t *rom)
{
    static const uint8_t code[] = {
        0x66, 0x2e, 0x83, 0x3e, SAMPLE_ROM_SAVED, 0x00, 0x00, 0x74,
        0x08, 0x66, 0x2e, 0xa1, SAMPLE_ROM_SAVED, 0x00, 0xeb, 0x10,
        0xb8, 0x5e, 0x10,
    };
    uint8_t *pcir = rom + SAMPLE_ROM_PCIR;
    memset(rom, 0, SAMPLE_ROM_SIZE);
    store16(rom, OPTION_ROM_SIGNATURE);
    rom[OPTION_ROM_SIZE] = SAMPLE_ROM_SIZE / OPTION_ROM_UNIT;
    rom[OPTION_ROM_ENTRY] = 0xeb;
    store16(rom + OPTION_ROM_PCIR, SAMPLE_ROM_PCIR);
    memcpy(pcir, "PCIR", 4);
    store16(pcir + OPTION_ROM_PCIR_VENDOR, PCI_VENDOR_INTEL);
    store16(pcir + OPTION_ROM_PCIR_DEVICE, 0x0406);
    store16(pcir + OPTION_ROM_PCIR_LENGTH, 0x18);
    pcir[OPTION_ROM_PCIR_CLASS + 2] = 3;
    store16(pcir + OPTION_ROM_PCIR_IMAGE, SAMPLE_ROM_SIZE / OPTION_ROM_UNIT);
    pcir[OPTION_ROM_PCIR_INDICATOR] = OPTION_ROM_LAST;
    store32(rom + SAMPLE_ROM_SAVED, SAMPLE_BDSM);
    memcpy(rom + SAMPLE_ROM_CODE, code, sizeof(code));
}

static void identify(uint8_t *config, uint16_t device, uint16_t class_code)
{
    memset(config, 0, PCI_CONFIG_SIZE);
    store16(config + PCI_VENDOR_ID, PCI_VENDOR_INTEL);
    store16(config + PCI_DEVICE_ID, device);
    config[PCI_REVISION] = 0x07;
    store16(config + PCI_SUBCLASS, class_code);
    store16(config + PCI_SUBSYSTEM_VENDOR, 0x1043);
    store16(config + PCI_SUBSYSTEM_ID, 0x8694);
}

void sample_gpu_config(uint8_t *config)
{
    identify(config, 0x1912, 0x0300);
    store16(config + IGD_REG_GGC, SAMPLE_GGC);
    store32(config + IGD_REG_BDSM32, SAMPLE_BDSM | 1);
    store32(config + IGD_REG_ASLS, 0x8a000018);
}

void sample_host_config(uint8_t *config)
{
    identify(config, 0x191f, 0x0600);
}

void sample_lpc_config(uint8_t *config)
{
    identify(config, 0xa145, 0x0601);
    config[PCI_REVISION] = 0x31;
}

void sample_uefi_rom(uint8_t *rom)
{
    sample_rom(rom);
    store16(rom + OPTION_ROM_SIZE, SAMPLE_ROM_SIZE / OPTION_ROM_UNIT);
    rom[SAMPLE_ROM_PCIR + OPTION_ROM_PCIR_CODE_TYPE] = OPTION_ROM_CODE_UEFI;
}

void sample_firmware(uint8_t *firmware)
{
    memset(firmware, 0, SAMPLE_FIRMWARE_SIZE);
    memcpy(firmware + SAMPLE_FIRMWARE_OPREGION, "etc/igd-opregion", 17);
    memcpy(firmware + SAMPLE_FIRMWARE_SIZE - 18, "etc/igd-bdsm-size", 18);
}
