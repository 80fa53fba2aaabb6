/* old_kernel.c: runs a command to which the kernel says it is Linux 2.6. */
#include <errno.h>           /* errno */
#include <string.h>          /* strerror */
#include <sys/personality.h> /* personality */
#include <unistd.h>          /* execvp */

#include "probe.h"

int run_on_old_kernel(char **command)
{
    if (!command[0] || personality(UNAME26) < 0)
        return 2;
    execvp(command[0], command);
    fprintf(stderr, "probe: %s: %s\n", command[0], strerror(errno));
    return 3;
}
