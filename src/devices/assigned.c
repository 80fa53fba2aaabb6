/* assigned.c: the config space of an assigned device: hardware, overlay, emulation. */
#include "devices/assigned.h"

#include "base/bytes.h"                /* loads, stores */
#include "base/error.h"                /* error_prefix */
#include "base/log.h"                  /* where firmware put things */
#include "devices/assigned_internal.h" /* struct assigned */
#include "devices/board.h"             /* the bus */
#include "igd/plan.h"                  /* struct igd_plan */
#include "pci/bus.h"                   /* pci_bus_add */
#include "vfio/device.h"               /* the hardware */

#include <inttypes.h> /* PRIx64 */
#include <stdlib.h>   /* calloc */

/* A guest that moves things without end shall not fill the log. */
#define PLACEMENTS_TOLD 200

static struct assigned *of_function(struct pci_function *function)
{
    return function->opaque;
}

static uint32_t hardware_read(struct assigned *assigned, unsigned offset, unsigned size)
{
    uint32_t raw = 0;
    if (vfio_device_read(assigned->vfio, VFIO_REGION_CONFIG, offset, &raw, size) < 0)
        return (uint32_t)all_ones(size);
    return raw;
}

static uint32_t config_read(struct pci_function *function, unsigned offset,
                            unsigned size)
{
    struct assigned *assigned = of_function(function);
    unsigned own = 0;

    assigned->counters.config_reads++;
    for (unsigned i = 0; i < size; i++)
        own += assigned->emulated[offset + i];
    if (assigned->irq.msi_mask &&
        ranges_overlap(offset, size, assigned->irq.msi_mask + 4u, 4))
        assigned_irq_refresh(assigned);
    if (own == size)
        return pci_function_default_read(function, offset, size);
    uint32_t value = hardware_read(assigned, offset, size);
    value = igd_overlay_config_read(&assigned->overlay, offset, size, value);
    for (unsigned i = 0; own && i < size; i++) {
        if (!assigned->emulated[offset + i])
            continue;
        value &= ~(0xffu << (8 * i));
        value |= (uint32_t)function->config[offset + i] << (8 * i);
    }
    return value;
}

/* Firmware chose where the OpRegion or stolen memory is: say so, it is what matters. */
static void note_placement(struct assigned *assigned)
{
    const struct igd_plan *plan = assigned->plan;
    if (!plan)
        return;
    struct igd_overlay_register *bdsm = igd_overlay_find(&assigned->overlay, "BDSM");
    struct igd_overlay_register *asls = igd_overlay_find(&assigned->overlay, "ASLS");
    uint64_t base = bdsm ? bdsm->value & ~0xfffffull : 0;
    const char *name = vfio_device_name(assigned->vfio);

    if (base && base != assigned->counters.bdsm) {
        assigned->counters.bdsm = base;
        if (assigned->placements_told++ >= PLACEMENTS_TOLD)
            return;
        if (base == plan->stolen.host_base)
            log_info(name, "stolen memory at 0x%" PRIx64 ", the host's own address",
                     base);
        else
            log_info(name,
                     "stolen memory at 0x%" PRIx64
                     " where firmware put it; the host's is "
                     "at 0x%" PRIx64,
                     base, plan->stolen.host_base);
    }
    if (asls && asls->value && asls->value != assigned->counters.asls) {
        assigned->counters.asls = asls->value;
        if (assigned->placements_told++ < PLACEMENTS_TOLD)
            log_info(name, "OpRegion at 0x%" PRIx64, asls->value);
    }
}

/* Hand the hardware the bytes in lanes, in the largest aligned pieces. */
static void hardware_write(struct assigned *assigned, unsigned offset, unsigned size,
                           uint32_t value, unsigned lanes)
{
    if (lanes == (1u << size) - 1) {
        vfio_device_write(assigned->vfio, VFIO_REGION_CONFIG, offset, &value, size);
        return;
    }
    for (unsigned i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)(value >> (8 * i));
        if (lanes & (1u << i))
            vfio_device_write(assigned->vfio, VFIO_REGION_CONFIG, offset + i, &byte, 1);
    }
}

/*
 * The command register is the hardware's and ours: decoding is switched on there
 * before the guest gets the mapping, and off after it lost it, also when one write
 * does both.
 */
static void write_command(struct pci_function *function, unsigned offset,
                          uint32_t value, unsigned size)
{
    const uint16_t decode = PCI_COMMAND_IO | PCI_COMMAND_MEMORY;
    uint16_t old = load16(function->config + PCI_COMMAND);
    uint8_t bytes[2];

    store16(bytes, old);
    for (unsigned at = offset; at < offset + size && at < PCI_COMMAND + 2; at++)
        bytes[at - PCI_COMMAND] = (uint8_t)(value >> (8 * (at - offset)));
    uint16_t wanted = load16(bytes);
    pci_function_default_write(function, PCI_COMMAND, wanted & (old | ~decode), 2);
    hardware_write(of_function(function), offset, size, value, (1u << size) - 1);
    pci_function_default_write(function, PCI_COMMAND, wanted, 2);
}

static void config_write(struct pci_function *function, unsigned offset, uint32_t value,
                         unsigned size)
{
    struct assigned *assigned = of_function(function);
    unsigned lanes = 0;

    assigned->counters.config_writes++;
    if (ranges_overlap(offset, size, PCI_COMMAND, 2)) {
        write_command(function, offset, value, size);
        return;
    }
    for (unsigned i = 0; i < size; i++) {
        if (!assigned->emulated[offset + i])
            lanes |= 1u << i;
    }
    if (lanes != (1u << size) - 1)
        pci_function_default_write(function, offset, value, size);
    if (assigned->irq.msi_offset &&
        ranges_overlap(offset, size, assigned->irq.msi_offset, assigned->irq.msi_size))
        assigned_irq_update(assigned);
    if (assigned->msix.capability &&
        ranges_overlap(offset, size, assigned->msix.capability, MSIX_CAPABILITY_SIZE))
        assigned_msix_update(assigned);
    lanes &= igd_overlay_config_write(&assigned->overlay, offset, size, value);
    if (lanes)
        hardware_write(assigned, offset, size, value, lanes);
    note_placement(assigned);
}

static void function_reset(struct pci_function *function)
{
    struct assigned *assigned = of_function(function);
    struct error err = { 0 };

    assigned_irq_reset(assigned);
    /* A device that cannot be reset must at least do no DMA any more. */
    hardware_write(assigned, PCI_COMMAND, 2, 0, 3);
    if (vfio_device_reset(assigned->vfio, &err) < 0)
        log_warning(vfio_device_name(assigned->vfio), "not reset: %s", err.text);
    if (assigned->plan)
        assigned->overlay = assigned->plan->overlay;
    assigned->counters.bdsm = assigned->counters.asls = 0;
}

static const struct pci_function_ops function_ops = {
    .config_read = config_read,
    .config_write = config_write,
    .window_changed = assigned_window_changed,
    .route_changed = assigned_irq_route,
    .reset = function_reset,
};

void assigned_emulate(struct assigned *assigned, unsigned offset, unsigned size)
{
    memset(assigned->emulated + offset, 1, size);
}

#define MSI_64_BIT 0x0080 /* 64-bit addresses */
#define MSI_MASKED 0x0100 /* mask and pending bits for each vector */

static unsigned msi_data_offset(uint16_t control)
{
    return control & MSI_64_BIT ? 12 : 8;
}

static unsigned msi_capability_size(uint16_t control)
{
    unsigned plain = msi_data_offset(control) + 2;
    return control & MSI_MASKED ? plain + 10 : plain;
}

/* The guest's capability, which is all ours: the kernel has the hardware's. */
static void emulate_msi(struct assigned *assigned, uint8_t at, uint16_t control)
{
    struct pci_function *function = &assigned->function;
    unsigned size = msi_capability_size(control);
    if (at + size > PCI_CONFIG_SIZE)
        return;
    /* One vector: no more is carried out here. */
    control &= MSI_64_BIT | MSI_MASKED;
    assigned->irq.msi_offset = at;
    assigned->irq.msi_size = (uint8_t)size;
    memset(function->config + at, 0, size);
    function->config[at] = PCI_CAP_MSI;
    function->config[at + 1] = (uint8_t)hardware_read(assigned, at + 1u, 1);
    store16(function->config + at + 2, control);
    function->write_mask[at + 2] = 0x01;
    memset(function->write_mask + at + 4, 0xff, msi_data_offset(control) + 2 - 4);
    function->write_mask[at + 4] = 0xfc;
    if (control & MSI_MASKED) {
        assigned->irq.msi_mask = (uint8_t)(at + msi_data_offset(control) + 4);
        function->write_mask[assigned->irq.msi_mask] = 0x01;
    }
    assigned_emulate(assigned, at, size);
}

/* Config space of a broken device may hold a loop. */
uint8_t assigned_find_capability(struct assigned *assigned, uint8_t id)
{
    uint8_t at = (uint8_t)hardware_read(assigned, PCI_CAPABILITIES, 1);

    for (unsigned steps = 0; steps < 48 && at >= 0x40; steps++) {
        at &= 0xfc;
        if (hardware_read(assigned, at, 1) == id)
            return at;
        at = (uint8_t)hardware_read(assigned, at + 1u, 1);
    }
    return 0;
}

static void find_msi(struct assigned *assigned)
{
    uint8_t at = assigned_find_capability(assigned, PCI_CAP_MSI);
    if (at)
        emulate_msi(assigned, at, (uint16_t)hardware_read(assigned, at + 2u, 2));
}

static void config_init(struct assigned *assigned)
{
    struct pci_function *function = &assigned->function;

    for (unsigned offset = 0; offset < PCI_CONFIG_SIZE; offset += 4)
        store32(function->config + offset, hardware_read(assigned, offset, 4));
    store16(function->config + PCI_COMMAND, 0);
    function->config[PCI_STATUS] &= (uint8_t)~PCI_STATUS_INTERRUPT;
    memset(function->config + PCI_BAR(0), 0, 4 * PCI_BAR_COUNT);
    store32(function->config + PCI_ROM, 0);
    function->config[PCI_INTERRUPT_LINE] = 0;
    assigned_emulate(assigned, PCI_COMMAND, 2);
    assigned_emulate(assigned, PCI_BAR(0), 4 * PCI_BAR_COUNT);
    assigned_emulate(assigned, PCI_ROM, 4);
    assigned_emulate(assigned, PCI_CACHE_LINE_SIZE, 1);
    /* Whether there are more functions is for who places them to say. */
    function->config[PCI_HEADER_TYPE] &= (uint8_t)~PCI_HEADER_MULTI;
    assigned_emulate(assigned, PCI_HEADER_TYPE, 1);
    assigned_emulate(assigned, PCI_INTERRUPT_LINE, 2);
    find_msi(assigned);
}

static void assigned_reset(struct device *device)
{
    (void)device; /* the bus resets its functions */
}

static void assigned_free(struct device *device)
{
    struct assigned *assigned = (struct assigned *)device;

    if (assigned->function.bus)
        pci_bus_remove(assigned->board->pci, &assigned->function);
    assigned_vga_free(assigned);
    assigned_irq_free(assigned);
    assigned_bars_free(assigned);
    free(assigned);
}

static struct assigned *make(struct board *board, struct vfio_device *vfio,
                             uint8_t devfn, const struct igd_plan *plan,
                             const struct assigned_rom *rom, struct error *err)
{
    struct assigned *assigned = calloc(1, sizeof(*assigned));
    if (!assigned) {
        error_system(err, -ENOMEM, "%s", vfio_device_name(vfio));
        return NULL;
    }
    assigned->device = (struct device){ .name = "assigned device",
                                        .reset = assigned_reset,
                                        .free = assigned_free };
    assigned->board = board;
    assigned->vfio = vfio;
    assigned->plan = plan;
    if (plan)
        assigned->overlay = plan->overlay;
    assigned->function.name = vfio_device_name(vfio);
    assigned->function.ops = &function_ops;
    assigned->function.opaque = assigned;
    assigned->function.devfn = devfn;
    config_init(assigned);
    /* The interrupts first: what frees them wants to know that there are none. */
    int result = assigned_irq_init(assigned, err);
    if (result == 0)
        result = assigned_bars_init(assigned, rom, err);
    if (result == 0 && plan && plan->vga)
        result = assigned_vga_init(assigned, err);
    if (result < 0)
        error_prefix(err, "%s", vfio_device_name(vfio));
    else /* its error names the device itself */
        result = pci_bus_add(board->pci, &assigned->function, err);
    if (result < 0) {
        assigned_free(&assigned->device);
        return NULL;
    }
    return assigned;
}

struct assigned *assigned_new(struct board *board, struct vfio_device *vfio,
                              uint8_t devfn, const struct igd_plan *plan,
                              struct error *err)
{
    const struct assigned_rom rom = { plan ? plan->rom : NULL,
                                      plan ? plan->rom_size : 0 };
    return make(board, vfio, devfn, plan, &rom, err);
}

struct assigned *assigned_new_plain(struct board *board, struct vfio_device *vfio,
                                    uint8_t devfn, const uint8_t *rom, size_t rom_size,
                                    struct error *err)
{
    const struct assigned_rom given = { rom, rom_size };
    return make(board, vfio, devfn, NULL, &given, err);
}

struct device *assigned_device(struct assigned *assigned)
{
    return &assigned->device;
}

struct assigned_counters assigned_counters(const struct assigned *assigned)
{
    return assigned->counters;
}
