/* handover_plan.h: which steps hand a GPU to vfio-pci, in the order that works. */
#ifndef HOST_HANDOVER_PLAN_H
#define HOST_HANDOVER_PLAN_H

#include "host/handover_journal.h" /* steps */
#include "host/handover_outputs.h" /* monitors */

struct error;

#define HANDOVER_COMPANIONS_MAX 8
#define HANDOVER_NOTES_MAX      8
#define HANDOVER_DRIVER_NAME    "vfio-pci"
#define HANDOVER_MANAGER        "display-manager.service"

struct handover_wishes {
    const char *root;   /* file system: "" is this host's */
    const char *device; /* in full, "0000:00:02.0" */
    /* Further devices to hand over, in full. */
    const char *companions[HANDOVER_COMPANIONS_MAX];
    unsigned companion_count;
    bool with_audio;   /* the audio function of the display goes along */
    bool stop_manager; /* the display manager may be stopped */
};

struct handover_plan {
    char device[VFIO_ADDRESS_SIZE];
    struct handover_outputs outputs; /* before anything is changed */
    unsigned count;
    struct handover_step steps[HANDOVER_STEPS_MAX];
    unsigned note_count;
    char notes[HANDOVER_NOTES_MAX][256]; /* what else the user should know */
};

/* Does the step change anything? */
bool handover_step_changes(const struct handover_step *step);

/*
 * Look at the host and fill `plan`; nothing is changed. count 0: the devices are in
 * vfio-pci's hands already. 0, or a negative errno with err set: -ENODEV no such device
 * or no display device, -EBUSY virtual functions are in use, -E2BIG too many steps.
 */
int handover_plan_make(const struct handover_wishes *wishes, struct handover_plan *plan,
                       struct error *err);

#endif
