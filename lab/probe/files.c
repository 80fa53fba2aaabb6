/* files.c: small files of sysfs and procfs. */
#include <fcntl.h>  /* open */
#include <string.h> /* strcspn */
#include <unistd.h> /* read */

#include "probe.h"

int read_bytes(const char *path, void *bytes, size_t size)
{
    size_t done = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    while (done < size) {
        ssize_t got = read(fd, (char *)bytes + done, size - done);

        if (got <= 0)
            break;
        done += (size_t)got;
    }
    close(fd);
    return (int)done;
}

void read_line(const char *path, char *line, size_t size)
{
    int got = read_bytes(path, line, size - 1);

    line[got < 0 ? 0 : got] = '\0';
    line[strcspn(line, "\n")] = '\0';
}

void json_lines(const char *name, const char *path)
{
    char line[512];
    FILE *file = fopen(path, "re");

    json_open(name, '[');
    while (file && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        json_string(NULL, line);
    }
    json_close(']');
    if (file)
        fclose(file);
}
