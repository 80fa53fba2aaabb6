/* assigned_bars.c: the BARs and the ROM of an assigned device. */
#include "base/bytes.h"                /* rounding */
#include "base/error.h"                /* error objects */
#include "base/log.h"                  /* slow paths are worth a line */
#include "devices/assigned_internal.h" /* struct assigned */
#include "devices/board.h"             /* board_map */
#include "vfio/device.h"               /* regions */

#include <inttypes.h> /* PRIx64 */
#include <sys/mman.h> /* the ROM's pages */

#define PAGE  0x1000ull
#define IOBAR 4 /* of an Intel GPU; other devices have no overlay */

/* In it MMIO_Index (Intel PRM "IOBAR"): chooses what MMIO_Data reaches, no more. */
#define IOBAR_INDEX_SIZE 4

static uint64_t bar_read(void *opaque, uint64_t offset, unsigned size)
{
    struct assigned_bar *bar = opaque;
    struct assigned *assigned = bar->assigned;
    uint64_t raw = 0;

    assigned->counters.bar_reads[bar->index]++;
    if (assigned_msix_covers(assigned, bar->index, offset, size))
        return assigned_msix_read(assigned, offset, size);
    if (vfio_device_read(assigned->vfio, bar->index, offset, &raw, size) < 0)
        return all_ones(size);
    if (bar->index == 0)
        raw = igd_overlay_mmio_read(&assigned->overlay, offset, size, raw);
    else if (bar->index == IOBAR && size <= 4)
        raw = igd_overlay_io_read(&assigned->overlay, (unsigned)offset, size,
                                  (uint32_t)raw);
    return raw;
}

static void bar_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct assigned_bar *bar = opaque;
    struct assigned *assigned = bar->assigned;
    unsigned lanes = (1u << size) - 1;

    assigned->counters.bar_writes[bar->index]++;
    if (assigned_msix_covers(assigned, bar->index, offset, size)) {
        assigned_msix_write(assigned, offset, value, size);
        return;
    }
    if (bar->index == 0)
        lanes = igd_overlay_mmio_write(&assigned->overlay, offset, size, value);
    else if (bar->index == IOBAR && size <= 4)
        lanes = igd_overlay_io_write(&assigned->overlay, (unsigned)offset, size,
                                     (uint32_t)value);
    if (lanes == (1u << size) - 1) {
        vfio_device_write(assigned->vfio, bar->index, offset, &value, size);
        return;
    }
    for (unsigned i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)(value >> (8 * i));
        if (lanes & (1u << i))
            vfio_device_write(assigned->vfio, bar->index, offset + i, &byte, 1);
    }
}

static const struct range_ops bar_ops = { bar_read, bar_write };

/* The ROM is mapped; what still arrives are writes, which vanish. */
static uint64_t rom_read(void *opaque, uint64_t offset, unsigned size)
{
    const struct assigned *assigned = opaque;
    return load_sized((const uint8_t *)assigned->rom + offset, size);
}

static const struct range_ops rom_ops = { rom_read, NULL };

static void add_piece(struct assigned_bar *bar, uint64_t offset, uint64_t size)
{
    struct assigned *assigned = bar->assigned;
    struct error err = { 0 };

    /* A BAR smaller than a page shares its page: trapped. */
    if (size < PAGE || bar->piece_count >= ASSIGNED_MAX_PIECES)
        return;
    void *host = vfio_device_map(assigned->vfio, bar->index, offset, size, &err);
    if (!host) {
        log_warning(vfio_device_name(assigned->vfio),
                    "BAR%u is not mapped, each access will be slow: %s", bar->index,
                    err.text);
        return;
    }
    bar->pieces[bar->piece_count++] =
        (struct assigned_piece){ .offset = offset, .size = size, .host = host };
    assigned->counters.mapped_pages[bar->index] += size / PAGE;
}

/* Does this page hold something of ours? */
static bool page_is_trapped(const struct assigned_bar *bar, uint64_t page)
{
    const struct assigned *assigned = bar->assigned;
    return (bar->index == 0 &&
            igd_overlay_mmio_covers(&assigned->overlay, page, PAGE)) ||
           assigned_msix_covers(assigned, bar->index, page, PAGE);
}

/* Map an area but for the pages that hold a virtualised register or MSI-X's table. */
static void map_area(struct assigned_bar *bar, const struct vfio_area *area)
{
    const struct assigned *assigned = bar->assigned;
    bool has_holes = (bar->index == 0 && assigned->plan) ||
                     (assigned->msix.capability && assigned->msix.bar == bar->index);
    uint64_t start = area->offset;
    uint64_t end = area->offset + area->size;

    for (uint64_t page = start; has_holes && page < end; page += PAGE) {
        if (!page_is_trapped(bar, page))
            continue;
        add_piece(bar, start, page - start);
        start = page + PAGE;
    }
    add_piece(bar, start, end - start);
}

static void bar_init(struct assigned *assigned, unsigned index)
{
    const struct vfio_region *region = vfio_device_region(assigned->vfio, index);
    struct assigned_bar *bar = &assigned->bars[index];
    struct pci_window *window = &assigned->function.windows[index];

    bar->assigned = assigned;
    bar->index = index;
    if (!region || region->size == 0 || !is_power_of_two(region->size))
        return;
    uint32_t flags = 0;
    if (vfio_device_read(assigned->vfio, VFIO_REGION_CONFIG, PCI_BAR(index), &flags,
                         4) < 0)
        return;
    window->size = region->size;
    window->flags = flags & PCI_BAR_IO ? PCI_BAR_IO : flags & 0xe;
    window->range = &bar->trapped;
    bar->trapped =
        (struct range){ .name = "assigned BAR", .ops = &bar_ops, .opaque = bar };
    if (window->flags & PCI_BAR_IO)
        return;
    for (unsigned i = 0; i < region->area_count; i++)
        map_area(bar, &region->areas[i]);
    assigned->counters.trapped_pages[index] =
        (region->size + PAGE - 1) / PAGE - assigned->counters.mapped_pages[index];
}

static int rom_init(struct assigned *assigned, const struct assigned_rom *given,
                    struct error *err)
{
    if (!given->bytes)
        return 0;
    uint64_t size = PAGE;
    while (size < given->size)
        size *= 2;
    void *rom =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (rom == MAP_FAILED)
        return error_system(err, -errno, "ROM");
    memset(rom, 0xff, size);
    memcpy(rom, given->bytes, given->size);
    assigned->rom = rom;
    assigned->rom_size = size;
    assigned->rom_range =
        (struct range){ .name = "assigned ROM", .ops = &rom_ops, .opaque = assigned };
    assigned->function.windows[PCI_ROM_SLOT] =
        (struct pci_window){ .size = size, .range = &assigned->rom_range };
    return 0;
}

int assigned_bars_init(struct assigned *assigned, const struct assigned_rom *rom,
                       struct error *err)
{
    for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
        bar_init(assigned, i);
        if (assigned->function.windows[i].flags & PCI_BAR_64)
            i++;
    }
    return rom_init(assigned, rom, err);
}

static void unmap_piece(struct assigned *assigned, uint64_t base,
                        struct assigned_piece *piece)
{
    if (piece->in_guest)
        board_unmap(assigned->board, base + piece->offset, piece->size);
    piece->in_guest = false;
}

void assigned_bars_free(struct assigned *assigned)
{
    for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
        struct assigned_bar *bar = &assigned->bars[i];
        for (unsigned j = 0; j < bar->piece_count; j++)
            munmap(bar->pieces[j].host, bar->pieces[j].size);
        space_remove(&bar->trapped);
    }
    space_remove(&assigned->rom_range);
    if (assigned->rom)
        munmap(assigned->rom, assigned->rom_size);
}

void assigned_window_changed(struct pci_function *function, unsigned index)
{
    struct assigned *assigned = function->opaque;
    const struct pci_window *window = &function->windows[index];

    if (index == PCI_ROM_SLOT) {
        if (window->mapped)
            assigned->rom_in_guest =
                board_map(assigned->board, window->address, assigned->rom,
                          assigned->rom_size, BOARD_MAP_READ_ONLY) == 0;
        else if (assigned->rom_in_guest) {
            board_unmap(assigned->board, window->address, assigned->rom_size);
            assigned->rom_in_guest = false;
        }
        return;
    }
    if (index == IOBAR && assigned->plan && window->flags & PCI_BAR_IO)
        board_gather_writes(assigned->board, window->address, IOBAR_INDEX_SIZE, true,
                            window->mapped);
    struct assigned_bar *bar = &assigned->bars[index];
    for (unsigned i = 0; i < bar->piece_count; i++) {
        struct assigned_piece *piece = &bar->pieces[i];
        if (!window->mapped) {
            unmap_piece(assigned, window->address, piece);
            continue;
        }
        /* Where the guest puts a BAR over RAM, RAM stays; accesses are trapped. */
        int result = board_map(assigned->board, window->address + piece->offset,
                               piece->host, piece->size, 0);
        piece->in_guest = result == 0;
        if (result < 0)
            log_debug(function->name, "BAR%u at 0x%" PRIx64 " stays trapped: %d", index,
                      window->address, result);
    }
}
