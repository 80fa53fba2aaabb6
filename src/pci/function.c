/* function.c: config space behaviour every PCI function shares. */
#include "pci/function.h"

#include "base/bytes.h" /* loads, stores */
#include "base/error.h" /* errno values */
#include "pci/bus.h"    /* spaces and routing of the bus */
#include "pci/space.h"  /* windows are ranges in a space */

/* Memory windows below this would hide RAM and the chipset; firmware sizing does that.
 */
#define LOWEST_MEMORY_WINDOW 0x100000

void pci_function_identify(struct pci_function *function, uint16_t vendor,
                           uint16_t device, uint8_t revision, uint32_t class_code,
                           uint16_t subsystem_vendor, uint16_t subsystem)
{
    uint8_t *config = function->config;
    store16(config + PCI_VENDOR_ID, vendor);
    store16(config + PCI_DEVICE_ID, device);
    config[PCI_REVISION] = revision;
    config[PCI_PROG_IF] = (uint8_t)class_code;
    config[PCI_SUBCLASS] = (uint8_t)(class_code >> 8);
    config[PCI_CLASS] = (uint8_t)(class_code >> 16);
    store16(config + PCI_SUBSYSTEM_VENDOR, subsystem_vendor);
    store16(config + PCI_SUBSYSTEM_ID, subsystem);
}

int pci_function_add_capability(struct pci_function *function, uint8_t id,
                                unsigned offset, unsigned size)
{
    uint8_t *config = function->config;
    unsigned link = PCI_CAPABILITIES;
    unsigned end = 0x40;

    /* Capabilities are appended in address order; each one's size is its successor's
     * place, so the end of the last is kept in the byte that is not yet its link. */
    while (config[link]) {
        link = config[link] + 1u;
        end = (link - 1) + 4;
    }
    if (offset == 0) {
        offset = end;
        while (offset + size <= PCI_CONFIG_SIZE) {
            bool taken = false;
            for (unsigned i = 0; i < size; i++)
                taken |=
                    config[offset + i] != 0 || function->write_mask[offset + i] != 0;
            if (!taken)
                break;
            offset += 4;
        }
    }
    if (offset < 0x40 || offset % 4 || offset + size > PCI_CONFIG_SIZE)
        return -ENOSPC;
    config[link] = (uint8_t)offset;
    config[offset] = id;
    config[offset + 1] = 0;
    config[PCI_STATUS] |= PCI_STATUS_CAPABILITIES;
    return (int)offset;
}

uint32_t pci_function_default_read(struct pci_function *function, unsigned offset,
                                   unsigned size)
{
    return (uint32_t)load_sized(function->config + offset, size);
}

/* The address a window's register holds; all ones when it is being sized. */
static uint64_t window_address(const struct pci_function *function, unsigned index)
{
    const struct pci_window *window = &function->windows[index];
    if (index == PCI_ROM_SLOT)
        return load32(function->config + PCI_ROM) & ~(uint32_t)(window->size - 1);
    uint32_t low = load32(function->config + PCI_BAR(index));
    if (window->flags & PCI_BAR_IO)
        return low & ~3u;
    uint64_t high = 0;
    if (window->flags & PCI_BAR_64)
        high = load32(function->config + PCI_BAR(index + 1));
    return (low & ~0xfu) | high << 32;
}

static bool window_decoded(const struct pci_function *function, unsigned index,
                           uint64_t address)
{
    const struct pci_window *window = &function->windows[index];
    uint16_t command = load16(function->config + PCI_COMMAND);
    uint64_t last = address + window->size - 1;

    if (window->flags & PCI_BAR_IO)
        return (command & PCI_COMMAND_IO) && address != 0 && last < 0x10000;
    if (!(command & PCI_COMMAND_MEMORY) || address < LOWEST_MEMORY_WINDOW ||
        last < address || last >> 52)
        return false;
    /* A register read back while all ones are in it is being sized, not placed. */
    if (!(window->flags & PCI_BAR_64) && last == UINT32_MAX)
        return false;
    if (index == PCI_ROM_SLOT)
        return function->config[PCI_ROM] & PCI_ROM_ENABLE;
    return true;
}

static void unmap_window(struct pci_function *function, unsigned index)
{
    struct pci_window *window = &function->windows[index];
    if (!window->mapped)
        return;
    if (function->ops && function->ops->window_changed) {
        window->mapped = false;
        function->ops->window_changed(function, index);
    }
    window->mapped = false;
    if (window->range)
        space_remove(window->range);
}

static void map_window(struct pci_function *function, unsigned index, uint64_t address)
{
    struct pci_window *window = &function->windows[index];
    struct space *space = window->flags & PCI_BAR_IO ? pci_bus_ports(function->bus)
                                                     : pci_bus_memory(function->bus);
    if (window->range && space_add(space, window->range, address, window->size) < 0)
        return;
    window->address = address;
    window->mapped = true;
    if (function->ops && function->ops->window_changed)
        function->ops->window_changed(function, index);
}

void pci_function_update_windows(struct pci_function *function)
{
    for (unsigned i = 0; i < PCI_WINDOW_COUNT; i++) {
        struct pci_window *window = &function->windows[i];
        if (!window->size)
            continue;
        uint64_t address = window_address(function, i);
        bool decoded = window_decoded(function, i, address);
        if (window->mapped && (!decoded || window->address != address))
            unmap_window(function, i);
        if (!window->mapped && decoded)
            map_window(function, i, address);
    }
}

void pci_function_default_write(struct pci_function *function, unsigned offset,
                                uint32_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        unsigned at = offset + i;
        uint8_t byte = (uint8_t)(value >> (8 * i));
        uint8_t mask = function->write_mask[at];
        uint8_t old = function->config[at];
        uint8_t now = (uint8_t)((old & ~mask) | (byte & mask));
        function->config[at] = (uint8_t)(now & ~(byte & function->clear_mask[at]));
    }
    bool command = ranges_overlap(offset, size, PCI_COMMAND, 2);
    if (command || ranges_overlap(offset, size, PCI_BAR(0), 4 * PCI_BAR_COUNT) ||
        ranges_overlap(offset, size, PCI_ROM, 4))
        pci_function_update_windows(function);
    if (command)
        pci_function_set_intx(function, function->intx_level);
}
