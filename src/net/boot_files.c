/* boot_files.c: the folder whose files a guest may have by TFTP. */
#include "net/boot_files.h"

#include "base/error.h" /* error_set */

#include <fcntl.h>    /* open */
#include <stdbool.h>  /* bool */
#include <stdio.h>    /* snprintf */
#include <stdlib.h>   /* realpath */
#include <string.h>   /* strstr */
#include <sys/stat.h> /* what it is */
#include <unistd.h>   /* close */

int boot_files_find(const char *folder, char path[PATH_MAX], struct error *err)
{
    struct stat facts;
    if (!realpath(folder, path) || stat(path, &facts) < 0)
        return error_set(err, ERROR_INPUT, -errno, "tftp=%s: %s", folder,
                         strerror(errno));
    if (!S_ISDIR(facts.st_mode))
        return error_set(err, ERROR_INPUT, -ENOTDIR, "tftp=%s: expected a folder",
                         folder);
    return 0;
}

static bool is_file(int fd)
{
    struct stat facts;
    return fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode);
}

int boot_files_check(const char *folder, const char *boot_file, struct error *err)
{
    char path[PATH_MAX];
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, ERROR_INPUT, -errno,
                         "tftp=%s: %s; igdvm-net, which is user nobody or that of "
                         "--user when root starts it, has to read it",
                         folder, strerror(errno));
    close(fd);
    if (!boot_file || strstr(boot_file, "://"))
        return 0;
    int length = snprintf(path, sizeof(path), "%s/%s", folder, boot_file);
    /* The TFTP server refuses such names. */
    if (strstr(boot_file, "../") || length < 0 || (size_t)length >= sizeof(path))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "bootfile=%s: expected a file in or below %s", boot_file,
                         folder);
    fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, ERROR_INPUT, -errno,
                         "bootfile=%s: %s: %s; igdvm-net has to read it", boot_file,
                         path, strerror(errno));
    bool good = is_file(fd);
    close(fd);
    return good ? 0
                : error_set(err, ERROR_INPUT, -EINVAL, "bootfile=%s: %s is no file",
                            boot_file, path);
}
