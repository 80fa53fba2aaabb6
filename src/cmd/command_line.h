/* command_line.h: what commands share: reading options, and ending with an error. */
#ifndef CMD_COMMAND_LINE_H
#define CMD_COMMAND_LINE_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */

struct error;

enum command_option_kind {
    OPTION_FLAG, /* sets a bool */
    OPTION_TEXT, /* stores its value, which stays in argv */
    OPTION_TAKE, /* calls a function with its value */
};

/*
 * One option. take: 0, or a negative errno with err naming the option, its value and
 * what is good.
 */
struct command_option {
    const char *name; /* without the dashes */
    enum command_option_kind kind;
    size_t place; /* of the bool, or the const char *, in the arguments */
    int (*take)(void *arguments, const char *value, struct error *err);
    char letter; /* what it is short for, or '\0'; --help has 'h' in any case */
};

/* What many commands have and no more: --json, and --help or -h. */
struct plain_arguments {
    bool json, help;
};
#define PLAIN_OPTIONS 2
extern const struct command_option plain_options[PLAIN_OPTIONS];

struct command_line {
    const char *command; /* "opregion build": where its help is */
    const struct command_option *options;
    unsigned option_count;
    unsigned most_operands;
};

/*
 * Read argv (argv[0] is the command's name) into arguments, which the rows are about.
 * The number of operands, which then are the last of argv; or a negative errno with err
 * set.
 */
int command_line_read(const struct command_line *line, int argc, char **argv,
                      void *arguments, struct error *err);

/* Is it --help or -h, where a command's first word is no option? */
bool command_asks_help(const char *word);

/* Print "igdvm COMMAND: the error" and return the exit status for it. */
int command_fail(const char *command, const struct error *err);

#endif
