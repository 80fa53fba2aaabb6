/* run_options.c: reading the options of `igdvm run`, and their help. */
#include "cmd/run_options.h"

#include "base/bytes.h" /* GIB */
#include "base/error.h" /* error_set */
#include "pci/regs.h"   /* PCI_DEVFN */

#include <getopt.h> /* getopt_long */
#include <stdio.h>  /* help */
#include <string.h> /* strchr */

#define MAX_OPTIONS 96
#define FIRST_CODE  256
#define HELP_COLUMN 25

const struct run_section run_sections[] = {
    { "Intel GPU", run_gpu_options },
    { "Virtual PC", run_pc_options },
    { "Booting and identity", run_boot_options },
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
    unsigned stdio = 0;
    for (unsigned i = 0; i < options->serial_count; i++)
        stdio += !strcmp(options->serials[i], "stdio");
    if (stdio > 1)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--serial stdio: given for %u ports, expected one at most",
                         stdio);
    return 0;
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
    return check_serials(options, err);
}

int run_options_parse(struct run_options *options, int argc, char **argv,
                      struct error *err)
{
    struct option list[MAX_OPTIONS];
    const struct run_option *rows[MAX_OPTIONS];

    *options = (struct run_options){
        .machine = { .memory = 1 * GIB,
                     .cpus = 1,
                     .mode = IGD_MODE_AUTO,
                     .devfn = PCI_DEVFN(2, 0),
                     .debug_out = -1 },
        .debug_console = "none",
        .stop_timeout = 30,
    };
    list_options(list, rows);
    opterr = 0;
    optind = 1;
    int code;
    while ((code = getopt_long(argc, argv, ":h", list, NULL)) != -1) {
        if (code == 'h') {
            options->help = true;
            continue;
        }
        if (code == ':')
            return error_set(err, ERROR_INPUT, -EINVAL, "%s needs a value",
                             argv[optind - 1]);
        if (code < FIRST_CODE)
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "no option '%s'; 'igdvm run --help' lists them",
                             argv[optind - 1]);
        int result = rows[code - FIRST_CODE]->take(options, optarg, err);
        if (result < 0)
            return result;
    }
    if (optind < argc)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "'%s' is no option; 'igdvm run --help' lists them",
                         argv[optind]);
    if (!options->serial_count)
        options->serials[options->serial_count++] = "stdio";
    return options->help ? 0 : check_together(options, err);
}
