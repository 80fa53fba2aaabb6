/* bridges.c: config space of the bridges of the host the model pretends to sit in. */
#include "model/state.h"

#include "base/bytes.h" /* stores */

struct bridge {
    uint16_t vendor, device;
    uint8_t revision;
    uint8_t subclass; /* of base class 06 */
    uint8_t header_type;
    uint16_t subsystem_vendor, subsystem;
};

/* Q35's host bridge and ICH9's LPC bridge; the latter's identifier can be chosen. */
static const struct bridge host_bridge = {
    .vendor = PCI_VENDOR_INTEL,
    .device = 0x29c0,
    .revision = 0x02,
    .subclass = 0x00,
    .subsystem_vendor = PCI_VENDOR_INTEL,
    .subsystem = 0x2212,
};
static const struct bridge lpc_bridge = {
    .revision = 0x02,
    .subclass = 0x01,
    .header_type = PCI_HEADER_MULTI,
    .subsystem_vendor = PCI_VENDOR_INTEL,
    .subsystem = 0x2212,
};

static void fill(uint8_t *config, const struct bridge *bridge)
{
    memset(config, 0, PCI_CONFIG_SIZE);
    store16(config + PCI_VENDOR_ID, bridge->vendor);
    store16(config + PCI_DEVICE_ID, bridge->device);
    store16(config + PCI_COMMAND,
            PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    config[PCI_REVISION] = bridge->revision;
    config[PCI_SUBCLASS] = bridge->subclass;
    config[PCI_CLASS] = 0x06;
    config[PCI_HEADER_TYPE] = bridge->header_type;
    store16(config + PCI_SUBSYSTEM_VENDOR, bridge->subsystem_vendor);
    store16(config + PCI_SUBSYSTEM_ID, bridge->subsystem);
}

void bridges_fill(struct model *model)
{
    struct bridge lpc = lpc_bridge;
    lpc.vendor = (uint16_t)model->options.lpc_id;
    lpc.device = (uint16_t)(model->options.lpc_id >> 16);
    fill(model->host_bridge, &host_bridge);
    fill(model->lpc_bridge, &lpc);
    /* The host bridge holds the originals of GGC and BDSM. */
    memcpy(model->host_bridge + 0x50, model->config + 0x50, 2);
    store32(model->host_bridge + 0xb0, (uint32_t)config_bdsm(model) | 1);
    store32(model->host_bridge + 0xb4, load32(model->config + 0xf0) | 1);
}
