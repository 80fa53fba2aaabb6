/* lifeline.h: how a program goes with the one that started it. */
#ifndef BASE_LIFELINE_H
#define BASE_LIFELINE_H

/*
 * Have the kernel send this process a signal when nobody has the other end of the pipe
 * any more: SIGCONT, so that one that somebody stopped goes on, SIGTERM. pipe_fd: our
 * end; what passes the pipe may send the signal, too. Stays so over exec, as long as
 * the descriptor is open. Unlike signals of processes it needs no rights over the user
 * this process is or becomes. Safe after fork.
 */
void lifeline_follow(int pipe_fd, int signal);

#endif
