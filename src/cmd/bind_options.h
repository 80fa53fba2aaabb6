/* bind_options.h: the options of `igdvm bind`, `unbind` and `status`. */
#ifndef CMD_BIND_OPTIONS_H
#define CMD_BIND_OPTIONS_H

#include "host/handover_plan.h" /* HANDOVER_COMPANIONS_MAX */
#include "vfio/address.h"       /* VFIO_ADDRESS_SIZE */

struct error;

struct bind_options {
    char device[VFIO_ADDRESS_SIZE]; /* "": find it */
    char companions[HANDOVER_COMPANIONS_MAX][VFIO_ADDRESS_SIZE];
    unsigned companion_count;
    const char *mode; /* legacy, upt, uefi or NULL */
    unsigned seconds; /* patience with the kernel; 0: no end */
    bool with_audio, stop_manager, kill_users, dry_run, json;
    bool at_boot, remove, yes, no_initramfs;
    bool help;
};

/* Which of the three commands' options are understood. */
enum bind_command { BIND_COMMAND, UNBIND_COMMAND, STATUS_COMMAND };

/* Read argv; 0, or -EINVAL with err set. */
int bind_options_parse(enum bind_command command, int argc, char **argv,
                       struct bind_options *options, struct error *err);

#endif
