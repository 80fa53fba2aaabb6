/* handover_state.h: what handing the GPU over changes: read it, and set it. */
#ifndef HOST_HANDOVER_STATE_H
#define HOST_HANDOVER_STATE_H

#include <stdbool.h> /* bool */

struct error;
struct kernel_patience;

#define HANDOVER_VALUE_SIZE 64

/* One row of what can be changed; the names stand in the journal. */
enum handover_kind {
    HANDOVER_MODULE,   /* subject: module; "loaded" or "" */
    HANDOVER_SERVICE,  /* subject: systemd unit; "active" or "" */
    HANDOVER_CONSOLE,  /* subject: a console driver's name; "bound" or "" */
    HANDOVER_PLATFORM, /* subject: platform device; its driver or "" */
    HANDOVER_OVERRIDE, /* subject: PCI address; its driver_override or "" */
    HANDOVER_DRIVER,   /* subject: PCI address; its driver or "" */
    HANDOVER_KINDS,
};

/* "module", "driver"..., as in the journal. */
const char *handover_kind_name(enum handover_kind kind);
/* The kind of this name, or -1. */
int handover_kind_find(const char *name);

/*
 * The present state of `subject` under the file system `root` ("" is this host's).
 * False when the subject is not there (any more).
 */
bool handover_state_read(const char *root, enum handover_kind kind, const char *subject,
                         char value[HANDOVER_VALUE_SIZE]);

/*
 * Change it to `value`. 0, or a negative errno with err naming the file and the value.
 * That the kernel accepted the write does not mean that the state is as asked: read it.
 */
int handover_state_set(const char *root, enum handover_kind kind, const char *subject,
                       const char *value, const struct kernel_patience *patience,
                       struct error *err);

/*
 * "unbind 0000:00:02.0 from i915", in words, what changing from `before` to `after`
 * does; `text` has `size` bytes.
 */
void handover_state_tell(enum handover_kind kind, const char *subject,
                         const char *before, const char *after, char *text,
                         unsigned size);

#endif
