/* programs.h: the programs beside igdvm that carry out some of its commands. */
#ifndef CMD_PROGRAMS_H
#define CMD_PROGRAMS_H

#include <sys/types.h> /* pid_t */

/* A command of a program, for its table; the last row has no name. */
struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name */
};

/*
 * Become the program NAME, found beside this one or where it was installed, with argv
 * (argv[0] is the command's name). Returns an exit status only when that fails, said on
 * standard error.
 */
int program_become(const char *name, int argc, char **argv);

/*
 * Start the program NAME in the background, in a session of its own, with these words
 * after its name (the last one NULL), and with the file descriptors `kept` (the last
 * one -1) open. Its process, or a negative errno.
 *
 * *lifeline: a file descriptor. When it is closed, at the latest by the end of this
 * process, a program that somebody stopped goes on, and sees what else has ended. No
 * rights over its user are needed for that, as they are for signals.
 */
pid_t program_start(const char *name, const char *const *words, const int *kept,
                    int *lifeline);

/*
 * At the end of a program: the exit status to return. It is status, or STATUS_SYSTEM
 * where what was printed could not be written, which is said on standard error. That a
 * reader of a pipe left early is no failure.
 */
int program_end(int status);

/* The main function of such a program: runs the command that argv[1] names. */
int program_main(const struct command *commands, int argc, char **argv);

#endif
