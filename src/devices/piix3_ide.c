/* piix3_ide.c: the PIIX3's IDE controller (82371SB, order 290550): its PCI function. */
#include "devices/piix3_ide.h"

#include "base/bytes.h"          /* load16, ARRAY_SIZE */
#include "base/error.h"          /* error_system */
#include "devices/board.h"       /* PCI bus, lock */
#include "devices/device.h"      /* struct device */
#include "devices/ide_channel.h" /* the channels */
#include "pci/bus.h"             /* the function */

#include <stdlib.h> /* calloc */

#define CHANNELS 2

#define IDE_TIMING       0x40 /* of channel 0, at 0x42 of channel 1 */
#define TIMING_ENABLE    0x8000
#define SLAVE_TIMING     0x44
#define BUS_MASTER_BAR   4
#define BUS_MASTER_PORTS (CHANNELS * IDE_BUS_MASTER_PORTS)

/* Where the channels answer in compatibility mode, and their interrupts. */
static const struct {
    uint16_t task_file, control;
    unsigned gsi;
} places[CHANNELS] = { { 0x1f0, 0x3f6, 14 }, { 0x170, 0x376, 15 } };

struct piix3_ide {
    struct device device;
    struct board *board;
    struct pci_function function;
    struct range bus_master; /* what BAR 4 decodes */
    struct ide_channel channels[CHANNELS];
    unsigned drive_count;
};

/*
 * A channel answers when its timing register and the command register say so; also one
 * without a drive, as QEMU's does: firmware (OVMF) that reads all ones there waits half
 * a minute for a drive that is busy.
 */
static void place_channels(struct piix3_ide *ide)
{
    const uint8_t *config = ide->function.config;

    for (unsigned i = 0; i < CHANNELS; i++) {
        struct ide_channel *channel = &ide->channels[i];
        bool on = (load16(config + PCI_COMMAND) & PCI_COMMAND_IO) &&
                  (load16(config + IDE_TIMING + 2 * i) & TIMING_ENABLE);
        if (on)
            ide_channel_place(channel, places[i].task_file, places[i].control);
        else
            ide_channel_unplace(channel);
    }
}

static void config_write(struct pci_function *function, unsigned offset, uint32_t value,
                         unsigned size)
{
    struct piix3_ide *ide = function->opaque;
    pci_function_default_write(function, offset, value, size);
    if (ranges_overlap(offset, size, PCI_COMMAND, 2) ||
        ranges_overlap(offset, size, IDE_TIMING, 2 * CHANNELS))
        place_channels(ide);
}

static void function_reset(struct pci_function *function)
{
    place_channels(function->opaque);
}

static const struct pci_function_ops function_ops = {
    .config_write = config_write,
    .reset = function_reset,
};

static uint64_t bus_master_read(void *opaque, uint64_t offset, unsigned size)
{
    struct piix3_ide *ide = opaque;
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++) {
        unsigned at = (unsigned)offset + i;
        value |= (uint64_t)ide_bus_master_read(
                     &ide->channels[at / IDE_BUS_MASTER_PORTS].master,
                     at % IDE_BUS_MASTER_PORTS)
                 << 8 * i;
    }
    return value;
}

static void bus_master_write(void *opaque, uint64_t offset, uint64_t value,
                             unsigned size)
{
    struct piix3_ide *ide = opaque;

    for (unsigned i = 0; i < size; i++) {
        unsigned at = (unsigned)offset + i;
        struct ide_channel *channel = &ide->channels[at / IDE_BUS_MASTER_PORTS];
        ide_bus_master_write(&channel->master, at % IDE_BUS_MASTER_PORTS,
                             (uint8_t)(value >> 8 * i));
        ide_channel_master_changed(channel);
    }
}

static const struct range_ops bus_master_ops = { bus_master_read, bus_master_write,
                                                 NULL };

static void piix3_ide_reset(struct device *device)
{
    struct piix3_ide *ide = (struct piix3_ide *)device;
    for (unsigned i = 0; i < CHANNELS; i++)
        ide_channel_reset(&ide->channels[i]);
}

static void piix3_ide_free(struct device *device)
{
    struct piix3_ide *ide = (struct piix3_ide *)device;
    if (ide->function.bus)
        pci_bus_remove(ide->board->pci, &ide->function);
    for (unsigned i = 0; i < CHANNELS; i++)
        ide_channel_release(&ide->channels[i]);
    free(ide);
}

static void fill_function(struct piix3_ide *ide)
{
    struct pci_function *function = &ide->function;

    function->name = "IDE controller";
    function->ops = &function_ops;
    function->opaque = ide;
    function->devfn = PCI_DEVFN(1, 1);
    /* Both channels in compatibility mode; a bus master. */
    pci_function_identify(function, PCI_VENDOR_INTEL, 0x7010, 0x00, 0x010180, 0x1af4,
                          0x1100);
    store16(function->config + PCI_STATUS,
            0x0280); /* fast back-to-back, medium DEVSEL */
    memset(function->write_mask + IDE_TIMING, 0xff, SLAVE_TIMING + 1 - IDE_TIMING);
    /* On from the start: OVMF does not turn channels on, for QEMU's always answer. */
    for (unsigned i = 0; i < CHANNELS; i++)
        store16(function->config + IDE_TIMING + 2 * i, TIMING_ENABLE);
    ide->bus_master = (struct range){ .name = "IDE bus master",
                                      .ops = &bus_master_ops,
                                      .opaque = ide };
    function->windows[BUS_MASTER_BAR] = (struct pci_window){
        .size = BUS_MASTER_PORTS, .flags = PCI_BAR_IO, .range = &ide->bus_master
    };
}

struct device *piix3_ide_new(struct board *board,
                             const struct piix3_ide_options *options, struct error *err)
{
    struct piix3_ide *ide = calloc(1, sizeof(*ide));
    if (!ide) {
        error_system(err, -ENOMEM, "IDE controller");
        return NULL;
    }
    ide->device = (struct device){ "piix3-ide", piix3_ide_reset, piix3_ide_free };
    ide->board = board;
    ide->drive_count = options->count;
    for (unsigned i = 0; i < CHANNELS; i++)
        ide_channel_init(&ide->channels[i], board, places[i].gsi);
    int result = 0;
    for (unsigned i = 0; result == 0 && i < options->count; i++)
        result = ide_channel_attach(&ide->channels[i / IDE_DRIVES_A_CHANNEL],
                                    i % IDE_DRIVES_A_CHANNEL, i + 1, options->discs[i],
                                    options->engine, err);
    fill_function(ide);
    if (result == 0)
        result = pci_bus_add(board->pci, &ide->function, err);
    if (result < 0) {
        piix3_ide_free(&ide->device);
        return NULL;
    }
    return &ide->device;
}

int piix3_ide_change(struct device *device, unsigned drive,
                     const struct optical_image *disc, bool force, struct error *err)
{
    struct piix3_ide *ide = (struct piix3_ide *)device;

    if (drive >= ide->drive_count)
        return error_set(err, ERROR_INPUT, -EINVAL, "optical drive %u: there %s %u",
                         drive + 1, ide->drive_count == 1 ? "is" : "are",
                         ide->drive_count);
    struct ide_channel *channel = &ide->channels[drive / IDE_DRIVES_A_CHANNEL];
    return optical_drive_change(&channel->drives[drive % IDE_DRIVES_A_CHANNEL].optical,
                                disc, force, err);
}
