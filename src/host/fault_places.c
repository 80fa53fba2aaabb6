/* fault_places.c: the places of a host where its GPU's DMA may go astray. */
#include "host/fault_places.h"

#include "base/bytes.h" /* loads */
#include "igd/ggc.h"    /* stolen memory */

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

void fault_places_add_gpu(struct fault_places *places, uint16_t id,
                          const uint8_t config[256])
{
    const struct igd_device *known = igd_device_find(id);
    struct igd_ggc ggc;
    if (!known || igd_ggc_decode(igd_device_platform(known),
                                 load16(config + IGD_REG_GGC), &ggc) < 0)
        return;
    uint64_t bdsm = igd_bdsm_decode(igd_device_platform(known), config);
    add(places, FAULT_STOLEN, bdsm, ggc.stolen_size, NULL);
    if (bdsm > ggc.gtt_size)
        add(places, FAULT_GTT_STOLEN, bdsm - ggc.gtt_size, ggc.gtt_size, NULL);
    add(places, FAULT_OPREGION, load32(config + IGD_REG_ASLS), OPREGION_SIZE, NULL);
}

/* Lines "0x... 0x... direct-relaxable" (Linux iommu: reserved_regions). */
void fault_places_add_reserved(struct fault_places *places, const char *text)
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

void fault_places_add_picture(struct fault_places *places, uint64_t start,
                              uint64_t size)
{
    add(places, FAULT_PICTURE, start, size, NULL);
}

void fault_places_add_bar(struct fault_places *places, bool own, const char *address,
                          unsigned bar, uint64_t start, uint64_t size)
{
    char name[48];
    /* Ports are small numbers, memory never is. */
    if (start < MIB)
        return;
    snprintf(name, sizeof(name), "BAR %u of %s", bar, address);
    add(places, own ? FAULT_BAR : FAULT_OTHER_BAR, start, size, name);
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
