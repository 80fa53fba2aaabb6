/* value_parts.h: values of options made of parts: "FIRST,key,key=text". */
#ifndef CMD_VALUE_PARTS_H
#define CMD_VALUE_PARTS_H

/*
 * Cut the first part off *rest, in place, up to a single comma; two commas stand for
 * one of the text. Returns it, and NULL when nothing is left.
 */
char *value_part_next(char **rest);

/* Cut "key=text" at its first '=': returns the text, NULL when there is no '='. */
char *value_part_text(char *part);

#endif
