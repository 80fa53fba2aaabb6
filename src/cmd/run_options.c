/* run_options.c: reading the options of `igdvm run`. */
#include "cmd/run_options.h"

#include "base/bytes.h" /* MIB */
#include "base/error.h" /* error_set */
#include "base/log.h"   /* --verbose */
#include "pci/regs.h"   /* PCI_DEVFN */

#include <getopt.h> /* getopt_long */
#include <stdio.h>  /* help */
#include <stdlib.h> /* strtoull */
#include <string.h> /* strcmp */

enum option_code {
    OPTION_DEVICE = 256,
    OPTION_MODE,
    OPTION_VFIO_BACKEND,
    OPTION_ADDRESS,
    OPTION_ROM,
    OPTION_MEMORY,
    OPTION_CPUS,
    OPTION_FIRMWARE,
    OPTION_KERNEL,
    OPTION_INITRD,
    OPTION_APPEND,
    OPTION_DISK,
    OPTION_SERIAL,
    OPTION_DEBUG_CONSOLE,
    OPTION_NO_REBOOT,
    OPTION_STATS,
    OPTION_VERBOSE,
    OPTION_QUIET,
    OPTION_HELP,
};

static const struct option long_options[] = {
    { "device", required_argument, NULL, OPTION_DEVICE },
    { "mode", required_argument, NULL, OPTION_MODE },
    { "vfio-backend", required_argument, NULL, OPTION_VFIO_BACKEND },
    { "address", required_argument, NULL, OPTION_ADDRESS },
    { "rom", required_argument, NULL, OPTION_ROM },
    { "memory", required_argument, NULL, OPTION_MEMORY },
    { "cpus", required_argument, NULL, OPTION_CPUS },
    { "firmware", required_argument, NULL, OPTION_FIRMWARE },
    { "kernel", required_argument, NULL, OPTION_KERNEL },
    { "initrd", required_argument, NULL, OPTION_INITRD },
    { "append", required_argument, NULL, OPTION_APPEND },
    { "disk", required_argument, NULL, OPTION_DISK },
    { "serial", required_argument, NULL, OPTION_SERIAL },
    { "debug-console", required_argument, NULL, OPTION_DEBUG_CONSOLE },
    { "no-reboot", no_argument, NULL, OPTION_NO_REBOOT },
    { "stats", optional_argument, NULL, OPTION_STATS },
    { "verbose", no_argument, NULL, OPTION_VERBOSE },
    { "quiet", no_argument, NULL, OPTION_QUIET },
    { "help", no_argument, NULL, OPTION_HELP },
    { NULL, 0, NULL, 0 },
};

void run_options_help(void)
{
    fputs(
        "usage: igdvm run [OPTIONS]\n\n"
        "Starts a virtual machine, with the Intel GPU of this computer if asked.\n\n"
        "Intel GPU\n"
        "  --device 00:02.0       assign this host device (bound to vfio-pci); or\n"
        "                         vfio-user:SOCKET for a device served in software\n"
        "  --mode auto|legacy|upt legacy: primary display with VBIOS, VGA and "
        "OpRegion;\n"
        "                         upt: beside another display; auto (default): legacy\n"
        "                         when all it needs is there, else upt\n"
        "  --address 00:02.0      where the guest sees it\n"
        "  --vfio-backend auto|iommufd|group\n"
        "                         how the kernel hands the device over; auto "
        "(default):\n"
        "                         iommufd where it can be used, else the IOMMU group\n"
        "  --rom FILE|none        use this video BIOS instead of the device's, or "
        "none\n"
        "\nVirtual PC\n"
        "  --memory SIZE          guest RAM (default 1G)\n"
        "  --cpus N               processors (default 1)\n"
        "  --disk FILE[,ro]       raw image or block device as a virtio disk; "
        "repeatable\n"
        "  --kernel FILE          boot this Linux kernel directly\n"
        "  --initrd FILE          with this initial RAM disk\n"
        "  --append TEXT          and this command line\n"
        "  --firmware FILE        firmware image (default: the distribution's "
        "SeaBIOS)\n"
        "  --serial WHERE         serial port: stdio (default), none or file:PATH\n"
        "  --debug-console WHERE  firmware's log: none (default), stdio or file:PATH\n"
        "  --no-reboot            a reset by the guest ends igdvm\n"
        "\nTelling\n"
        "  --stats[=FILE]         at the end: exits, trapped pages, slots, DMA calls;\n"
        "                         with FILE as JSON\n"
        "  --verbose, --quiet     say more, or only warnings\n"
        "\nOn a terminal Ctrl-] ends the machine; other keys go to the guest.\n"
        "Exit status: 0 the guest powered off, 1 not possible as asked, 2 bad usage "
        "or\n"
        "input, 3 the host failed.\n",
        stdout);
}

static int bad(struct error *err, const char *option, const char *value,
               const char *expected)
{
    return error_set(err, ERROR_INPUT, -EINVAL, "--%s %s: expected %s", option, value,
                     expected);
}

static int parse_size(const char *text, uint64_t *size, struct error *err)
{
    static const struct {
        char letter;
        uint64_t unit;
    } units[] = { { 'K', KIB }, { 'M', MIB }, { 'G', GIB }, { 'T', GIB * 1024 } };
    char *end = NULL;

    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    uint64_t unit = MIB;
    for (unsigned i = 0; *end && i < ARRAY_SIZE(units); i++) {
        if ((*end & ~0x20) == units[i].letter) {
            unit = units[i].unit;
            end++;
            break;
        }
    }
    if (errno || end == text || *end || text[0] == '-' || number > UINT64_MAX / unit)
        return bad(err, "memory", text, "a size such as 512M or 4G");
    *size = number * unit;
    return 0;
}

static int parse_cpus(const char *text, unsigned *cpus, struct error *err)
{
    char *end = NULL;
    unsigned long number = strtoul(text, &end, 10);
    if (end == text || *end || number < 1 || number > MACHINE_MAX_CPUS)
        return bad(err, "cpus", text, "a number from 1 to 64");
    *cpus = (unsigned)number;
    return 0;
}

/* "00:02.0" or "0000:00:02.0", on the guest's only bus. */
static int parse_guest_address(const char *text, uint8_t *devfn, struct error *err)
{
    unsigned bus = 0, slot = 0, function = 0;
    int used = 0;
    const char *from = !strncmp(text, "0000:", 5) ? text + 5 : text;

    if (sscanf(from, "%2x:%2x.%1u%n", &bus, &slot, &function, &used) != 3 ||
        from[used] || bus != 0 || slot > 0x1f || function > 7)
        return bad(err, "address", text, "an address on bus 0, such as 00:02.0");
    *devfn = PCI_DEVFN(slot, function);
    return 0;
}

static int parse_mode(const char *text, enum igd_mode *mode, struct error *err)
{
    static const enum igd_mode modes[] = { IGD_MODE_AUTO, IGD_MODE_LEGACY,
                                           IGD_MODE_UPT };
    for (unsigned i = 0; i < ARRAY_SIZE(modes); i++) {
        if (!strcmp(text, igd_mode_name(modes[i]))) {
            *mode = modes[i];
            return 0;
        }
    }
    return bad(err, "mode", text, "auto, legacy or upt");
}

static int parse_vfio_backend(const char *text, enum vfio_kernel_backend *backend,
                              struct error *err)
{
    static const enum vfio_kernel_backend backends[] = { VFIO_KERNEL_AUTO,
                                                         VFIO_KERNEL_IOMMUFD,
                                                         VFIO_KERNEL_GROUP };
    for (unsigned i = 0; i < ARRAY_SIZE(backends); i++) {
        if (!strcmp(text, vfio_kernel_backend_name(backends[i]))) {
            *backend = backends[i];
            return 0;
        }
    }
    return bad(err, "vfio-backend", text, "auto, iommufd or group");
}

/* The text stays argv's; a trailing ",ro" is cut off it. */
static int parse_disk(char *text, struct machine_config *machine, struct error *err)
{
    if (machine->disk_count >= MACHINE_MAX_DISKS)
        return bad(err, "disk", text, "at most 8 disks");
    struct machine_disk *disk = &machine->disks[machine->disk_count++];
    char *comma = strrchr(text, ',');
    disk->path = text;
    if (comma && !strcmp(comma, ",ro")) {
        *comma = '\0';
        disk->read_only = true;
    }
    return 0;
}

static int check_where(const char *option, const char *text, struct error *err)
{
    if (!strcmp(text, "stdio") || !strcmp(text, "none") ||
        (!strncmp(text, "file:", 5) && text[5]))
        return 0;
    return bad(err, option, text, "stdio, none or file:PATH");
}

static int take_option(struct run_options *options, int code, char *value,
                       struct error *err)
{
    struct machine_config *machine = &options->machine;

    switch ((enum option_code)code) {
    case OPTION_DEVICE:
        machine->device = value;
        return 0;
    case OPTION_MODE:
        return parse_mode(value, &machine->mode, err);
    case OPTION_VFIO_BACKEND:
        return parse_vfio_backend(value, &machine->vfio_backend, err);
    case OPTION_ADDRESS:
        return parse_guest_address(value, &machine->devfn, err);
    case OPTION_ROM:
        machine->no_rom = !strcmp(value, "none");
        machine->rom = machine->no_rom ? NULL : value;
        return 0;
    case OPTION_MEMORY:
        return parse_size(value, &machine->memory, err);
    case OPTION_CPUS:
        return parse_cpus(value, &machine->cpus, err);
    case OPTION_FIRMWARE:
        machine->firmware = value;
        return 0;
    case OPTION_KERNEL:
        machine->kernel = value;
        return 0;
    case OPTION_INITRD:
        machine->initrd = value;
        return 0;
    case OPTION_APPEND:
        machine->command_line = value;
        return 0;
    case OPTION_DISK:
        return parse_disk(value, machine, err);
    case OPTION_SERIAL:
        options->serial = value;
        return check_where("serial", value, err);
    case OPTION_DEBUG_CONSOLE:
        options->debug_console = value;
        return check_where("debug-console", value, err);
    case OPTION_NO_REBOOT:
        machine->no_reboot = true;
        return 0;
    case OPTION_STATS:
        options->stats = true;
        options->stats_file = value;
        return 0;
    case OPTION_VERBOSE:
        log_set_level(LOG_DEBUG);
        return 0;
    case OPTION_QUIET:
        log_set_level(LOG_WARNING);
        return 0;
    case OPTION_HELP:
        options->help = true;
        return 0;
    }
    return -EINVAL;
}

static int check_together(const struct run_options *options, struct error *err)
{
    const struct machine_config *machine = &options->machine;

    if (!machine->kernel && (machine->initrd || machine->command_line))
        return error_set(err, ERROR_INPUT, -EINVAL, "--%s needs --kernel",
                         machine->initrd ? "initrd" : "append");
    if (!machine->device && (machine->mode != IGD_MODE_AUTO || machine->rom))
        return error_set(err, ERROR_INPUT, -EINVAL, "--%s needs --device",
                         machine->rom ? "rom" : "mode");
    if (machine->vfio_backend != VFIO_KERNEL_AUTO &&
        (!machine->device || !strncmp(machine->device, "vfio-user:", 10)))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--vfio-backend needs a host device with --device");
    return 0;
}

int run_options_parse(struct run_options *options, int argc, char **argv,
                      struct error *err)
{
    *options = (struct run_options){
        .machine = { .memory = 1 * GIB,
                     .cpus = 1,
                     .mode = IGD_MODE_AUTO,
                     .devfn = PCI_DEVFN(2, 0),
                     .serial_in = -1,
                     .serial_out = -1,
                     .debug_out = -1 },
        .serial = "stdio",
        .debug_console = "none",
    };
    opterr = 0;
    optind = 1;
    int code;
    while ((code = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
        if (code == ':')
            return error_set(err, ERROR_INPUT, -EINVAL, "%s needs a value",
                             argv[optind - 1]);
        if (code == '?')
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "no option '%s'; 'igdvm run --help' lists them",
                             argv[optind - 1]);
        if (code == 'h')
            code = OPTION_HELP;
        int result = take_option(options, code, optarg, err);
        if (result < 0)
            return result;
    }
    if (optind < argc)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "'%s' is no option; 'igdvm run --help' lists them",
                         argv[optind]);
    return options->help ? 0 : check_together(options, err);
}
