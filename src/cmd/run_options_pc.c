/* run_options_pc.c: options of `igdvm run` about the virtual PC. */
#include "cmd/run_disk.h"       /* the value of --disk */
#include "cmd/run_options.h"    /* struct run_option */
#include "base/bytes.h"         /* MIB */
#include "base/error.h"         /* error_prefix */
#include "cmd/run_processors.h" /* --cpus */
#include "cmd/run_values.h"     /* what values may be */
#include "cmd/value_parts.h"    /* parts of them */

#include <string.h> /* strcmp */

static int take_memory(struct run_options *options, char *value, struct error *err)
{
    return run_value_size("memory", value, &options->machine.memory, err);
}

static int take_huge_pages(struct run_options *options, char *value, struct error *err)
{
    if (!value || !strcmp(value, "2M"))
        options->machine.huge_page_size = 2 * MIB;
    else if (!strcmp(value, "1G"))
        options->machine.huge_page_size = GIB;
    else
        return run_value_bad(err, "hugepages", value, "2M or 1G");
    return 0;
}

static int take_prealloc(struct run_options *options, char *value, struct error *err)
{
    (void)value;
    (void)err;
    options->machine.populate = true;
    return 0;
}

static int take_cpus(struct run_options *options, char *value, struct error *err)
{
    return run_processors_read(&options->machine, value, err);
}

static int take_cpu(struct run_options *options, char *value, struct error *err)
{
    int result = cpu_model_parse(&options->machine.cpu.model, value, err);
    if (result < 0)
        error_prefix(err, "--cpu %s", value);
    return result;
}

static int take_disk(struct run_options *options, char *value, struct error *err)
{
    struct machine_config *machine = &options->machine;
    if (machine->disk_count >= MACHINE_MAX_DISKS)
        return run_value_bad(err, "disk", value, "at most 8 disks");
    return run_disk_read(&machine->disks[machine->disk_count++], value, err);
}

static int take_kernel(struct run_options *options, char *value, struct error *err)
{
    (void)err;
    options->machine.kernel = value;
    return 0;
}

static int take_initrd(struct run_options *options, char *value, struct error *err)
{
    (void)err;
    options->machine.initrd = value;
    return 0;
}

static int take_append(struct run_options *options, char *value, struct error *err)
{
    (void)err;
    options->machine.command_line = value;
    return 0;
}

static int take_firmware(struct run_options *options, char *value, struct error *err)
{
    char *rest = value, *part;
    options->machine.firmware = value_part_next(&rest);
    options->machine.variables = NULL;
    while ((part = value_part_next(&rest))) {
        char *text = value_part_text(part);
        if (strcmp(part, "vars") != 0 || !text || !text[0])
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "--firmware %s: '%s': expected vars=FILE; a comma of a "
                             "file's name is written twice",
                             options->machine.firmware, part);
        options->machine.variables = text;
    }
    return 0;
}

static int take_display(struct run_options *options, char *value, struct error *err)
{
    if (!strcmp(value, "vga"))
        options->machine.display = MACHINE_DISPLAY_VGA;
    else if (!strcmp(value, "none"))
        options->machine.display = MACHINE_DISPLAY_NONE;
    else
        return run_value_bad(err, "display", value, "vga or none");
    return 0;
}

static int take_serial(struct run_options *options, char *value, struct error *err)
{
    if (options->serial_count == MACHINE_MAX_SERIALS)
        return run_value_bad(err, "serial", value, "at most 4 serial ports");
    options->serials[options->serial_count++] = value;
    return run_value_serial("serial", value, err);
}

static int take_console(struct run_options *options, char *value, struct error *err)
{
    options->console = value;
    return run_value_serial("console", value, err);
}

static int take_debug_console(struct run_options *options, char *value,
                              struct error *err)
{
    options->debug_console = value;
    return run_value_output("debug-console", value, err);
}

static int take_balloon(struct run_options *options, char *value, struct error *err)
{
    (void)value;
    (void)err;
    options->machine.balloon = true;
    return 0;
}

static int take_no_reboot(struct run_options *options, char *value, struct error *err)
{
    (void)value;
    (void)err;
    options->machine.no_reboot = true;
    return 0;
}

const struct run_option run_pc_options[] = {
    { "memory", "SIZE", false, "guest RAM (default 1G)", take_memory },
    { "hugepages", "=2M|1G", false,
      "take RAM from huge pages that the host reserved\n"
      "(default 2M)",
      take_huge_pages },
    { "prealloc", NULL, false, "allocate all RAM before the guest runs",
      take_prealloc },
    { "cpus", "N[,KEY=N]...", false,
      "processors (default 1); keys: sockets, cores,\n"
      "threads",
      take_cpus },
    { "cpu", "MODEL[,+X][,-X]...", false,
      "host (default) or x86-64-v1 to x86-64-v4, with and\n"
      "without features",
      take_cpu },
    { "disk", "FILE[,ro][,KEY=VALUE]...", true,
      "image or block device as a virtio disk, or\n"
      "vhost-user:SOCKET; keys:\n"
      "format, cache, discard, queues, serial",
      take_disk },
    { "kernel", "FILE", false, "boot this Linux kernel directly", take_kernel },
    { "initrd", "FILE", false, "with this initial RAM disk", take_initrd },
    { "append", "TEXT", false, "and this command line", take_append },
    { "firmware", "FILE|uefi[,vars=FILE]", false,
      "firmware image, or the distribution's OVMF (default:\n"
      "its SeaBIOS); UEFI's variables are kept in vars, else\n"
      "lost at the end",
      take_firmware },
    { "display", "vga|none", false,
      "an emulated VGA as primary display, or none\n"
      "(default: vga beside the GPU in UPT mode)",
      take_display },
    { "balloon", NULL, false,
      "a virtio balloon: memory that the guest does not use\n"
      "goes back to the host; not with --device",
      take_balloon },
    { "serial", "WHERE", true,
      "COM1, COM2, ...: stdio (default), none, file:PATH,\n"
      "pty or unix:PATH (a socket)",
      take_serial },
    { "console", "WHERE", false,
      "a virtio console (hvc0), connected like a serial\n"
      "port",
      take_console },
    { "debug-console", "WHERE", false,
      "firmware's log: none (default), stdio or file:PATH", take_debug_console },
    { "no-reboot", NULL, false, "a reset by the guest ends igdvm", take_no_reboot },
    { NULL, NULL, false, NULL, NULL },
};
