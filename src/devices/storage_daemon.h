/* storage_daemon.h: QEMU's storage daemon, which knows disk images of other formats. */
#ifndef DEVICES_STORAGE_DAEMON_H
#define DEVICES_STORAGE_DAEMON_H

#include <stdbool.h>   /* bool */
#include <sys/types.h> /* pid_t */

struct error;

struct storage_daemon_options {
    const char *path;   /* the image */
    const char *format; /* its format, by QEMU's name for it */
    bool read_only, direct, no_discard;
};

struct storage_daemon {
    pid_t pid;        /* 0: none runs */
    int socket;       /* connected to its vhost-user-blk server */
    int complaints;   /* what it writes to standard error */
    int lifelines[2]; /* when these are closed it goes on, and ends (base/lifeline.h) */
    bool is_stuck;    /* it does not answer: it is killed, not asked to end */
};

/* None runs, nothing is open. */
#define STORAGE_DAEMON_NONE                                      \
    {                                                            \
        .socket = -1, .complaints = -1, .lifelines = { -1, -1 }, \
    }

/*
 * Start the daemon with the image and connect to it. It may still fail to open the
 * image: then the socket is closed by it. It ends when this process does, whoever that
 * has become, and when somebody stopped it, too. 0 or a negative errno with err.
 */
int storage_daemon_start(struct storage_daemon *daemon,
                         const struct storage_daemon_options *options,
                         struct error *err);

/*
 * The daemon did not do what it should: end it, and put into err why, as far as it said
 * or can be told. err holds what was noticed. Returns err's code.
 */
int storage_daemon_failed(struct storage_daemon *daemon, const char *path,
                          struct error *err);

/* The machine ends: if somebody stopped the daemon, it goes on with what is to be done.
 */
void storage_daemon_continue(struct storage_daemon *daemon);

/*
 * Close the connection and wait until the daemon has written everything and is gone;
 * one that takes longer than half a minute is killed, or left if it is another user's.
 */
void storage_daemon_stop(struct storage_daemon *daemon);

#endif
