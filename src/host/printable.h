/* printable.h: makes texts of others fit for terminals and for JSON. */
#ifndef HOST_PRINTABLE_H
#define HOST_PRINTABLE_H

/*
 * Replace by '?', in place, what a terminal would obey (control characters, also those
 * of Unicode) and bytes that are not valid UTF-8, such as half a character at the end.
 */
void make_printable(char *text);

#endif
