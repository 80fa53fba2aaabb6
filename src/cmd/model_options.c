/* model_options.c: reads the options of igdvm model. */
#include "cmd/model_options.h"

#include "base/bytes.h"   /* ARRAY_SIZE */
#include "base/error.h"   /* errors */
#include "base/log.h"     /* log level */
#include "igd/platform.h" /* what each GPU is */
#include "model/chips.h"  /* --gen */

#include <getopt.h> /* options */
#include <stdio.h>  /* help */
#include <stdlib.h> /* strtoull */
#include <string.h> /* strcmp */

#define DEFAULT_LPC_ID 0x29188086u /* ICH9: 8086:2918 */
#define DEFAULT_BDSM   0x7b800000u

static const char help_text[] =
    "usage: igdvm model --gen NAME [--socket PATH] [OPTIONS]\n"
    "\n"
    "Serves a software model of an Intel GPU to vfio-user clients, one after another.\n"
    "\n"
    "  --gen NAME             which GPU, see below\n"
    "  --socket PATH          UNIX socket to serve on\n"
    "  --monitor LIST         connectors and monitors, as hdmi-b:1920x1080,edp-a,"
    "dp-c:none\n"
    "                         (default hdmi-b; see below)\n"
    "  --host-regions         pose as vfio-pci on a host: also offer the ROM, VGA,\n"
    "                         OpRegion and bridge regions, BDSM and ASLS set\n"
    "  --bdsm ADDRESS         base of stolen memory, set and locked from the start\n"
    "                         (default with --host-regions: 0x7b800000)\n"
    "  --gms CODE             the GMS field of GGC: how much stolen memory there is\n"
    "                         (default: 64 MiB)\n"
    "  --ivd                  set IVD: the GPU does not answer VGA cycles\n"
    "  --class CLASS          0300 (VGA, default) or 0380 (other display)\n"
    "  --lpc-id VENDOR:DEVICE identity of the host's 00:1f.0 (default 8086:2918); the\n"
    "                         VBIOS runs only beside it\n"
    "  --write-rom FILE       write the VBIOS image (Gen6 to Gen9)\n"
    "  --write-opregion FILE  write the OpRegion image\n"
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
    "after a\n"
    "colon come the monitor's modes, WIDTHxHEIGHT[@HERTZ] joined by '+', the preferred "
    "one\n"
    "first, or none for an empty connector. 'none' alone: the usual connector, empty.\n"
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

static int set_chip(struct model_arguments *arguments, const char *value,
                    struct error *err)
{
    arguments->server.model.chip = model_options_chip(value, err);
    return arguments->server.model.chip ? 0 : -EINVAL;
}

static int set_lpc_id(struct model_arguments *arguments, const char *value,
                      struct error *err)
{
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

static int set_bdsm(struct model_arguments *arguments, const char *value,
                    struct error *err)
{
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

static int set_gms(struct model_arguments *arguments, const char *value,
                   struct error *err)
{
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

static int set_class(struct model_arguments *arguments, const char *value,
                     struct error *err)
{
    if (strcmp(value, "0300") != 0 && strcmp(value, "0380") != 0)
        return error_set(err, ERROR_INPUT, -EINVAL, "--class %s: expected 0300 or 0380",
                         value);
    arguments->server.model.subclass = strcmp(value, "0380") == 0 ? 0x80 : 0;
    return 0;
}

static int set_log_level(const char *value, struct error *err)
{
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

enum {
    GEN,
    SOCKET,
    HOST_REGIONS,
    BDSM,
    GMS,
    IVD,
    CLASS,
    LPC_ID,
    ROM,
    OPREGION,
    DESCRIBE,
    MONITOR,
    TEXT,
    LEVEL,
    HELP
};

static const struct option long_options[] = {
    { "gen", required_argument, NULL, GEN },
    { "socket", required_argument, NULL, SOCKET },
    { "host-regions", no_argument, NULL, HOST_REGIONS },
    { "bdsm", required_argument, NULL, BDSM },
    { "gms", required_argument, NULL, GMS },
    { "ivd", no_argument, NULL, IVD },
    { "class", required_argument, NULL, CLASS },
    { "describe", no_argument, NULL, DESCRIBE },
    { "lpc-id", required_argument, NULL, LPC_ID },
    { "write-rom", required_argument, NULL, ROM },
    { "write-opregion", required_argument, NULL, OPREGION },
    { "monitor", required_argument, NULL, MONITOR },
    { "vga-text", required_argument, NULL, TEXT },
    { "log-level", required_argument, NULL, LEVEL },
    { "help", no_argument, NULL, HELP },
    { NULL, 0, NULL, 0 },
};

static int take_option(struct model_arguments *arguments, int option, struct error *err)
{
    switch (option) {
    case GEN:
        return set_chip(arguments, optarg, err);
    case SOCKET:
        arguments->server.path = optarg;
        return 0;
    case HOST_REGIONS:
        arguments->server.model.host_regions = true;
        return 0;
    case BDSM:
        return set_bdsm(arguments, optarg, err);
    case GMS:
        return set_gms(arguments, optarg, err);
    case IVD:
        arguments->server.model.vga_disabled = true;
        return 0;
    case CLASS:
        return set_class(arguments, optarg, err);
    case DESCRIBE:
        arguments->describe = true;
        return 0;
    case LPC_ID:
        return set_lpc_id(arguments, optarg, err);
    case ROM:
        arguments->write_rom = optarg;
        return 0;
    case OPREGION:
        arguments->write_opregion = optarg;
        return 0;
    case MONITOR:
        arguments->monitor_text = optarg;
        return 0;
    case TEXT:
        arguments->server.vga_text = optarg;
        return 0;
    case LEVEL:
        return set_log_level(optarg, err);
    default:
        arguments->help = true;
        return 0;
    }
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
    if (arguments->server.vga_text && !model->host_regions)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--vga-text needs --host-regions: without it the model has no "
                         "VGA");
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
    *arguments = (struct model_arguments){ .server.model.lpc_id = DEFAULT_LPC_ID };
    optind = 0; /* start anew: a caller may have used getopt before */
    opterr = 0;
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == '?') {
            error_set(err, ERROR_INPUT, -EINVAL,
                      "%s: no such option, or its value is missing; see 'igdvm model "
                      "--help'",
                      argv[optind - 1]);
            return -EINVAL;
        }
        if (take_option(arguments, option, err) < 0)
            return -EINVAL;
    }
    if (optind < argc) {
        error_set(err, ERROR_INPUT, -EINVAL,
                  "%s: unexpected argument; see 'igdvm model --help'", argv[optind]);
        return -EINVAL;
    }
    return arguments->help ? 0 : check_arguments(arguments, err);
}
