/* memory_room.h: can this host give a guest its memory? Said before it is asked for. */
#ifndef HOST_MEMORY_ROOM_H
#define HOST_MEMORY_ROOM_H

#include "host/preflight.h" /* struct host_paths */

#include <stdbool.h> /* bool */
#include <stdint.h>  /* sizes */

struct error;

/*
 * Are there huge pages of page_size bytes (2 MiB or 1 GiB) free for so many bytes? 0,
 * or -ENOENT or -ENOMEM with err (ERROR_IMPOSSIBLE) that says how many there are, how
 * many are needed and how to reserve them.
 */
int host_check_huge_pages(const struct host_paths *paths, uint64_t page_size,
                          uint64_t bytes, struct error *err);

/*
 * Has the host so many bytes to give at once, as VFIO locks them and --prealloc wants
 * them? proc: "/proc"; a host that does not tell there has them. 0; 1 with err, a
 * warning, when it says that it has less, since it does not count all that it could
 * give back (ZFS's cache); or -ENOMEM with err (ERROR_IMPOSSIBLE) when it has not so
 * much.
 */
int host_check_room(const char *proc, uint64_t bytes, struct error *err);

/* How much memory this process may lock. */
struct host_lock_limit {
    bool none;          /* it may lock all it wants */
    uint64_t now, most; /* bytes; most: what it may raise it to itself */
};

struct host_lock_limit host_lock_limit_read(void);

/*
 * VFIO locks all of a guest's memory. Raises the limit of this process where it may and
 * must. 0, or -EPERM with err (ERROR_IMPOSSIBLE) that says what is needed and how to
 * get it; begins with the name of a check, as host_preflight's.
 */
int host_check_memory_lock(const struct host_lock_limit *limit, uint64_t bytes,
                           struct error *err);

#endif
