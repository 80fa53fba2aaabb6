/* command_line.c: reads the options of a command by its table. */
#include "cmd/command_line.h"

#include "base/bytes.h"   /* ARRAY_SIZE */
#include "base/error.h"   /* error_set */
#include "cmd/commands.h" /* exit statuses */

#include <getopt.h> /* getopt_long */
#include <stdio.h>  /* the error */
#include <string.h> /* memcpy, strcmp */

#define MAX_OPTIONS 40
#define FIRST_CODE  256 /* of getopt's, above the letters */

const struct command_option plain_options[PLAIN_OPTIONS] = {
    { "json", OPTION_FLAG, offsetof(struct plain_arguments, json) },
    { "help", OPTION_FLAG, offsetof(struct plain_arguments, help) },
};

/* "--help" has a letter everywhere. */
static char letter_of(const struct command_option *row)
{
    return !row->letter && !strcmp(row->name, "help") ? 'h' : row->letter;
}

/* The options as getopt wants them; the letters have the codes of their rows. A colon
 * before the letters has it tell a missing value from an unknown option. */
static void list_options(const struct command_line *line, struct option *list,
                         char *letters)
{
    *letters++ = ':';
    for (unsigned i = 0; i < line->option_count; i++) {
        const struct command_option *row = &line->options[i];
        bool has_value = row->kind != OPTION_FLAG;
        list[i] = (struct option){
            .name = row->name,
            .has_arg = has_value ? required_argument : no_argument,
            .val = FIRST_CODE + (int)i,
        };
        if (letter_of(row)) {
            *letters++ = letter_of(row);
            if (has_value)
                *letters++ = ':';
        }
    }
    list[line->option_count] = (struct option){ 0 };
    *letters = '\0';
}

static const struct command_option *find_option(const struct command_line *line,
                                                int code)
{
    if (code >= FIRST_CODE)
        return &line->options[code - FIRST_CODE];
    for (unsigned i = 0; i < line->option_count; i++) {
        if (letter_of(&line->options[i]) == code)
            return &line->options[i];
    }
    return NULL;
}

static int take_option(const struct command_option *row, void *arguments,
                       const char *value, struct error *err)
{
    char *place = (char *)arguments + row->place;
    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)place = true;
        return 0;
    case OPTION_TEXT:
        memcpy(place, &value, sizeof(value));
        return 0;
    default:
        return row->take(arguments, value, err);
    }
}

/* What getopt took no option for; its optopt and optind tell which. */
static int refuse(const struct command_line *line, int code, char **argv,
                  struct error *err)
{
    const struct command_option *row = optopt ? find_option(line, optopt) : NULL;
    const char *why = code == ':' ? "its value is missing"
                      : row       ? "it takes no value"
                                  : "no such option";
    const char *word = argv[optind - 1];
    char letter[3] = { '-', (char)optopt, '\0' };
    if (optopt && optopt < FIRST_CODE) /* one of several letters after a dash */
        word = letter;
    return error_set(err, ERROR_INPUT, -EINVAL, "%s: %s; see 'igdvm %s --help'", word,
                     why, line->command);
}

int command_line_read(const struct command_line *line, int argc, char **argv,
                      void *arguments, struct error *err)
{
    struct option list[MAX_OPTIONS + 1];
    char letters[2 * MAX_OPTIONS + 2];
    int code;

    if (line->option_count > MAX_OPTIONS)
        return error_set(err, ERROR_SYSTEM, -E2BIG, "%s: more than %d options",
                         line->command, MAX_OPTIONS);
    list_options(line, list, letters);
    optind = 0; /* start anew: a caller may have used getopt before */
    opterr = 0;
    while ((code = getopt_long(argc, argv, letters, list, NULL)) != -1) {
        const struct command_option *row = find_option(line, code);
        if (!row)
            return refuse(line, code, argv, err);
        int result = take_option(row, arguments, optarg, err);
        if (result < 0)
            return result;
    }
    unsigned operands = (unsigned)(argc - optind);
    if (operands > line->most_operands)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%s: unexpected argument; see 'igdvm %s --help'",
                         argv[optind + (int)line->most_operands], line->command);
    return (int)operands;
}

bool command_asks_help(const char *word)
{
    return !strcmp(word, "--help") || !strcmp(word, "-h");
}

int command_fail(const char *command, const struct error *err)
{
    fprintf(stderr, "igdvm %s: %s\n", command, err->text);
    return err->kind ? (int)err->kind : STATUS_SYSTEM;
}
