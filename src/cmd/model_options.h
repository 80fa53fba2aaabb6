/* model_options.h: the options of igdvm model. */
#ifndef CMD_MODEL_OPTIONS_H
#define CMD_MODEL_OPTIONS_H

#include "model/monitor.h"      /* struct model_monitors */
#include "model/model_server.h" /* struct model_server_options */

struct error;
struct model_chip;

struct model_arguments {
    struct model_server_options server;
    struct model_monitors monitors;
    const char *monitor_text; /* --monitor; NULL: the usual one */
    char vnc[256];            /* --vnc's address */
    const char *write_rom;
    const char *write_opregion;
    bool has_bdsm;
    bool describe;
    bool help, fault_help; /* the parser checked nothing else then */
};

/*
 * Read the command line; what is pointed to stays in argv. 0, or -EINVAL with err (kind
 * ERROR_INPUT). With --help nothing else is checked.
 */
int model_options_parse(struct model_arguments *arguments, int argc, char **argv,
                        struct error *err);

void model_options_help(void);
/* The list of faults. */
void model_options_fault_help(void);

/* The chip of a --gen option. NULL with err, which lists the chips. */
const struct model_chip *model_options_chip(const char *name, struct error *err);

/* The connectors of a --monitor option, NULL: the chip's usual. 0 or -EINVAL. */
int model_options_monitors(struct model_monitors *monitors,
                           const struct model_chip *chip, const char *text,
                           struct error *err);

/* The list of chips that ends each help text. */
void model_options_print_chips(void);

#endif
