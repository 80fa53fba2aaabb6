/* snapshot.h: writes what is known of a host to one file, safe to show. */
#ifndef HOST_SNAPSHOT_H
#define HOST_SNAPSHOT_H

#include "host/facts.h" /* the host */
#include "host/scrub.h" /* what was taken out */

struct error;

#define SNAPSHOT_MAX_FAILURES 64

struct snapshot_failure {
    char path[128];
    const char *why;
};

/* What came of it, for people and the manifest. */
struct snapshot_summary {
    unsigned files, links;
    uint64_t bytes;
    unsigned log_kept, log_lines; /* lines of the kernel log */
    struct scrubber scrubber;
    unsigned failure_count;
    struct snapshot_failure failures[SNAPSHOT_MAX_FAILURES];
};

/*
 * Write a capture to the file at path ("-": standard output), in the layout that
 * host_root_open reads: gzip'ed when its name ends in .gz. facts were read from the
 * same root. What cannot be read goes to summary->failures. 0, or a negative errno with
 * err.
 */
int snapshot_write(const struct host_facts *facts, const char *path,
                   struct snapshot_summary *summary, struct error *err);

#endif
