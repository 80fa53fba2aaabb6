/* run_options.h: the options of `igdvm run`. */
#ifndef CMD_RUN_OPTIONS_H
#define CMD_RUN_OPTIONS_H

#include "machine/machine.h" /* struct machine_config */

struct error;

struct run_options {
    struct machine_config machine;
    const char *serial; /* "stdio", "none" or "file:PATH" */
    const char *debug_console;
    bool stats;
    const char *stats_file; /* JSON goes here; NULL: a table on standard error */
    bool help;
};

/* Read argv. 0, or -EINVAL with err naming the option. */
int run_options_parse(struct run_options *options, int argc, char **argv,
                      struct error *err);

void run_options_help(void);

#endif
