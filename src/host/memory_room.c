/* memory_room.c: can this host give a guest its memory? */
#include "host/memory_room.h"

#include "base/bytes.h" /* MIB */
#include "base/error.h" /* error_set */
#include "host/sysfs.h" /* the kernel's files */

#include <fcntl.h>            /* open */
#include <inttypes.h>         /* PRIu64 */
#include <linux/capability.h> /* CAP_IPC_LOCK */
#include <stdio.h>            /* snprintf */
#include <string.h>           /* strstr */
#include <sys/resource.h>     /* RLIMIT_MEMLOCK */
#include <sys/syscall.h>      /* capget has no wrapper */
#include <unistd.h>           /* syscall */

/* ROMs and BARs of other devices that VFIO maps too. */
#define LOCKED_BESIDE (64 * MIB)

int host_check_huge_pages(const struct host_paths *paths, uint64_t page_size,
                          uint64_t bytes, struct error *err)
{
    uint64_t needed = (bytes + page_size - 1) / page_size;
    uint64_t all = 0, free_now = 0, reserved = 0;
    char folder[96];

    snprintf(folder, sizeof(folder), "kernel/mm/hugepages/hugepages-%" PRIu64 "kB",
             (uint64_t)(page_size / KIB));
    if (!sysfs_read_number(&all, paths->sys, "%s/nr_hugepages", folder))
        return error_set(err, ERROR_IMPOSSIBLE, -ENOENT,
                         "this kernel or processor has no huge pages of %" PRIu64
                         " MiB (there is no %s/%s); leave --hugepages out, or take the "
                         "other size",
                         (uint64_t)(page_size / MIB), paths->sys, folder);
    sysfs_read_number(&free_now, paths->sys, "%s/free_hugepages", folder);
    sysfs_read_number(&reserved, paths->sys, "%s/resv_hugepages", folder);
    free_now = free_now > reserved ? free_now - reserved : 0;
    if (free_now >= needed)
        return 0;
    return error_set(err, ERROR_IMPOSSIBLE, -ENOMEM,
                     "guest RAM needs %" PRIu64 " huge pages of %" PRIu64
                     " MiB, the host has %" PRIu64 " free of %" PRIu64
                     ": reserve them, as root: echo %" PRIu64 " >%s/%s/nr_hugepages",
                     needed, (uint64_t)(page_size / MIB), free_now, all,
                     all + needed - free_now, paths->sys, folder);
}

/* The bytes that a line of meminfo tells: "MemAvailable:   16254312 kB". */
static bool take_line(const char *text, const char *name, uint64_t *bytes)
{
    const char *line = strstr(text, name);
    uint64_t kib;
    if (!line || sscanf(line + strlen(name), " %" SCNu64 " kB", &kib) != 1 ||
        kib > UINT64_MAX / KIB)
        return false;
    *bytes = kib * KIB;
    return true;
}

int host_check_room(const char *proc, uint64_t bytes, struct error *err)
{
    char path[96], text[4096];
    uint64_t available, swap, all, all_swap;
    snprintf(path, sizeof(path), "%s/meminfo", proc);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        close(fd);
    text[size < 0 ? 0 : size] = '\0';
    if (!take_line(text, "MemAvailable:", &available) ||
        !take_line(text, "SwapFree:", &swap) || !take_line(text, "MemTotal:", &all) ||
        !take_line(text, "SwapTotal:", &all_swap) || bytes <= available ||
        bytes - available <= swap)
        return 0;
    if (bytes > all && bytes - all > all_swap)
        return error_set(err, ERROR_IMPOSSIBLE, -ENOMEM,
                         "guest RAM of %" PRIu64 " MiB has to be there before the "
                         "guest runs, the host has %" PRIu64 " MiB, swap included: "
                         "give the guest less",
                         (uint64_t)(bytes / MIB), (uint64_t)((all + all_swap) / MIB));
    error_set(err, ERROR_IMPOSSIBLE, -ENOMEM,
              "guest RAM of %" PRIu64 " MiB has to be there before the guest runs, the "
              "host tells of %" PRIu64 " MiB to be had, %" PRIu64
              " of them by swapping: "
              "if it finds no more it ends programs",
              (uint64_t)(bytes / MIB), (uint64_t)((available + swap) / MIB),
              (uint64_t)(swap / MIB));
    return 1;
}

/* Processes with CAP_IPC_LOCK have no limit. */
static bool may_lock_all(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

    return syscall(SYS_capget, &header, data) == 0 &&
           (data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK));
}

struct host_lock_limit host_lock_limit_read(void)
{
    struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
    struct host_lock_limit result = { .none = true };

    if (may_lock_all() || getrlimit(RLIMIT_MEMLOCK, &limit) < 0 ||
        limit.rlim_cur == RLIM_INFINITY)
        return result;
    return (struct host_lock_limit){
        .now = limit.rlim_cur,
        .most = limit.rlim_max == RLIM_INFINITY ? UINT64_MAX : limit.rlim_max,
    };
}

int host_check_memory_lock(const struct host_lock_limit *limit, uint64_t bytes,
                           struct error *err)
{
    uint64_t needed = bytes + LOCKED_BESIDE;

    if (limit->none || limit->now >= needed)
        return 0;
    if (limit->most >= needed) {
        struct rlimit raised = { needed, limit->most == UINT64_MAX ? RLIM_INFINITY
                                                                   : limit->most };
        if (setrlimit(RLIMIT_MEMLOCK, &raised) == 0)
            return 0;
    }
    return error_set(err, ERROR_IMPOSSIBLE, -EPERM,
                     "memory-lock: this user may lock %" PRIu64
                     " KiB of memory, and VFIO has to lock all of the guest's: %" PRIu64
                     " KiB: raise the limit: \"USER - memlock %" PRIu64
                     "\" in /etc/security/limits.conf and log in again, or "
                     "LimitMEMLOCK=infinity in a systemd unit; or give the guest less",
                     (uint64_t)(limit->most / KIB), (uint64_t)(needed / KIB),
                     (uint64_t)(needed / KIB));
}
