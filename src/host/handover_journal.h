/* handover_journal.h: what was changed on this host, written before it is changed. */
#ifndef HOST_HANDOVER_JOURNAL_H
#define HOST_HANDOVER_JOURNAL_H

#include "host/handover_state.h" /* kinds and values */
#include "vfio/address.h"        /* VFIO_ADDRESS_SIZE */

#include <stddef.h> /* size_t */

struct error;
struct handover_outputs;

#define HANDOVER_STEPS_MAX   64
#define HANDOVER_SUBJECT_MAX 128

/* With before and after the same nothing is changed, but what another step takes away
 * is missed when the host is put back. */
struct handover_step {
    enum handover_kind kind;
    char subject[HANDOVER_SUBJECT_MAX];
    char before[HANDOVER_VALUE_SIZE];
    char after[HANDOVER_VALUE_SIZE];
    bool done;   /* taken, and seen to be so */
    bool undone; /* put back */
};

/* A journal as it was read. */
struct handover_record {
    char device[VFIO_ADDRESS_SIZE];
    bool complete; /* all steps of the plan were taken */
    unsigned count;
    size_t size; /* bytes of whole lines */
    struct handover_step steps[HANDOVER_STEPS_MAX];
};

struct handover_journal;

/*
 * Open, or make, ROOT/run/igdvm/handover and lock it, so that two never change the host
 * at once: -EBUSY. `record`: what stands in it; count 0 and an empty device when it is
 * new. A last line that was cut off is left out: its step was not taken. 0 and *journal
 * (close it with handover_journal_close), or a negative errno with err set: -EINVAL
 * when a line is not as written by this program.
 */
int handover_journal_open(const char *root, struct handover_journal **journal,
                          struct handover_record *record, struct error *err);

/* As above but only reading, without the lock; -ENOENT when there is none. */
int handover_journal_read(const char *root, struct handover_record *record,
                          struct error *err);

/* Read the text of a journal, `size` bytes. 0, or -EINVAL with err naming the line. */
int handover_record_parse(const char *text, size_t size, struct handover_record *record,
                          struct error *err);

/*
 * Append; on the disk when it returns. 0, or a negative errno with err set. `outputs`:
 * which are in use before anything is changed, for handover_outputs_recall.
 */
int handover_journal_begin(struct handover_journal *journal, const char *device,
                           const struct handover_outputs *outputs, struct error *err);
int handover_journal_step(struct handover_journal *journal, unsigned index,
                          const struct handover_step *step, struct error *err);
int handover_journal_done(struct handover_journal *journal, unsigned index,
                          struct error *err);
int handover_journal_undone(struct handover_journal *journal, unsigned index,
                            struct error *err);
int handover_journal_complete(struct handover_journal *journal, struct error *err);

/* All was put back: the journal is taken away. */
int handover_journal_remove(struct handover_journal *journal, struct error *err);

void handover_journal_close(struct handover_journal *journal);

#endif
