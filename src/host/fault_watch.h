/* fault_watch.h: tells a harmless burst of DMA faults from a stream that matters. */
#ifndef HOST_FAULT_WATCH_H
#define HOST_FAULT_WATCH_H

#include "host/fault_places.h" /* what addresses point at */
#include "host/fault_line.h"   /* faults, and how long a burst lasts */

enum fault_event {
    FAULT_EVENT_NONE,
    FAULT_EVENT_FIRST,  /* faults begin; not yet known what they are */
    FAULT_EVENT_STREAM, /* they go on: they matter */
    FAULT_EVENT_BURST,  /* they ended soon: harmless */
    FAULT_EVENT_END,    /* a stream ended */
};

struct fault_watch {
    char device[16]; /* whose faults: "0000:00:02.0" */
    const struct fault_places *places;
    unsigned count;     /* since they began; 0: quiet */
    unsigned dropped;   /* lines the kernel says it left out */
    bool last_is_other; /* the last fault was another device's, as what is left out */
    bool stream;
    double begun, last; /* seconds */
    uint64_t address;   /* of the last */
    bool write;
    unsigned reason;
    unsigned by_cause[FAULT_CAUSES];
};

void fault_watch_start(struct fault_watch *watch, const char *device,
                       const struct fault_places *places);

/*
 * A line of the kernel log that came at `now` seconds; ask fault_watch_time for that
 * time before.
 */
enum fault_event fault_watch_line(struct fault_watch *watch, const char *line,
                                  double now);

/* Time goes by. After BURST or END, tell it and call fault_watch_forget. */
enum fault_event fault_watch_time(struct fault_watch *watch, double now);
void fault_watch_forget(struct fault_watch *watch);

/* The cause most of the present faults have. */
enum fault_cause fault_watch_cause(const struct fault_watch *watch);

#endif
