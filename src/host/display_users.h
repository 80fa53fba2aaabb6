/* display_users.h: the programs that have a GPU open. */
#ifndef HOST_DISPLAY_USERS_H
#define HOST_DISPLAY_USERS_H

#include "vfio/address.h" /* VFIO_ADDRESS_SIZE */

#define DISPLAY_USERS_MAX 32

struct display_user {
    int pid;
    char name[32]; /* as in /proc/PID/comm */
    char node[32]; /* the first found: "dri/card0", "fb0" */
};

/*
 * Programs that have a DRM node or frame buffer of the PCI device open; other users'
 * programs are seen by root only. Their number, at most DISPLAY_USERS_MAX, those in
 * `users`; 0 also when nothing can be read.
 */
unsigned display_users_find(const char *root, const char *device,
                            struct display_user users[DISPLAY_USERS_MAX]);

#endif
