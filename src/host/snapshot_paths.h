/* snapshot_paths.h: what a snapshot has in it. */
#ifndef HOST_SNAPSHOT_PATHS_H
#define HOST_SNAPSHOT_PATHS_H

#include <stddef.h> /* size_t */

enum snapshot_treatment {
    SNAPSHOT_TEXT,         /* scrubbed */
    SNAPSHOT_COMMAND_LINE, /* these: only what matters of it, scrubbed */
    SNAPSHOT_GRUB,
    SNAPSHOT_MODPROBE,
    SNAPSHOT_MODULES,
    SNAPSHOT_DOMAIN,
    SNAPSHOT_PROXMOX,
    SNAPSHOT_MAPPINGS,
    SNAPSHOT_GUEST_LOG,
    SNAPSHOT_LOG,
    SNAPSHOT_PLAIN,   /* the kernel's own words: numbers and names of drivers */
    SNAPSHOT_BINARY,  /* as it is */
    SNAPSHOT_HEADER,  /* the first 64 bytes */
    SNAPSHOT_LINK,    /* a link; its last part is what counts */
    SNAPSHOT_PRESENT, /* a directory, that it is there */
};

struct snapshot_path {
    const char *pattern; /* '*' stands for names in one directory */
    enum snapshot_treatment treatment;
};

extern const struct snapshot_path snapshot_paths[];
extern const size_t snapshot_path_count;

#endif
