/* pci_rom.c: the expansion ROM of an emulated function. */
#include "devices/pci_rom.h"

#include "base/bytes.h"     /* loads, stores */
#include "base/error.h"     /* error_set */
#include "devices/board.h"  /* mapping it */
#include "pci/function.h"   /* the window */
#include "pci/option_rom.h" /* the images */

#include <sys/mman.h> /* mmap */

#define SMALLEST 4096u /* what can be mapped */

/* PCI Firmware 3.0: the bytes of a PC-AT image sum to 0; this one is not used
 * otherwise.
 */
#define CHECKSUM 6

static uint64_t rom_read(void *opaque, uint64_t offset, unsigned size)
{
    const struct pci_rom *rom = opaque;
    return range_inside(offset, size, rom->size) ? load_sized(rom->bytes + offset, size)
                                                 : 0;
}

static const struct range_ops rom_ops = { rom_read, NULL, NULL };

/* An image's identifiers, and the sum that was right before. */
static void identify(uint8_t *rom, const struct option_rom_image *image,
                     const struct pci_function *function)
{
    uint8_t *at = rom + image->pcir;
    uint8_t *sum = rom + image->offset + CHECKSUM;
    uint8_t before = byte_sum(at + OPTION_ROM_PCIR_VENDOR, 4);
    memcpy(at + OPTION_ROM_PCIR_VENDOR, function->config + PCI_VENDOR_ID, 4);
    if (image->code_type == OPTION_ROM_CODE_PC_AT)
        *sum = (uint8_t)(*sum + before - byte_sum(at + OPTION_ROM_PCIR_VENDOR, 4));
}

static int identify_all(struct pci_rom *rom, size_t size,
                        const struct pci_function *function, struct error *err)
{
    struct option_rom_image image;
    int result = option_rom_read(rom->bytes, size, 0, &image, err);
    if (result < 0)
        return result;
    do
        identify(rom->bytes, &image, function);
    while ((result = option_rom_next(rom->bytes, size, &image, err)) > 0);
    return result;
}

int pci_rom_init(struct pci_rom *rom, struct board *board,
                 struct pci_function *function, const uint8_t *bytes, size_t size,
                 struct error *err)
{
    if (size > PCI_ROM_LARGEST)
        return error_set(err, ERROR_INPUT, -EFBIG, "%zu bytes, expected at most %u",
                         size, PCI_ROM_LARGEST);
    rom->board = board;
    rom->size = SMALLEST;
    while (rom->size < size)
        rom->size *= 2;
    void *memory = mmap(NULL, rom->size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return error_system(err, -errno, "ROM of %zu bytes", size);
    rom->bytes = memory;
    memcpy(rom->bytes, bytes, size);
    int result = identify_all(rom, size, function, err);
    if (result < 0) {
        pci_rom_free(rom);
        return result;
    }
    rom->range = (struct range){ .name = "rom", .ops = &rom_ops, .opaque = rom };
    function->windows[PCI_ROM_SLOT] =
        (struct pci_window){ .size = rom->size, .range = &rom->range };
    return 0;
}

void pci_rom_window_changed(struct pci_rom *rom, const struct pci_function *function)
{
    const struct pci_window *window = &function->windows[PCI_ROM_SLOT];
    if (rom->mapped)
        board_unmap(rom->board, window->address, window->size);
    /* Where it cannot be mapped, over something else perhaps, reads exit. */
    rom->mapped = window->mapped && board_map(rom->board, window->address, rom->bytes,
                                              window->size, BOARD_MAP_READ_ONLY) == 0;
}

void pci_rom_free(struct pci_rom *rom)
{
    if (rom->bytes) {
        space_remove(&rom->range);
        munmap(rom->bytes, rom->size);
    }
    rom->bytes = NULL;
}
