/* words.h: text in lines of a terminal's width. */
#ifndef CMD_WORDS_H
#define CMD_WORDS_H

#include <stdbool.h> /* bool */
#include <stdio.h>   /* FILE */

/* "  label     text...", broken at blanks, later lines indented as the text. */
void words_print(FILE *to, const char *label, const char *text, unsigned indent);

#endif
