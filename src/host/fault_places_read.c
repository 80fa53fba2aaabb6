/* fault_places_read.c: the places of an examined host, or capture of one. */
#include "base/bytes.h"        /* MIB */
#include "host/console.h"      /* the firmware's picture */
#include "host/fault_places.h" /* what is filled */
#include "host/pci.h"          /* the devices */

static void add_picture(struct fault_places *places, const struct host_console *console)
{
    for (unsigned i = 0; i < console->claim_count; i++) {
        const struct host_claim *claim = &console->claims[i];
        /* The ports of a picture's owner are below. */
        if (claim->start >= MIB && claim->end >= claim->start &&
            host_console_is_firmware(claim->name))
            fault_places_add_picture(places, claim->start,
                                     claim->end - claim->start + 1);
    }
}

static void add_bars(struct fault_places *places, const struct host_pci_device *device,
                     bool own)
{
    for (unsigned bar = 0; bar < 6; bar++)
        fault_places_add_bar(places, own, device->address, bar, device->bar_start[bar],
                             device->bar_size[bar]);
}

void fault_places_read(struct fault_places *places, const struct host_pci *pci,
                       const struct host_console *console,
                       const struct host_pci_device *device)
{
    const struct host_pci_device *igd = host_pci_igd(pci);
    *places = (struct fault_places){ 0 };
    if (igd && igd->config_size == sizeof(igd->config))
        fault_places_add_gpu(places, igd->device, igd->config);
    add_picture(places, console);
    if (igd && igd == device)
        fault_places_add_reserved(places, pci->reserved_regions);
    add_bars(places, device, true);
    for (unsigned i = 0; i < pci->count; i++) {
        if (&pci->devices[i] != device)
            add_bars(places, &pci->devices[i], false);
    }
}
