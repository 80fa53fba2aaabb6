/* model.c: igdvm model: serves the GPU model, or writes its ROM and OpRegion. */
#include "cmd/commands.h"

#include "base/bytes.h"           /* ARRAY_SIZE */
#include "base/error.h"           /* errors */
#include "base/event_loop.h"      /* the server's loop */
#include "base/log.h"             /* log level */
#include "igd/platform.h"         /* what each GPU is */
#include "model/chips.h"          /* --gen */
#include "model/model.h"          /* --describe */
#include "model/opregion_image.h" /* --write-opregion */
#include "model/server.h"         /* --socket */
#include "model/vbios_image.h"    /* --write-rom */

#include <getopt.h>       /* options */
#include <signal.h>       /* how it ends */
#include <stdio.h>        /* files */
#include <stdlib.h>       /* strtoull */
#include <sys/signalfd.h> /* signals as events */
#include <unistd.h>       /* close */

#define DEFAULT_LPC_ID 0x29188086u /* ICH9: 8086:2918 */
#define DEFAULT_BDSM   0x7b800000u
/* How much clients can make the model say. */
#define CLIENT_LINES          500
#define CLIENT_LINES_A_MINUTE 60

struct arguments {
    struct server_options server;
    const char *write_rom;
    const char *write_opregion;
    bool has_bdsm;
    bool describe;
    bool help;
};

/* What the signal handler's event needs. */
struct running {
    struct event_loop *loop;
    struct server *server;
    int signals;
};

static const char help_text[] =
    "usage: igdvm model --gen NAME [--socket PATH] [OPTIONS]\n"
    "\n"
    "Serves a software model of an Intel GPU to vfio-user clients, one after another.\n"
    "\n"
    "  --gen NAME             which GPU, see below\n"
    "  --socket PATH          UNIX socket to serve on\n"
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

static void print_help(void)
{
    fputs(help_text, stdout);
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

static int set_chip(struct arguments *arguments, const char *value, struct error *err)
{
    char known[1024];
    arguments->server.model.chip = model_chip_find(value);
    if (arguments->server.model.chip)
        return 0;
    list_chips(known, sizeof(known));
    return error_set(err, ERROR_INPUT, -EINVAL,
                     "--gen %s: no such model; known are: %s", value, known);
}

static int set_lpc_id(struct arguments *arguments, const char *value, struct error *err)
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

static int set_bdsm(struct arguments *arguments, const char *value, struct error *err)
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

static int set_gms(struct arguments *arguments, const char *value, struct error *err)
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

static int set_class(struct arguments *arguments, const char *value, struct error *err)
{
    if (strcmp(value, "0300") != 0 && strcmp(value, "0380") != 0)
        return error_set(err, ERROR_INPUT, -EINVAL, "--class %s: expected 0300 or 0380",
                         value);
    arguments->server.model.subclass = strcmp(value, "0380") == 0 ? 0x80 : 0;
    return 0;
}

/* "rom,vga": the host regions that are not offered. */
static int set_absent(struct arguments *arguments, const char *value, struct error *err)
{
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
    WITHOUT,
    LPC_ID,
    ROM,
    OPREGION,
    DESCRIBE,
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
    { "without", required_argument, NULL, WITHOUT },
    { "describe", no_argument, NULL, DESCRIBE },
    { "lpc-id", required_argument, NULL, LPC_ID },
    { "write-rom", required_argument, NULL, ROM },
    { "write-opregion", required_argument, NULL, OPREGION },
    { "vga-text", required_argument, NULL, TEXT },
    { "log-level", required_argument, NULL, LEVEL },
    { "help", no_argument, NULL, HELP },
    { NULL, 0, NULL, 0 },
};

static int take_option(struct arguments *arguments, int option, struct error *err)
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
    case WITHOUT:
        return set_absent(arguments, optarg, err);
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

static int check_arguments(struct arguments *arguments, struct error *err)
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
    if (model->absent && !model->host_regions)
        return error_set(
            err, ERROR_INPUT, -EINVAL,
            "--without needs --host-regions: without it the model has none "
            "of those");
    if (model->host_regions && !arguments->has_bdsm)
        model->bdsm = DEFAULT_BDSM;
    return 0;
}

static int parse(struct arguments *arguments, int argc, char **argv, struct error *err)
{
    *arguments = (struct arguments){ .server.model.lpc_id = DEFAULT_LPC_ID };
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

static int write_file(const char *path, const void *data, size_t size,
                      struct error *err)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return error_system(err, -errno, "%s", path);
    bool ok = fwrite(data, 1, size, file) == size;
    int code = errno;
    if (fclose(file) != 0) {
        ok = false;
        code = errno;
    }
    return ok ? 0 : error_system(err, -code, "%s", path);
}

static int write_rom(const char *path, const struct model_options *model,
                     struct error *err)
{
    const struct vbios_image_options options = {
        .chip = model->chip,
        .lpc_id = model->lpc_id,
    };
    const struct igd_platform *platform = igd_platform_find(model->chip->name);
    if (!platform || !platform->has_vbios)
        return error_set(
            err, ERROR_IMPOSSIBLE, -ENOTSUP,
            "--write-rom %s: no VBIOS exists for %s; Gen6 to Gen9 have one", path,
            model->chip->name);
    size_t capacity = vbios_image_size();
    uint8_t *rom = malloc(capacity);
    if (!rom)
        return error_system(err, -ENOMEM, "VBIOS image");
    size_t size = vbios_image_build(&options, rom, capacity);
    int result = write_file(path, rom, size, err);
    free(rom);
    return result;
}

static int write_opregion(const char *path, const struct model_chip *chip,
                          struct error *err)
{
    uint32_t size = opregion_image_size(chip);
    uint8_t *image = malloc(size);
    if (!image)
        return error_system(err, -ENOMEM, "OpRegion image");
    opregion_image_build(chip, image);
    int result = write_file(path, image, size, err);
    free(image);
    return result;
}

static int describe(const struct model_options *options, struct error *err)
{
    struct model *model = model_new(options, NULL, NULL, err);
    if (!model)
        return -EINVAL;
    char *text = model_describe(model);
    model_free(model);
    if (!text)
        return error_system(err, -ENOMEM, "description");
    puts(text);
    free(text);
    return 0;
}

static int write_outputs(const struct arguments *arguments, struct error *err)
{
    const struct model_options *model = &arguments->server.model;
    int result = 0;
    if (arguments->write_rom)
        result = write_rom(arguments->write_rom, model, err);
    if (result == 0 && arguments->write_opregion)
        result = write_opregion(arguments->write_opregion, model->chip, err);
    if (result == 0 && arguments->describe)
        result = describe(model, err);
    return result;
}

static void signal_event(void *opaque, uint32_t events)
{
    struct running *running = opaque;
    struct signalfd_siginfo info;
    if (read(running->signals, &info, sizeof(info)) != sizeof(info))
        return;
    if (info.ssi_signo == SIGUSR1)
        server_write_text(running->server);
    else
        event_loop_stop(running->loop, 0);
}

static int open_signals(struct error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? error_system(err, -errno, "signals") : fd;
}

static int serve(const struct arguments *arguments, struct error *err)
{
    struct running running = { .signals = open_signals(err) };
    int result = running.signals;
    if (result < 0)
        return result;
    running.loop = event_loop_new(err);
    if (running.loop)
        running.server = server_new(running.loop, &arguments->server, err);
    if (running.server) {
        result = event_loop_add(running.loop, running.signals, EPOLLIN, signal_event,
                                &running);
        log_info("model", "%s (8086:%04x) on %s", arguments->server.model.chip->name,
                 arguments->server.model.chip->device_id, arguments->server.path);
        log_set_limit(CLIENT_LINES, CLIENT_LINES_A_MINUTE);
        if (result == 0)
            result = event_loop_run(running.loop);
        log_set_limit(0, 0);
        if (result < 0)
            error_system(err, result, "event loop");
    } else {
        result = -EINVAL;
    }
    server_free(running.server);
    event_loop_free(running.loop);
    close(running.signals);
    return result;
}

int cmd_model(int argc, char **argv)
{
    struct arguments arguments;
    struct error err = { .kind = ERROR_SYSTEM };
    int result = parse(&arguments, argc, argv, &err);
    if (result == 0 && arguments.help) {
        print_help();
        return STATUS_DONE;
    }
    if (result == 0)
        result = write_outputs(&arguments, &err);
    if (result == 0 && arguments.server.path)
        result = serve(&arguments, &err);
    if (result == 0)
        return STATUS_DONE;
    log_error("model", "%s", err.text);
    return (int)err.kind;
}
