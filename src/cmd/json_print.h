/* json_print.h: the JSON twin of what a command says. */
#ifndef CMD_JSON_PRINT_H
#define CMD_JSON_PRINT_H

#include <stdio.h> /* FILE */

struct json_object;

/* Print it for people to read, too, and let it go. */
void json_print(FILE *to, struct json_object *object);

#endif
