/* fault_watch.c: follows a device's DMA faults over time. */
#include "host/fault_watch.h"

#include <stdio.h>  /* snprintf */
#include <string.h> /* strcmp */

void fault_watch_start(struct fault_watch *watch, const char *device,
                       const struct fault_places *places)
{
    *watch = (struct fault_watch){ .places = places };
    snprintf(watch->device, sizeof(watch->device), "%s", device);
}

/* "dmar_fault: 123 callbacks suppressed" */
static bool take_dropped(struct fault_watch *watch, const char *line)
{
    unsigned dropped;
    const char *at = strstr(line, "dmar_fault: ");
    if (!at || sscanf(at, "dmar_fault: %9u callbacks", &dropped) != 1)
        return false;
    if (watch->last_is_other)
        return false;
    watch->dropped += dropped;
    return watch->count > 0; /* of other devices' faults otherwise, as likely */
}

enum fault_event fault_watch_line(struct fault_watch *watch, const char *line,
                                  double now)
{
    struct log_fault fault;
    struct fault_place place;
    if (!host_log_parse_fault(line, &fault)) {
        if (take_dropped(watch, line))
            watch->last = now;
        return FAULT_EVENT_NONE;
    }
    watch->last_is_other = strcmp(fault.device, watch->device) != 0;
    if (watch->last_is_other)
        return FAULT_EVENT_NONE;
    bool first = !watch->count++;
    if (first)
        watch->begun = now;
    watch->last = now;
    watch->address = fault.address;
    watch->write = fault.write;
    watch->reason = fault.reason;
    watch->by_cause[fault_places_find(watch->places, fault.address, &place)->cause]++;
    return first ? FAULT_EVENT_FIRST : fault_watch_time(watch, now);
}

void fault_watch_forget(struct fault_watch *watch)
{
    char device[sizeof(watch->device)];
    memcpy(device, watch->device, sizeof(device));
    fault_watch_start(watch, device, watch->places);
}

enum fault_event fault_watch_time(struct fault_watch *watch, double now)
{
    if (!watch->count)
        return FAULT_EVENT_NONE;
    if (now - watch->last >= LOG_FAULT_PAUSE_SECONDS)
        return watch->stream ? FAULT_EVENT_END : FAULT_EVENT_BURST;
    if (watch->stream || watch->last - watch->begun < LOG_FAULT_BURST_SECONDS)
        return FAULT_EVENT_NONE;
    watch->stream = true;
    return FAULT_EVENT_STREAM;
}

enum fault_cause fault_watch_cause(const struct fault_watch *watch)
{
    return fault_cause_most(watch->by_cause);
}
