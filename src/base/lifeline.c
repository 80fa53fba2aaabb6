/* lifeline.c: how a program goes with the one that started it. */
#include "base/lifeline.h"

#include <fcntl.h>  /* F_SETOWN */
#include <unistd.h> /* getpid */

void lifeline_follow(int pipe_fd, int signal)
{
    /* fcntl(2): O_ASYNC's signal comes for pipes, too, and is any that F_SETSIG says.
     */
    fcntl(pipe_fd, F_SETOWN, getpid());
    fcntl(pipe_fd, F_SETSIG, signal);
    fcntl(pipe_fd, F_SETFL, fcntl(pipe_fd, F_GETFL) | O_ASYNC);
}
