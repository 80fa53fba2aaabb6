/* opregion_build.c: igdvm opregion build: writes the OpRegion of a modelled GPU. */
#include "cmd/opregion.h"

#include "base/bytes.h"           /* ARRAY_SIZE */
#include "base/error.h"           /* errors */
#include "cmd/command_line.h"     /* options */
#include "cmd/commands.h"         /* exit statuses */
#include "cmd/json_print.h"       /* the JSON twin */
#include "cmd/model_options.h"    /* --gen, --monitor */
#include "cmd/output_file.h"      /* the image */
#include "igd/opregion.h"         /* what was made, read back */
#include "igd/vbt.h"              /* the table in it */
#include "model/chips.h"          /* the chip's name */
#include "model/opregion_image.h" /* makes it */

#include <json-c/json.h> /* --json */
#include <stddef.h>      /* offsetof */
#include <stdio.h>       /* the report */
#include <stdlib.h>      /* malloc */

static const char help_text[] =
    "usage: igdvm opregion build --gen NAME [--monitor LIST] -o FILE [OPTIONS]\n"
    "\n"
    "Writes the OpRegion, with its video BIOS table, of a modelled GPU and the "
    "monitors "
    "it\n"
    "has. QEMU gives it to a guest with -fw_cfg name=etc/igd-opregion,file=FILE.\n"
    "\n"
    "  --gen NAME      which GPU, see below\n"
    "  --monitor LIST  connectors and monitors, as for 'igdvm model' (default hdmi-b)\n"
    "  --output FILE, -o FILE\n"
    "                  where to write it\n"
    "  --host          as a host's firmware leaves it: software SCIs are announced, "
    "which\n"
    "                  nobody in a guest answers\n"
    "  --json          print what was written as JSON\n"
    "  --help          this text\n"
    "\n"
    "The GPUs:\n";

struct build_arguments {
    const char *chip, *monitors, *output;
    bool host, json, help;
};

#define MEMBER(name) offsetof(struct build_arguments, name)

static const struct command_option option_rows[] = {
    { "gen", OPTION_TEXT, MEMBER(chip) },
    { "monitor", OPTION_TEXT, MEMBER(monitors) },
    { "output", OPTION_TEXT, MEMBER(output), NULL, 'o' },
    { "host", OPTION_FLAG, MEMBER(host) },
    { "json", OPTION_FLAG, MEMBER(json) },
    { "help", OPTION_FLAG, MEMBER(help) },
};

static const struct command_line command_line = { "opregion build", option_rows,
                                                  ARRAY_SIZE(option_rows), 0 };

static json_object *connector_json(const struct model_monitor *monitor,
                                   const struct igd_vbt_child *child)
{
    json_object *object = json_object_new_object();
    json_object *modes = json_object_new_array();
    char text[64], port[2] = { monitor->port->letter, '\0' };
    for (unsigned i = 0; monitor->connected && i < monitor->mode_count; i++) {
        const struct model_timing *mode = &monitor->modes[i];
        snprintf(text, sizeof(text), "%ux%u@%u", mode->horizontal.active,
                 mode->vertical.active, mode->refresh);
        json_object_array_add(modes, json_object_new_string(text));
    }
    json_object_object_add(
        object, "kind", json_object_new_string(model_monitor_kind_name(monitor->kind)));
    json_object_object_add(object, "port", json_object_new_string(port));
    json_object_object_add(object, "connected",
                           json_object_new_boolean(monitor->connected));
    json_object_object_add(object, "modes", modes);
    json_object_object_add(object, "vbt_type", json_object_new_int(child->type));
    json_object_object_add(object, "vbt_port", json_object_new_int(child->port));
    json_object_object_add(object, "vbt_ddc_pin", json_object_new_int(child->ddc_pin));
    json_object_object_add(object, "vbt_aux_channel",
                           json_object_new_int(child->aux_channel));
    return object;
}

/* What was written, read back as a driver would. */
static void print_json(const char *path, const uint8_t *image, uint32_t size,
                       const struct igd_opregion *opregion, const struct igd_vbt *vbt,
                       const struct model_monitors *monitors)
{
    json_object *object = json_object_new_object();
    json_object *connectors = json_object_new_array();
    char version[8];
    snprintf(version, sizeof(version), "%u.%u", opregion->major, opregion->minor);
    json_object_object_add(object, "file", json_object_new_string(path));
    json_object_object_add(object, "size", json_object_new_int64(size));
    json_object_object_add(object, "version", json_object_new_string(version));
    json_object_object_add(object, "mailboxes",
                           json_object_new_int64(opregion->mailboxes));
    json_object_object_add(object, "vbt_offset",
                           json_object_new_int64((int64_t)opregion->vbt_offset));
    json_object_object_add(object, "vbt_size", json_object_new_int64(vbt->size));
    json_object_object_add(object, "vbt_signature",
                           json_object_new_string(vbt->signature));
    json_object_object_add(object, "bdb_version",
                           json_object_new_int(vbt->bdb_version));
    for (unsigned i = 0; i < monitors->count; i++) {
        struct igd_vbt_child child;
        if (igd_vbt_child_at(image + opregion->vbt_offset, vbt, i, &child))
            json_object_array_add(connectors,
                                  connector_json(&monitors->list[i], &child));
    }
    json_object_object_add(object, "connectors", connectors);
    json_print(stdout, object);
}

static int report(const struct build_arguments *arguments, const uint8_t *image,
                  uint32_t size, const struct model_monitors *monitors,
                  struct error *err)
{
    struct igd_opregion opregion;
    struct igd_vbt vbt = { 0 };
    int result = igd_opregion_parse(image, size, &opregion, err);
    if (result == 0)
        result =
            igd_vbt_parse(image + opregion.vbt_offset, opregion.vbt_size, &vbt, err);
    if (result < 0)
        return result;
    if (arguments->json) {
        print_json(arguments->output, image, size, &opregion, &vbt, monitors);
        return 0;
    }
    printf("%s: OpRegion %u.%u of %s, %u bytes; VBT of %u bytes, data blocks version "
           "%u\n",
           arguments->output, opregion.major, opregion.minor, arguments->chip, size,
           vbt.size, vbt.bdb_version);
    for (unsigned i = 0; i < monitors->count; i++) {
        char text[128];
        printf("  %s\n", model_monitor_text(&monitors->list[i], text, sizeof(text)));
    }
    return 0;
}

static int build(const struct build_arguments *arguments, struct error *err)
{
    struct model_monitors monitors;
    const struct model_chip *chip = model_options_chip(arguments->chip, err);
    if (!chip || model_options_monitors(&monitors, chip, arguments->monitors, err) < 0)
        return -EINVAL;
    const struct opregion_image_options about = {
        .chip = chip,
        .monitors = &monitors,
        .host = arguments->host,
    };
    uint32_t size = opregion_image_size(chip);
    uint8_t *image = malloc(size);
    if (!image)
        return error_system(err, -ENOMEM, "OpRegion image");
    opregion_image_build(&about, image);
    int result = output_file_write(arguments->output, image, size, err);
    if (result == 0)
        result = report(arguments, image, size, &monitors, err);
    free(image);
    return result;
}

int opregion_build(int argc, char **argv)
{
    struct build_arguments arguments = { 0 };
    struct error err = { 0 };
    int result = command_line_read(&command_line, argc, argv, &arguments, &err);
    if (result == 0 && arguments.help) {
        fputs(help_text, stdout);
        model_options_print_chips();
        return STATUS_DONE;
    }
    if (result == 0 && (!arguments.chip || !arguments.output))
        result = error_set(&err, ERROR_INPUT, -EINVAL,
                           "%s is missing; see 'igdvm opregion build --help'",
                           arguments.chip ? "-o FILE" : "--gen NAME");
    if (result == 0)
        result = build(&arguments, &err);
    return result == 0 ? STATUS_DONE : command_fail("opregion build", &err);
}
