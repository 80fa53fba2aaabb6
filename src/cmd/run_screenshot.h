/* run_screenshot.h: screenshots of a running machine: at SIGUSR1, and at the end. */
#ifndef CMD_RUN_SCREENSHOT_H
#define CMD_RUN_SCREENSHOT_H

#include <stdbool.h> /* bool */

struct machine;

struct run_screenshot {
    struct machine *machine;
    const char *path; /* NULL: none is asked for, and nothing is done */
    int signal_fd;
    bool failed;
};

/* Keep SIGUSR1 back; before any thread exists. */
void run_screenshot_hold(const char *path);

/* Save the picture at SIGUSR1 from now on, until run_screenshot_end. */
void run_screenshot_watch(struct run_screenshot *screenshot, struct machine *machine,
                          const char *path);

/* After machine_run: the last one. false: it could not be had, which is told. */
bool run_screenshot_end(struct run_screenshot *screenshot);

#endif
