/* host_devices.c: host devices beside the GPU: opened, placed, shown as they are. */
#include "base/bytes.h"               /* loads */
#include "base/log.h"                 /* where a device is */
#include "devices/device.h"           /* struct device */
#include "igd/platform.h"             /* is it an Intel GPU? */
#include "machine/device_rom.h"       /* their ROMs */
#include "machine/machine_internal.h" /* struct machine */
#include "machine/slots.h"            /* their places */
#include "pci/bus.h"                  /* which places are free */
#include "vfio/address.h"             /* the same one, written in two ways */

#include <stdlib.h> /* free */

#define ROM_MAX                                                          \
    (16 * MIB) /* of a ROM BAR, PCI Local Bus Specification 3.0, 6.2.5.2 \
                */
#define CLASS_DISPLAY 0x03
#define VENDOR_INTEL  0x8086

static void device_gone(void *opaque)
{
    const struct host_device *device = opaque;
    machine_fail(device->machine, vfio_device_name(device->vfio),
                 "the device's server went away");
}

/* A host device whose address space another can share. */
static struct vfio_device *first_kernel_device(const struct machine *machine)
{
    if (machine->vfio && vfio_device_is_kernel(machine->vfio))
        return machine->vfio;
    for (unsigned i = 0; i < machine->host_device_count; i++) {
        if (vfio_device_is_kernel(machine->host_devices[i].vfio))
            return machine->host_devices[i].vfio;
    }
    return NULL;
}

static struct vfio_device *open_one(struct machine *machine, const char *where,
                                    struct error *err)
{
    bool kernel = strncmp(where, "vfio-user:", 10) != 0;
    struct vfio_device *beside = kernel ? first_kernel_device(machine) : NULL;
    if (beside)
        return vfio_device_open_beside(where, beside, machine->kvm.vm_fd, err);
    struct vfio_device *vfio = vfio_device_open_by(
        where, kernel ? machine->config.vfio_backend : VFIO_KERNEL_AUTO,
        machine->kvm.vm_fd, err);
    if (vfio)
        machine_dma_add(machine, vfio);
    return vfio;
}

/* An Intel GPU without its OpRegion and stolen memory is of no use to most guests. */
static int refuse_gpu(struct vfio_device *vfio, struct error *err)
{
    uint8_t identity[12] = { 0 };
    for (unsigned offset = 0; offset < sizeof(identity); offset += 4) {
        int result =
            vfio_device_read(vfio, VFIO_REGION_CONFIG, offset, identity + offset, 4);
        if (result < 0)
            return error_system(err, result, "%s: config space at 0x%x",
                                vfio_device_name(vfio), offset);
    }
    if (load16(identity + PCI_VENDOR_ID) != VENDOR_INTEL ||
        identity[PCI_CLASS] != CLASS_DISPLAY ||
        !igd_device_find(load16(identity + PCI_DEVICE_ID)))
        return 0;
    return error_set(err, ERROR_INPUT, -EINVAL,
                     "%s is an Intel GPU, which needs more than other devices: give it "
                     "as --device %s",
                     vfio_device_name(vfio), vfio_device_name(vfio));
}

/*
 * By its group the kernel gives a process the same device as often as it asks; by its
 * own node not even twice, and then says no more than that it is in use.
 */
static int refuse_twice(const struct machine *machine, const char *where,
                        struct error *err)
{
    char address[VFIO_ADDRESS_SIZE];
    const char *name = vfio_address_parse(where, address) == 0 ? address : where;
    bool twice = machine->vfio && !strcmp(vfio_device_name(machine->vfio), name);
    for (unsigned i = 0; i < machine->host_device_count; i++)
        twice |= !strcmp(vfio_device_name(machine->host_devices[i].vfio), name);
    return twice ? error_set(err, ERROR_INPUT, -EINVAL, "%s is given twice", name) : 0;
}

int host_devices_open(struct machine *machine, struct error *err)
{
    for (unsigned i = 0; i < machine->config.host_device_count; i++) {
        const char *where = machine->config.host_devices[i].where;
        if (refuse_twice(machine, where, err) < 0)
            return err->code;
        struct vfio_device *vfio = open_one(machine, where, err);
        if (!vfio)
            return err->code;
        struct host_device *device = &machine->host_devices[i];
        *device = (struct host_device){ .machine = machine, .vfio = vfio };
        machine->host_device_count = i + 1;
        int result = refuse_gpu(vfio, err);
        if (result < 0)
            return result;
        result = vfio_device_watch(vfio, machine->board.loop, device_gone, device);
        if (result < 0)
            return error_system(err, result, "%s", where);
    }
    return 0;
}

void host_devices_close(struct machine *machine)
{
    while (machine->host_device_count)
        vfio_device_close(machine->host_devices[--machine->host_device_count].vfio);
}

uint64_t host_devices_bar_size(const struct machine *machine)
{
    uint64_t size = 0;
    for (unsigned i = 0; i < machine->host_device_count; i++) {
        for (unsigned bar = 0; bar < PCI_BAR_COUNT; bar++) {
            const struct vfio_region *region =
                vfio_device_region(machine->host_devices[i].vfio, bar);
            size += region ? region->size : 0;
        }
    }
    return size;
}

/* Does another device want this slot? */
static bool slot_is_wanted(const struct machine *machine, unsigned slot)
{
    for (unsigned i = 0; i < machine->config.host_device_count; i++) {
        const struct machine_host_device *other = &machine->config.host_devices[i];
        if (other->placed && PCI_SLOT(other->devfn) == slot)
            return true;
    }
    return false;
}

static int choose_place(const struct machine *machine,
                        const struct machine_host_device *wanted, uint8_t *devfn,
                        struct error *err)
{
    *devfn = wanted->devfn;
    if (wanted->placed)
        return 0;
    for (unsigned slot = SLOT_HOST_DEVICE; slot < SLOT_IGD_LPC; slot++) {
        *devfn = PCI_DEVFN(slot, 0);
        if (!slot_is_wanted(machine, slot) &&
            !pci_bus_function(machine->board.pci, *devfn))
            return 0;
    }
    return error_set(err, ERROR_INPUT, -ENOSPC,
                     "%s: no slot from %02x to %02x of the guest's bus is free",
                     wanted->where, SLOT_HOST_DEVICE, SLOT_IGD_LPC - 1);
}

static int read_rom(const struct machine_host_device *wanted, struct vfio_device *vfio,
                    uint8_t **rom, size_t *size, struct error *err)
{
    *rom = NULL;
    *size = 0;
    if (wanted->no_rom)
        return 0;
    if (!wanted->rom) {
        *rom = device_rom_read(vfio, ROM_MAX, size);
        return 0;
    }
    *rom = device_rom_file(wanted->rom, ROM_MAX, size, err);
    return *rom ? 0 : err->code;
}

struct device *host_device_new(struct machine *machine, unsigned number,
                               struct error *err)
{
    const struct machine_host_device *wanted = &machine->config.host_devices[number];
    struct host_device *device = &machine->host_devices[number];
    uint8_t *rom;
    size_t rom_size;
    if (choose_place(machine, wanted, &device->devfn, err) < 0 ||
        read_rom(wanted, device->vfio, &rom, &rom_size, err) < 0)
        return NULL;
    device->assigned = assigned_new_plain(&machine->board, device->vfio, device->devfn,
                                          rom, rom_size, err);
    free(rom);
    if (!device->assigned)
        return NULL;
    log_info(vfio_device_name(device->vfio), "the guest sees it at 00:%02x.%x; %s",
             PCI_SLOT(device->devfn), PCI_FUNCTION(device->devfn),
             vfio_device_backend_text(device->vfio));
    return assigned_device(device->assigned);
}

/* A guest looks for functions 1 to 7 where function 0 says that there are some. */
static int tell_of_functions(struct machine *machine, unsigned slot, struct error *err)
{
    struct pci_function *first =
        pci_bus_function(machine->board.pci, PCI_DEVFN(slot, 0));
    bool more = false;
    for (unsigned i = 1; i < 8; i++)
        more |= pci_bus_function(machine->board.pci, PCI_DEVFN(slot, i)) != NULL;
    if (!first)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "no device is at 00:%02x.0 of the guest's bus: without one "
                         "there the guest does not find the others of slot %02x",
                         slot, slot);
    if (more) {
        first->config[PCI_HEADER_TYPE] |= PCI_HEADER_MULTI;
        first->reset_config[PCI_HEADER_TYPE] |= PCI_HEADER_MULTI;
    }
    return 0;
}

int host_devices_tell_functions(struct machine *machine, struct error *err)
{
    int result = 0;
    for (unsigned i = 0; result == 0 && i < machine->host_device_count; i++)
        result =
            tell_of_functions(machine, PCI_SLOT(machine->host_devices[i].devfn), err);
    return result;
}
