/* lines.h: walks through a text line by line, word by word. */
#ifndef HOST_LINES_H
#define HOST_LINES_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */

#define LINE_SIZE  4096 /* longer lines are cut */
#define HEX_DIGITS "0123456789abcdefABCDEF"

/*
 * Copy the next line of *cursor (a NUL-terminated text), without its newline, and move
 * on. False at the end. NULL as text has no lines.
 */
bool next_line(const char **cursor, char *line, size_t size);

/*
 * Copy the next word of *cursor, separated by blanks, and move on; double quotes keep
 * blanks inside a word, as on a kernel command line, and are left out. False at the
 * end.
 */
bool next_word(const char **cursor, char *word, size_t size);

/* Leave blanks at both ends out, in place. */
char *trimmed(char *text);

#endif
