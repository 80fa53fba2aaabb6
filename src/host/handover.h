/* handover.h: hands the GPU over step by step, and puts the host back. */
#ifndef HOST_HANDOVER_H
#define HOST_HANDOVER_H

#include "host/handover_plan.h" /* plans and journals */

struct error;
struct kernel_patience;

/* How the steps are taken, and who is told; a test puts a host of its own here. */
struct handover_host {
    const char *root;
    const struct kernel_patience *patience;
    bool (*read)(const char *root, enum handover_kind kind, const char *subject,
                 char value[HANDOVER_VALUE_SIZE]);
    int (*set)(const char *root, enum handover_kind kind, const char *subject,
               const char *value, const struct kernel_patience *patience,
               struct error *err);
    /* Asked before each step is taken: 0, or a negative errno with err set, which ends
     * the handover. May be NULL. */
    int (*may)(void *opaque, const struct handover_step *step, struct error *err);
    /* Told before and after each step; error is NULL when it went well. May be NULL. */
    void (*begin)(void *opaque, const char *text);
    void (*end)(void *opaque, const char *text, double milliseconds,
                const struct error *error);
    void *opaque;
};

/* This computer: handover_state_read and _set. */
struct handover_host handover_host_default(const struct kernel_patience *patience);

/*
 * Take the steps of `plan`, each written to the journal first. When one fails, those
 * taken are undone in reverse and the journal is removed; what cannot be undone stays
 * in it. 0, or a negative errno with err naming the step (and what could not be
 * undone).
 */
int handover_take(const struct handover_host *host, struct handover_journal *journal,
                  const struct handover_plan *plan, struct error *err);

/*
 * Undo what stands in `record`, in reverse. What is as it was before is left alone, and
 * what is not there any more (a firmware's frame buffer) is told by end with an error
 * of kind ERROR_IMPOSSIBLE and passed over. The journal is removed when nothing is left
 * to undo. 0, or the first step's negative errno with err set; the others are tried
 * still.
 */
int handover_put_back(const struct handover_host *host,
                      struct handover_journal *journal,
                      const struct handover_record *record, struct error *err);

#endif
