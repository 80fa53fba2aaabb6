/* run_signals.h: how signals end the machine of `igdvm run`. */
#ifndef CMD_RUN_SIGNALS_H
#define CMD_RUN_SIGNALS_H

#include <stdbool.h> /* bool */

struct machine;

/* Without a power button, or when nobody answers it, the machine is stopped. */
struct run_signals {
    struct machine *machine;
    unsigned patience; /* seconds a guest has that was asked to power off */
    int signal_fd;
    int timer_fd; /* -1 until the guest was asked */
};

/*
 * Keep SIGINT, SIGTERM and SIGHUP back until run_signals_watch, and SIGCHLD until
 * run_helpers_watch. Call it before any thread exists and before anything is made that
 * would be left behind.
 */
void run_signals_hold(void);

/*
 * SIGTERM and SIGHUP press the power button; a second one, the end of patience
 * (seconds), or a guest that does not listen to the button stops the machine, as SIGINT
 * does at once. Runs on the machine's event loop. End it with run_signals_end, also
 * after a failure, which leaves the machine without this.
 */
void run_signals_watch(struct run_signals *signals, struct machine *machine,
                       unsigned patience);
void run_signals_end(struct run_signals *signals);

#endif
