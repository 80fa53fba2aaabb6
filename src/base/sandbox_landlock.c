/* sandbox_landlock.c: of the file system only what is needed later (Landlock). */
#include "base/sandbox_internal.h"

#include "base/bytes.h" /* ARRAY_SIZE */
#include "base/error.h" /* errors */

#include <fcntl.h>          /* O_PATH */
#include <limits.h>         /* PATH_MAX */
#include <linux/landlock.h> /* the kernel's interface */
#include <string.h>         /* strrchr */
#include <sys/stat.h>       /* is it a folder? */
#include <sys/syscall.h>    /* SYS_landlock_create_ruleset */
#include <unistd.h>         /* syscall, close */

/*
 * How many rights over files each version of the interface has, from the first bit on
 * (Linux, Documentation/userspace-api/landlock.rst: refer, truncate, ioctl on devices).
 * Those not among them are not restricted.
 */
#define ACCESS_TRUNCATE (1ull << 14) /* the header of Linux 6.1 has no name for it */

static const uint8_t rights[] = { 0, 13, 14, 15, 15, 16 };

/* What is not there is not needed. */
static int open_place(const struct sandbox_path *path)
{
    char folder[PATH_MAX];
    if (path->access == SANDBOX_READ)
        return open(path->path, O_PATH | O_CLOEXEC);
    const char *slash = strrchr(path->path, '/');
    size_t length = slash ? (size_t)(slash - path->path) + 1 : 0;
    if (length >= sizeof(folder))
        return -1;
    memcpy(folder, path->path, length);
    folder[length] = '\0';
    return open(length ? folder : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int add_rule(int ruleset, uint64_t handled, const struct sandbox_path *path,
                    struct error *err)
{
    static const uint64_t allowed[] = {
        [SANDBOX_READ] = LANDLOCK_ACCESS_FS_READ_FILE,
        [SANDBOX_REMOVE] = LANDLOCK_ACCESS_FS_REMOVE_FILE,
        [SANDBOX_WRITE] = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                          LANDLOCK_ACCESS_FS_REMOVE_FILE | ACCESS_TRUNCATE,
    };
    struct landlock_path_beneath_attr rule = {
        .allowed_access = allowed[path->access] & handled,
        .parent_fd = open_place(path),
    };
    struct stat facts;
    if (rule.parent_fd < 0 || fstat(rule.parent_fd, &facts) < 0)
        return 0;
    if (path->access == SANDBOX_READ && S_ISDIR(facts.st_mode))
        rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
    long result =
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    int code = -errno;
    close(rule.parent_fd);
    return result < 0 ? error_system(err, code, "sandbox: Landlock: %s", path->path)
                      : 0;
}

int sandbox_landlock_make(struct sandbox *sandbox, int *ruleset, struct error *err)
{
    *ruleset = -1;
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version <= 0)
        return 0; /* the kernel has none */
    sandbox->landlock = (int)version;
    unsigned known =
        version < (long)ARRAY_SIZE(rights) ? (unsigned)version : ARRAY_SIZE(rights) - 1;
    struct landlock_ruleset_attr attr = { .handled_access_fs =
                                              (1u << rights[known]) - 1 };
    *ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr,
                            sizeof(attr.handled_access_fs), 0);
    if (*ruleset < 0)
        return error_system(err, -errno, "sandbox: Landlock");
    for (unsigned i = 0; i < sandbox->path_count; i++) {
        int result =
            add_rule(*ruleset, attr.handled_access_fs, &sandbox->paths[i], err);
        if (result < 0) {
            close(*ruleset);
            return result;
        }
    }
    return 0;
}

int sandbox_landlock_enter(int ruleset, struct error *err)
{
    if (ruleset < 0)
        return 0;
    long result = syscall(SYS_landlock_restrict_self, ruleset, 0);
    int code = -errno;
    close(ruleset);
    return result < 0 ? error_system(err, code, "sandbox: Landlock") : 0;
}
