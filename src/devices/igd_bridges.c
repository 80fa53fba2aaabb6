/* igd_bridges.c: the LPC bridge at 00:1f.0 and the identity of the host bridge. */
#include "devices/igd_bridges.h"

#include "base/bytes.h"     /* store_sized */
#include "base/error.h"     /* error_system */
#include "devices/board.h"  /* the bus */
#include "devices/device.h" /* struct device */
#include "igd/plan.h"       /* struct igd_identity */
#include "pci/bus.h"        /* pci_bus_add */

#include <stdlib.h> /* calloc */

#define LPC_DEVFN      PCI_DEVFN(0x1f, 0)
#define CLASS_ISA      0x060100
#define ISA_BUS_DECODE (PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)

struct lpc_bridge {
    struct device device;
    struct pci_function function;
    struct board *board;
};

void igd_identity_apply(struct pci_function *function,
                        const struct igd_identity *identity)
{
    for (unsigned i = 0; i < identity->count; i++) {
        const struct igd_identity_field *field = &identity->fields[i];
        if (!range_inside(field->offset, field->size, PCI_CONFIG_SIZE))
            continue;
        store_sized(function->config + field->offset, field->value, field->size);
        store_sized(function->reset_config + field->offset, field->value, field->size);
    }
}

static void lpc_free(struct device *device)
{
    struct lpc_bridge *bridge = (struct lpc_bridge *)device;
    if (bridge->function.bus)
        pci_bus_remove(bridge->board->pci, &bridge->function);
    free(bridge);
}

struct device *igd_lpc_bridge_new(struct board *board,
                                  const struct igd_identity *identity,
                                  struct error *err)
{
    struct lpc_bridge *bridge = calloc(1, sizeof(*bridge));
    if (!bridge) {
        error_system(err, -ENOMEM, "LPC bridge");
        return NULL;
    }
    bridge->device = (struct device){ .name = "LPC bridge", .free = lpc_free };
    bridge->board = board;
    bridge->function.name = "LPC bridge";
    bridge->function.devfn = LPC_DEVFN;
    /* It decodes the ISA bus always, as the hardware does; nobody may switch it off. */
    store16(bridge->function.config + PCI_COMMAND, ISA_BUS_DECODE);
    store32(bridge->function.config + 8, CLASS_ISA << 8);
    igd_identity_apply(&bridge->function, identity);
    if (pci_bus_add(board->pci, &bridge->function, err) < 0) {
        lpc_free(&bridge->device);
        return NULL;
    }
    return &bridge->device;
}
