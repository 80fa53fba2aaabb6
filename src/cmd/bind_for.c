/* bind_for.c: asks doctor before the GPU is handed over. */
#include "cmd/bind_for.h"

#include "base/error.h"    /* errors */
#include "doctor/doctor.h" /* the examination */
#include "host/root.h"     /* this computer's files */

#include <string.h> /* strcmp */

static int judge(const char *mode, const struct doctor_report *report,
                 struct error *err)
{
    const struct finding *first = report->first;
    if (!first || report->verdict[report->first_mode] <= DOCTOR_BINDABLE)
        return 0;
    return error_set(
        err, ERROR_IMPOSSIBLE, -EPERM,
        "%s mode would not work (%s): %s: %.300s. To do: %.400s. Nothing "
        "was changed; 'igdvm doctor --for %s' tells all, and without --for "
        "the device is handed over all the same",
        mode, doctor_verdict_name(report->verdict[report->first_mode]),
        check_id(first->check), first->found, finding_remedy(first), mode);
}

int bind_for_mode(const char *mode, struct error *err)
{
    struct doctor_options options = { .one_mode = true };
    struct host_root *root = NULL;
    while (strcmp(mode, doctor_mode_name(options.mode)) != 0)
        options.mode++;
    int result = host_root_open(&root, NULL, err);
    if (result < 0)
        return result;
    struct host_facts *facts = host_facts_read(root);
    struct doctor_report *report = facts ? doctor_examine(facts, &options) : NULL;
    result = report ? judge(mode, report, err)
                    : error_system(err, -ENOMEM, "examining this computer");
    doctor_report_free(report);
    host_facts_free(facts);
    host_root_close(root);
    return result;
}
