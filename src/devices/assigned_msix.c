/* assigned_msix.c: MSI-X of an assigned device: the guest's table, an irqfd a vector.
 */
#include "base/bytes.h"                /* loads, stores */
#include "base/error.h"                /* error_system */
#include "devices/assigned_internal.h" /* struct assigned */
#include "devices/board.h"             /* irqfd */
#include "vfio/device.h"               /* the device's side */

#include <assert.h> /* static_assert */
#include <stdlib.h> /* calloc */

/* PCI Local Bus Specification 3.0, 6.8.2. */
#define CONTROL_ENABLE  0x8000
#define CONTROL_MASKED  0x4000
#define CONTROL_VECTORS 0x07ff /* less one */
#define PLACE_BAR       7u     /* bits 2:0 of the table's and the pending bits' place */
#define ENTRY_SIZE      16u
#define ENTRY_DATA      8
#define ENTRY_CONTROL   12
#define ENTRY_MASKED    1

static uint8_t *entry_of(const struct assigned_msix *msix, unsigned vector)
{
    return msix->entries + (size_t)vector * ENTRY_SIZE;
}

static uint16_t control_of(const struct assigned *assigned)
{
    return load16(assigned->function.config + assigned->msix.capability + 2);
}

/* Let one vector through, or hold it back, as the guest's table says. */
static void update_vector(struct assigned *assigned, unsigned vector)
{
    struct assigned_message *message = &assigned->msix.messages[vector];
    const uint8_t *entry = entry_of(&assigned->msix, vector);
    bool masked = control_of(assigned) & CONTROL_MASKED ||
                  load32(entry + ENTRY_CONTROL) & ENTRY_MASKED;
    int result = 0;
    if (!masked)
        result = assigned_message_set(message, assigned->board, load64(entry),
                                      load32(entry + ENTRY_DATA));
    if (masked || result < 0)
        assigned_message_unlink(message, assigned->board);
    else
        result = assigned_message_link(message, assigned->board);
    if (result < 0)
        assigned_irq_complain(assigned, "an MSI-X vector cannot be connected", result);
}

static void msix_off(struct assigned *assigned)
{
    struct assigned_msix *msix = &assigned->msix;
    if (!msix->on)
        return;
    vfio_device_set_irqs(assigned->vfio, VFIO_IRQ_MSIX, NULL, 0);
    for (unsigned i = 0; i < msix->vectors; i++) {
        assigned_message_unlink(&msix->messages[i], assigned->board);
        assigned_message_forget(&msix->messages[i]);
    }
    msix->on = false;
}

/*
 * All vectors at once: kernels before 6.5 add none to those in use without losing what
 * these send meanwhile. The hardware masks none; the guest's masks hold events back.
 */
static void msix_on(struct assigned *assigned)
{
    struct assigned_msix *msix = &assigned->msix;
    int fds[ASSIGNED_VECTORS_MAX];
    for (unsigned i = 0; i < msix->vectors; i++)
        fds[i] = msix->messages[i].fd;
    assigned_intx_off(assigned);
    assigned_message_off(assigned);
    int result =
        vfio_device_set_irqs(assigned->vfio, VFIO_IRQ_MSIX, fds, msix->vectors);
    msix->on = result == 0;
    assigned->counters.interrupts_set_up++;
    if (result < 0)
        assigned_irq_complain(assigned, "MSI-X cannot be enabled", result);
}

void assigned_msix_update(struct assigned *assigned)
{
    struct assigned_msix *msix = &assigned->msix;
    bool wanted = control_of(assigned) & CONTROL_ENABLE;
    if (!wanted && msix->on) {
        msix_off(assigned);
        assigned_intx_on(assigned);
    } else if (wanted && !msix->on)
        msix_on(assigned);
    for (unsigned i = 0; msix->on && i < msix->vectors; i++)
        update_vector(assigned, i);
}

static bool touches(uint64_t offset, uint64_t size, uint64_t start, uint64_t length)
{
    return length && offset < start + length && start < offset + size;
}

bool assigned_msix_covers(const struct assigned *assigned, unsigned bar,
                          uint64_t offset, uint64_t size)
{
    const struct assigned_msix *msix = &assigned->msix;
    return msix->capability && bar == msix->bar &&
           (touches(offset, size, msix->table.offset, msix->table.size) ||
            touches(offset, size, msix->pending.offset, msix->pending.size));
}

static uint64_t read_pending(const struct assigned_msix *msix)
{
    uint64_t pending = 0;
    for (unsigned i = 0; msix->on && i < msix->vectors; i++)
        pending |= (uint64_t)assigned_message_waits(&msix->messages[i]) << i;
    return pending;
}

uint64_t assigned_msix_read(struct assigned *assigned, uint64_t offset, unsigned size)
{
    const struct assigned_msix *msix = &assigned->msix;
    uint64_t known = (uint64_t)msix->vectors * ENTRY_SIZE;
    if (offset >= msix->table.offset &&
        range_inside(offset - msix->table.offset, size, known))
        return load_sized(msix->entries + (offset - msix->table.offset), size);
    static_assert(ASSIGNED_VECTORS_MAX <= 64, "the pending bits are one load");
    if (offset >= msix->pending.offset &&
        range_inside(offset - msix->pending.offset, size, 8))
        return read_pending(msix) >> (8 * (offset - msix->pending.offset)) &
               all_ones(size);
    return 0;
}

void assigned_msix_write(struct assigned *assigned, uint64_t offset, uint64_t value,
                         unsigned size)
{
    struct assigned_msix *msix = &assigned->msix;
    uint64_t known = (uint64_t)msix->vectors * ENTRY_SIZE;
    if (offset < msix->table.offset ||
        !range_inside(offset - msix->table.offset, size, known))
        return;
    offset -= msix->table.offset;
    store_sized(msix->entries + offset, value, size);
    if (msix->on)
        update_vector(assigned, (unsigned)(offset / ENTRY_SIZE));
}

void assigned_msix_reset(struct assigned *assigned)
{
    struct assigned_msix *msix = &assigned->msix;
    msix_off(assigned);
    for (unsigned i = 0; i < msix->vectors; i++) {
        memset(entry_of(msix, i), 0, ENTRY_SIZE);
        entry_of(msix, i)[ENTRY_CONTROL] = ENTRY_MASKED;
    }
}

void assigned_msix_free(struct assigned *assigned)
{
    struct assigned_msix *msix = &assigned->msix;
    for (unsigned i = 0; i < msix->vectors; i++)
        assigned_message_close(&msix->messages[i]);
    free(msix->entries);
}

/* A place of the capability: the BAR in bits 2:0, the offset in it above. */
static uint64_t offset_of(uint32_t place)
{
    return place & ~PLACE_BAR;
}

int assigned_msix_init(struct assigned *assigned, struct error *err)
{
    struct assigned_msix *msix = &assigned->msix;
    struct pci_function *function = &assigned->function;
    uint8_t at = assigned_find_capability(assigned, PCI_CAP_MSIX);
    if (!at || at + MSIX_CAPABILITY_SIZE > PCI_CONFIG_SIZE)
        return 0;
    assigned_emulate(assigned, at, MSIX_CAPABILITY_SIZE);
    uint8_t *capability = function->config + at;
    unsigned vectors = (load16(capability + 2) & CONTROL_VECTORS) + 1u;
    uint32_t table = load32(capability + 4), pending = load32(capability + 8);
    unsigned usable = vfio_device_irq_count(assigned->vfio, VFIO_IRQ_MSIX);
    if (usable > vectors)
        usable = vectors;
    if (usable > ASSIGNED_VECTORS_MAX)
        usable = ASSIGNED_VECTORS_MAX;
    /* The two places are in one BAR as a rule; where not, the pending bits read what
     * the hardware has, which is no host address. */
    if (usable == 0 || (table & PLACE_BAR) >= PCI_BAR_COUNT) {
        store16(capability + 2, 0); /* it is there, and cannot be enabled */
        return 0;
    }
    msix->entries = calloc(usable, ENTRY_SIZE);
    if (!msix->entries)
        return error_system(err, -ENOMEM, "MSI-X table");
    store16(capability + 2, (uint16_t)(usable - 1));
    function->write_mask[at + 3] = (CONTROL_ENABLE | CONTROL_MASKED) >> 8;
    msix->capability = at;
    msix->vectors = usable;
    msix->bar = table & PLACE_BAR;
    msix->table.offset = offset_of(table);
    msix->table.size = (uint64_t)vectors * ENTRY_SIZE;
    if ((pending & PLACE_BAR) == msix->bar) {
        msix->pending.offset = offset_of(pending);
        msix->pending.size = (vectors + 63) / 64 * 8ull;
    }
    for (unsigned i = 0; i < usable; i++)
        assigned_message_init(&msix->messages[i]);
    for (unsigned i = 0; i < usable; i++) {
        int result = assigned_message_open(&msix->messages[i]);
        if (result < 0)
            return error_system(err, result, "events of MSI-X");
    }
    assigned_msix_reset(assigned);
    return 0;
}
