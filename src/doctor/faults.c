/* faults.c: tells the harmless burst of DMA faults from a stream, and what they hit. */
#include "doctor/check.h" /* the table */

#include "base/bytes.h" /* MIB */

#include <inttypes.h> /* PRIx64 */
#include <stdio.h>    /* snprintf */

/* Beside how long they went on: of many bursts, or of one that was told of late. */
#define BURST_COUNT    100
#define STREAM_WINDOWS 8 /* of five seconds, with a fault in each */

static bool is_stream(const struct log_faults *faults)
{
    return faults->longest_run > LOG_FAULT_BURST_SECONDS ||
           faults->windows >= STREAM_WINDOWS ||
           faults->count + faults->suppressed > BURST_COUNT;
}

/* What most of the addresses are. */
enum place { PLACE_OTHER, PLACE_STOLEN, PLACE_PICTURE };

static const struct {
    const char *words, *remedy;
} places[] = {
    [PLACE_OTHER] = { "memory that is not the guest's",
                      "stop the guest, as root run: igdvm unbind, igdvm bind, and "
                      "start "
                      "it again; if it goes on, update the guest's driver" },
    [PLACE_STOLEN] = { "the host's stolen memory",
                       "the VBIOS or the driver in the guest still uses the host's "
                       "stolen memory: use igdvm, or QEMU 11.1 or later, which clear "
                       "what the VBIOS saved, without x-igd-gms" },
    [PLACE_PICTURE] = { "the host's framebuffer", "the display engine still shows the "
                                                  "host's picture: as root run "
                                                  "igdvm bind, which stops the "
                                                  "framebuffer before the GPU is given "
                                                  "away, then restart the guest" },
};

/* By what is known of the host's memory. */
static enum place find_place(const struct patient *patient)
{
    const struct log_faults *faults = &patient->facts->log.faults;
    const struct igd_examined *examined = &patient->examined;
    const struct host_console *console = &patient->facts->console;
    unsigned stolen = 0, picture = 0;
    for (unsigned i = 0; i < faults->distinct; i++) {
        uint64_t address = faults->addresses[i];
        if (examined->bdsm && address >= examined->bdsm &&
            address - examined->bdsm < examined->ggc.stolen_size)
            stolen++;
        for (unsigned j = 0; j < console->claim_count; j++) {
            if (console->claims[j].end && address >= console->claims[j].start &&
                address <= console->claims[j].end) {
                picture++;
                break;
            }
        }
    }
    if (stolen * 2 > faults->distinct)
        return PLACE_STOLEN;
    if (picture * 2 > faults->distinct)
        return PLACE_PICTURE;
    return PLACE_OTHER;
}

void check_faults(const struct patient *patient, enum doctor_mode mode,
                  struct finding *finding)
{
    const struct log_faults *faults = &patient->facts->log.faults;
    (void)mode;
    if (!patient->facts->log.text || !patient->igd) {
        skipped(finding);
        return;
    }
    if (!faults->count) {
        ok(finding, "the kernel log has no DMA fault of the GPU%s%s",
           faults->others ? ", only of " : "", faults->other);
        return;
    }
    enum place place = find_place(patient);
    const char *what = places[place].words;
    bool given = igd_driven_by(patient, "vfio-pci") ||
                 host_log_has(&patient->facts->log, LOG_VFIO_USED);
    if (!is_stream(faults) || !given) {
        warned(finding, "%u DMA faults of the GPU in %.0f s, at 0x%" PRIx64 "%s: %s%s",
               faults->count, faults->last - faults->first, faults->addresses[0],
               faults->distinct > 1 ? " and others" : "", what,
               given ? "; a short burst after a reset is harmless"
                     : "; the host's own driver made them");
        return;
    }
    failed(finding,
           "%u DMA faults of the GPU over %.0f s (%u reads, %u writes), at 0x%" PRIx64
           "%s: %s",
           faults->count, faults->last - faults->first, faults->reads, faults->writes,
           faults->addresses[0], faults->distinct > 1 ? " and others" : "", what);
    finding->symptom = true;
    advise(finding, "%s", places[place].remedy);
}
