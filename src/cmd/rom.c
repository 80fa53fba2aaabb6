/* rom.c: igdvm rom: shows, checks, fixes and extracts video BIOSes and GOP drivers. */
#include "cmd/host_commands.h"

#include "base/bytes.h"       /* ARRAY_SIZE */
#include "base/error.h"       /* errors */
#include "cmd/command_line.h" /* options */
#include "cmd/output_file.h"  /* results */
#include "cmd/rom_firmware.h" /* a GOP in a firmware dump */
#include "cmd/rom_report.h"   /* what is told */
#include "cmd/source_bytes.h" /* files and devices */
#include "host/find_gpu.h"    /* this computer's GPU */
#include "igd/rom.h"          /* fixing */
#include "igd/rom_check.h"    /* checking */

#include <stddef.h> /* offsetof */
#include <stdio.h>  /* help */
#include <stdlib.h> /* strtoul */
#include <string.h> /* strcmp */

#define ROM_FILE_MAX (16u << 20)

static const char help_text[] =
    "usage: igdvm rom show|check [FILE|ADDRESS] [--device-id ID] [--json]\n"
    "       igdvm rom fix [FILE|ADDRESS] -o OUT [--device-id ID] [--json]\n"
    "       igdvm rom extract [ADDRESS] -o OUT [--json]\n"
    "       igdvm rom extract --firmware DUMP -o OUT [--vbt] [--json]\n"
    "\n"
    "show     the images in a ROM\n"
    "check    whether it will show a picture in a guest, and what is in the way\n"
    "fix      what a guest's firmware wants: identifier, saved stolen memory, "
    "checksum\n"
    "extract  the ROM of a device that vfio-pci has; or the GOP driver (with --vbt "
    "the\n"
    "         VBT) from a dump of your own computer's UEFI firmware\n"
    "\n"
    "Where no FILE or ADDRESS is given it is the Intel GPU's. Nothing is ever written "
    "to\n"
    "a device.\n"
    "\n"
    "  -o, --output OUT   where to write\n"
    "  --device-id ID     the GPU it is for, as 5917 (default: this computer's)\n"
    "  --firmware DUMP    a dump of a flash chip, or an update file that is not "
    "packed\n"
    "  --vbt              take the VBT in place of the GOP driver\n"
    "  --json             tell it as one JSON object\n"
    "  --help             this text\n"
    "\n"
    "Exit status: 0 done (check: it is good as it is or as igdvm run prepares it), 1 "
    "it "
    "is\n"
    "not, 2 bad usage or input, 3 the host failed.\n";

static int set_device_id(void *opaque, const char *value, struct error *err)
{
    struct rom_arguments *arguments = opaque;
    char *end;
    arguments->device_id = (uint16_t)strtoul(value, &end, 16);
    if (end == value || *end || !arguments->device_id || strlen(value) > 6)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--device-id %s: expected a PCI device identifier as 5917",
                         value);
    return 0;
}

#define MEMBER(name) offsetof(struct rom_arguments, name)

static const struct command_option option_rows[] = {
    { "output", OPTION_TEXT, MEMBER(output), NULL, 'o' },
    { "device-id", OPTION_TAKE, 0, set_device_id },
    { "firmware", OPTION_TEXT, MEMBER(firmware) },
    { "vbt", OPTION_FLAG, MEMBER(vbt) },
    { "json", OPTION_FLAG, MEMBER(json) },
    { "help", OPTION_FLAG, MEMBER(help) },
};

static const struct command_line command_line = { "rom", option_rows,
                                                  ARRAY_SIZE(option_rows), 1 };

/* The GPU of this computer as source and as the device the ROM is for. */
static int fill_in(struct rom_arguments *arguments, struct error *err)
{
    struct display_device displays[FIND_GPU_MAX];
    unsigned count = find_displays("/sys", displays);
    if (!arguments->source && !arguments->firmware) {
        int result = find_gpu("/sys", arguments->address, err);
        if (result < 0)
            return result;
        arguments->source = arguments->address;
    }
    for (unsigned i = 0; i < count && !arguments->device_id; i++) {
        if (displays[i].vendor == 0x8086 &&
            strncmp(displays[i].address, "0000:00:", 8) == 0)
            arguments->device_id = displays[i].device;
    }
    return 0;
}

static int need_output(const struct rom_arguments *arguments, struct error *err)
{
    if (arguments->output)
        return 0;
    return error_set(err, ERROR_INPUT, -EINVAL, "-o OUT is missing: where to write it");
}

static int read_rom(const struct rom_arguments *arguments, struct source_bytes *source,
                    struct error *err)
{
    return source_bytes_read(source, arguments->source, SOURCE_ROM, ROM_FILE_MAX, err);
}

static int show_or_check(const struct rom_arguments *arguments, bool check,
                         struct error *err)
{
    struct source_bytes source;
    struct igd_rom_report report;
    int result = read_rom(arguments, &source, err);
    if (result < 0)
        return result;
    igd_rom_check(source.bytes, source.size, arguments->device_id, &report);
    rom_report_print(arguments, source.name, source.size, &report, check);
    source_bytes_free(&source);
    if (report.image_count == 0)
        return STATUS_USAGE;
    return !check || report.legacy || report.uefi ? STATUS_DONE : STATUS_IMPOSSIBLE;
}

static int do_show(struct rom_arguments *arguments, struct error *err)
{
    return show_or_check(arguments, false, err);
}

static int do_check(struct rom_arguments *arguments, struct error *err)
{
    return show_or_check(arguments, true, err);
}

static int do_fix(struct rom_arguments *arguments, struct error *err)
{
    struct source_bytes source = { 0 };
    struct igd_rom info;
    struct igd_rom_changes changes;
    int result = need_output(arguments, err);
    if (result == 0 && !arguments->device_id)
        result = error_set(err, ERROR_INPUT, -EINVAL,
                           "--device-id is missing, and this computer shows no Intel "
                           "GPU to take it from");
    if (result == 0)
        result = read_rom(arguments, &source, err);
    if (result < 0)
        return result;
    result = igd_rom_parse(source.bytes, source.size, &info, err);
    if (result == 0)
        result = igd_rom_prepare(source.bytes, source.size, arguments->device_id,
                                 &changes, err);
    if (result < 0)
        error_prefix(err, "%s", source.name);
    else /* a shadow's tail is whatever memory held */
        result =
            output_file_write(arguments->output, source.bytes, info.chain_size, err);
    if (result == 0)
        rom_report_fixed(arguments, source.name, info.chain_size, &changes);
    source_bytes_free(&source);
    return result;
}

static int do_extract(struct rom_arguments *arguments, struct error *err)
{
    struct source_bytes source = { 0 };
    struct igd_rom info;
    int result = need_output(arguments, err);
    if (result < 0)
        return result;
    if (arguments->firmware)
        return rom_extract_from_firmware(arguments, err);
    result = read_rom(arguments, &source, err);
    if (result < 0)
        return result;
    result = igd_rom_parse(source.bytes, source.size, &info, err);
    if (result < 0)
        error_prefix(err, "%s", source.name);
    else
        result =
            output_file_write(arguments->output, source.bytes, info.chain_size, err);
    if (result == 0)
        rom_report_written(arguments, source.name, info.chain_size, "ROM");
    source_bytes_free(&source);
    return result;
}

static const struct {
    const char *name;
    int (*run)(struct rom_arguments *arguments, struct error *err);
} actions[] = {
    { "show", do_show },
    { "check", do_check },
    { "fix", do_fix },
    { "extract", do_extract },
};

static int find_action(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(actions); i++) {
        if (strcmp(actions[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

int cmd_rom(int argc, char **argv)
{
    struct rom_arguments arguments = { 0 };
    struct error err = { 0 };
    if (argc >= 2 && command_asks_help(argv[1])) {
        fputs(help_text, stdout);
        return STATUS_DONE;
    }
    int action = argc >= 2 ? find_action(argv[1]) : -1;
    if (action < 0) {
        fprintf(stderr,
                "igdvm rom: expected show, check, fix or extract; see 'igdvm rom "
                "--help'\n");
        return STATUS_USAGE;
    }
    int result = command_line_read(&command_line, argc - 1, argv + 1, &arguments, &err);
    if (result >= 0 && arguments.help) {
        fputs(help_text, stdout);
        return STATUS_DONE;
    }
    if (result > 0)
        arguments.source = argv[argc - 1];
    if (result >= 0)
        result = fill_in(&arguments, &err);
    if (result >= 0)
        result = actions[action].run(&arguments, &err);
    return result >= 0 ? result : command_fail("rom", &err);
}
