/* control_passed.c: the file whose descriptor goes along with a request. */
#include "cmd/control_passed.h"

#include "base/error.h" /* errors */

#include <fcntl.h>    /* open */
#include <stdio.h>    /* rename */
#include <string.h>   /* strcmp */
#include <sys/stat.h> /* what is there already */
#include <unistd.h>   /* close */

/* Neither waits for a FIFO's other end. */
#define READ_FLAGS  (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
#define WRITE_FLAGS (O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)

static int open_read(struct control_passed *passed, struct error *err)
{
    struct stat facts;
    passed->fd = open(passed->path, READ_FLAGS);
    if (passed->fd < 0)
        return error_set(err, ERROR_INPUT, -errno, "%s: cannot be opened: %s",
                         passed->path, strerror(errno));
    if (fstat(passed->fd, &facts) < 0 ||
        !(S_ISREG(facts.st_mode) || S_ISBLK(facts.st_mode)))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%s: neither a regular file nor a block device", passed->path);
    return 0;
}

/* What is there is replaced only by what is whole, and only if it is a file, too. */
static int open_draft(struct control_passed *passed, struct error *err)
{
    struct stat facts;
    if (stat(passed->path, &facts) == 0 && !S_ISREG(facts.st_mode))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%s: not a regular file: expected the path of one, or of none",
                         passed->path);
    if (snprintf(passed->draft, sizeof(passed->draft), "%s.%d.part", passed->path,
                 (int)getpid()) >= (int)sizeof(passed->draft)) {
        passed->draft[0] = '\0';
        return error_set(err, ERROR_INPUT, -ENAMETOOLONG, "%s: too long", passed->path);
    }
    passed->fd = open(passed->draft, WRITE_FLAGS, 0644);
    if (passed->fd >= 0)
        return 0;
    int result = error_set(err, ERROR_INPUT, -errno, "%s: cannot be made: %s",
                           passed->path, strerror(errno));
    passed->draft[0] = '\0';
    return result;
}

int control_passed_open(struct control_passed *passed,
                        const struct control_command *commands, int argc, char **argv,
                        struct error *err)
{
    *passed = (struct control_passed){ .fd = -1 };
    while (strcmp(commands->name, argv[0]) != 0)
        commands++;
    for (int i = 1; i < argc; i++) {
        if (strcmp(commands->keys[i - 1], "file") == 0)
            passed->path = argv[i];
    }
    if (!passed->path || commands->file == CONTROL_FILE_NAMED)
        return 0;
    return commands->file == CONTROL_FILE_OPEN ? open_read(passed, err)
                                               : open_draft(passed, err);
}

int control_passed_close(struct control_passed *passed, int result, struct error *err)
{
    if (passed->fd >= 0)
        close(passed->fd);
    passed->fd = -1;
    if (!passed->draft[0])
        return result;
    if (result == 0 && rename(passed->draft, passed->path) < 0)
        result = error_system(err, -errno, "%s", passed->path);
    if (result < 0)
        unlink(passed->draft);
    return result;
}
