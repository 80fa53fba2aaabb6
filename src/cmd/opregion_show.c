/* opregion_show.c: igdvm opregion show and extract. */
#include "cmd/opregion.h"

#include "base/bytes.h"       /* loads */
#include "base/error.h"       /* errors */
#include "cmd/command_line.h" /* options */
#include "cmd/commands.h"     /* exit statuses */
#include "cmd/json_print.h"   /* the JSON twin */
#include "cmd/output_file.h"  /* what is extracted */
#include "cmd/source_bytes.h" /* files and devices */
#include "cmd/vbt_report.h"   /* the VBT in it */
#include "igd/opregion.h"     /* the table */

#include <json-c/json.h> /* --json */
#include <stddef.h>      /* offsetof */
#include <stdio.h>       /* printf */

static const char show_help[] =
    "usage: igdvm opregion show [FILE|ADDRESS] [--json]\n"
    "\n"
    "Shows what an OpRegion holds: version, mailboxes, lid, and the outputs of its "
    "VBT.\n"
    "ADDRESS (default 00:02.0) is a device that vfio-pci has, or for root i915 or "
    "xe.\n"
    "\n"
    "  --json   tell it as one JSON object\n"
    "  --help   this text\n";

static const char extract_help[] =
    "usage: igdvm opregion extract [FILE|ADDRESS] -o OUT [--vbt] [--json]\n"
    "\n"
    "Writes the OpRegion of a device (default 00:02.0; as for 'show') to a file, or "
    "only\n"
    "its VBT. The device's is only read.\n"
    "\n"
    "  -o, --output OUT   where to write\n"
    "  --vbt              only the VBT\n"
    "  --json             tell it as one JSON object\n"
    "  --help             this text\n";

struct show_arguments {
    const char *where, *output;
    bool vbt, json, help;
};

#define MEMBER(name) offsetof(struct show_arguments, name)

static const struct command_option option_rows[] = {
    { "json", OPTION_FLAG, MEMBER(json) },
    { "help", OPTION_FLAG, MEMBER(help) },
    { "output", OPTION_TEXT, MEMBER(output), NULL, 'o' },
    { "vbt", OPTION_FLAG, MEMBER(vbt) },
};

/* The first two are all that show has. */
static const struct command_line show_line = { "opregion show", option_rows, 2, 1 };
static const struct command_line extract_line = { "opregion extract", option_rows,
                                                  ARRAY_SIZE(option_rows), 1 };

static const struct {
    unsigned bit;
    const char *name;
} mailboxes[] = {
    { 0, "ACPI" }, { 1, "software SCI" },   { 2, "ASLE" },
    { 3, "VBT" },  { 4, "ASLE extension" }, { 5, "backlight" },
};

static void print_text(const struct source_bytes *source,
                       const struct igd_opregion *info)
{
    printf("%s: OpRegion of version %u.%u, %u KiB, %zu bytes with what is appended\n",
           source->name, info->major, info->minor, (unsigned)(info->size / KIB),
           source->size);
    printf("  mailboxes:");
    for (unsigned i = 0; i < ARRAY_SIZE(mailboxes); i++) {
        if (info->mailboxes & 1u << mailboxes[i].bit)
            printf(" %s%s", mailboxes[i].name, info->mailboxes >> (i + 1) ? "," : "");
    }
    printf("\n  lid: %s\n", load32(source->bytes + IGD_OPREGION_CLID) & 1
                                ? "open"
                                : "shut or not told (a guest's copy says open)");
    if (!info->vbt_offset) {
        puts("  no VBT");
        return;
    }
    printf("  VBT at 0x%llx%s\n", (unsigned long long)info->vbt_offset,
           info->extended_vbt ? " (extended)" : "");
}

static void print_json(const struct source_bytes *source,
                       const struct igd_opregion *info, struct json_object *vbt)
{
    struct json_object *whole = json_object_new_object();
    struct json_object *list = json_object_new_array();
    char version[16];
    snprintf(version, sizeof(version), "%u.%u", info->major, info->minor);
    json_object_object_add(whole, "source", json_object_new_string(source->name));
    json_object_object_add(whole, "version", json_object_new_string(version));
    json_object_object_add(whole, "size", json_object_new_int64((int64_t)source->size));
    for (unsigned i = 0; i < ARRAY_SIZE(mailboxes); i++) {
        if (info->mailboxes & 1u << mailboxes[i].bit)
            json_object_array_add(list, json_object_new_string(mailboxes[i].name));
    }
    json_object_object_add(whole, "mailboxes", list);
    json_object_object_add(
        whole, "lid_open",
        json_object_new_boolean(load32(source->bytes + IGD_OPREGION_CLID) & 1));
    json_object_object_add(whole, "extended_vbt",
                           json_object_new_boolean(info->extended_vbt));
    json_object_object_add(whole, "vbt", vbt);
    json_print(stdout, whole);
}

static int read_opregion(const struct show_arguments *arguments,
                         struct source_bytes *source, struct igd_opregion *info,
                         struct error *err)
{
    int result = source_bytes_read(source, arguments->where, SOURCE_OPREGION,
                                   IGD_OPREGION_MAX, err);
    if (result < 0)
        return result;
    result = igd_opregion_parse(source->bytes, source->size, info, err);
    if (result < 0) {
        error_prefix(err, "%s", source->name);
        source_bytes_free(source);
    }
    return result;
}

static int show(const struct show_arguments *arguments, struct error *err)
{
    struct source_bytes source;
    struct igd_opregion info;
    struct igd_vbt vbt;
    int result = read_opregion(arguments, &source, &info, err);
    if (result < 0)
        return result;
    const uint8_t *table = info.vbt_offset ? source.bytes + info.vbt_offset : NULL;
    /* Accepted with the OpRegion; here only read again. */
    if (table && igd_vbt_parse(table, info.vbt_size, &vbt, NULL) < 0)
        table = NULL;
    if (arguments->json) {
        print_json(&source, &info, table ? vbt_report_json(table, &vbt) : NULL);
    } else {
        print_text(&source, &info);
        if (table)
            vbt_report_print(table, &vbt);
    }
    source_bytes_free(&source);
    return 0;
}

static void print_written(const char *source, const char *output, size_t size)
{
    json_object *whole = json_object_new_object();
    json_object_object_add(whole, "source", json_object_new_string(source));
    json_object_object_add(whole, "output", json_object_new_string(output));
    json_object_object_add(whole, "size", json_object_new_int64((int64_t)size));
    json_print(stdout, whole);
}

static int extract(const struct show_arguments *arguments, struct error *err)
{
    struct source_bytes source;
    struct igd_opregion info;
    if (!arguments->output)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "-o OUT is missing: where to write it");
    int result = read_opregion(arguments, &source, &info, err);
    if (result < 0)
        return result;
    const uint8_t *from = source.bytes;
    size_t size = source.size;
    if (arguments->vbt) {
        from += info.vbt_offset;
        size = info.vbt_size;
    }
    if (arguments->vbt && !info.vbt_offset)
        result = error_set(err, ERROR_IMPOSSIBLE, -ENOENT, "%s: it holds no VBT",
                           source.name);
    else
        result = output_file_write(arguments->output, from, size, err);
    if (result == 0 && arguments->json)
        print_written(source.name, arguments->output, size);
    else if (result == 0)
        printf("%s: the %s of %s, %zu bytes\n", arguments->output,
               arguments->vbt ? "VBT" : "OpRegion", source.name, size);
    source_bytes_free(&source);
    return result;
}

static int run(const struct command_line *line, int argc, char **argv, const char *help,
               int (*action)(const struct show_arguments *, struct error *))
{
    struct show_arguments arguments = { .where = "00:02.0" };
    struct error err = { 0 };
    int operands = command_line_read(line, argc, argv, &arguments, &err);
    if (operands >= 0 && arguments.help) {
        fputs(help, stdout);
        return STATUS_DONE;
    }
    if (operands > 0)
        arguments.where = argv[argc - 1];
    if (operands < 0 || action(&arguments, &err) < 0)
        return command_fail(line->command, &err);
    return STATUS_DONE;
}

int opregion_show(int argc, char **argv)
{
    return run(&show_line, argc, argv, show_help, show);
}

int opregion_extract(int argc, char **argv)
{
    return run(&extract_line, argc, argv, extract_help, extract);
}
