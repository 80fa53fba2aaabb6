/*
 * registers.c: config space, registers and the GTT. (Intel graphics PRMs.)
 */
#include "gop.h"

#define BAR0 0x10

#define PTE_VALID 1u

#define FLUSH_CONTROL 0x101008 /* entries of the GTT were changed */
#define FLUSH_ENABLE  1u

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

void register_change(struct gop *gop, uint32_t offset, uint32_t clear, uint32_t set)
{
    register_write(gop, offset, (register_read(gop, offset) & ~clear) | set);
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
