/* run_options.h: the options of `igdvm run`. */
#ifndef CMD_RUN_OPTIONS_H
#define CMD_RUN_OPTIONS_H

#include "base/sandbox.h"        /* struct sandbox */
#include "cmd/display_program.h" /* struct display_program_options */
#include "cmd/helper_facts.h"    /* struct helper_list */
#include "cmd/run_net.h"         /* struct run_nic */
#include "machine/machine.h"     /* struct machine_config */

struct error;
struct run_settings;

struct run_options {
    struct machine_config machine;
    struct display_program_options display;
    unsigned serial_count;
    const char *serials[MACHINE_MAX_SERIALS]; /* where COM1 and the next go */
    const char *console;                      /* of the virtio console, or NULL */
    const char *debug_console;
    const char *name;      /* of the machine, or NULL */
    const char *control;   /* path of the control socket; NULL: by the name, if any */
    unsigned stop_timeout; /* seconds a guest has to power off when asked */
    unsigned nic_count;
    struct run_nic nics[MACHINE_MAX_NICS];
    struct sandbox sandbox;     /* --sandbox, --user */
    struct helper_list helpers; /* for --stats: the programs beside, confined as well */
    bool stats;
    const char *stats_file; /* JSON goes here; NULL: a table on standard error */
    int stats_fd;           /* that file, once open */
    const char *config;     /* file of further options, or NULL */
    bool print_config;      /* tell the options as such a file, run nothing */
    bool help;
};

/*
 * One option. Tables of them end with a row without a name; --help, the command line
 * and whatever else takes options walk the sections below, so a new option is a row.
 */
struct run_option {
    const char *name; /* without the dashes */
    const char
        *value; /* what --help calls it; "=X": may be left out; NULL: takes none */
    bool repeatable;
    const char *help; /* lines of at most 55 characters */
    /* value: NULL when there is none; lives as long as the options. */
    int (*take)(struct run_options *options, char *value, struct error *err);
    bool command_line_only; /* not in a configuration file */
};

struct run_section {
    const char *title;
    const struct run_option *options;
};

/* The sections, in the order of --help; the last has no title. */
extern const struct run_section run_sections[];

/* The tables, one a file. */
extern const struct run_option run_gpu_options[];
extern const struct run_option run_pc_options[];
extern const struct run_option run_boot_options[];
extern const struct run_option run_display_options[];
extern const struct run_option run_control_options[];
extern const struct run_option run_net_options[];
extern const struct run_option run_telling_options[];
extern const struct run_option run_help_option; /* what -h is short for */

/*
 * Read argv, and before it the file of --config, of which an option that argv has, too,
 * does not count. from_file holds what values came from there and must live as long as
 * the options; free it with run_config_free. 0, or negative errno with err naming the
 * option.
 */
int run_options_parse(struct run_options *options, struct run_settings *from_file,
                      int argc, char **argv, struct error *err);

void run_options_help(void);

#endif
