/* vbt_report.c: a VBT as a person or a program reads it. */
#include "cmd/vbt_report.h"

#include "igd/vbt_outputs.h" /* what it says */

#include <json-c/json.h> /* the twin */
#include <stdio.h>       /* printf */

static void add_text(struct json_object *object, const char *key, const char *text)
{
    json_object_object_add(object, key, json_object_new_string(text));
}

static void add_letter(struct json_object *object, const char *key, char letter)
{
    char text[2] = { letter, '\0' };
    json_object_object_add(object, key, letter ? json_object_new_string(text) : NULL);
}

static const char *start_name(const struct igd_output *output, bool firmware)
{
    return igd_output_starts(output, firmware) == IGD_OUTPUT_BY_FIRMWARE ? "firmware"
                                                                         : "driver";
}

static struct json_object *output_json(const struct igd_output *output)
{
    struct json_object *row = json_object_new_object();
    char type[8], handle[8];
    snprintf(type, sizeof(type), "%04x", output->child.type);
    snprintf(handle, sizeof(handle), "%04x", output->child.handle);
    add_text(row, "kind", igd_output_kind_name(output->kind));
    add_letter(row, "port", output->port);
    add_letter(row, "aux", output->aux);
    json_object_object_add(row, "ddc_pin", json_object_new_int(output->child.ddc_pin));
    json_object_object_add(row, "panel", json_object_new_boolean(output->panel));
    json_object_object_add(row, "type_c", json_object_new_boolean(output->type_c));
    add_text(row, "device_type", type);
    add_text(row, "handle", handle);
    add_text(row, "lit_by_with_vbios_or_gop", start_name(output, true));
    add_text(row, "lit_by_without", start_name(output, false));
    return row;
}

struct json_object *vbt_report_json(const uint8_t *vbt, const struct igd_vbt *info)
{
    struct igd_output outputs[IGD_VBT_OUTPUTS_MAX];
    struct igd_panel_mode mode = igd_vbt_panel_mode(vbt, info);
    struct json_object *whole = json_object_new_object();
    struct json_object *list = json_object_new_array();
    unsigned count = igd_vbt_outputs(vbt, info, outputs);
    add_text(whole, "signature", info->signature);
    json_object_object_add(whole, "version", json_object_new_int(info->version));
    json_object_object_add(whole, "bdb_version",
                           json_object_new_int(info->bdb_version));
    json_object_object_add(whole, "size", json_object_new_int((int)info->size));
    json_object_object_add(whole, "checksum_right",
                           json_object_new_boolean(igd_vbt_checksum_right(vbt, info)));
    for (unsigned i = 0; i < count; i++)
        json_object_array_add(list, output_json(&outputs[i]));
    json_object_object_add(whole, "outputs", list);
    struct json_object *panel = NULL;
    if (mode.width) {
        panel = json_object_new_object();
        json_object_object_add(panel, "width", json_object_new_int(mode.width));
        json_object_object_add(panel, "height", json_object_new_int(mode.height));
        json_object_object_add(panel, "clock_khz",
                               json_object_new_int((int)mode.clock_khz));
    }
    json_object_object_add(whole, "panel", panel);
    return whole;
}

static void print_output(const struct igd_output *output,
                         const struct igd_panel_mode *mode)
{
    printf("  %-22s", igd_output_kind_name(output->kind));
    if (output->port)
        printf(" port %c", output->port);
    else
        printf("       ");
    if (output->child.ddc_pin)
        printf("  DDC pin %u", output->child.ddc_pin);
    if (output->aux)
        printf("  AUX %c", output->aux);
    if (output->panel && mode->width)
        printf("  panel of %ux%u", mode->width, mode->height);
    else if (output->panel)
        printf("  panel");
    if (output->type_c)
        printf("  type-C");
    putchar('\n');
}

void vbt_report_print(const uint8_t *vbt, const struct igd_vbt *info)
{
    struct igd_output outputs[IGD_VBT_OUTPUTS_MAX];
    struct igd_panel_mode mode = igd_vbt_panel_mode(vbt, info);
    unsigned count = igd_vbt_outputs(vbt, info, outputs), driver = 0;
    printf("VBT \"%s\", data blocks of version %u, %u bytes, checksum %s\n",
           info->signature, info->bdb_version, info->size,
           igd_vbt_checksum_right(vbt, info)
               ? "right"
               : "wrong (drivers do not mind, a GOP does)");
    for (unsigned i = 0; i < count; i++) {
        print_output(&outputs[i], &mode);
        driver += igd_output_starts(&outputs[i], true) == IGD_OUTPUT_BY_DRIVER;
    }
    if (!count) {
        puts("  it describes no output: a driver shows no picture on any connector");
        return;
    }
    puts("When they light up in a guest:");
    puts("  with a VBIOS (legacy mode) or a GOP driver: from power-on");
    if (driver)
        printf(
            "    but %u (type-C, or of an unknown kind) only when the guest's driver "
            "starts\n",
            driver);
    puts("  without one: dark until the guest's driver starts; that is no fault");
}
