/* control_passed.h: the file whose descriptor goes along with a request. */
#ifndef CMD_CONTROL_PASSED_H
#define CMD_CONTROL_PASSED_H

#include "cmd/control_client.h" /* commands */

#include <limits.h> /* PATH_MAX */

struct error;

struct control_passed {
    int fd;               /* -1: none goes along */
    const char *path;     /* of the command line */
    char draft[PATH_MAX]; /* "": it is read, or there is none */
};

/*
 * Open the file that this command (argv, known to the table) names, with the rights of
 * who calls. One to be written is a draft beside it. 0, or negative with err naming it.
 */
int control_passed_open(struct control_passed *passed,
                        const struct control_command *commands, int argc, char **argv,
                        struct error *err);

/*
 * What became of the request, result: a draft takes its name, or goes where that is
 * negative. result, or what went wrong with that, with err.
 */
int control_passed_close(struct control_passed *passed, int result, struct error *err);

#endif
