/* model_options.c: reads the options of igdvm model. */
#include "cmd/model_options.h"

#include "base/bytes.h"       /* ARRAY_SIZE */
#include "base/error.h"       /* errors */
#include "base/log.h"         /* log level */
#include "cmd/command_line.h" /* options */
#include "cmd/output_file.h"  /* can a picture be saved? */
#include "igd/platform.h"     /* what each GPU is */
#include "model/chips.h"      /* --gen */

#include <stddef.h> /* offsetof */
#include <stdio.h>  /* help */
#include <stdlib.h> /* strtoull */
#include <string.h> /* strcmp */

#define DEFAULT_LPC_ID 0x29188086u /* ICH9: 8086:2918 */
#define DEFAULT_BDSM   0x7b800000u

static const char help_text[] =
    "usage: igdvm model --gen NAME [--socket PATH] [OPTIONS]\n"
    "       igdvm model ctl PATH COMMAND [ARGUMENTS]\n"
    "\n"
    "Serves a software model of an Intel GPU to vfio-user clients, one after another.\n"
    "With ctl: watches or changes a model that was started with --control PATH; see\n"
    "'igdvm model ctl --help'.\n"
    "\n"
    "  --gen NAME             which GPU, see below\n"
    "  --socket PATH          UNIX socket to serve on\n"
    "  --monitor LIST         connectors and monitors, see below (default hdmi-b)\n"
    "  --screenshot FILE.png  write what the screen shows there when a client leaves, "
    "at\n"
    "                         the end and on SIGUSR1; further pipes go to FILE-b.png "
    "...\n"
    "  --vnc ADDRESS[,pipe=P] show a pipe (default: the first that runs) to VNC "
    "viewers;\n"
    "                         HOST:PORT, PORT (this computer only) or unix:PATH\n"
    "  --control PATH         UNIX socket for 'igdvm model ctl'\n"
    "  --fault NAME[=VALUE],...\n"
    "                         misbehave, to test drivers and VMMs; --fault help tells "
    "how\n"
    "  --display-slowdown N   let frames take N times as long, for slow guests\n"
    "  --display-clock patient|exact\n"
    "                         let a vertical blank wait while a driver updates planes\n"
    "                         (default), or for nobody, as hardware\n"
    "  --aperture fast|exact  BAR2 as memory a client maps (default), or each access "
    "led\n"
    "                         through the GTT, which is slow\n"
    "  --host-regions         pose as vfio-pci on a host: also offer the ROM, VGA,\n"
    "                         OpRegion and bridge regions, BDSM and ASLS set\n"
    "  --bdsm ADDRESS         base of stolen memory, set and locked from the start\n"
    "                         (default with --host-regions: 0x7b800000)\n"
    "  --gms CODE             the GMS field of GGC: how much stolen memory there is\n"
    "                         (default: 64 MiB)\n"
    "  --ivd                  set IVD: the GPU does not answer VGA cycles\n"
    "  --class CLASS          0300 (VGA, default) or 0380 (other display)\n"
    "  --without REGIONS      with --host-regions: offer these not: rom, vga,\n"
    "                         opregion, host-bridge, lpc-bridge, with commas between\n"
    "  --lpc-id VENDOR:DEVICE identity of the host's 00:1f.0 (default 8086:2918); the\n"
    "                         VBIOS runs only beside it\n"
    "  --write-rom FILE       write the option ROM: a VBIOS (Gen6 to Gen9), a UEFI "
    "driver\n"
    "                         (up to Gen12)\n"
    "  --write-opregion FILE  write the OpRegion of a host, as 'igdvm opregion build "
    "--host'\n"
    "  --describe             print what the model is and where its registers are,\n"
    "                         as JSON\n"
    "  --vga-text FILE        with --host-regions: write the VGA text screen there "
    "when\n"
    "                         a client leaves and on SIGUSR1\n"
    "  --log-level LEVEL      error, warning, info (default) or debug\n"
    "  --help                 this text\n"
    "\n"
    "With --write-rom, --write-opregion or --describe and no --socket it ends after "
    "that.\n"
    "\n"
    "LIST names connectors by kind (hdmi, dp, edp) and port, separated by commas; "
    "after "
    "a\n"
    "colon come the monitor's modes, WIDTHxHEIGHT[@HERTZ] joined by '+', the preferred "
    "one\n"
    "first, or 'none' for an empty connector: hdmi-b:1920x1080+1280x720,dp-c:none. "
    "'none'\n"
    "alone is the usual connector, empty.\n"
    "\n"
    "The GPUs:\n";

/* The --gen names, separated by commas. */
static void list_chips(char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; model_chip_at(i) && used < size; i++) {
        int more = snprintf(text + used, size - used, "%s%s", i ? ", " : "",
                            model_chip_at(i)->name);
        used += more > 0 ? (size_t)more : 0;
    }
}

void model_options_print_chips(void)
{
    for (size_t i = 0; model_chip_at(i); i++) {
        const struct model_chip *chip = model_chip_at(i);
        const struct igd_platform *platform = igd_platform_find(chip->name);
        char text[8];
        printf("  %-15s 8086:%04x, %s, Gen%s%s\n", chip->name, chip->device_id,
               platform ? platform->title : "?",
               platform ? igd_generation_text(platform, text, sizeof(text)) : "?",
               platform && platform->has_vbios ? "" : ", no VBIOS");
    }
}

void model_options_fault_help(void)
{
    fputs("Faults for --fault and 'igdvm model ctl PATH fault':\n\n", stdout);
    for (unsigned i = 0; i < FAULT_COUNT; i++) {
        const struct model_fault_row *row = model_fault_row((enum model_fault)i);
        char name[40], usual[64];
        snprintf(name, sizeof(name), "%s%s", row->name, row->value_text ? "=N" : "");
        printf("  %-18s %s", name, row->text);
        if (row->value_text)
            printf("\n%21sN: %s; unless told %s", "", row->value_text,
                   model_fault_text((enum model_fault)i, row->value, usual,
                                    sizeof(usual)));
        puts("");
    }
}

void model_options_help(void)
{
    fputs(help_text, stdout);
    model_options_print_chips();
}

const struct model_chip *model_options_chip(const char *name, struct error *err)
{
    char known[1024];
    const struct model_chip *chip = model_chip_find(name);
    if (chip)
        return chip;
    list_chips(known, sizeof(known));
    error_set(err, ERROR_INPUT, -EINVAL, "--gen %s: no such model; known are: %s", name,
              known);
    return NULL;
}

int model_options_monitors(struct model_monitors *monitors,
                           const struct model_chip *chip, const char *text,
                           struct error *err)
{
    if (model_monitors_parse(monitors, chip, text, err) < 0) {
        error_prefix(err, "--monitor");
        return -EINVAL;
    }
    return 0;
}

static int set_chip(void *opaque, const char *value, struct error *err)
{
    struct model_arguments *arguments = opaque;
    arguments->server.model.chip = model_options_chip(value, err);
    return arguments->server.model.chip ? 0 : -EINVAL;
}

static int set_lpc_id(void *opaque, const char *value, struct error *err)
{
    struct model_arguments *arguments = opaque;
    unsigned vendor, device;
    char end;
    if (sscanf(value, "%4x:%4x%c", &vendor, &device, &end) != 2)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--lpc-id %s: expected VENDOR:DEVICE in hexadecimal, as "
                         "8086:2918",
                         value);
    arguments->server.model.lpc_id = (uint32_t)device << 16 | vendor;
    return 0;
}

static int set_bdsm(void *opaque, const char *value, struct error *err)
{
    struct model_arguments *arguments = opaque;
    char *end;
    errno = 0;
    unsigned long long address = strtoull(value, &end, 0);
    if (errno || end == value || *end || address == 0 || address > UINT32_MAX ||
        address % MIB)
        return error_set(
            err, ERROR_INPUT, -EINVAL,
            "--bdsm %s: expected an address below 4 GiB that is a multiple "
            "of 1 MiB, as 0x7b800000",
            value);
    arguments->server.model.bdsm = (uint32_t)address;
    arguments->has_bdsm = true;
    return 0;
}

static int set_gms(void *opaque, const char *value, struct error *err)
{
    struct model_arguments *arguments = opaque;
    char *end;
    errno = 0;
    unsigned long code = strtoul(value, &end, 0);
    if (errno || end == value || *end || code > 0xff)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--gms %s: expected a GMS code, 0 to 0xff, as 2 or 0xf0",
                         value);
    arguments->server.model.gms = (uint8_t)code;
    arguments->server.model.has_gms = true;
    return 0;
}

static int set_class(void *opaque, const char *value, struct error *err)
{
    struct model_arguments *arguments = opaque;
    if (strcmp(value, "0300") != 0 && strcmp(value, "0380") != 0)
        return error_set(err, ERROR_INPUT, -EINVAL, "--class %s: expected 0300 or 0380",
                         value);
    arguments->server.model.subclass = strcmp(value, "0380") == 0 ? 0x80 : 0;
    return 0;
}

static int set_aperture(void *opaque, const char *value, struct error *err)
{
    struct model_arguments *arguments = opaque;
    if (strcmp(value, "fast") != 0 && strcmp(value, "exact") != 0)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--aperture %s: expected fast or exact", value);
    arguments->server.model.aperture =
        strcmp(value, "exact") == 0 ? MODEL_APERTURE_EXACT : MODEL_APERTURE_FAST;
    return 0;
}

static int set_fault(void *opaque, const char *value, struct error *err)
{
    struct model_arguments *arguments = opaque;
    if (strcmp(value, "help") == 0) {
        arguments->fault_help = true;
        return 0;
    }
    if (model_faults_parse(&arguments->server.model.faults, value, err) < 0) {
        error_prefix(err, "--fault");
        return -EINVAL;
    }
    return 0;
}

static int set_slowdown(void *opaque, const char *value, struct error *err)
{
    struct model_arguments *arguments = opaque;
    char *end;
    unsigned long times = strtoul(value, &end, 10);
    if (end == value || *end || times == 0 || times > 1000)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--display-slowdown %s: expected 1 to 1000", value);
    arguments->server.model.display_slowdown = (unsigned)times;
    return 0;
}

#define PATIENCE 75 /* percent of a frame: updates of a fast guest delay nothing */

static int set_clock(void *opaque, const char *value, struct error *err)
{
    struct model_arguments *arguments = opaque;
    if (strcmp(value, "patient") != 0 && strcmp(value, "exact") != 0)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--display-clock %s: expected patient or exact", value);
    arguments->server.model.display_patience =
        strcmp(value, "patient") == 0 ? PATIENCE : 0;
    return 0;
}

/* "ADDRESS" or "ADDRESS,pipe=b". */
static int set_vnc(void *opaque, const char *value, struct error *err)
{
    struct model_arguments *arguments = opaque;
    struct viewer_options *viewer = &arguments->server.viewer;
    const char *comma = strrchr(value, ',');
    size_t length = comma ? (size_t)(comma - value) : strlen(value);
    if (comma && (strncmp(comma, ",pipe=", 6) != 0 || comma[6] < 'a' ||
                  comma[6] > 'd' || comma[7]))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--vnc %s: expected ADDRESS or ADDRESS,pipe=a to pipe=d",
                         value);
    if (length >= sizeof(arguments->vnc))
        return error_set(err, ERROR_INPUT, -ENAMETOOLONG,
                         "--vnc: an address of %zu characters, expected at most %zu",
                         length, sizeof(arguments->vnc) - 1);
    memcpy(arguments->vnc, value, length);
    arguments->vnc[length] = '\0';
    viewer->vnc = arguments->vnc;
    viewer->vnc_pipe = comma ? comma[6] : 0;
    return 0;
}

/* "rom,vga": the host regions that are not offered. */
static int set_absent(void *opaque, const char *value, struct error *err)
{
    struct model_arguments *arguments = opaque;
    static const struct {
        const char *name;
        unsigned region;
    } regions[] = { { "rom", MODEL_REGION_ROM },
                    { "vga", MODEL_REGION_VGA },
                    { "opregion", MODEL_REGION_OPREGION },
                    { "host-bridge", MODEL_REGION_HOST_BRIDGE },
                    { "lpc-bridge", MODEL_REGION_LPC_BRIDGE } };
    for (const char *at = value;; at++) {
        size_t length = strcspn(at, ","), i = 0;
        while (i < ARRAY_SIZE(regions) && (strlen(regions[i].name) != length ||
                                           strncmp(at, regions[i].name, length) != 0))
            i++;
        if (i == ARRAY_SIZE(regions))
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "--without %s: expected some of rom, vga, opregion, "
                             "host-bridge, lpc-bridge, with commas between",
                             value);
        arguments->server.model.absent |= 1U << regions[i].region;
        at += length;
        if (!*at)
            return 0;
    }
}

static int set_log_level(void *opaque, const char *value, struct error *err)
{
    (void)opaque;
    static const char *const names[] = { "error", "warning", "info", "debug" };
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(value, names[i])) {
            log_set_level((enum log_level)i);
            return 0;
        }
    }
    return error_set(err, ERROR_INPUT, -EINVAL,
                     "--log-level %s: expected error, warning, info or debug", value);
}

#define MEMBER(name) offsetof(struct model_arguments, name)

static const struct command_option option_rows[] = {
    { "gen", OPTION_TAKE, 0, set_chip },
    { "socket", OPTION_TEXT, MEMBER(server.path) },
    { "monitor", OPTION_TEXT, MEMBER(monitor_text) },
    { "screenshot", OPTION_TEXT, MEMBER(server.viewer.screenshot) },
    { "vnc", OPTION_TAKE, 0, set_vnc },
    { "control", OPTION_TEXT, MEMBER(server.control) },
    { "fault", OPTION_TAKE, 0, set_fault },
    { "display-slowdown", OPTION_TAKE, 0, set_slowdown },
    { "display-clock", OPTION_TAKE, 0, set_clock },
    { "aperture", OPTION_TAKE, 0, set_aperture },
    { "host-regions", OPTION_FLAG, MEMBER(server.model.host_regions) },
    { "bdsm", OPTION_TAKE, 0, set_bdsm },
    { "gms", OPTION_TAKE, 0, set_gms },
    { "ivd", OPTION_FLAG, MEMBER(server.model.vga_disabled) },
    { "class", OPTION_TAKE, 0, set_class },
    { "without", OPTION_TAKE, 0, set_absent },
    { "lpc-id", OPTION_TAKE, 0, set_lpc_id },
    { "write-rom", OPTION_TEXT, MEMBER(write_rom) },
    { "write-opregion", OPTION_TEXT, MEMBER(write_opregion) },
    { "describe", OPTION_FLAG, MEMBER(describe) },
    { "vga-text", OPTION_TEXT, MEMBER(server.vga_text) },
    { "log-level", OPTION_TAKE, 0, set_log_level },
    { "help", OPTION_FLAG, MEMBER(help) },
};

static const struct command_line command_line = { "model", option_rows,
                                                  ARRAY_SIZE(option_rows), 0 };

/* Say which of the options that only a server has was given without one, or in vain. */
static int check_server(const struct model_arguments *arguments, struct error *err)
{
    const struct model_server_options *server = &arguments->server;
    const char *option = server->viewer.screenshot ? "--screenshot"
                         : server->viewer.vnc      ? "--vnc"
                         : server->control         ? "--control"
                                                   : NULL;
    if (!server->path && option)
        return error_set(err, ERROR_INPUT, -EINVAL, "%s needs --socket", option);
    const char *screenshot = server->viewer.screenshot;
    return screenshot ? output_file_check("--screenshot", screenshot, err) : 0;
}

static int check_arguments(struct model_arguments *arguments, struct error *err)
{
    struct model_options *model = &arguments->server.model;
    if (!model->chip) {
        error_set(err, ERROR_INPUT, -EINVAL,
                  "--gen is missing; 'igdvm model --help' lists the models");
        return -EINVAL;
    }
    if (!arguments->server.path && !arguments->write_rom &&
        !arguments->write_opregion && !arguments->describe)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "nothing to do: give --socket, --write-rom, --write-opregion "
                         "or --describe");
    if (check_server(arguments, err) < 0)
        return -EINVAL;
    if (arguments->server.vga_text && !model->host_regions)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--vga-text needs --host-regions: without it the model has no "
                         "VGA");
    if (model->absent && !model->host_regions)
        return error_set(
            err, ERROR_INPUT, -EINVAL,
            "--without needs --host-regions: without it the model has none of those");
    if (model_options_monitors(&arguments->monitors, model->chip,
                               arguments->monitor_text, err) < 0)
        return -EINVAL;
    model->monitors = &arguments->monitors;
    if (model->host_regions && !arguments->has_bdsm)
        model->bdsm = DEFAULT_BDSM;
    return 0;
}

int model_options_parse(struct model_arguments *arguments, int argc, char **argv,
                        struct error *err)
{
    *arguments = (struct model_arguments){
        .server.model.lpc_id = DEFAULT_LPC_ID,
        .server.model.display_patience = PATIENCE,
    };
    int result = command_line_read(&command_line, argc, argv, arguments, err);
    if (result < 0)
        return result;
    return arguments->help || arguments->fault_help ? 0
                                                    : check_arguments(arguments, err);
}
