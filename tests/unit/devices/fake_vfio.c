/* fake_vfio.c: a GPU's VFIO device in memory, which records. */
#include "fake_vfio.h"

#include "base/bytes.h" /* stores */
#include "pci/regs.h"   /* registers */

#include <errno.h>      /* results */
#include <linux/vfio.h> /* VFIO_IRQ_SET_* */
#include <stdlib.h>     /* calloc */
#include <sys/mman.h>   /* memfd_create */
#include <unistd.h>     /* close */

#define MSI_AT 0xac

static uint8_t *bytes_of(struct fake_vfio *fake, unsigned region)
{
    switch (region) {
    case 0:
        return fake->bars[0];
    case 2:
        return fake->bars[1];
    case 4:
        return fake->ports;
    case VFIO_REGION_CONFIG:
        return fake->config;
    default:
        return fake->vga;
    }
}

static int fake_read(struct vfio_device *device, unsigned region, uint64_t offset,
                     void *data, size_t size)
{
    memcpy(data, bytes_of((struct fake_vfio *)device, region) + offset, size);
    return 0;
}

static int fake_write(struct vfio_device *device, unsigned region, uint64_t offset,
                      const void *data, size_t size)
{
    struct fake_vfio *fake = (struct fake_vfio *)device;
    memcpy(bytes_of(fake, region) + offset, data, size);
    for (size_t i = 0; region == VFIO_REGION_CONFIG && i < size; i++)
        fake->writes[offset + i]++;
    return 0;
}

static void *fake_map(struct vfio_device *device, unsigned region, uint64_t offset,
                      uint64_t size, int protection)
{
    struct fake_vfio *fake = (struct fake_vfio *)device;
    if (fake->refuse_maps) {
        errno = EBUSY;
        return MAP_FAILED;
    }
    return mmap(NULL, size, protection, MAP_SHARED, fake->fds[region / 2],
                (off_t)offset);
}

static int fake_set_irqs(struct vfio_device *device, uint32_t flags, unsigned index,
                         unsigned start, const int *fds, unsigned count)
{
    struct fake_vfio *fake = (struct fake_vfio *)device;
    int fd = count && fds ? fds[0] : -1;
    if (fake->refuse_irqs && count)
        return -EIO;
    if (index == VFIO_IRQ_MSIX) {
        fake->vector_count = count;
        if (count)
            memcpy(fake->vectors, fds, count * sizeof(*fds));
    } else if ((flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) == VFIO_IRQ_SET_ACTION_UNMASK)
        fake->unmask = fd;
    else
        fake->irqs[index] = fd;
    if (index == VFIO_IRQ_INTX && !count)
        fake->unmask = -1;
    return 0;
}

static int fake_reset(struct vfio_device *device, struct error *err)
{
    struct fake_vfio *fake = (struct fake_vfio *)device;
    fake->resets++;
    fake->reset_command = load16(fake->config + PCI_COMMAND);
    return 0;
}

static void fake_close(struct vfio_device *device)
{
}

static const struct vfio_backend backend = { .read = fake_read,
                                             .write = fake_write,
                                             .map = fake_map,
                                             .set_irqs = fake_set_irqs,
                                             .reset = fake_reset,
                                             .close = fake_close };

static void make_config(struct fake_vfio *fake, uint16_t msi_control)
{
    uint8_t *config = fake->config;
    store32(config, 0x19128086);
    config[PCI_STATUS] = PCI_STATUS_CAPABILITIES;
    config[PCI_CLASS] = 3;
    store32(config + PCI_BAR(0), PCI_BAR_64);
    store32(config + PCI_BAR(2), PCI_BAR_64 | PCI_BAR_PREFETCH);
    store32(config + PCI_BAR(4), PCI_BAR_IO);
    config[PCI_INTERRUPT_PIN] = 1;
    config[PCI_CAPABILITIES] = MSI_AT;
    config[MSI_AT] = PCI_CAP_MSI;
    store16(config + MSI_AT + 2, msi_control);
}

static void add_region(struct fake_vfio *fake, unsigned index, uint64_t size, bool map)
{
    struct vfio_region *region = &fake->device.regions[index];
    *region =
        (struct vfio_region){ .index = index,
                              .flags = VFIO_REGION_READABLE | VFIO_REGION_WRITEABLE,
                              .size = size };
    if (map) {
        region->flags |= VFIO_REGION_MAPPABLE;
        region->area_count = 1;
        region->areas[0] = (struct vfio_area){ 0, size };
    }
}

struct fake_vfio *fake_vfio_new(uint16_t msi_control)
{
    static const uint64_t sizes[] = { FAKE_BAR0_SIZE, FAKE_BAR2_SIZE };
    struct fake_vfio *fake = calloc(1, sizeof(*fake));
    if (!fake)
        return NULL;
    vfio_device_init(&fake->device, &backend);
    strcpy(fake->device.name, "0000:00:02.0");
    fake->device.can_reset = true;
    fake->device.region_count = VFIO_REGION_VGA + 1;
    fake->device.irq_counts[VFIO_IRQ_INTX] = fake->device.irq_counts[VFIO_IRQ_MSI] = 1;
    fake->irqs[0] = fake->irqs[1] = fake->unmask = -1;
    for (unsigned i = 0; i < 2; i++) {
        fake->fds[i] = memfd_create("BAR", MFD_CLOEXEC);
        if (fake->fds[i] < 0 || ftruncate(fake->fds[i], (off_t)sizes[i]) < 0)
            abort();
        fake->bars[i] =
            mmap(NULL, sizes[i], PROT_READ | PROT_WRITE, MAP_SHARED, fake->fds[i], 0);
        if (fake->bars[i] == MAP_FAILED)
            abort();
        add_region(fake, 2 * i, sizes[i], true);
    }
    add_region(fake, 4, FAKE_BAR4_SIZE, false);
    add_region(fake, VFIO_REGION_CONFIG, sizeof(fake->config), false);
    add_region(fake, VFIO_REGION_VGA, sizeof(fake->vga), false);
    make_config(fake, msi_control);
    return fake;
}

void fake_vfio_add_msix(struct fake_vfio *fake)
{
    uint8_t *config = fake->config;
    config[MSI_AT + 1] = FAKE_MSIX;
    config[FAKE_MSIX] = PCI_CAP_MSIX;
    store16(config + FAKE_MSIX + 2, FAKE_VECTORS - 1);
    store32(config + FAKE_MSIX + 4, FAKE_MSIX_TABLE | 2);
    store32(config + FAKE_MSIX + 8, FAKE_MSIX_PENDING | 2);
    fake->device.irq_counts[VFIO_IRQ_MSIX] = FAKE_VECTORS;
}

void fake_vfio_free(struct fake_vfio *fake)
{
    munmap(fake->bars[0], FAKE_BAR0_SIZE);
    munmap(fake->bars[1], FAKE_BAR2_SIZE);
    close(fake->fds[0]);
    close(fake->fds[1]);
    vfio_device_finish(&fake->device);
    free(fake);
}
