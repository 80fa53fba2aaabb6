/* root.c: reads a host's files, below "/", below a directory, or in a capture. */
#include "host/root_internal.h" /* what is implemented */
#include "host/printable.h"     /* lines */

#include "base/bytes.h" /* ARRAY_SIZE */
#include "base/error.h" /* errors */

#include <dirent.h>   /* scandir */
#include <errno.h>    /* codes */
#include <fcntl.h>    /* open */
#include <limits.h>   /* PATH_MAX */
#include <stdarg.h>   /* paths with parts */
#include <stdio.h>    /* vsnprintf */
#include <stdlib.h>   /* memory */
#include <string.h>   /* paths */
#include <sys/stat.h> /* what is at a path */
#include <unistd.h>   /* read */

#define FIRST_ROOM 4096u

/* Make "PATH" of a format; false when it does not fit. */
#define MAKE_PATH(path, format)                                     \
    ({                                                              \
        va_list args_;                                              \
        va_start(args_, format);                                    \
        int length_ = vsnprintf(path, sizeof(path), format, args_); \
        va_end(args_);                                              \
        length_ >= 0 && (size_t)length_ < sizeof(path);             \
    })

static int open_directory(struct host_root *root, const char *path)
{
    root->directory = strdup(path);
    if (!root->directory)
        return -ENOMEM;
    for (size_t length = strlen(root->directory);
         length && root->directory[length - 1] == '/'; length--)
        root->directory[length - 1] = '\0';
    return 0;
}

static struct host_root *new_root(const char *name)
{
    struct host_root *root = calloc(1, sizeof(*root));
    if (root && !(root->name = strdup(name))) {
        free(root);
        return NULL;
    }
    return root;
}

/* Is there anything of a host's in it? */
static int check_capture(const struct host_root *root, struct error *err)
{
    static const char *const tops[] = { "proc", "sys", "etc", "boot", "var", "igdvm" };
    for (unsigned i = 0; i < ARRAY_SIZE(tops); i++) {
        if (root_kind_at(root, tops[i]) != HOST_PATH_ABSENT)
            return 0;
    }
    return error_set(err, ERROR_INPUT, -EINVAL,
                     "%s: no capture of a host: expected some of proc, sys, etc, boot, "
                     "var and igdvm in it, as 'igdvm snapshot' writes them",
                     root->name);
}

int host_root_open(struct host_root **opened, const char *path, struct error *err)
{
    struct stat stat_buffer = { 0 };
    bool standard = path && !strcmp(path, "-");
    int result = 0;
    *opened = NULL;
    if (path && !standard && stat(path, &stat_buffer) < 0)
        return error_set(err, ERROR_INPUT, -errno, "%s: %s", path, strerror(errno));
    struct host_root *root = new_root(standard ? "standard input"
                                      : path   ? path
                                               : "this computer");
    if (!root)
        return error_system(err, -ENOMEM, "%s", path ? path : "/");
    root->live = !path;
    if (!path || S_ISDIR(stat_buffer.st_mode)) {
        if (open_directory(root, path ? path : "") < 0)
            result = error_system(err, -ENOMEM, "%s", root->name);
    } else {
        root->archived = true;
        result = archive_tree_read(&root->tree, standard ? "/dev/stdin" : path, NULL, 0,
                                   root->name, err);
    }
    if (result == 0 && path)
        result = check_capture(root, err);
    if (result < 0)
        host_root_close(root);
    else
        *opened = root;
    return result;
}

int host_root_open_memory(struct host_root **opened, const void *bytes, size_t size,
                          const char *name, struct error *err)
{
    *opened = NULL;
    struct host_root *root = new_root(name);
    if (!root)
        return error_system(err, -ENOMEM, "%s", name);
    root->archived = true;
    int result = archive_tree_read(&root->tree, NULL, bytes, size, name, err);
    if (result < 0)
        host_root_close(root);
    else
        *opened = root;
    return result;
}

void host_root_close(struct host_root *root)
{
    if (!root)
        return;
    archive_tree_free(&root->tree);
    free(root->directory);
    free(root->name);
    free(root);
}

bool host_root_is_live(const struct host_root *root)
{
    return root->live;
}

const char *host_root_name(const struct host_root *root)
{
    return root->name;
}

/* The kernel's files have no size that could be asked for: read until the end. */
static int read_all(int fd, char **data, size_t *size)
{
    size_t room = FIRST_ROOM, used = 0;
    char *buffer = malloc(room + 1);
    while (buffer) {
        ssize_t got = read(fd, buffer + used, room - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            int code = -errno;
            free(buffer);
            return code == -EPERM ? -EACCES : code;
        }
        if (got == 0)
            break;
        used += (size_t)got;
        if (used > HOST_ROOT_FILE_MAX) {
            free(buffer);
            return -EFBIG;
        }
        if (used == room) {
            char *larger = realloc(buffer, room * 2 + 1);
            if (!larger)
                free(buffer);
            buffer = larger;
            room *= 2;
        }
    }
    if (!buffer)
        return -ENOMEM;
    buffer[used] = '\0';
    *data = buffer;
    *size = used;
    return 0;
}

static int read_file(const char *full, char **data, size_t *size)
{
    struct stat stat;
    int fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return errno == EPERM ? -EACCES : -errno;
    int result = fstat(fd, &stat) < 0     ? -errno
                 : S_ISDIR(stat.st_mode)  ? -EISDIR
                 : !S_ISREG(stat.st_mode) ? -ENOENT /* a pipe or a device */
                                          : read_all(fd, data, size);
    close(fd);
    return result;
}

static int read_node(const struct host_root *root, const char *path, char **data,
                     size_t *size)
{
    const struct archive_node *node = archive_tree_find(&root->tree, path);
    if (!node)
        return -ENOENT;
    if (node->kind != HOST_PATH_FILE)
        return -EISDIR;
    *data = malloc(node->size + 1);
    if (!*data)
        return -ENOMEM;
    memcpy(*data, node->data ? node->data : "", node->size);
    (*data)[node->size] = '\0';
    *size = node->size;
    return 0;
}

static int read_path(const struct host_root *root, const char *path, char **data,
                     size_t *size)
{
    char found[PATH_MAX], full[PATH_MAX];
    *data = NULL;
    *size = 0;
    if (root->live && !strcmp(path, "var/log/kernel.log"))
        return live_kernel_log(data, size);
    int result = root_place(root, path, true, found);
    if (result < 0)
        return result;
    if (root->archived)
        return read_node(root, found, data, size);
    return root_full_path(root, found, full) ? read_file(full, data, size)
                                             : -ENAMETOOLONG;
}

int host_root_read(const struct host_root *root, char **data, size_t *size,
                   const char *format, ...)
{
    char path[PATH_MAX];
    *data = NULL;
    *size = 0;
    return MAKE_PATH(path, format) ? read_path(root, path, data, size) : -ENAMETOOLONG;
}

static bool first_line(const struct host_root *root, const char *path, char *line,
                       size_t size)
{
    char *data;
    size_t length;
    if (read_path(root, path, &data, &length) < 0 || !data)
        return false;
    length = strcspn(data, "\n");
    bool fits = length < size;
    if (fits) {
        memcpy(line, data, length);
        line[length] = '\0';
    }
    free(data);
    return fits;
}

bool host_root_line(const struct host_root *root, char *line, size_t size,
                    const char *format, ...)
{
    char path[PATH_MAX];
    if (!MAKE_PATH(path, format) || !first_line(root, path, line, size))
        return false;
    make_printable(line);
    return true;
}

bool host_root_number(const struct host_root *root, uint64_t *value, const char *format,
                      ...)
{
    char path[PATH_MAX], line[64], *end;
    if (!MAKE_PATH(path, format) || !first_line(root, path, line, sizeof(line)))
        return false;
    errno = 0;
    unsigned long long number =
        strtoull(line, &end, strncmp(line, "0x", 2) == 0 ? 16 : 10);
    if (end == line || end[strspn(end, " \t\r")] || errno)
        return false;
    *value = number;
    return true;
}

static bool link_target(const struct host_root *root, const char *path, char *target,
                        size_t size)
{
    char found[PATH_MAX];
    return root_place(root, path, false, found) == 0 &&
           root_target_at(root, found, target, size);
}

bool host_root_target(const struct host_root *root, char *target, size_t size,
                      const char *format, ...)
{
    char path[PATH_MAX];
    return MAKE_PATH(path, format) && link_target(root, path, target, size);
}

bool host_root_link(const struct host_root *root, char *name, size_t size,
                    const char *format, ...)
{
    char path[PATH_MAX], target[PATH_MAX];
    if (!MAKE_PATH(path, format) || !link_target(root, path, target, sizeof(target)))
        return false;
    const char *slash = strrchr(target, '/');
    const char *last = slash ? slash + 1 : target;
    if (!*last || strlen(last) >= size)
        return false;
    memcpy(name, last, strlen(last) + 1);
    make_printable(name);
    return true;
}

enum host_path_kind host_root_kind(const struct host_root *root, const char *format,
                                   ...)
{
    char path[PATH_MAX], found[PATH_MAX];
    if (!MAKE_PATH(path, format) || root_place(root, path, false, found) < 0)
        return HOST_PATH_ABSENT;
    return root_kind_at(root, found);
}

/* A list of names that grows. */
struct names {
    char **list;
    size_t count, room;
    bool failed;
};

static void add_name(struct names *names, const char *name, size_t length)
{
    if (names->count + 1 >= names->room) {
        size_t room = names->room ? names->room * 2 : 32;
        char **list = realloc(names->list, room * sizeof(*list));
        if (!list) {
            names->failed = true;
            return;
        }
        names->list = list;
        names->room = room;
    }
    char *copy = strndup(name, length);
    names->failed |= !copy;
    if (copy)
        names->list[names->count++] = copy;
    names->list[names->count] = NULL;
}

static void list_archive(const struct host_root *root, const char *path,
                         struct names *names)
{
    char prefix[PATH_MAX];
    int length = snprintf(prefix, sizeof(prefix), "%s%s", path, *path ? "/" : "");
    size_t at = archive_tree_lower_bound(&root->tree, prefix);
    for (; at < root->tree.count; at++) {
        const char *rest = root->tree.nodes[at].path;
        if (strncmp(rest, prefix, (size_t)length) != 0)
            break;
        rest += length;
        if (*rest && *rest != '.' && !strchr(rest, '/'))
            add_name(names, rest, strlen(rest));
    }
}

static int list_directory(const struct host_root *root, const char *path,
                          struct names *names)
{
    char full[PATH_MAX];
    struct dirent **entries;
    int count = root_full_path(root, path, full)
                    ? scandir(full, &entries, NULL, alphasort)
                    : -1;
    if (count < 0)
        return errno == EPERM ? -EACCES : -errno;
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.')
            add_name(names, entries[i]->d_name, strlen(entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
    return 0;
}

int host_root_list(const struct host_root *root, char ***list, const char *format, ...)
{
    char path[PATH_MAX], found[PATH_MAX];
    struct names names = { 0 };
    *list = NULL;
    if (!MAKE_PATH(path, format))
        return -ENAMETOOLONG;
    int result = root_place(root, path, true, found);
    if (result < 0)
        return result;
    if (!root->archived)
        result = list_directory(root, found, &names);
    else if (root_kind_at(root, found) == HOST_PATH_DIRECTORY)
        list_archive(root, found, &names);
    else
        result = -ENOTDIR;
    if (result == 0 && !names.list)
        names.list = calloc(1, sizeof(*names.list));
    if (result < 0 || names.failed || !names.list) {
        host_root_list_free(names.list);
        return result < 0 ? result : -ENOMEM;
    }
    *list = names.list;
    return (int)names.count;
}

void host_root_list_free(char **names)
{
    for (char **name = names; name && *name; name++)
        free(*name);
    free(names);
}
