/* sysfs.c: reads the kernel's small files. */
#include "host/sysfs.h"

#include <dirent.h>   /* scandir */
#include <errno.h>    /* error codes */
#include <fcntl.h>    /* open */
#include <limits.h>   /* PATH_MAX */
#include <stdarg.h>   /* the path's parts */
#include <stdio.h>    /* vsnprintf */
#include <stdlib.h>   /* strtoull */
#include <string.h>   /* strrchr */
#include <sys/stat.h> /* lstat */
#include <unistd.h>   /* readlink */

/* "ROOT/FORMAT..." into path; false when it does not fit. */
static bool make_path(char path[PATH_MAX], const char *root, const char *format,
                      va_list args)
{
    int start = snprintf(path, PATH_MAX, "%s/", root);
    if (start < 0 || start >= PATH_MAX)
        return false;
    /* Begun by each caller, which the checker loses sight of. */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    int more = vsnprintf(path + start, (size_t)(PATH_MAX - start), format, args);
    return more >= 0 && more < PATH_MAX - start;
}

bool sysfs_exists(const char *root, const char *format, ...)
{
    char path[PATH_MAX];
    struct stat stat;
    va_list args;
    va_start(args, format);
    bool made = make_path(path, root, format, args);
    va_end(args);
    return made && lstat(path, &stat) == 0;
}

bool sysfs_link_name(char *name, size_t size, const char *root, const char *format, ...)
{
    char path[PATH_MAX], target[PATH_MAX];
    va_list args;
    va_start(args, format);
    bool made = make_path(path, root, format, args);
    va_end(args);
    ssize_t length = made ? readlink(path, target, sizeof(target) - 1) : -1;
    if (length <= 0)
        return false;
    target[length] = '\0';
    const char *slash = strrchr(target, '/');
    const char *last = slash ? slash + 1 : target;
    if (!*last || strlen(last) >= size)
        return false;
    memcpy(name, last, strlen(last) + 1);
    return true;
}

static bool read_line(char *line, size_t size, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t got = read(fd, line, size - 1);
    close(fd);
    if (got < 0)
        return false;
    line[got] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return true;
}

bool sysfs_read_line(char *line, size_t size, const char *root, const char *format, ...)
{
    char path[PATH_MAX];
    va_list args;
    va_start(args, format);
    bool made = make_path(path, root, format, args);
    va_end(args);
    return made && read_line(line, size, path);
}

bool sysfs_read_number(uint64_t *value, const char *root, const char *format, ...)
{
    char path[PATH_MAX], line[64], *end;
    va_list args;
    va_start(args, format);
    bool made = make_path(path, root, format, args);
    va_end(args);
    if (!made || !read_line(line, sizeof(line), path))
        return false;
    errno = 0;
    unsigned long long number =
        strtoull(line, &end, strncmp(line, "0x", 2) == 0 ? 16 : 10);
    if (end == line || *end || errno)
        return false;
    *value = number;
    return true;
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int sysfs_list(char ***names, const char *root, const char *format, ...)
{
    char path[PATH_MAX];
    struct dirent **entries;
    va_list args;
    *names = NULL;
    va_start(args, format);
    bool made = make_path(path, root, format, args);
    va_end(args);
    if (!made)
        return -ENAMETOOLONG;
    int count = scandir(path, &entries, visible, alphasort);
    if (count < 0)
        return -errno;
    char **list = calloc((size_t)count + 1, sizeof(*list));
    int kept = 0;
    for (int i = 0; i < count; i++) {
        if (list && (list[kept] = strdup(entries[i]->d_name)))
            kept++;
        free(entries[i]);
    }
    free(entries);
    if (!list || kept < count) {
        sysfs_list_free(list);
        return -ENOMEM;
    }
    *names = list;
    return count;
}

void sysfs_list_free(char **names)
{
    if (!names)
        return;
    for (char **name = names; *name; name++)
        free(*name);
    free(names);
}
