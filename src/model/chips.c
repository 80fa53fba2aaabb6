/* chips.c: the table of chips the model can be. */
#include "model/chips.h"

#include "base/bytes.h" /* ARRAY_SIZE, MIB */
#include "igd/ggc.h"    /* register places */
#include "pci/regs.h"   /* standard registers */

#include <string.h> /* strcmp */

/*
 * Gen9, as public lspci dumps of Skylake show it: vendor capability at 40, PCI Express
 * (root complex integrated endpoint, version 2, FLR) at 70, MSI (32 bits, one vector,
 * no masking) at AC, power management (version 2, DSI) at D0. BARs and identity are
 * laid down from the chip's row.
 */
static const struct model_config_register gen9_config[] = {
    { "COMMAND", PCI_COMMAND, 2, false, 0, 0x0407, MODEL_CONFIG_PLAIN },
    { "STATUS", PCI_STATUS, 2, false, PCI_STATUS_CAPABILITIES, 0, MODEL_CONFIG_PLAIN },
    { "INTLINE", PCI_INTERRUPT_LINE, 1, false, 0, 0xff, MODEL_CONFIG_PLAIN },
    { "INTPIN", PCI_INTERRUPT_PIN, 1, false, 1, 0, MODEL_CONFIG_PLAIN },
    { "CAPPTR", PCI_CAPABILITIES, 1, false, 0x40, 0, MODEL_CONFIG_PLAIN },
    { "CAPID0", 0x40, 4, false, 0x010c7009, 0, MODEL_CONFIG_PLAIN },
    { "GGC", IGD_REG_GGC, 2, true, 0x02c1, 0, MODEL_CONFIG_PLAIN },
    { "DEVEN", 0x54, 4, true, 0x00000011, 0, MODEL_CONFIG_PLAIN },
    { "BDSM", IGD_REG_BDSM32, 4, true, 0, 0xfff00001, MODEL_CONFIG_BDSM32 },
    { "MSAC", IGD_REG_MSAC, 1, true, 0x01, 0, MODEL_CONFIG_PLAIN },
    { "PCIECAP", 0x70, 4, false, 0x0092ac10, 0, MODEL_CONFIG_PLAIN },
    { "DEVCAP", 0x74, 4, false, 0x10008000, 0, MODEL_CONFIG_PLAIN },
    { "DEVCTL", 0x78, 2, false, 0, 0x781f, MODEL_CONFIG_DEVICE_CONTROL },
    { "MSI", 0xac, 2, false, 0xd005, 0, MODEL_CONFIG_PLAIN },
    { "MSICTL", 0xae, 2, false, 0, 0x0001, MODEL_CONFIG_PLAIN },
    { "MSIADDR", 0xb0, 4, false, 0, 0xfffffffc, MODEL_CONFIG_PLAIN },
    { "MSIDATA", 0xb4, 2, false, 0, 0xffff, MODEL_CONFIG_PLAIN },
    { "PMCAP", 0xd0, 4, false, 0x00220001, 0, MODEL_CONFIG_PLAIN },
    { "PMCSR", 0xd4, 2, false, 0, 0x0003, MODEL_CONFIG_PLAIN },
    { "SWSMI", IGD_REG_SWSMI, 2, false, 0, 0xffff, MODEL_CONFIG_SWSMI },
    { "ASLE", IGD_REG_ASLE, 4, false, 0, 0xffffffff, MODEL_CONFIG_ASLE },
    { "SWSCI", IGD_REG_SWSCI, 2, false, 0, 0xffff, MODEL_CONFIG_SWSCI },
    { "BGSM", IGD_REG_BGSM, 4, true, 0, 0, MODEL_CONFIG_PLAIN },
    { "ASLS", IGD_REG_ASLS, 4, true, 0, 0xffffffff, MODEL_CONFIG_PLAIN },
};

static const struct model_chip chips[] = {
    {
        .name = "skylake",
        .device_id = 0x1912,
        .revision = 0x06,
        .subsystem_id = 0x2212,
        .pte_address_mask = 0x7ffffff000, /* bits 38:12 */
        .aperture_size = 256 * MIB,
        .msi_control = 0xae,
        .config = gen9_config,
        .config_count = ARRAY_SIZE(gen9_config),
    },
};

const struct model_chip *model_chip_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(chips); i++) {
        if (strcmp(chips[i].name, name) == 0)
            return &chips[i];
    }
    return NULL;
}

const struct model_chip *model_chip_at(size_t index)
{
    return index < ARRAY_SIZE(chips) ? &chips[index] : NULL;
}
