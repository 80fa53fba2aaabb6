/* fault_places.c: the places of a host where its GPU's DMA may go astray. */
#include "host/fault_places.h"

#include "base/bytes.h"   /* loads */
#include "host/console.h" /* the firmware's picture */
#include "host/pci.h"     /* the devices */
#include "igd/ggc.h"      /* stolen memory */

#include <inttypes.h> /* SCNx64 */
#include <stdio.h>    /* sscanf */
#include <string.h>   /* strchr */

#define OPREGION_SIZE 0x2000

static const struct {
    const char *name, *place, *meaning, *remedy;
} causes[] = {
    [FAULT_EMPTY] = {
        .name = "empty",
        .place = "address 0",
        .meaning = "an entry of the GTT that was never written is used",
        .remedy = "harmless when it ends once the guest's driver has started; if it "
                  "does not, the guest's driver has no stolen memory or no OpRegion: "
                  "see what 'igdvm run' says of them",
    },
    [FAULT_STOLEN] = {
        .name = "stolen",
        .place = "the host's stolen memory",
        .meaning = "the VBIOS or the display still uses the host's stolen memory: a "
                   "base that was kept in the ROM, or a GTT left as the host set it",
        .remedy = "use legacy mode with igdvm run, which clears the saved base and "
                  "places the guest's stolen memory at the host's address, or QEMU "
                  "11.1 or later without x-igd-gms",
    },
    [FAULT_GTT_STOLEN] = {
        .name = "gtt-stolen",
        .place = "the host's GTT stolen memory",
        .meaning = "the guest's driver was told where the host's GTT lies (BGSM or "
                   "GSMBASE)",
        .remedy = "use a monitor that hides these registers, as igdvm run does",
    },
    [FAULT_OPREGION] = {
        .name = "opregion",
        .place = "the host's OpRegion",
        .meaning = "the guest has the host's ASLS in place of its own",
        .remedy = "give the guest an OpRegion of its own, as igdvm run does",
    },
    [FAULT_PICTURE] = {
        .name = "picture",
        .place = "the host's framebuffer",
        .meaning = "the display still shows the picture of the host's firmware",
        .remedy = "as root run: igdvm bind, which stops the framebuffer before the "
                  "GPU is given away, then restart the guest",
    },
    [FAULT_RESERVED] = {
        .name = "reserved",
        .place = "memory that firmware reserved for the device",
        .meaning = "the display still scans out the picture of the firmware",
        .remedy = "harmless until the guest's driver sets a mode; reset the guest if "
                  "it goes on after that",
    },
    [FAULT_BAR] = {
        .name = "bar",
        .place = "a BAR of its own",
        .meaning = "the GPU reads its own aperture",
        .remedy = "harmless to the host; the guest's driver maps its aperture into "
                  "the GTT",
    },
    [FAULT_OTHER_BAR] = {
        .name = "other-bar",
        .place = "another device's BAR",
        .meaning = "the guest made the GPU access another device",
        .remedy = "peer-to-peer access is not possible between assigned devices; turn "
                  "it off in the guest",
    },
    [FAULT_BEYOND] = {
        .name = "beyond",
        .place = "memory beyond the guest's",
        .meaning = "the guest's driver uses an address that is no memory of the "
                   "guest's: stale entries of the GTT",
        .remedy = "reset the guest; if it comes back, report it with the guest's "
                  "kernel log",
    },
    [FAULT_UNKNOWN] = {
        .name = "unknown",
        .place = "memory that is not the guest's",
        .meaning = "the GTT holds an entry that the guest's memory does not back",
        .remedy = "stop the guest, as root run: igdvm unbind, igdvm bind, and start "
                  "it again; if it goes on, update the guest's driver and report it "
                  "with 'igdvm snapshot'",
    },
};

const char *fault_cause_place(enum fault_cause cause)
{
    return causes[cause].place;
}

const char *fault_cause_name(enum fault_cause cause)
{
    return causes[cause].name;
}

const char *fault_cause_meaning(enum fault_cause cause)
{
    return causes[cause].meaning;
}

const char *fault_cause_remedy(enum fault_cause cause)
{
    return causes[cause].remedy;
}

static void add(struct fault_places *places, enum fault_cause cause, uint64_t start,
                uint64_t size, const char *name)
{
    if (!start || !size || places->count == FAULT_PLACES_MAX)
        return;
    struct fault_place *place = &places->places[places->count++];
    *place = (struct fault_place){ .start = start, .size = size, .cause = cause };
    snprintf(place->name, sizeof(place->name), "%s", name ? name : causes[cause].place);
}

/* What the registers of the host's own GPU say; a guest sees others. */
static void add_registers(struct fault_places *places,
                          const struct host_pci_device *igd)
{
    const struct igd_device *known = igd_device_find(igd->device);
    struct igd_ggc ggc;
    if (!known || igd->config_size < sizeof(igd->config) ||
        igd_ggc_decode(known->platform, load16(igd->config + IGD_REG_GGC), &ggc) < 0)
        return;
    uint64_t bdsm = igd_bdsm_decode(known->platform, igd->config);
    add(places, FAULT_STOLEN, bdsm, ggc.stolen_size, NULL);
    if (bdsm > ggc.gtt_size)
        add(places, FAULT_GTT_STOLEN, bdsm - ggc.gtt_size, ggc.gtt_size, NULL);
    add(places, FAULT_OPREGION, load32(igd->config + IGD_REG_ASLS), OPREGION_SIZE,
        NULL);
}

/* Lines "0x... 0x... direct-relaxable" (Linux iommu: reserved_regions). */
static void add_reserved(struct fault_places *places, const char *text)
{
    while (text && *text) {
        uint64_t start, end;
        char type[24];
        if (sscanf(text, "%" SCNx64 " %" SCNx64 " %23s", &start, &end, type) == 3 &&
            strncmp(type, "direct", 6) == 0 && end >= start)
            add(places, FAULT_RESERVED, start, end - start + 1, NULL);
        text = strchr(text, '\n');
        text += text != NULL;
    }
}

static void add_picture(struct fault_places *places, const struct host_console *console)
{
    for (unsigned i = 0; i < console->claim_count; i++) {
        const struct host_claim *claim = &console->claims[i];
        /* The ports of a picture's owner are below. */
        if (claim->start >= MIB && claim->end >= claim->start &&
            host_console_is_firmware(claim->name))
            add(places, FAULT_PICTURE, claim->start, claim->end - claim->start + 1,
                NULL);
    }
}

static void add_bars(struct fault_places *places, const struct host_pci *pci,
                     const struct host_pci_device *own)
{
    char name[48];
    for (unsigned bar = 0; bar < 6; bar++) {
        snprintf(name, sizeof(name), "BAR %u of %s", bar, own->address);
        if (bar != 4) /* I/O ports */
            add(places, FAULT_BAR, own->bar_start[bar], own->bar_size[bar], name);
    }
    for (unsigned i = 0; i < pci->count; i++) {
        const struct host_pci_device *device = &pci->devices[i];
        for (unsigned bar = 0; device != own && bar < 6; bar++) {
            snprintf(name, sizeof(name), "BAR %u of %s", bar, device->address);
            /* Ports are small numbers, memory never is. */
            if (device->bar_start[bar] >= MIB)
                add(places, FAULT_OTHER_BAR, device->bar_start[bar],
                    device->bar_size[bar], name);
        }
    }
}

void fault_places_read(struct fault_places *places, const struct host_pci *pci,
                       const struct host_console *console,
                       const struct host_pci_device *device)
{
    const struct host_pci_device *igd = host_pci_igd(pci);
    *places = (struct fault_places){ 0 };
    if (igd)
        add_registers(places, igd);
    add_picture(places, console);
    if (igd && igd == device)
        add_reserved(places, pci->reserved_regions);
    add_bars(places, pci, device);
}

const struct fault_place *fault_places_find(const struct fault_places *places,
                                            uint64_t address, struct fault_place *found)
{
    enum fault_cause cause = FAULT_UNKNOWN;
    for (unsigned i = 0; i < places->count; i++) {
        if (address - places->places[i].start < places->places[i].size)
            return &places->places[i];
    }
    if (address < 0x1000)
        cause = FAULT_EMPTY;
    else if (places->guest_end && address >= places->guest_end)
        cause = FAULT_BEYOND;
    *found = (struct fault_place){ .start = address, .size = 1, .cause = cause };
    snprintf(found->name, sizeof(found->name), "%s", causes[cause].place);
    return found;
}

enum fault_cause fault_cause_most(const unsigned by_cause[FAULT_CAUSES])
{
    enum fault_cause most = FAULT_UNKNOWN;
    for (unsigned cause = 0; cause < FAULT_CAUSES; cause++) {
        if (by_cause[cause] > by_cause[most])
            most = (enum fault_cause)cause;
    }
    return most;
}
