/* faults.c: tells the harmless burst of DMA faults from a stream, and what they hit. */
#include "doctor/check.h" /* the table */

#include "host/fault_places.h" /* what addresses are */

#include <inttypes.h> /* PRIx64 */
#include <stdio.h>    /* snprintf */

/* Beside how long they went on: of many bursts, or of one that was told of late. */
#define BURST_COUNT    100
#define STREAM_WINDOWS 8 /* of five seconds, with a fault in each */

static bool is_stream(const struct log_faults *faults)
{
    return faults->longest_run > LOG_FAULT_BURST_SECONDS ||
           faults->windows >= STREAM_WINDOWS ||
           faults->late + faults->suppressed > BURST_COUNT;
}

/* What most of the addresses are, by what is known of the host's memory. */
static enum fault_cause most_likely(const struct patient *patient)
{
    const struct log_faults *faults = &patient->facts->log.faults;
    struct fault_places places;
    struct fault_place found;
    unsigned by_cause[FAULT_CAUSES] = { 0 };
    fault_places_read(&places, &patient->facts->pci, &patient->facts->console,
                      patient->igd);
    for (unsigned i = 0; i < faults->distinct; i++)
        by_cause[fault_places_find(&places, faults->addresses[i], &found)->cause]++;
    return fault_cause_most(by_cause);
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
    enum fault_cause cause = most_likely(patient);
    const char *what = fault_cause_place(cause);
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
    advise(finding, "%s", fault_cause_remedy(cause));
}
