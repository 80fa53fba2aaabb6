/* run_notify.h: tells the service manager that the guest runs (sd_notify(3)). */
#ifndef CMD_RUN_NOTIFY_H
#define CMD_RUN_NOTIFY_H

struct machine;

/* Nobody to tell: fd is -1. */
struct run_notify {
    struct machine *machine;
    int fd; /* connected to the manager's socket */
};

/*
 * Where NOTIFY_SOCKET is in the environment, say READY=1 there once a vCPU has entered
 * the guest. Call it before machine_run, whose loop does it, and run_notify_end after.
 */
void run_notify_watch(struct run_notify *notify, struct machine *machine);
void run_notify_end(struct run_notify *notify);

#endif
