/* output_file.c: writes files a command was asked for. */
#include "cmd/output_file.h"

#include "base/error.h" /* errors */

#include <stdbool.h> /* bool */
#include <stdio.h>   /* files */
#include <string.h>  /* strcmp */

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
