/* lifeline.c: a program that somebody stopped goes on when who started it ends. */
#include "base/lifeline.h"

#include <fcntl.h>  /* F_SETOWN */
#include <signal.h> /* SIGCONT */
#include <unistd.h> /* getpid */

void lifeline_follow(int pipe_fd)
{
    /* fcntl(2): O_ASYNC's signal comes for pipes, too, and is any that F_SETSIG says.
     */
    fcntl(pipe_fd, F_SETOWN, getpid());
    fcntl(pipe_fd, F_SETSIG, SIGCONT);
    fcntl(pipe_fd, F_SETFL, fcntl(pipe_fd, F_GETFL) | O_ASYNC);
}
