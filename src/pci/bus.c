/* bus.c: the root bus. */
#include "pci/bus.h"

#include "base/bytes.h" /* stores */
#include "base/error.h" /* error_set */
#include "pci/space.h"  /* the spaces' type */

#include <stdlib.h> /* calloc */
#include <string.h> /* memcpy */

#define PIRQ_LINES 4
#define GSI_COUNT  24

struct pci_bus {
    struct space *ports, *memory;
    struct pci_function *functions[256];
    struct pci_routing routing;
    int line_gsi[PIRQ_LINES];      /* where each line was routed when levels were set */
    unsigned asserted[PIRQ_LINES]; /* functions that assert a line */
};

struct pci_bus *pci_bus_new(struct space *ports, struct space *memory)
{
    struct pci_bus *bus = calloc(1, sizeof(*bus));
    if (!bus)
        return NULL;
    bus->ports = ports;
    bus->memory = memory;
    for (unsigned line = 0; line < PIRQ_LINES; line++)
        bus->line_gsi[line] = -1;
    return bus;
}

void pci_bus_free(struct pci_bus *bus)
{
    free(bus);
}

struct space *pci_bus_ports(struct pci_bus *bus)
{
    return bus->ports;
}

struct space *pci_bus_memory(struct pci_bus *bus)
{
    return bus->memory;
}

/* Which bits of the address registers the guest may write follows from the sizes. */
static void set_window_masks(struct pci_function *function)
{
    for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
        const struct pci_window *window = &function->windows[i];
        if (!window->size)
            continue;
        uint64_t mask = ~(window->size - 1);
        store32(function->config + PCI_BAR(i), window->flags);
        store32(function->write_mask + PCI_BAR(i),
                (uint32_t)mask & (window->flags & PCI_BAR_IO ? ~3u : ~0xfu));
        if (window->flags & PCI_BAR_64) {
            store32(function->config + PCI_BAR(i + 1), 0);
            store32(function->write_mask + PCI_BAR(i + 1), (uint32_t)(mask >> 32));
        }
    }
    const struct pci_window *rom = &function->windows[PCI_ROM_SLOT];
    if (rom->size)
        store32(function->write_mask + PCI_ROM,
                (uint32_t) ~(rom->size - 1) | PCI_ROM_ENABLE);
}

static void set_common_masks(struct pci_function *function)
{
    uint16_t command = PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF | 0x0140;
    for (unsigned i = 0; i < PCI_WINDOW_COUNT; i++) {
        const struct pci_window *window = &function->windows[i];
        if (window->size)
            command |= window->flags & PCI_BAR_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
    }
    uint16_t mask = load16(function->write_mask + PCI_COMMAND);
    store16(function->write_mask + PCI_COMMAND, mask | command);
    function->write_mask[PCI_INTERRUPT_LINE] = 0xff;
    function->write_mask[PCI_CACHE_LINE_SIZE] = 0xff;
}

int pci_bus_add(struct pci_bus *bus, struct pci_function *function, struct error *err)
{
    struct pci_function *there = bus->functions[function->devfn];
    if (there)
        return error_set(err, ERROR_INPUT, -EBUSY,
                         "%s: guest address 00:%02x.%x is taken by %s", function->name,
                         PCI_SLOT(function->devfn), PCI_FUNCTION(function->devfn),
                         there->name);
    set_window_masks(function);
    set_common_masks(function);
    memcpy(function->reset_config, function->config, sizeof(function->config));
    function->bus = bus;
    bus->functions[function->devfn] = function;
    return 0;
}

void pci_bus_remove(struct pci_bus *bus, struct pci_function *function)
{
    if (bus->functions[function->devfn] != function)
        return;
    pci_function_set_intx(function, false);
    store16(function->config + PCI_COMMAND, 0);
    pci_function_update_windows(function);
    bus->functions[function->devfn] = NULL;
    function->bus = NULL;
}

struct pci_function *pci_bus_function(struct pci_bus *bus, uint8_t devfn)
{
    return bus->functions[devfn];
}

uint32_t pci_bus_config_read(struct pci_bus *bus, uint8_t devfn, unsigned offset,
                             unsigned size)
{
    struct pci_function *function = bus->functions[devfn];
    if (!function || !range_inside(offset, size, PCI_CONFIG_SIZE))
        return (uint32_t)all_ones(size);
    if (function->ops && function->ops->config_read)
        return function->ops->config_read(function, offset, size) &
               (uint32_t)all_ones(size);
    return pci_function_default_read(function, offset, size);
}

void pci_bus_config_write(struct pci_bus *bus, uint8_t devfn, unsigned offset,
                          uint32_t value, unsigned size)
{
    struct pci_function *function = bus->functions[devfn];
    if (!function || !range_inside(offset, size, PCI_CONFIG_SIZE))
        return;
    value &= (uint32_t)all_ones(size);
    if (function->ops && function->ops->config_write)
        function->ops->config_write(function, offset, value, size);
    else
        pci_function_default_write(function, offset, value, size);
}

void pci_bus_set_routing(struct pci_bus *bus, const struct pci_routing *routing)
{
    bus->routing = *routing;
    pci_bus_routes_changed(bus);
}

unsigned pci_bus_pirq(uint8_t devfn, unsigned pin)
{
    /* PIIX boards turn the lines by one a slot, slot 1 being the first. */
    return (pin - 1 + PCI_SLOT(devfn) + PIRQ_LINES - 1) % PIRQ_LINES;
}

static int route(const struct pci_bus *bus, unsigned line)
{
    if (!bus->routing.gsi)
        return -1;
    int gsi = bus->routing.gsi(bus->routing.opaque, line);
    return gsi >= 0 && gsi < GSI_COUNT ? gsi : -1;
}

int pci_bus_intx_gsi(struct pci_bus *bus, const struct pci_function *function)
{
    unsigned pin = function->config[PCI_INTERRUPT_PIN];
    if (pin < 1 || pin > 4)
        return -1;
    return route(bus, pci_bus_pirq(function->devfn, pin));
}

/* A GSI is high while any line routed to it is. */
static void drive(struct pci_bus *bus, int gsi)
{
    if (gsi < 0 || !bus->routing.set)
        return;
    bool level = false;
    for (unsigned line = 0; line < PIRQ_LINES; line++) {
        if (bus->line_gsi[line] == gsi && bus->asserted[line])
            level = true;
    }
    bus->routing.set(bus->routing.opaque, (unsigned)gsi, level);
}

void pci_bus_routes_changed(struct pci_bus *bus)
{
    for (unsigned line = 0; line < PIRQ_LINES; line++) {
        int old = bus->line_gsi[line];
        bus->line_gsi[line] = route(bus, line);
        if (old == bus->line_gsi[line])
            continue;
        drive(bus, old);
        drive(bus, bus->line_gsi[line]);
    }
    for (unsigned devfn = 0; devfn < 256; devfn++) {
        struct pci_function *function = bus->functions[devfn];
        if (function && function->ops && function->ops->route_changed)
            function->ops->route_changed(function, pci_bus_intx_gsi(bus, function));
    }
}

void pci_function_set_intx(struct pci_function *function, bool level)
{
    struct pci_bus *bus = function->bus;
    unsigned pin = function->config[PCI_INTERRUPT_PIN];
    uint8_t *status = &function->config[PCI_STATUS];
    /* The status bit shows the device's wish, whatever the command register says. */
    function->intx_level = level;
    *status = (uint8_t)(level ? *status | PCI_STATUS_INTERRUPT
                              : *status & ~PCI_STATUS_INTERRUPT);
    if (!bus || pin < 1 || pin > 4)
        return;
    bool off = load16(function->config + PCI_COMMAND) & PCI_COMMAND_INTX_OFF;
    bool now = level && !off;
    if (now == function->intx_driven)
        return;
    function->intx_driven = now;
    unsigned line = pci_bus_pirq(function->devfn, pin);
    bus->asserted[line] += now ? 1u : -1u;
    drive(bus, bus->line_gsi[line]);
}

void pci_bus_reset(struct pci_bus *bus)
{
    for (unsigned devfn = 0; devfn < 256; devfn++) {
        struct pci_function *function = bus->functions[devfn];
        if (!function)
            continue;
        pci_function_set_intx(function, false);
        memcpy(function->config, function->reset_config, sizeof(function->config));
        pci_function_update_windows(function);
        if (function->ops && function->ops->reset)
            function->ops->reset(function);
    }
}
