/* i440fx.c: the 440FX host bridge: configuration mechanism 1 and the PAM registers. */
#include "devices/i440fx.h"

#include "base/bytes.h"         /* all_ones, ranges_overlap */
#include "base/error.h"         /* error_system */
#include "devices/board.h"      /* ports, PCI bus, reset */
#include "devices/byte_ports.h" /* board_add_ports */
#include "pci/bus.h"            /* configuration accesses */

#include <stdlib.h> /* calloc */
#include <string.h> /* memcpy */

/* Registers: 82441FX (PMC) datasheet, order 290549. */
#define PAM_FIRST      0x59
#define PAM_LAST       0x5f
#define SMRAM_CONTROL  0x72
#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define CONFIG_ENABLE  0x80000000u

/* The reset control register of PIIX3 (82371SB, order 290550), port 0xcf9. */
#define RESET_CONTROL_OFFSET 1
#define RESET_HARD           0x02 /* what kind of reset bit 2 gives */
#define RESET_CPU            0x04 /* 0 to 1: reset now */

struct i440fx {
    struct device device;
    struct board *board;
    struct pci_function function;
    struct range address_range, data_range;
    uint32_t address;
    uint8_t reset_control;
    pam_handler *handler;
    void *opaque;
    uint8_t modes[PAM_SEGMENTS];
};

/*
 * Register 0x59 holds 0xf0000 in its high nibble; 0x5a to 0x5f hold two 16 KiB
 * segments each, the lower one in the low nibble. Bit 0 of a nibble: reads come from
 * RAM, bit 1: writes go there; these are the values of enum pam_mode.
 */
static void decode_modes(const uint8_t *config, uint8_t modes[PAM_SEGMENTS])
{
    for (unsigned i = 0; i < 12; i++)
        modes[i] = (config[PAM_FIRST + 1 + i / 2] >> (i % 2 * 4)) & 3;
    modes[12] = (config[PAM_FIRST] >> 4) & 3;
}

static void i440fx_config_write(struct pci_function *function, unsigned offset,
                                uint32_t value, unsigned size)
{
    struct i440fx *bridge = function->opaque;
    uint8_t modes[PAM_SEGMENTS];

    pci_function_default_write(function, offset, value, size);
    if (!ranges_overlap(offset, size, PAM_FIRST, PAM_LAST - PAM_FIRST + 1))
        return;
    decode_modes(function->config, modes);
    if (memcmp(modes, bridge->modes, sizeof(modes)) == 0)
        return;
    memcpy(bridge->modes, modes, sizeof(modes));
    if (bridge->handler)
        bridge->handler(bridge->opaque, bridge->modes);
}

static void i440fx_function_reset(struct pci_function *function)
{
    struct i440fx *bridge = function->opaque;
    decode_modes(function->config, bridge->modes);
    if (bridge->handler)
        bridge->handler(bridge->opaque, bridge->modes);
}

static const struct pci_function_ops i440fx_ops = {
    .config_write = i440fx_config_write,
    .reset = i440fx_function_reset,
};

/*
 * Only a dword write at 0xcf8 latches the address. The one byte register inside these
 * four ports, reset control at 0xcf9, is PIIX3's on the real board; it is answered
 * here because ports of one dword cannot have two owners.
 */
static uint64_t address_read(void *opaque, uint64_t offset, unsigned size)
{
    struct i440fx *bridge = opaque;
    if (offset == 0 && size == 4)
        return bridge->address;
    if (offset == RESET_CONTROL_OFFSET && size == 1)
        return bridge->reset_control;
    return all_ones(size);
}

static void address_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct i440fx *bridge = opaque;
    if (offset == 0 && size == 4) {
        bridge->address = (uint32_t)value & (CONFIG_ENABLE | 0x00fffffc);
        return;
    }
    if (offset != RESET_CONTROL_OFFSET || size != 1)
        return;
    if (value & RESET_CPU & ~bridge->reset_control)
        board_request_reset(bridge->board);
    bridge->reset_control = value & (RESET_HARD | RESET_CPU);
}

/* Is a configuration cycle addressed at bus 0? If so, where to. */
static bool data_target(const struct i440fx *bridge, uint64_t offset, uint8_t *devfn,
                        unsigned *config_offset)
{
    *devfn = (uint8_t)(bridge->address >> 8);
    *config_offset = (bridge->address & 0xfc) + (unsigned)offset;
    return (bridge->address & CONFIG_ENABLE) && !(bridge->address >> 16 & 0xff);
}

static uint64_t data_read(void *opaque, uint64_t offset, unsigned size)
{
    struct i440fx *bridge = opaque;
    uint8_t devfn;
    unsigned at;
    if (!data_target(bridge, offset, &devfn, &at))
        return all_ones(size);
    if (at % size == 0)
        return pci_bus_config_read(bridge->board->pci, devfn, at, size);
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)pci_bus_config_read(bridge->board->pci, devfn, at + i, 1)
                 << (8 * i);
    return value;
}

static void data_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct i440fx *bridge = opaque;
    struct pci_bus *bus = bridge->board->pci;
    uint8_t devfn;
    unsigned at;
    if (!data_target(bridge, offset, &devfn, &at))
        return;
    if (at % size == 0) {
        pci_bus_config_write(bus, devfn, at, (uint32_t)value, size);
        return;
    }
    for (unsigned i = 0; i < size; i++)
        pci_bus_config_write(bus, devfn, at + i, (value >> (8 * i)) & 0xff, 1);
}

static const struct range_ops address_ops = { address_read, address_write };
static const struct range_ops data_ops = { data_read, data_write };

static void i440fx_reset(struct device *device)
{
    struct i440fx *bridge = (struct i440fx *)device;
    bridge->address = 0;
    bridge->reset_control = 0;
}

static void i440fx_free(struct device *device)
{
    struct i440fx *bridge = (struct i440fx *)device;
    space_remove(&bridge->address_range);
    space_remove(&bridge->data_range);
    if (bridge->function.bus)
        pci_bus_remove(bridge->board->pci, &bridge->function);
    free(bridge);
}

struct device *i440fx_new(struct board *board, pam_handler *handler, void *opaque,
                          struct error *err)
{
    struct i440fx *bridge = calloc(1, sizeof(*bridge));
    if (!bridge) {
        error_system(err, -ENOMEM, "host bridge");
        return NULL;
    }
    bridge->device = (struct device){ "i440fx", i440fx_reset, i440fx_free };
    bridge->board = board;
    bridge->handler = handler;
    bridge->opaque = opaque;
    bridge->address_range = (struct range){ .name = "pci-config-address",
                                            .ops = &address_ops,
                                            .opaque = bridge };
    bridge->data_range =
        (struct range){ .name = "pci-config-data", .ops = &data_ops, .opaque = bridge };

    struct pci_function *function = &bridge->function;
    function->name = "host bridge";
    function->ops = &i440fx_ops;
    function->opaque = bridge;
    function->devfn = PCI_DEVFN(0, 0);
    pci_function_identify(function, PCI_VENDOR_INTEL, 0x1237, 0x02, 0x060000, 0x1af4,
                          0x1100);
    function->write_mask[PCI_COMMAND] = PCI_COMMAND_IO | PCI_COMMAND_MEMORY;
    function->write_mask[PAM_FIRST] = 0x30;
    memset(function->write_mask + PAM_FIRST + 1, 0x33, 6);
    function->config[SMRAM_CONTROL] = 0x02;
    function->write_mask[SMRAM_CONTROL] = 0x78;

    if (pci_bus_add(board->pci, function, err) < 0 ||
        board_add_ports(board, &bridge->address_range, CONFIG_ADDRESS, 4, err) < 0 ||
        board_add_ports(board, &bridge->data_range, CONFIG_DATA, 4, err) < 0) {
        i440fx_free(&bridge->device);
        return NULL;
    }
    return &bridge->device;
}
