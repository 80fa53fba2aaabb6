/* vga_pci.c: the VGA on the PCI bus: its BARs and ROM (QEMU docs/specs/standard-vga).
 */
#include "base/bytes.h"           /* loads */
#include "base/log.h"             /* what is slow */
#include "devices/board.h"        /* board_map */
#include "devices/vga_internal.h" /* struct vga */
#include "pci/bus.h"              /* pci_bus_add */

#include <string.h> /* strerror */

#define VENDOR           0x1234
#define DEVICE           0x1111
#define REVISION         2 /* has the registers' BAR */
#define CLASS_VGA        0x030000
#define SUBSYSTEM_VENDOR 0x1af4 /* what Linux's bochs driver looks for */
#define SUBSYSTEM        0x1100

#define BAR_MEMORY     0
#define BAR_REGISTERS  2
#define REGISTERS_SIZE 0x1000

/* In the registers' BAR. */
#define EDID_END       0x400
#define PORTS          0x400 /* as the ports from 3C0 on */
#define PORTS_END      0x420
#define VBE            0x500 /* 16 bits each */
#define VBE_END        0x516
#define EXTENDED       0x600 /* size of this part, and the byte order: 32 bits each */
#define EXTENDED_END   0x608
#define EXTENDED_ORDER 4

#define LITTLE_ENDIAN_PIXELS 0x1e1e1e1eu

static uint8_t extended_byte(unsigned offset)
{
    uint32_t word =
        offset < EXTENDED_ORDER ? EXTENDED_END - EXTENDED : LITTLE_ENDIAN_PIXELS;
    return (uint8_t)(word >> (8 * (offset % 4)));
}

static uint8_t register_byte(struct vga *vga, unsigned offset)
{
    if (offset < EDID_END)
        return vga_edid_byte(offset);
    if (offset >= PORTS && offset < PORTS_END)
        return vga_port_read(vga, 0x3c0 + offset - PORTS);
    if (offset >= VBE && offset < VBE_END) {
        uint16_t value = vga_vbe_read(vga, (offset - VBE) / 2);
        return (uint8_t)(value >> (8 * (offset % 2)));
    }
    if (offset >= EXTENDED && offset < EXTENDED_END)
        return extended_byte(offset - EXTENDED);
    return 0xff;
}

static uint64_t registers_read(void *opaque, uint64_t offset, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)register_byte(opaque, (unsigned)offset + i) << (8 * i);
    return value;
}

static void registers_write(void *opaque, uint64_t offset, uint64_t value,
                            unsigned size)
{
    struct vga *vga = opaque;

    for (unsigned i = 0; i < size; i++) {
        unsigned at = (unsigned)offset + i;
        if (at >= PORTS && at < PORTS_END)
            vga_port_write(vga, 0x3c0 + at - PORTS, (uint8_t)(value >> (8 * i)));
        else if (at >= VBE && at < VBE_END && at % 2 == 0 && i + 1 < size)
            vga_vbe_write(vga, (at - VBE) / 2, (uint16_t)(value >> (8 * i)));
    }
}

static const struct range_ops registers_ops = { registers_read, registers_write, NULL };

/* Only where mapping failed. */
static uint64_t frame_buffer_read(void *opaque, uint64_t offset, unsigned size)
{
    const struct vga *vga = opaque;
    return load_sized(vga->memory + offset, size);
}

static void frame_buffer_write(void *opaque, uint64_t offset, uint64_t value,
                               unsigned size)
{
    const struct vga *vga = opaque;
    store_sized(vga->memory + offset, value, size);
}

static const struct range_ops frame_buffer_ops = { frame_buffer_read,
                                                   frame_buffer_write, NULL };

static uint64_t rom_read(void *opaque, uint64_t offset, unsigned size)
{
    const struct vga *vga = opaque;
    return load_sized(vga->rom + offset, size);
}

static const struct range_ops rom_ops = { rom_read, NULL, NULL };

/* Memory and ROM go straight to the guest; registers are trapped. */
static void window_changed(struct pci_function *function, unsigned index)
{
    struct vga *vga = function->opaque;
    const struct pci_window *window = &function->windows[index];
    uint8_t *host = index == BAR_MEMORY ? vga->memory : vga->rom;
    unsigned flags = index == PCI_ROM_SLOT ? BOARD_MAP_READ_ONLY : 0;

    if (index == BAR_REGISTERS)
        return;
    if (vga->mapped[index])
        board_unmap(vga->board, window->address, window->size);
    vga->mapped[index] = false;
    if (!window->mapped)
        return;
    int result = board_map(vga->board, window->address, host, window->size, flags);
    vga->mapped[index] = result == 0;
    if (result < 0)
        log_debug("vga", "window %u is not mapped, each access exits: %s", index,
                  strerror(-result));
}

static void config_write(struct pci_function *function, unsigned offset, uint32_t value,
                         unsigned size)
{
    struct vga *vga = function->opaque;

    pci_function_default_write(function, offset, value, size);
    vga_memory_update(vga); /* the command register lets legacy memory in */
}

static const struct pci_function_ops function_ops = { .config_write = config_write,
                                                      .window_changed =
                                                          window_changed };

bool vga_decodes(const struct vga *vga, uint16_t command_bit)
{
    return load16(vga->function.config + PCI_COMMAND) & command_bit;
}

int vga_pci_add(struct vga *vga, struct error *err)
{
    struct pci_function *function = &vga->function;

    function->name = "VGA";
    function->ops = &function_ops;
    function->opaque = vga;
    pci_function_identify(function, VENDOR, DEVICE, REVISION, CLASS_VGA,
                          SUBSYSTEM_VENDOR, SUBSYSTEM);
    vga->frame_buffer = (struct range){ .name = "VGA frame buffer",
                                        .ops = &frame_buffer_ops,
                                        .opaque = vga };
    vga->registers =
        (struct range){ .name = "VGA registers", .ops = &registers_ops, .opaque = vga };
    function->windows[BAR_MEMORY] = (struct pci_window){ .size = VGA_VRAM_SIZE,
                                                         .flags = PCI_BAR_PREFETCH,
                                                         .range = &vga->frame_buffer };
    function->windows[BAR_REGISTERS] =
        (struct pci_window){ .size = REGISTERS_SIZE, .range = &vga->registers };
    if (vga->rom) {
        vga->rom_range =
            (struct range){ .name = "VGA ROM", .ops = &rom_ops, .opaque = vga };
        function->windows[PCI_ROM_SLOT] =
            (struct pci_window){ .size = vga->rom_size, .range = &vga->rom_range };
    }
    /* No BAR has ports: the bit is for the legacy ones. */
    function->write_mask[PCI_COMMAND] = PCI_COMMAND_IO;
    return pci_bus_add(vga->board->pci, function, err);
}

void vga_pci_remove(struct vga *vga)
{
    if (vga->function.bus)
        pci_bus_remove(vga->board->pci, &vga->function);
}
