/* control_place.c: where the control sockets of machines with names are. */
#include "cmd/control_place.h"

#include "base/error.h" /* errors */

#include <ctype.h>    /* isalnum */
#include <stdio.h>    /* snprintf */
#include <stdlib.h>   /* getenv */
#include <string.h>   /* strlen */
#include <sys/stat.h> /* mkdir */
#include <unistd.h>   /* geteuid */

#define SYSTEM_FOLDER "/run/igdvm"

bool control_name_ok(const char *name)
{
    size_t length = strlen(name);
    if (length < 1 || length > CONTROL_NAME_MAX || !isalnum((unsigned char)name[0]))
        return false;
    for (const char *c = name; *c; c++) {
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
            return false;
    }
    return true;
}

unsigned control_folders(char folders[CONTROL_FOLDERS][PATH_MAX])
{
    const char *own = getenv("XDG_RUNTIME_DIR");
    bool is_root = geteuid() == 0;
    unsigned count = 0;

    if (is_root)
        snprintf(folders[count++], PATH_MAX, "%s", SYSTEM_FOLDER);
    if (own && own[0] == '/' &&
        snprintf(folders[count], PATH_MAX, "%s/igdvm", own) < PATH_MAX)
        count++;
    return count;
}

bool control_path(char path[PATH_MAX], const char *folder, const char *name)
{
    return snprintf(path, PATH_MAX, "%s/%s%s", folder, name, CONTROL_SUFFIX) < PATH_MAX;
}

int control_place_make(char path[PATH_MAX], const char *name, struct error *err)
{
    char folders[CONTROL_FOLDERS][PATH_MAX];

    if (!control_folders(folders))
        return error_set(
            err, ERROR_IMPOSSIBLE, -ENOENT,
            "--name %s: there is no XDG_RUNTIME_DIR for its control socket; "
            "say where with --control unix:PATH",
            name);
    if (mkdir(folders[0], 0700) < 0 && errno != EEXIST)
        return error_system(err, -errno, "--name %s: %s", name, folders[0]);
    if (!control_path(path, folders[0], name))
        return error_set(err, ERROR_INPUT, -ENAMETOOLONG, "--name %s: too long", name);
    return 0;
}
