/* fault_words.c: DMA faults in words, for igdvm watch and igdvm run. */
#include "cmd/fault_words.h"

#include <inttypes.h> /* PRIx64 */
#include <stdio.h>    /* snprintf */

void fault_words(const struct fault_watch *watch, enum fault_event event, char *text,
                 size_t size)
{
    struct fault_place found;
    const struct fault_place *place =
        fault_places_find(watch->places, watch->address, &found);
    enum fault_cause cause = fault_watch_cause(watch);
    double seconds = watch->last - watch->begun;
    switch (event) {
    case FAULT_EVENT_FIRST:
        snprintf(text, size, "DMA fault: %s of 0x%" PRIx64 ", %s",
                 watch->write ? "write" : "read", watch->address, place->name);
        break;
    case FAULT_EVENT_BURST:
        snprintf(text, size,
                 "%u fault%s in %.1f s, then none: the harmless burst of a reset or a "
                 "handover",
                 watch->count, watch->count == 1 ? "" : "s", seconds);
        break;
    case FAULT_EVENT_STREAM:
        snprintf(text, size,
                 "faults go on, %u so far%s in %.0f s, at 0x%" PRIx64
                 " (%s): %s. To do: %s",
                 watch->count,
                 watch->dropped ? " and more that the kernel did not print" : "",
                 seconds, watch->address, place->name, fault_cause_meaning(cause),
                 fault_cause_remedy(cause));
        break;
    default:
        snprintf(text, size, "no more faults after %u in %.0f s", watch->count,
                 seconds);
    }
}
