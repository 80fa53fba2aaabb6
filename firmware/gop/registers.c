/*
 * registers.c: config space, registers, the GTT and pipe A. (Intel graphics PRMs,
 * display registers; the places are those of firmware/vbios.)
 */
#include "gop.h"

#define BAR0 0x10

#define PTE_VALID 1u

#define FLUSH_CONTROL     0x101008 /* entries of the GTT were changed */
#define FLUSH_ENABLE      1u
#define VGA_PLANE         0x41000
#define VGA_PLANE_DISABLE 0x80000000u
#define PIPE_TIMING       0x60000 /* six registers: total, blank, sync; then vertical */
#define PIPE_SOURCE       0x6001c
#define PIPE_CONF         0x70008
#define PIPE_ENABLE       0x80000000u
#define PLANE_CONTROL     0x70180
#define PLANE_STRIDE      0x70188
#define PLANE_POSITION    0x7018c
#define PLANE_SIZE        0x70190
#define PLANE_SURFACE     0x7019c
#define PLANE_OFFSET      0x701a4
#define OLD_PLANE         0x98000000u /* on, BGRX 8888: up to Gen8 */
#define UNIVERSAL_PLANE   0x84000000u /* likewise: Gen9 on */

uint32_t register_read(struct gop *gop, uint32_t offset)
{
    uint32_t value = 0;
    gop->pci->read_memory(gop->pci, EFI_WIDTH_32, EFI_PCI_ANY_ADDRESS,
                          gop->registers + offset, 1, &value);
    return value;
}

void register_write(struct gop *gop, uint32_t offset, uint32_t value)
{
    gop->pci->write_memory(gop->pci, EFI_WIDTH_32, EFI_PCI_ANY_ADDRESS,
                           gop->registers + offset, 1, &value);
}

uint32_t config_read32(struct gop *gop, uint32_t offset)
{
    uint32_t value = 0;
    gop->pci->read_config(gop->pci, EFI_WIDTH_32, offset, 1, &value);
    return value;
}

uint16_t config_read16(struct gop *gop, uint32_t offset)
{
    uint16_t value = 0;
    gop->pci->read_config(gop->pci, EFI_WIDTH_16, offset, 1, &value);
    return value;
}

void config_write32(struct gop *gop, uint32_t offset, uint32_t value)
{
    gop->pci->write_config(gop->pci, EFI_WIDTH_32, offset, 1, &value);
}

uint64_t bar_address(struct gop *gop, unsigned number)
{
    uint32_t at = BAR0 + 4 * number;
    uint64_t address = config_read32(gop, at) & ~0xfu;
    return address | (uint64_t)config_read32(gop, at + 4) << 32;
}

void gtt_map_stolen(struct gop *gop, uint32_t size)
{
    uint64_t at = gop->registers + gop->config->gtt_offset;
    uint32_t entry[2] = { 0, 0 };
    size_t words = gop->config->pte_size / sizeof(entry[0]);
    for (uint32_t done = 0; done < size; done += EFI_PAGE_SIZE) {
        entry[0] = (uint32_t)(gop->stolen + done) | PTE_VALID;
        gop->pci->write_memory(gop->pci, EFI_WIDTH_32, EFI_PCI_ANY_ADDRESS, at, words,
                               entry);
        at += gop->config->pte_size;
    }
    register_write(gop, FLUSH_CONTROL, FLUSH_ENABLE);
}

void pipe_stop(struct gop *gop)
{
    register_write(gop, PLANE_CONTROL, 0);
    register_write(gop, PLANE_SURFACE, 0); /* takes the change over */
    register_write(gop, PIPE_CONF, 0);
}

/* The three registers of a direction. */
static void write_timing(struct gop *gop, uint32_t at, const struct gop_axis *axis)
{
    uint32_t total = (axis->total - 1u) << 16 | (axis->active - 1u);
    register_write(gop, at, total);
    register_write(gop, at + 4, total); /* blanking */
    register_write(gop, at + 8, (axis->sync_end - 1u) << 16 | (axis->sync_start - 1u));
}

void pipe_start(struct gop *gop, const struct gop_mode *mode, uint32_t pitch)
{
    uint32_t width = mode->horizontal.active - 1u, height = mode->vertical.active - 1u;
    bool universal = gop->config->universal_planes;
    pipe_stop(gop);
    register_write(gop, VGA_PLANE, VGA_PLANE_DISABLE);
    write_timing(gop, PIPE_TIMING, &mode->horizontal);
    write_timing(gop, PIPE_TIMING + 12, &mode->vertical);
    register_write(gop, PIPE_SOURCE, width << 16 | height);
    register_write(gop, PIPE_CONF, PIPE_ENABLE);
    register_write(gop, PLANE_SIZE, height << 16 | width);
    register_write(gop, PLANE_STRIDE, universal ? pitch / 64 : pitch);
    register_write(gop, PLANE_CONTROL, universal ? UNIVERSAL_PLANE : OLD_PLANE);
    register_write(gop, PLANE_POSITION, 0);
    register_write(gop, PLANE_OFFSET, 0);
    register_write(gop, PLANE_SURFACE, 0); /* takes all of it over */
}
