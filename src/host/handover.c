/* handover.c: takes the steps of a handover, and takes them back. */
#include "host/handover.h"

#include "base/error.h"        /* error_set */
#include "host/kernel_write.h" /* struct kernel_patience */

#include <stdio.h>  /* snprintf */
#include <string.h> /* strcmp */
#include <time.h>   /* clock_gettime */

struct handover_host handover_host_default(const struct kernel_patience *patience)
{
    return (struct handover_host){ .root = "",
                                   .patience = patience,
                                   .read = handover_state_read,
                                   .set = handover_state_set };
}

static double milliseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Change one thing and see that it changed. */
static int change(const struct handover_host *host, const struct handover_step *step,
                  const char *from, const char *to, struct error *err)
{
    char text[256], now[HANDOVER_VALUE_SIZE] = "";
    struct error own = { 0 };
    handover_state_tell(step->kind, step->subject, from, to, text, sizeof(text));
    if (host->begin)
        host->begin(host->opaque, text);
    double start = milliseconds_now();
    int result =
        host->set(host->root, step->kind, step->subject, to, host->patience, &own);
    bool there = host->read(host->root, step->kind, step->subject, now);
    /* Some refusals are answered only by the state that stays. */
    if (result == 0 && (!there || strcmp(now, to) != 0))
        result = error_set(&own, ERROR_SYSTEM, -EIO,
                           "the kernel accepted it, but the state is \"%s\"",
                           there ? now : "gone");
    if (host->end)
        host->end(host->opaque, text, milliseconds_now() - start,
                  result < 0 ? &own : NULL);
    if (result < 0 && err) {
        *err = own;
        error_prefix(err, "%s", text);
    }
    return result;
}

/* What it was before the first step that changed it. */
static const char *original(const struct handover_record *record,
                            const struct handover_step *step)
{
    const struct handover_step *first = record->steps;
    while (first->kind != step->kind || strcmp(first->subject, step->subject) != 0)
        first++;
    return first->before;
}

/* 0 undone or as it was, 1 its subject is gone, or a negative errno. */
static int undo_step(const struct handover_host *host,
                     const struct handover_record *record,
                     const struct handover_step *step, struct error *err)
{
    char now[HANDOVER_VALUE_SIZE];
    if (!host->read(host->root, step->kind, step->subject, now)) {
        struct error gone;
        error_set(&gone, ERROR_IMPOSSIBLE, -ENODEV,
                  "it is not there any more; it comes back at the next boot");
        if (host->end)
            host->end(host->opaque, step->subject, 0, &gone);
        return 1;
    }
    /* Also where an earlier step was undone although this one had failed to be. */
    if (!strcmp(now, step->before) || !strcmp(now, original(record, step)))
        return 0;
    return change(host, step, now, step->before, err);
}

int handover_put_back(const struct handover_host *host,
                      struct handover_journal *journal,
                      const struct handover_record *record, struct error *err)
{
    int result = 0;
    for (unsigned i = record->count; i-- > 0;) {
        struct error own;
        if (record->steps[i].undone)
            continue;
        int status = undo_step(host, record, &record->steps[i], &own);
        if (status >= 0)
            status = handover_journal_undone(journal, i, &own);
        if (status < 0 && result == 0) {
            result = status;
            if (err)
                *err = own;
        }
    }
    if (result == 0)
        result = handover_journal_remove(journal, err);
    return result;
}

/* The steps up to the failed one, as a record to put back. */
static void undo_taken(const struct handover_host *host,
                       struct handover_journal *journal,
                       const struct handover_plan *plan, unsigned taken,
                       struct error *err)
{
    struct handover_record record = { .count = taken };
    struct error undo;
    memcpy(record.steps, plan->steps, taken * sizeof(record.steps[0]));
    if (handover_put_back(host, journal, &record, &undo) < 0 && err) {
        size_t used = strlen(err->text);
        snprintf(
            err->text + used, sizeof(err->text) - used,
            "; and undoing what was done before failed: %.300s; run 'igdvm unbind'",
            undo.text);
    }
}

int handover_take(const struct handover_host *host, struct handover_journal *journal,
                  const struct handover_plan *plan, struct error *err)
{
    unsigned taken = 0;
    int result = handover_journal_begin(journal, plan->device, &plan->outputs, err);
    while (result == 0 && taken < plan->count) {
        const struct handover_step *step = &plan->steps[taken];
        if (host->may)
            result = host->may(host->opaque, step, err);
        if (result == 0)
            result = handover_journal_step(journal, taken, step, err);
        if (result < 0)
            break;
        taken++; /* from here on it may have been taken */
        if (handover_step_changes(step))
            result = change(host, step, step->before, step->after, err);
        if (result == 0)
            result = handover_journal_done(journal, taken - 1, err);
    }
    if (result == 0)
        result = handover_journal_complete(journal, err);
    if (result < 0)
        undo_taken(host, journal, plan, taken, err);
    return result;
}
