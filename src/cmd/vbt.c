/* vbt.c: igdvm vbt: shows what a VBT says of a GPU's outputs. */
#include "cmd/commands.h"

#include "base/error.h"       /* errors */
#include "cmd/command_line.h" /* options */
#include "cmd/json_print.h"   /* the JSON twin */
#include "cmd/source_bytes.h" /* files and devices */
#include "cmd/vbt_report.h"   /* what is told */
#include "igd/opregion.h"     /* where a VBT lies in one */

#include <json-c/json.h> /* --json */
#include <stdio.h>       /* help */
#include <string.h>      /* strcmp */

static const char help_text[] =
    "usage: igdvm vbt show [FILE|ADDRESS] [--json]\n"
    "\n"
    "Shows the outputs that a video BIOS table describes, and what lights each up in "
    "a\n"
    "guest. FILE is a VBT, or an OpRegion, or a ROM with one inside; ADDRESS (default\n"
    "00:02.0) a device that vfio-pci has, or for root i915 or xe.\n"
    "\n"
    "  --json   tell it as one JSON object\n"
    "  --help   this text\n"
    "\n"
    "Exit status: 0 done, 1 the device has none, 2 bad usage or input, 3 the host "
    "failed.\n";

/* Where the table is in what was read: it is one, or an OpRegion or a ROM has one. */
static int find_table(const struct source_bytes *source, const uint8_t **vbt,
                      struct igd_vbt *info, struct error *err)
{
    struct igd_opregion opregion;
    const uint8_t *at = source->bytes;
    size_t size = source->size;
    if (igd_opregion_parse(source->bytes, source->size, &opregion, NULL) == 0) {
        if (!opregion.vbt_offset)
            return error_set(err, ERROR_INPUT, -ENOENT, "the OpRegion holds no VBT");
        at += opregion.vbt_offset;
        size -= opregion.vbt_offset;
    } else if (size < 4 || memcmp(at, "$VBT", 4) != 0) {
        const uint8_t *found = memmem(at, size, "$VBT", 4);
        if (!found)
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "neither a VBT nor an OpRegion, and no \"$VBT\" in it");
        size -= (size_t)(found - at);
        at = found;
    }
    *vbt = at;
    return igd_vbt_parse(at, size, info, err);
}

static int show(const char *where, bool json, struct error *err)
{
    struct source_bytes source;
    struct igd_vbt info;
    const uint8_t *vbt = NULL;
    int result = source_bytes_read(&source, where, SOURCE_VBT, 16u << 20, err);
    if (result < 0)
        return result;
    result = find_table(&source, &vbt, &info, err);
    if (result < 0) {
        error_prefix(err, "%s", source.name);
    } else if (json) {
        struct json_object *whole = vbt_report_json(vbt, &info);
        json_print(stdout, whole);
    } else {
        vbt_report_print(vbt, &info);
    }
    source_bytes_free(&source);
    return result;
}

static const struct command_line command_line = { "vbt", plain_options, PLAIN_OPTIONS,
                                                  2 };

int cmd_vbt(int argc, char **argv)
{
    struct plain_arguments arguments = { 0 };
    struct error err = { 0 };
    int operands = command_line_read(&command_line, argc, argv, &arguments, &err);
    if (operands >= 0 && arguments.help) {
        fputs(help_text, stdout);
        return STATUS_DONE;
    }
    if (operands >= 0 && (operands == 0 || strcmp(argv[argc - operands], "show") != 0))
        operands = error_set(&err, ERROR_INPUT, -EINVAL,
                             "expected show [FILE|ADDRESS]; see 'igdvm vbt --help'");
    const char *where = operands == 2 ? argv[argc - 1] : "00:02.0";
    if (operands < 0 || show(where, arguments.json, &err) < 0)
        return command_fail("vbt", &err);
    return STATUS_DONE;
}
