/* host_exec.c: hands a command of the host tool to igdvm-host. */
#include "cmd/host_commands.h" /* what is implemented */

#include <errno.h>  /* codes */
#include <limits.h> /* PATH_MAX */
#include <stdio.h>  /* messages */
#include <string.h> /* paths */
#include <unistd.h> /* execv */

#define PROGRAM "igdvm-host"

int host_commands_exec(char **argv)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - sizeof(PROGRAM));
    if (length > 0) {
        path[length] = '\0';
        char *slash = strrchr(path, '/');
        if (slash) {
            memcpy(slash + 1, PROGRAM, sizeof(PROGRAM));
            execv(path, argv);
        }
    }
    execv(IGDVM_LIBEXECDIR "/" PROGRAM, argv);
    fprintf(stderr, "igdvm: %s: cannot run %s/%s: %s; install all of igdvm\n", argv[1],
            IGDVM_LIBEXECDIR, PROGRAM, strerror(errno));
    return STATUS_SYSTEM;
}
