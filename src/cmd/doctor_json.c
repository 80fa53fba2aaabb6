/* doctor_json.c: prints what doctor found, for programs. */
#include "cmd/doctor_report.h"

#include "cmd/json_print.h" /* the JSON twin */
#include "igd/platform.h"   /* the GPU's name */

#include <json-c/json.h> /* JSON */

static void add_text(json_object *to, const char *key, const char *text)
{
    json_object_object_add(to, key, json_object_new_string(text));
}

static void add_hexadecimal(json_object *to, const char *key, unsigned value)
{
    char text[16];
    snprintf(text, sizeof(text), "%04x", value);
    add_text(to, key, text);
}

static json_object *device_json(const struct doctor_report *report)
{
    const struct host_pci_device *device = report->device;
    json_object *object = json_object_new_object();
    char generation[8];
    if (!device)
        return object;
    const struct igd_device *known = igd_device_find(device->device);
    add_text(object, "address", device->address);
    add_hexadecimal(object, "vendor", device->vendor);
    add_hexadecimal(object, "device", device->device);
    if (device->class_known)
        add_hexadecimal(object, "class", device->class_code >> 8);
    if (known) {
        add_text(object, "name", igd_device_platform(known)->title);
        add_text(object, "generation",
                 igd_generation_text(igd_device_platform(known), generation,
                                     sizeof(generation)));
    }
    if (device->bound == FACT_YES)
        add_text(object, "driver", device->driver);
    if (device->group[0])
        add_text(object, "iommu_group", device->group);
    return object;
}

static json_object *finding_json(const struct finding *finding)
{
    json_object *object = json_object_new_object();
    add_text(object, "id", check_id(finding->check));
    add_text(object, "status", check_status_name(finding->status));
    add_text(object, "found", finding->found);
    add_text(object, "why", check_why(finding->check));
    add_text(object, "remedy", finding_remedy(finding));
    return object;
}

static json_object *mode_json(const struct doctor_report *report, unsigned mode)
{
    json_object *object = json_object_new_object();
    json_object *checks = json_object_new_array();
    add_text(object, "verdict", doctor_verdict_name(report->verdict[mode]));
    for (unsigned i = 0; i < report->count[mode]; i++)
        json_object_array_add(checks, finding_json(&report->findings[mode][i]));
    json_object_object_add(object, "checks", checks);
    return object;
}

/* Nothing in the way is told as "none". */
static json_object *first_json(const struct doctor_report *report)
{
    json_object *object = json_object_new_object();
    const struct finding *first = report->first;
    char text[1024];
    if (first)
        snprintf(text, sizeof(text), "%s: %s", check_title(first->check), first->found);
    add_text(object, "id", first ? check_id(first->check) : "none");
    add_text(object, "text", first ? text : "nothing known stands in the way");
    return object;
}

void doctor_report_json(const struct doctor_report *report,
                        const struct doctor_options *options, FILE *to)
{
    json_object *root = json_object_new_object();
    json_object *modes = json_object_new_object();
    json_object_object_add(root, "device", device_json(report));
    for (unsigned mode = 0; mode < DOCTOR_MODES; mode++) {
        if (!options->one_mode || options->mode == mode)
            json_object_object_add(modes, doctor_mode_name(mode),
                                   mode_json(report, mode));
    }
    json_object_object_add(root, "modes", modes);
    json_object_object_add(root, "first_cause", first_json(report));
    json_print(to, root);
}
