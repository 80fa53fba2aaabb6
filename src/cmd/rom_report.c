/* rom_report.c: a ROM as a person or a program reads it. */
#include "cmd/rom_report.h"

#include "cmd/json_print.h" /* the JSON twin */
#include "igd/rom.h"        /* changes */
#include "igd/rom_check.h"  /* findings */
#include "pci/option_rom.h" /* code types */

#include <json-c/json.h> /* the twin */
#include <stdio.h>       /* printf */

static const char *const severities[] = { [IGD_ROM_GOOD] = "good",
                                          [IGD_ROM_NOTE] = "note",
                                          [IGD_ROM_FIXABLE] = "fixable",
                                          [IGD_ROM_BAD] = "bad" };

static const char *kind_of(const struct igd_rom_image_facts *image)
{
    if (image->code_type == OPTION_ROM_CODE_PC_AT)
        return "VBIOS";
    if (image->code_type != OPTION_ROM_CODE_UEFI)
        return "unknown";
    if (image->gop)
        return "GOP driver";
    return image->compressed ? "UEFI driver, compressed" : "UEFI driver";
}

static void add_text(struct json_object *object, const char *key, const char *text)
{
    json_object_object_add(object, key, json_object_new_string(text));
}

static void add_hex(struct json_object *object, const char *key, unsigned value,
                    int digits)
{
    char text[16];
    snprintf(text, sizeof(text), "%0*x", digits, value);
    add_text(object, key, text);
}

static struct json_object *images_object(const struct igd_rom_report *report)
{
    struct json_object *images = json_object_new_array();
    for (unsigned i = 0; i < report->image_count; i++) {
        const struct igd_rom_image_facts *image = &report->images[i];
        struct json_object *row = json_object_new_object();
        json_object_object_add(row, "offset", json_object_new_int((int)image->offset));
        json_object_object_add(row, "size", json_object_new_int((int)image->size));
        json_object_object_add(row, "code_type", json_object_new_int(image->code_type));
        add_text(row, "kind", kind_of(image));
        add_hex(row, "vendor", image->vendor, 4);
        add_hex(row, "device", image->device, 4);
        if (image->code_type == OPTION_ROM_CODE_UEFI)
            add_hex(row, "machine", image->machine, 4);
        else
            add_hex(row, "checksum", image->checksum, 2);
        json_object_array_add(images, row);
    }
    return images;
}

static void print_json(const char *name, size_t size,
                       const struct igd_rom_report *report, bool check)
{
    struct json_object *whole = json_object_new_object();
    struct json_object *findings = json_object_new_array();
    for (unsigned i = 0; i < report->finding_count; i++) {
        struct json_object *row = json_object_new_object();
        add_text(row, "id", report->findings[i].id);
        add_text(row, "severity", severities[report->findings[i].severity]);
        add_text(row, "text", report->findings[i].text);
        json_object_array_add(findings, row);
    }
    add_text(whole, "source", name);
    json_object_object_add(whole, "size", json_object_new_int64((int64_t)size));
    json_object_object_add(whole, "images", images_object(report));
    if (check) {
        json_object_object_add(whole, "findings", findings);
        json_object_object_add(whole, "legacy",
                               json_object_new_boolean(report->legacy));
        json_object_object_add(whole, "uefi", json_object_new_boolean(report->uefi));
    } else {
        json_object_put(findings);
    }
    json_print(stdout, whole);
}

void rom_report_print(const struct rom_arguments *arguments, const char *name,
                      size_t size, const struct igd_rom_report *report, bool check)
{
    if (arguments->json) {
        print_json(name, size, report, check);
        return;
    }
    printf("%s: %zu bytes, %u image%s\n", name, size, report->image_count,
           report->image_count == 1 ? "" : "s");
    for (unsigned i = 0; i < report->image_count; i++) {
        const struct igd_rom_image_facts *image = &report->images[i];
        printf("  0x%05x  %6u bytes  %04x:%04x  %s\n", image->offset, image->size,
               image->vendor, image->device, kind_of(image));
    }
    for (unsigned i = 0; i < report->finding_count; i++) {
        const struct igd_rom_finding *finding = &report->findings[i];
        if (check || finding->severity == IGD_ROM_BAD)
            printf("  %-8s %s\n", severities[finding->severity], finding->text);
    }
    if (check)
        printf("for legacy mode: %s; for a UEFI guest: %s\n",
               report->legacy ? "yes" : "no", report->uefi ? "yes" : "no");
}

void rom_report_fixed(const struct rom_arguments *arguments, const char *name,
                      size_t size, const struct igd_rom_changes *changes)
{
    if (arguments->json) {
        struct json_object *whole = json_object_new_object();
        add_text(whole, "source", name);
        add_text(whole, "output", arguments->output);
        json_object_object_add(whole, "size", json_object_new_int64((int64_t)size));
#define ADD(key, value) \
    json_object_object_add(whole, key, json_object_new_boolean(value))
        ADD("device_id", changes->device_id);
        ADD("saved_bdsm", changes->saved_bdsm);
        ADD("checksum", changes->checksum);
#undef ADD
        json_print(stdout, whole);
        return;
    }
    if (changes->device_id)
        printf("the device identifier is now %04x\n", arguments->device_id);
    if (changes->saved_bdsm)
        printf("the saved address of stolen memory at 0x%x is cleared\n",
               changes->saved_bdsm_offset);
    if (changes->checksum)
        puts("the checksum is right now");
    if (!changes->device_id && !changes->saved_bdsm && !changes->checksum)
        puts("nothing had to be changed");
    printf("%s: %zu bytes\n", arguments->output, size);
}

void rom_report_written(const struct rom_arguments *arguments, const char *name,
                        size_t size, const char *what)
{
    if (arguments->json) {
        struct json_object *whole = json_object_new_object();
        add_text(whole, "source", name);
        add_text(whole, "output", arguments->output);
        add_text(whole, "what", what);
        json_object_object_add(whole, "size", json_object_new_int64((int64_t)size));
        json_print(stdout, whole);
        return;
    }
    printf("%s: the %s of %s, %zu bytes\n", arguments->output, what, name, size);
}
