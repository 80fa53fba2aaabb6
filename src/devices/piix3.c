/* piix3.c: the PIIX3 ISA bridge: routes of the PCI interrupt lines. */
#include "devices/piix3.h"

#include "base/bytes.h"     /* ranges_overlap, ARRAY_SIZE */
#include "base/error.h"     /* error_system */
#include "devices/board.h"  /* PCI bus, interrupts */
#include "devices/device.h" /* struct device */
#include "pci/bus.h"        /* routing */

#include <stdlib.h> /* calloc */

#define PIRQ_ROUTE 0x60 /* four registers; bit 7: not routed, bits 3:0: the IRQ */
#define PIRQ_OFF   0x80

/* IRQs a PCI line may not use: values the datasheet lists as reserved. */
#define RESERVED_IRQS (1u << 0 | 1u << 1 | 1u << 2 | 1u << 8 | 1u << 13)

/* Reset values and writable bits: 82371SB (PIIX3) datasheet, order 290550. */
static const struct {
    uint8_t offset, reset, writable;
} piix3_registers[] = {
    { PCI_COMMAND, 0x07, 0x08 },    /* memory, I/O and master are always on */
    { PCI_STATUS + 1, 0x02, 0x00 }, /* medium DEVSEL timing */
    { 0x4c, 0x4d, 0x7f },           /* I/O recovery timer */
    { 0x4e, 0x03, 0xff },           /* X-bus chip select */
    { 0x4f, 0x00, 0x01 },           /* X-bus chip select, high byte */
    { PIRQ_ROUTE + 0, 0x80, 0x8f }, /* PIRQA */
    { PIRQ_ROUTE + 1, 0x80, 0x8f }, /* PIRQB */
    { PIRQ_ROUTE + 2, 0x80, 0x8f }, /* PIRQC */
    { PIRQ_ROUTE + 3, 0x80, 0x8f }, /* PIRQD */
    { 0x69, 0x02, 0xfe },           /* top of memory */
    { 0x6a, 0x00, 0xff },           /* miscellaneous status */
    { 0x70, 0x80, 0xef },           /* motherboard interrupt route */
    { 0x76, 0x0c, 0x8f },           /* motherboard DMA 0 */
    { 0x77, 0x0c, 0x8f },           /* motherboard DMA 1 */
    { 0x78, 0x02, 0xff },           /* programmable chip select */
    { 0x79, 0x00, 0xff },           /* programmable chip select, high byte */
    { 0x80, 0x00, 0x7f },           /* APIC base relocation */
    { 0x82, 0x00, 0x0f },           /* deterministic latency */
};

struct piix3 {
    struct device device;
    struct board *board;
    struct pci_function function;
};

static int piix3_gsi(void *opaque, unsigned pirq)
{
    const struct piix3 *bridge = opaque;
    uint8_t route = bridge->function.config[PIRQ_ROUTE + (pirq & 3)];
    unsigned irq = route & 0x0f;
    if ((route & PIRQ_OFF) || (RESERVED_IRQS >> irq & 1))
        return -1;
    return (int)irq;
}

static void piix3_set(void *opaque, unsigned gsi, bool level)
{
    struct piix3 *bridge = opaque;
    board_set_gsi(bridge->board, gsi, level);
}

static void piix3_config_write(struct pci_function *function, unsigned offset,
                               uint32_t value, unsigned size)
{
    struct piix3 *bridge = function->opaque;
    pci_function_default_write(function, offset, value, size);
    if (ranges_overlap(offset, size, PIRQ_ROUTE, 4))
        pci_bus_routes_changed(bridge->board->pci);
}

static void piix3_function_reset(struct pci_function *function)
{
    struct piix3 *bridge = function->opaque;
    pci_bus_routes_changed(bridge->board->pci);
}

static const struct pci_function_ops piix3_ops = {
    .config_write = piix3_config_write,
    .reset = piix3_function_reset,
};

static void piix3_free(struct device *device)
{
    struct piix3 *bridge = (struct piix3 *)device;
    if (bridge->function.bus) {
        pci_bus_set_routing(bridge->board->pci, &(struct pci_routing){ 0 });
        pci_bus_remove(bridge->board->pci, &bridge->function);
    }
    free(bridge);
}

struct device *piix3_new(struct board *board, struct error *err)
{
    struct piix3 *bridge = calloc(1, sizeof(*bridge));
    if (!bridge) {
        error_system(err, -ENOMEM, "ISA bridge");
        return NULL;
    }
    bridge->device = (struct device){ "piix3", NULL, piix3_free };
    bridge->board = board;

    struct pci_function *function = &bridge->function;
    function->name = "ISA bridge";
    function->ops = &piix3_ops;
    function->opaque = bridge;
    function->devfn = PCI_DEVFN(1, 0);
    pci_function_identify(function, PCI_VENDOR_INTEL, 0x7000, 0x00, 0x060100, 0x1af4,
                          0x1100);
    function->config[PCI_HEADER_TYPE] = PCI_HEADER_MULTI;
    for (unsigned i = 0; i < ARRAY_SIZE(piix3_registers); i++) {
        function->config[piix3_registers[i].offset] = piix3_registers[i].reset;
        function->write_mask[piix3_registers[i].offset] = piix3_registers[i].writable;
    }
    if (pci_bus_add(board->pci, function, err) < 0) {
        piix3_free(&bridge->device);
        return NULL;
    }
    struct pci_routing routing = { piix3_gsi, piix3_set, bridge };
    pci_bus_set_routing(board->pci, &routing);
    return &bridge->device;
}
