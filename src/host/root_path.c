/* root_path.c: where a host's path leads to, below its root. */
#include "host/root_internal.h" /* what is implemented */

#include <errno.h>    /* codes */
#include <stdio.h>    /* snprintf */
#include <string.h>   /* paths */
#include <sys/stat.h> /* what is at a path */
#include <unistd.h>   /* readlink */

#define MAX_LINKS 40

bool root_full_path(const struct host_root *root, const char *path, char full[PATH_MAX])
{
    int length = snprintf(full, PATH_MAX, "%s/%s", root->directory, path);
    return length >= 0 && length < PATH_MAX;
}

enum host_path_kind root_kind_at(const struct host_root *root, const char *path)
{
    char full[PATH_MAX];
    struct stat stat;
    if (root->archived) {
        const struct archive_node *node = archive_tree_find(&root->tree, path);
        return node ? node->kind : *path ? HOST_PATH_ABSENT : HOST_PATH_DIRECTORY;
    }
    if (!root_full_path(root, path, full) || lstat(full, &stat) < 0)
        return HOST_PATH_ABSENT;
    return S_ISREG(stat.st_mode)   ? HOST_PATH_FILE
           : S_ISDIR(stat.st_mode) ? HOST_PATH_DIRECTORY
           : S_ISLNK(stat.st_mode) ? HOST_PATH_LINK
                                   : HOST_PATH_ABSENT;
}

bool root_target_at(const struct host_root *root, const char *path, char *target,
                    size_t size)
{
    char full[PATH_MAX];
    if (root->archived) {
        const struct archive_node *node = archive_tree_find(&root->tree, path);
        if (!node || node->kind != HOST_PATH_LINK || node->size >= size)
            return false;
        memcpy(target, node->data, node->size + 1);
        return true;
    }
    ssize_t length =
        root_full_path(root, path, full) ? readlink(full, target, size) : -1;
    if (length <= 0 || (size_t)length >= size)
        return false;
    target[length] = '\0';
    return true;
}

/* Put a link's target in front of what is left to walk. */
static bool push_target(char rest[PATH_MAX], const char *target, const char *left)
{
    char joined[PATH_MAX];
    int length = snprintf(joined, sizeof(joined), "%s/%s", target, left);
    if (length < 0 || (size_t)length >= sizeof(joined))
        return false;
    memcpy(rest, joined, (size_t)length + 1);
    return true;
}

static void pop_part(char *path)
{
    char *slash = strrchr(path, '/');
    *(slash ? slash : path) = '\0';
}

/*
 * The path with every link in it followed, never leaving the root: what a kernel would
 * do for a process whose root directory this is. 0, -ENOENT, -ELOOP.
 */
static int resolve(const struct host_root *root, const char *path, bool follow_last,
                   char resolved[PATH_MAX])
{
    char rest[PATH_MAX], target[PATH_MAX];
    unsigned links = 0;
    resolved[0] = '\0';
    if (snprintf(rest, sizeof(rest), "%s", path) >= (int)sizeof(rest))
        return -ENAMETOOLONG;
    for (char *part = rest; *part;) {
        size_t length = strcspn(part, "/");
        const char *next = part + length + strspn(part + length, "/");
        size_t used = strlen(resolved);
        if (!length || (length == 1 && *part == '.')) {
            part += next - part;
            continue;
        }
        if (length == 2 && !memcmp(part, "..", 2)) {
            pop_part(resolved);
            part += next - part;
            continue;
        }
        if (used + length + 2 > PATH_MAX)
            return -ENAMETOOLONG;
        snprintf(resolved + used, PATH_MAX - used, "%s%.*s", used ? "/" : "",
                 (int)length, part);
        enum host_path_kind kind = root_kind_at(root, resolved);
        if (kind == HOST_PATH_ABSENT)
            return -ENOENT;
        if (kind == HOST_PATH_LINK && (*next || follow_last)) {
            if (++links > MAX_LINKS)
                return -ELOOP;
            if (!root_target_at(root, resolved, target, sizeof(target)) ||
                !push_target(rest, target, next))
                return -ENOENT;
            if (target[0] == '/')
                resolved[0] = '\0';
            else
                pop_part(resolved);
            part = rest;
            continue;
        }
        part += next - part;
    }
    return 0;
}

int root_place(const struct host_root *root, const char *path, bool follow_last,
               char found[PATH_MAX])
{
    if (!root->live)
        return resolve(root, path, follow_last, found);
    return snprintf(found, PATH_MAX, "%s", path) < PATH_MAX ? 0 : -ENAMETOOLONG;
}
