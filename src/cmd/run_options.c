/* run_options.c: reading the options of `igdvm run`, and their help. */
#include "cmd/run_options.h"

#include "base/bytes.h"       /* GIB */
#include "base/error.h"       /* error_set */
#include "cmd/run_config.h"   /* --config */
#include "cmd/run_settings.h" /* what was given */
#include "pci/regs.h"         /* PCI_DEVFN */

#include <getopt.h> /* getopt_long */
#include <stdio.h>  /* help */
#include <stdlib.h> /* free */
#include <string.h> /* strchr */

#define MAX_OPTIONS 96
#define FIRST_CODE  256
#define HELP_COLUMN 25

const struct run_section run_sections[] = {
    { "Intel GPU", run_gpu_options },
    { "Virtual PC", run_pc_options },
    { "Booting and identity", run_boot_options },
    { "Display and input", run_display_options },
    { "Control", run_control_options },
    { "Network", run_net_options },
    { "Telling", run_telling_options },
    { NULL, NULL },
};

static void help_option(const struct run_option *option)
{
    bool optional = option->value && option->value[0] == '=';
    int used = printf("  --%s%s%s%s%s", option->name, optional ? "[" : "",
                      option->value && !optional ? " " : "",
                      option->value ? option->value : "", optional ? "]" : "");
    if (used >= HELP_COLUMN - 1) {
        putchar('\n');
        used = 0;
    }
    const char *line = option->help;
    for (const char *end; line; line = end ? end + 1 : NULL, used = 0) {
        end = strchr(line, '\n');
        printf("%*s%.*s%s\n", HELP_COLUMN - used, "",
               (int)(end ? end - line : (long)strlen(line)), line,
               !end && option->repeatable ? "; repeatable" : "");
    }
}

void run_options_help(void)
{
    fputs("usage: igdvm run [OPTIONS]\n\n"
          "Starts a virtual machine, with the Intel GPU of this computer if asked.\n",
          stdout);
    for (const struct run_section *section = run_sections; section->title; section++) {
        printf("\n%s\n", section->title);
        for (const struct run_option *option = section->options; option->name; option++)
            help_option(option);
    }
    fputs("\nOn a terminal Ctrl-] ends the machine; other keys go to the guest.\n"
          "Exit status: 0 the guest powered off, 1 not possible as asked, 2 bad usage "
          "or\n"
          "input, 3 the host failed.\n",
          stdout);
}

/* What getopt wants to know, from the tables; the row of code FIRST_CODE + i in rows.
 */
static void list_options(struct option *list, const struct run_option **rows)
{
    unsigned count = 0;
    for (const struct run_section *section = run_sections; section->title; section++) {
        for (const struct run_option *row = section->options;
             row->name && count + 1 < MAX_OPTIONS; row++) {
            int argument = !row->value            ? no_argument
                           : row->value[0] == '=' ? optional_argument
                                                  : required_argument;
            list[count] = (struct option){ .name = row->name,
                                           .has_arg = argument,
                                           .val = FIRST_CODE + (int)count };
            rows[count++] = row;
        }
    }
    list[count] = (struct option){ 0 };
}

/* Two ports cannot read the same keys. */
static int check_serials(const struct run_options *options, struct error *err)
{
    unsigned stdio = options->console && !strcmp(options->console, "stdio");
    for (unsigned i = 0; i < options->serial_count; i++)
        stdio += !strcmp(options->serials[i], "stdio");
    if (stdio > 1)
        return error_set(
            err, ERROR_INPUT, -EINVAL,
            "--serial, --console: stdio given for %u, expected one at most", stdio);
    return 0;
}

static int check_together(const struct run_options *options, struct error *err)
{
    const struct machine_config *machine = &options->machine;

    if (!machine->kernel && (machine->initrd || machine->command_line))
        return error_set(err, ERROR_INPUT, -EINVAL, "--%s needs --kernel",
                         machine->initrd ? "initrd" : "append");
    if ((machine->device || machine->host_device_count) && machine->balloon)
        return error_set(
            err, ERROR_IMPOSSIBLE, -EBUSY,
            "--balloon: the DMA of an assigned device (--device) may reach "
            "all of the guest's memory, so that none can be given back; "
            "leave one of them out");
    const char *of_device = machine->mode != IGD_MODE_AUTO           ? "mode"
                            : machine->opregion != IGD_OPREGION_AUTO ? "opregion"
                            : machine->rom                           ? "rom"
                                                                     : NULL;
    if (!machine->device && of_device)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--%s needs --device with an Intel GPU", of_device);
    if (machine->vfio_backend != VFIO_KERNEL_AUTO && !machine->host_device_count &&
        (!machine->device || !strncmp(machine->device, "vfio-user:", 10)))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--vfio-backend needs a host device with --device");
    if (options->display.vnc_password && !options->display.vnc)
        return error_set(err, ERROR_INPUT, -EINVAL, "--vnc-password needs --vnc");
    if (machine->display == MACHINE_DISPLAY_NONE && machine->picture)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--%s shows the emulated display, which --display none leaves "
                         "out",
                         options->display.vnc ? "vnc" : "screenshot");
    return check_serials(options, err);
}

/* What argv says, not yet taken. */
static int read_command_line(struct run_settings *given, int argc, char **argv,
                             struct error *err)
{
    struct option list[MAX_OPTIONS];
    const struct run_option *rows[MAX_OPTIONS];
    int code;

    list_options(list, rows);
    opterr = 0;
    optind = 1;
    given->count = 0;
    while ((code = getopt_long(argc, argv, ":h", list, NULL)) != -1) {
        if (code == ':')
            return error_set(err, ERROR_INPUT, -EINVAL, "%s needs a value",
                             argv[optind - 1]);
        if (code < FIRST_CODE && code != 'h' && optopt >= FIRST_CODE)
            return error_set(err, ERROR_INPUT, -EINVAL, "--%s takes no value",
                             rows[optopt - FIRST_CODE]->name);
        if (code < FIRST_CODE && code != 'h' && optopt)
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "no option '-%c'; 'igdvm run --help' lists them", optopt);
        if (code < FIRST_CODE && code != 'h')
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "no option '%s'; 'igdvm run --help' lists them",
                             argv[optind - 1]);
        if (given->count == RUN_SETTINGS_MAX)
            return error_set(err, ERROR_INPUT, -E2BIG, "more than %u options",
                             RUN_SETTINGS_MAX);
        const struct run_option *row =
            code == 'h' ? &run_help_option : rows[code - FIRST_CODE];
        given->list[given->count++] =
            (struct run_setting){ .option = row, .value = optarg };
    }
    if (optind < argc)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "'%s' is no option; 'igdvm run --help' lists them",
                         argv[optind]);
    return 0;
}

static bool has_option(const struct run_settings *given,
                       const struct run_option *option)
{
    for (unsigned i = 0; i < given->count; i++) {
        if (given->list[i].option == option)
            return true;
    }
    return false;
}

/* Take those that only the command line has, or the others. */
static int take_settings(struct run_options *options, const struct run_settings *given,
                         bool command_line_only, struct error *err)
{
    for (unsigned i = 0; i < given->count; i++) {
        const struct run_setting *setting = &given->list[i];
        if (setting->option->command_line_only != command_line_only)
            continue;
        int result = setting->option->take(options, setting->value, err);
        if (result < 0) {
            if (setting->line)
                error_prefix(err, "%s:%u", options->config, setting->line);
            return result;
        }
    }
    return 0;
}

/* Read the file, and leave out of it what the command line says. */
static int read_file(const struct run_options *options, struct run_settings *from_file,
                     const struct run_settings *given, struct error *err)
{
    unsigned kept = 0;
    int result = run_config_read(from_file, options->config, err);

    for (unsigned i = 0; i < from_file->count; i++) {
        if (has_option(given, from_file->list[i].option))
            free(from_file->list[i].value);
        else
            from_file->list[kept++] = from_file->list[i];
    }
    from_file->count = kept;
    return result;
}

/* All settings as one configuration, before taking them changes their texts. */
static int print_config(const struct run_settings *from_file,
                        const struct run_settings *given, char **text,
                        struct error *err)
{
    struct run_settings all = *from_file;
    if (all.count + given->count > RUN_SETTINGS_MAX)
        return error_set(err, ERROR_INPUT, -E2BIG, "more than %u options",
                         RUN_SETTINGS_MAX);
    memcpy(all.list + all.count, given->list, given->count * sizeof(given->list[0]));
    all.count += given->count;
    *text = run_config_text(&all, err);
    return *text ? 0 : -ENOMEM;
}

static int take_all(struct run_options *options, const struct run_settings *from_file,
                    const struct run_settings *given, struct error *err)
{
    int result = take_settings(options, from_file, false, err);
    if (result == 0)
        result = take_settings(options, given, false, err);
    if (!options->serial_count)
        options->serials[options->serial_count++] =
            options->console && !strcmp(options->console, "stdio") ? "none" : "stdio";
    options->machine.picture = display_program_shows(&options->display);
    return result < 0 ? result : check_together(options, err);
}

int run_options_parse(struct run_options *options, struct run_settings *from_file,
                      int argc, char **argv, struct error *err)
{
    struct run_settings given;
    char *text = NULL;

    *options = (struct run_options){
        .machine = { .memory = 1 * GIB,
                     .cpus = 1,
                     .mode = IGD_MODE_AUTO,
                     .debug_out = -1,
                     .display_socket = -1 },
        .debug_console = "none",
        .stop_timeout = 30,
    };
    from_file->count = 0;
    int result = read_command_line(&given, argc, argv, err);
    if (result == 0)
        result = take_settings(options, &given, true, err);
    if (result < 0 || options->help)
        return result;
    if (options->config)
        result = read_file(options, from_file, &given, err);
    if (result == 0 && options->print_config)
        result = print_config(from_file, &given, &text, err);
    if (result == 0)
        result = take_all(options, from_file, &given, err);
    if (result == 0 && text)
        fputs(text, stdout);
    free(text);
    return result;
}
