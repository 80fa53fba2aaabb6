/* handover_journal_fuzz.c: any bytes as the journal of a handover. */
#include "fuzz.h" /* must */

#include "host/handover_journal.h" /* the target */
#include "host/handover_outputs.h" /* what another program reads of it */

#include "base/error.h" /* struct error */

#include <stdlib.h> /* free */
#include <string.h> /* strlen */

/* Its first line, read without the others. */
static void recall(const uint8_t *data, size_t size)
{
    struct handover_outputs outputs;
    char *line = strndup((const char *)data, size);
    must(line);
    line[strcspn(line, "\n")] = '\0';
    handover_outputs_parse(line, "0000:00:02.0", &outputs);
    must(strlen(outputs.names) < sizeof(outputs.names));
    must((outputs.names[0] != '\0') == (outputs.monitor == IGD_MONITOR_PLUGGED));
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct handover_record record, again;
    struct error err = { 0 };
    recall(data, size);
    int ret = handover_record_parse((const char *)data, size, &record, &err);
    must(record.count <= HANDOVER_STEPS_MAX && record.size <= size);
    for (unsigned i = 0; i < record.count; i++) {
        const struct handover_step *step = &record.steps[i];
        char text[256];
        /* What is written to files in sysfs stays in its directory. */
        must(!strchr(step->subject, '/') && !strchr(step->before, '/'));
        must(strlen(step->after) < sizeof(step->after));
        handover_state_tell(step->kind, step->subject, step->before, step->after, text,
                            sizeof(text));
        must(handover_kind_find(handover_kind_name(step->kind)) == (int)step->kind);
    }
    if (ret < 0) {
        must(err.kind == ERROR_INPUT && err.text[0] && !strchr(err.text, '\n'));
        return 0;
    }
    /* The whole lines alone say the same. */
    must(handover_record_parse((const char *)data, record.size, &again, NULL) == 0);
    must(again.count == record.count && again.complete == record.complete);
    return 0;
}
