/* run_helpers.h: tells when somebody stops a program beside `igdvm run`. */
#ifndef CMD_RUN_HELPERS_H
#define CMD_RUN_HELPERS_H

#include "machine/machine.h" /* how many NICs there can be */

#include <sys/types.h> /* pid_t */

struct run_options;

/* One of those programs. */
struct run_helper {
    pid_t process;
    const char *name, *waits; /* what of the guest's stands still with it */
};

struct run_helpers {
    struct event_loop *loop;
    int signal_fd; /* -1: nothing is watched */
    unsigned count;
    struct run_helper list[MACHINE_MAX_NICS + 1];
};

/*
 * One line when a program is stopped (SIGSTOP), and one when it goes on. display:
 * igdvm-display's process, or 0. The event loop is the machine's. After
 * run_signals_hold; to be ended, whatever came of it.
 */
void run_helpers_watch(struct run_helpers *helpers, const struct run_options *options,
                       pid_t display, struct machine *machine);
void run_helpers_end(struct run_helpers *helpers);

#endif
