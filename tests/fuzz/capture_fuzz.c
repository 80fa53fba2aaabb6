/* capture_fuzz.c: any bytes as a capture of a host: read, examined, and written again.
 */
#include "fuzz.h" /* must */

#include "base/error.h"     /* struct error */
#include "doctor/compare.h" /* compared with itself */
#include "doctor/doctor.h"  /* the examination */
#include "host/root.h"      /* the target */

#include <string.h> /* strlen */

static void examine(const struct host_facts *facts)
{
    static const struct doctor_options all = { 0 };
    static const struct doctor_options qemu = {
        .one_mode = true, .mode = DOCTOR_LEGACY, .vmm_given = true, .vmm = DOCTOR_QEMU
    };
    struct doctor_report *report = doctor_examine(facts, &all);
    struct doctor_report *other = doctor_examine(facts, &qemu);
    struct comparison *comparison = malloc(sizeof(*comparison));
    must(report && other && comparison);
    for (unsigned mode = 0; mode < DOCTOR_MODES; mode++) {
        must(report->count[mode] <= DOCTOR_MAX_FINDINGS);
        for (unsigned i = 0; i < report->count[mode]; i++) {
            const struct finding *finding = &report->findings[mode][i];
            must(finding->status != CHECK_SKIPPED);
            must(finding->found[0] && check_why(finding->check)[0]);
            /* What failed has a remedy, and counts. */
            must(finding->status != CHECK_FAILED || finding_remedy(finding)[0]);
            must(finding->status != CHECK_FAILED ||
                 report->verdict[mode] >= finding->verdict);
        }
    }
    must(!report->first || report->first->status == CHECK_FAILED);
    compare_reports(report, report, comparison);
    must(comparison->count == 0);
    free(comparison);
    doctor_report_free(report);
    doctor_report_free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct host_root *root;
    struct error err = { 0 };
    if (host_root_open_memory(&root, data, size, "capture", &err) < 0) {
        must(!root && err.kind == ERROR_INPUT && err.text[0]);
        return 0;
    }
    struct host_facts *facts = host_facts_read(root);
    must(facts != NULL);
    examine(facts);
    host_facts_free(facts);
    host_root_close(root);
    return 0;
}
