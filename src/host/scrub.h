/* scrub.h: takes out of a text what tells whose computer it is from. */
#ifndef HOST_SCRUB_H
#define HOST_SCRUB_H

#include <stddef.h> /* size_t */

enum scrub_kind {
    SCRUB_UUID,
    SCRUB_ADDRESS, /* MAC and IP */
    SCRUB_SERIAL,  /* serial numbers, WWNs, disk identifiers */
    SCRUB_NAME,    /* host and user names, names of volumes and files at home */
    SCRUB_SECRET,  /* passwords, keys */
    SCRUB_KINDS,
};

struct scrubber {
    char host_name[65]; /* "": not known */
    unsigned counts[SCRUB_KINDS];
};

/* "UUIDs", for people. */
const char *scrub_kind_name(enum scrub_kind kind);

/*
 * A copy of a text (NUL-terminated, malloc'ed) without UUIDs, MAC and IP addresses,
 * serial numbers, disk identifiers, host and user names, passwords. What is taken out
 * is replaced, so that lines keep their form. NULL: no memory.
 */
char *scrub(struct scrubber *scrubber, const char *text, size_t *size);

/* The same for a path, in place; it keeps its length. */
void scrub_path(struct scrubber *scrubber, char *path);

#endif
