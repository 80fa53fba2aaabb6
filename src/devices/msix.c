/* msix.c: the MSI-X table of an emulated function. */
#include "devices/msix.h"

#include "base/bytes.h"    /* loads, stores */
#include "base/error.h"    /* errno values */
#include "devices/board.h" /* messages */
#include "pci/function.h"  /* the capability */

#define ENTRY_SIZE     16
#define ENTRY_DATA     8
#define ENTRY_CONTROL  12
#define ENTRY_MASKED   1
#define PENDING_OFFSET 0x800

#define CAPABILITY_SIZE 12
#define CONTROL_ENABLE  0x8000
#define CONTROL_MASK    0x4000

static uint16_t control(const struct msix *msix)
{
    return load16(msix->function->config + msix->capability + 2);
}

bool msix_enabled(const struct msix *msix)
{
    return control(msix) & CONTROL_ENABLE;
}

static bool masked(const struct msix *msix, unsigned vector)
{
    return (control(msix) & CONTROL_MASK) ||
           (load32(msix->table + (size_t)vector * ENTRY_SIZE + ENTRY_CONTROL) &
            ENTRY_MASKED);
}

bool msix_message(const struct msix *msix, unsigned vector, uint64_t *address,
                  uint32_t *data)
{
    if (vector >= msix->vectors || !msix_enabled(msix) || masked(msix, vector))
        return false;
    const uint8_t *entry = msix->table + (size_t)vector * ENTRY_SIZE;
    *address = load64(entry);
    *data = load32(entry + ENTRY_DATA);
    return true;
}

void msix_signal(struct msix *msix, unsigned vector)
{
    uint64_t address;
    uint32_t data;
    if (msix_message(msix, vector, &address, &data))
        board_signal_msi(msix->board, address, data);
    else if (vector < msix->vectors && msix_enabled(msix))
        msix->pending |= 1ull << vector;
}

void msix_config_written(struct msix *msix)
{
    if (msix->changed)
        msix->changed(msix->opaque);
    if (!msix_enabled(msix))
        return;
    for (unsigned vector = 0; vector < msix->vectors; vector++) {
        if (!(msix->pending >> vector & 1) || masked(msix, vector))
            continue;
        msix->pending &= ~(1ull << vector);
        msix_signal(msix, vector);
    }
}

static uint64_t msix_read(void *opaque, uint64_t offset, unsigned size)
{
    const struct msix *msix = opaque;
    uint64_t table_size = (uint64_t)msix->vectors * ENTRY_SIZE;
    if (range_inside(offset, size, table_size))
        return load_sized(msix->table + offset, size);
    if (offset >= PENDING_OFFSET && range_inside(offset - PENDING_OFFSET, size, 8))
        return msix->pending >> (8 * (offset - PENDING_OFFSET));
    return 0;
}

static void msix_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct msix *msix = opaque;
    if (!range_inside(offset, size, (uint64_t)msix->vectors * ENTRY_SIZE))
        return;
    store_sized(msix->table + offset, value, size);
    msix_config_written(msix);
}

static const struct range_ops msix_ops = { msix_read, msix_write };

void msix_reset(struct msix *msix)
{
    memset(msix->table, 0, sizeof(msix->table));
    for (unsigned vector = 0; vector < msix->vectors; vector++)
        msix->table[vector * ENTRY_SIZE + ENTRY_CONTROL] = ENTRY_MASKED;
    msix->pending = 0;
}

int msix_init(struct msix *msix, struct board *board, struct pci_function *function,
              unsigned offset, unsigned bar, unsigned vectors)
{
    if (vectors == 0 || vectors > MSIX_VECTORS_MAX)
        return -EINVAL;
    int at =
        pci_function_add_capability(function, PCI_CAP_MSIX, offset, CAPABILITY_SIZE);
    if (at < 0)
        return at;
    uint8_t *capability = function->config + at;
    store16(capability + 2, (uint16_t)(vectors - 1));
    function->write_mask[at + 3] = (CONTROL_ENABLE | CONTROL_MASK) >> 8;
    store32(capability + 4, bar);
    store32(capability + 8, PENDING_OFFSET | bar);
    msix->board = board;
    msix->function = function;
    msix->capability = (unsigned)at;
    msix->vectors = vectors;
    msix->range = (struct range){ .name = "msi-x", .ops = &msix_ops, .opaque = msix };
    function->windows[bar] =
        (struct pci_window){ .size = MSIX_WINDOW_SIZE, .range = &msix->range };
    msix_reset(msix);
    return 0;
}
