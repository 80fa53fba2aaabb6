/* gt_describe.c: what the GT executed, skipped and refused, as JSON. */
#include "model/gt.h" /* the GT from outside */

#include "model/engines.h" /* its inside */

#include <inttypes.h> /* PRIu64 */
#include <stdio.h>    /* open_memstream */
#include <stdlib.h>   /* free */

static void write_engines(FILE *to, const struct gt *gt)
{
    static const char *const states[] = { "idle", "runs", "waits", "stuck" };
    fputs("\"engines\": [", to);
    for (unsigned i = 0; i < gt->count; i++)
        fprintf(to, "%s{\"name\": \"%s\", \"state\": \"%s\"}", i ? ", " : "",
                gt->engines[i].row->name, states[gt->engines[i].state]);
    fputs("],\n", to);
}

static void write_skipped(FILE *to, const struct command_statistics *statistics)
{
    fputs(" \"skipped_commands\": [", to);
    for (unsigned i = 0; i < statistics->kind_count; i++) {
        const struct command_skipped *kind = &statistics->kinds[i];
        fprintf(to, "%s{\"code\": \"%08x\", \"name\": ", i ? ", " : "", kind->code);
        if (kind->name)
            fprintf(to, "\"%s\"", kind->name);
        else
            fputs("null", to);
        fprintf(to, ", \"count\": %" PRIu64 "}", kind->count);
    }
    fputs("]", to);
}

char *gt_describe(const struct model *model)
{
    const struct gt *gt = model->gt;
    const struct command_statistics *statistics = &gt->statistics;
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return NULL;
    fputs("{", to);
    write_engines(to, gt);
    fprintf(to,
            " \"submissions\": %" PRIu64 ", \"context_events\": %" PRIu64
            ", \"resets\": %" PRIu64 ", \"faults\": %" PRIu64 ",\n"
            " \"executed\": %" PRIu64 ", \"skipped\": %" PRIu64
            ", \"unknown\": %" PRIu64 ", \"denied\": %" PRIu64
            ", \"blitted_bytes\": %" PRIu64 ",\n",
            gt->submissions, gt->switches, gt->resets, gt->faults, statistics->executed,
            statistics->skipped, statistics->unknown, statistics->denied,
            statistics->blitted);
    write_skipped(to, statistics);
    fputs("}", to);
    if (fclose(to) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
