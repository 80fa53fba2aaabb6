/* lifeline.h: a program that somebody stopped goes on when who started it ends. */
#ifndef BASE_LIFELINE_H
#define BASE_LIFELINE_H

/*
 * Have the kernel send this process SIGCONT when nobody has the other end of the pipe
 * any more. pipe_fd: our end; what passes the pipe may send it, too, which does nothing
 * to a process that runs. Stays so over exec. Unlike signals of processes it needs no
 * rights over the user this process becomes. Safe after fork.
 */
void lifeline_follow(int pipe_fd);

#endif
