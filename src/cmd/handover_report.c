/* handover_report.c: the steps of a handover as a person or a program reads them. */
#include "cmd/handover_report.h"

#include "base/error.h"         /* struct error */
#include "cmd/json_print.h"     /* the twin */
#include "host/display_users.h" /* who has the GPU open */

#include <json-c/json.h> /* the twin */
#include <stdio.h>       /* printf */
#include <unistd.h>      /* isatty */

static void tell_waiting(void *opaque, const char *what, unsigned seconds)
{
    const struct handover_report *report = opaque;
    if (!report->json && seconds >= 2)
        fprintf(stderr, "    still waiting for the kernel (%u s): %s\n", seconds, what);
}

static void tell_begin(void *opaque, const char *text)
{
    const struct handover_report *report = opaque;
    if (!report->json && isatty(STDOUT_FILENO)) {
        printf("  %s ...\r", text);
        fflush(stdout);
    }
}

static void tell_end(void *opaque, const char *text, double milliseconds,
                     const struct error *error)
{
    struct handover_report *report = opaque;
    report->something_gone |= error && error->kind == ERROR_IMPOSSIBLE;
    if (!report->json) {
        if (error)
            printf("  %s: %s\n", text, error->text);
        else
            printf("  %s (%.0f ms)\n", text, milliseconds);
        fflush(stdout);
        return;
    }
    struct json_object *step = json_object_new_object(), *steps;
    json_object_object_add(step, "text", json_object_new_string(text));
    json_object_object_add(step, "milliseconds", json_object_new_double(milliseconds));
    json_object_object_add(step, "error",
                           error ? json_object_new_string(error->text) : NULL);
    json_object_object_get_ex(report->whole, "steps", &steps);
    json_object_array_add(steps, step);
}

void handover_report_start(struct handover_report *report, bool json,
                           const char *action, unsigned seconds)
{
    report->json = json;
    report->something_gone = false;
    report->whole = json_object_new_object();
    json_object_object_add(report->whole, "action", json_object_new_string(action));
    json_object_object_add(report->whole, "steps", json_object_new_array());
    json_object_object_add(report->whole, "notes", json_object_new_array());
    report->patience = (struct kernel_patience){ .seconds = seconds,
                                                 .waiting = tell_waiting,
                                                 .opaque = report };
    report->host = handover_host_default(&report->patience);
    report->host.begin = tell_begin;
    report->host.end = tell_end;
    report->host.opaque = report;
}

void handover_report_device(struct handover_report *report, const char *device)
{
    json_object_object_add(report->whole, "device", json_object_new_string(device));
}

void handover_report_note(struct handover_report *report, const char *text)
{
    struct json_object *notes;
    json_object_object_get_ex(report->whole, "notes", &notes);
    json_object_array_add(notes, json_object_new_string(text));
    if (!report->json)
        printf("  note: %s\n", text);
}

void handover_report_planned(struct handover_report *report,
                             const struct handover_step *step)
{
    char text[256];
    if (!handover_step_changes(step))
        return;
    struct json_object *steps, *planned = json_object_new_object();
    handover_state_tell(step->kind, step->subject, step->before, step->after, text,
                        sizeof(text));
    json_object_object_add(planned, "text", json_object_new_string(text));
    json_object_object_get_ex(report->whole, "steps", &steps);
    json_object_array_add(steps, planned);
    if (!report->json)
        printf("  would %s\n", text);
}

void handover_report_users(struct handover_report *report,
                           const struct display_user *users, unsigned count)
{
    struct json_object *list = json_object_new_array();
    for (unsigned i = 0; i < count; i++) {
        struct json_object *user = json_object_new_object();
        json_object_object_add(user, "pid", json_object_new_int(users[i].pid));
        json_object_object_add(user, "name", json_object_new_string(users[i].name));
        json_object_object_add(user, "node", json_object_new_string(users[i].node));
        json_object_array_add(list, user);
        if (!report->json)
            printf("  in use: /dev/%s by %s (process %d)\n", users[i].node,
                   users[i].name, users[i].pid);
    }
    json_object_object_add(report->whole, "users", list);
}

void handover_report_end(struct handover_report *report, const char *result,
                         const char *text, const struct error *error)
{
    json_object_object_add(report->whole, "result", json_object_new_string(result));
    json_object_object_add(report->whole, "error",
                           error ? json_object_new_string(error->text) : NULL);
    if (!report->json && !error)
        puts(text);
    if (report->json)
        json_print(stdout, report->whole);
    else
        json_object_put(report->whole);
    report->whole = NULL;
}
