/* vga.c: the standard VGA, put together: memory, ranges, reset. */
#include "devices/vga.h"

#include "base/bytes.h"           /* round_up */
#include "base/error.h"           /* error_set */
#include "devices/board.h"        /* spaces */
#include "devices/vga_internal.h" /* struct vga */

#include <fcntl.h>    /* seals */
#include <stdlib.h>   /* calloc */
#include <sys/mman.h> /* memfd_create, mmap */
#include <unistd.h>   /* close, ftruncate */

#define ROM_MIN 4096u
#define ROM_MAX 65536u

/* The legacy ports, and those of the VBE extensions: an index, and data at 1CF or 1D0.
 */
#define PORTS_3B0      0x3b0
#define PORTS_3B0_SIZE 0xc
#define PORTS_3C0      0x3c0
#define PORTS_3C0_SIZE 0x20
#define PORTS_VBE      0x1ce
#define PORTS_VBE_SIZE 3

/* The palette: writes to it are many, and nothing but drawing tells when they came. */
#define DAC_INDEX 0x3c8
#define DAC_PORTS 2

void vga_changed(struct vga *vga)
{
    if (vga->told || !vga->config.changed)
        return;
    vga->told = true;
    vga->config.changed(vga->config.opaque);
}

static uint64_t ports_read(struct vga *vga, unsigned port, unsigned size)
{
    uint64_t value = 0;

    if (!vga_decodes(vga, PCI_COMMAND_IO))
        return all_ones(size);
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)vga_port_read(vga, port + i) << (8 * i);
    return value;
}

static void ports_write(struct vga *vga, unsigned port, uint64_t value, unsigned size)
{
    if (!vga_decodes(vga, PCI_COMMAND_IO))
        return;
    for (unsigned i = 0; i < size; i++)
        vga_port_write(vga, port + i, (uint8_t)(value >> (8 * i)));
}

static uint64_t read_3b0(void *opaque, uint64_t offset, unsigned size)
{
    return ports_read(opaque, PORTS_3B0 + (unsigned)offset, size);
}

static void write_3b0(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    ports_write(opaque, PORTS_3B0 + (unsigned)offset, value, size);
}

static uint64_t read_3c0(void *opaque, uint64_t offset, unsigned size)
{
    return ports_read(opaque, PORTS_3C0 + (unsigned)offset, size);
}

static void write_3c0(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    ports_write(opaque, PORTS_3C0 + (unsigned)offset, value, size);
}

static uint64_t read_vbe(void *opaque, uint64_t offset, unsigned size)
{
    const struct vga *vga = opaque;

    if (!vga_decodes(vga, PCI_COMMAND_IO))
        return all_ones(size);
    uint16_t value = offset == 0 ? vga->vbe.index : vga_vbe_read(vga, vga->vbe.index);
    return value & all_ones(size);
}

static void write_vbe(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct vga *vga = opaque;

    if (size != 2 || !vga_decodes(vga, PCI_COMMAND_IO))
        return;
    if (offset == 0)
        vga->vbe.index = (uint16_t)value;
    else
        vga_vbe_write(vga, vga->vbe.index, (uint16_t)value);
}

static const struct range_ops ops_3b0 = { read_3b0, write_3b0, NULL };
static const struct range_ops ops_3c0 = { read_3c0, write_3c0, NULL };
static const struct range_ops ops_vbe = { read_vbe, write_vbe, NULL };

static void reset(struct device *device)
{
    struct vga *vga = (struct vga *)device;

    vga_registers_reset(vga);
    vga_vbe_reset(vga);
    vga_memory_update(vga);
    vga_changed(vga);
}

static void free_vga(struct device *device)
{
    struct vga *vga = (struct vga *)device;

    if (vga->direct.size)
        board_unmap(vga->board, vga->direct.address, vga->direct.size);
    vga_pci_remove(vga);
    space_remove(&vga->window);
    space_remove(&vga->ports_3b0);
    space_remove(&vga->ports_3c0);
    space_remove(&vga->ports_vbe);
    if (vga->rom)
        munmap(vga->rom, vga->rom_size);
    if (vga->memory)
        munmap(vga->memory, VGA_MEMORY_SIZE);
    if (vga->memory_fd >= 0)
        close(vga->memory_fd);
    free(vga);
}

/* A file, so that another process can draw it; sealed, so that it may trust its size.
 */
static int make_memory(struct vga *vga, struct error *err)
{
    vga->memory_fd = memfd_create("vga-memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (vga->memory_fd < 0 || ftruncate(vga->memory_fd, VGA_MEMORY_SIZE) < 0 ||
        fcntl(vga->memory_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) <
            0)
        return error_system(err, -errno, "VGA: memory");
    void *memory = mmap(NULL, VGA_MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
                        vga->memory_fd, 0);
    if (memory == MAP_FAILED)
        return error_system(err, -errno, "VGA: memory");
    vga->memory = memory;
    return 0;
}

static int make_rom(struct vga *vga, struct error *err)
{
    uint32_t size = ROM_MIN;

    if (!vga->config.rom)
        return 0;
    if (vga->config.rom_size > ROM_MAX)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "VGA: a ROM of %u bytes, expected at most %u",
                         vga->config.rom_size, ROM_MAX);
    while (size < vga->config.rom_size)
        size *= 2;
    void *rom =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (rom == MAP_FAILED)
        return error_system(err, -errno, "VGA: ROM");
    memset(rom, 0xff, size);
    memcpy(rom, vga->config.rom, vga->config.rom_size);
    vga->rom = rom;
    vga->rom_size = size;
    return 0;
}

static int add_ranges(struct vga *vga, struct error *err)
{
    const struct {
        struct range *range;
        const char *name;
        const struct range_ops *ops;
        struct space *space;
        uint64_t base, size;
    } rows[] = {
        { &vga->window, "VGA memory", &vga_window_ops, vga->board->memory,
          VGA_WINDOW_BASE, VGA_WINDOW_SIZE },
        { &vga->ports_3b0, "VGA ports 3B0", &ops_3b0, vga->board->ports, PORTS_3B0,
          PORTS_3B0_SIZE },
        { &vga->ports_3c0, "VGA ports 3C0", &ops_3c0, vga->board->ports, PORTS_3C0,
          PORTS_3C0_SIZE },
        { &vga->ports_vbe, "VBE ports", &ops_vbe, vga->board->ports, PORTS_VBE,
          PORTS_VBE_SIZE },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        *rows[i].range =
            (struct range){ .name = rows[i].name, .ops = rows[i].ops, .opaque = vga };
        int result =
            space_add(rows[i].space, rows[i].range, rows[i].base, rows[i].size);
        if (result < 0)
            return error_system(err, result, "VGA: %s", rows[i].name);
    }
    /* Pixels in planes and colours; what is mapped directly never gets there. */
    board_gather_writes(vga->board, VGA_WINDOW_BASE, VGA_WINDOW_SIZE, false, true);
    board_gather_writes(vga->board, DAC_INDEX, DAC_PORTS, true, true);
    return 0;
}

struct vga *vga_new(struct board *board, uint8_t devfn, const struct vga_config *config,
                    struct error *err)
{
    struct vga *vga = calloc(1, sizeof(*vga));

    if (!vga) {
        error_system(err, -ENOMEM, "VGA");
        return NULL;
    }
    vga->device = (struct device){ .name = "VGA", .reset = reset, .free = free_vga };
    vga->board = board;
    vga->config = *config;
    vga->memory_fd = -1;
    vga->function.devfn = devfn;
    vga_registers_reset(vga);
    vga_vbe_reset(vga);
    int result = make_memory(vga, err);
    if (result == 0)
        result = make_rom(vga, err);
    if (result == 0)
        result = vga_pci_add(vga, err);
    if (result == 0)
        result = add_ranges(vga, err);
    vga->config.rom = NULL; /* the caller's, and copied */
    if (result < 0) {
        free_vga(&vga->device);
        return NULL;
    }
    return vga;
}

struct device *vga_device(struct vga *vga)
{
    return &vga->device;
}

int vga_memory_fd(const struct vga *vga)
{
    return vga->memory_fd;
}

uint64_t vga_memory_size(const struct vga *vga)
{
    return VGA_MEMORY_SIZE;
}
