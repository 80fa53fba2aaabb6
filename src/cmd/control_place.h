/* control_place.h: where the control sockets of machines with names are. */
#ifndef CMD_CONTROL_PLACE_H
#define CMD_CONTROL_PLACE_H

#include <limits.h>  /* PATH_MAX */
#include <stdbool.h> /* bool */

struct error;

#define CONTROL_NAME_MAX 64 /* characters of a machine's name */
#define CONTROL_SUFFIX   ".control"
#define CONTROL_FOLDERS  2

/* 1 to 64 letters, digits, dots, dashes and underscores, the first a letter or digit.
 */
bool control_name_ok(const char *name);

/*
 * The folders of control sockets, the one of new machines first: root's machines are in
 * /run/igdvm, others' in $XDG_RUNTIME_DIR/igdvm. The number of them, at most
 * CONTROL_FOLDERS; 0: there is no place for this user's.
 */
unsigned control_folders(char folders[CONTROL_FOLDERS][PATH_MAX]);

/* The socket of a machine in this folder. false: longer than a path can be. */
bool control_path(char path[PATH_MAX], const char *folder, const char *name);

/*
 * The path at which a new machine of this name listens; its folder is made. 0, or
 * negative errno with err.
 */
int control_place_make(char path[PATH_MAX], const char *name, struct error *err);

#endif
