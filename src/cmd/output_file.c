/* output_file.c: writes files a command was asked for, and tells whether it can. */
#include "cmd/output_file.h"

#include "base/error.h" /* errors */

#include <stdbool.h>  /* bool */
#include <stdio.h>    /* files */
#include <stdlib.h>   /* free */
#include <string.h>   /* strcmp */
#include <sys/stat.h> /* a folder */
#include <unistd.h>   /* access */

int output_file_write(const char *path, const void *data, size_t size,
                      struct error *err)
{
    if (!strcmp(path, "-"))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "-: expected the name of a file, ./- for one of this name: "
                         "what was written is told on standard output");
    FILE *file = fopen(path, "we");
    if (!file)
        return error_system(err, -errno, "%s", path);
    bool ok = fwrite(data, 1, size, file) == size;
    int code = errno;
    if (fclose(file) != 0) {
        ok = false;
        code = errno;
    }
    return ok ? 0 : error_system(err, -code, "%s", path);
}

/* The folder of a file, by what of its path is before the last slash. */
static int may_write_beside(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = strndup(path, slash ? (size_t)(slash + 1 - path) : 0);
    int result = !folder ? -ENOMEM
                 : access(*folder ? folder : ".", W_OK | X_OK) < 0 ? -errno
                                                                   : 0;
    free(folder);
    return result;
}

int output_file_check(const char *option, const char *path, struct error *err)
{
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%s %s: not a regular file, which the new one would replace",
                         option, path);
    int result = may_write_beside(path);
    return result == 0 ? 0
                       : error_set(err, ERROR_INPUT, result, "%s %s: %s", option, path,
                                   strerror(-result));
}
