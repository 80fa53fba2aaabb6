/* serial_line.h: the line from a serial port to clients that come and go. */
#ifndef DEVICES_SERIAL_LINE_H
#define DEVICES_SERIAL_LINE_H

struct error;
struct event_loop;
struct serial_line;

/*
 * A pseudo-terminal (path NULL), or a UNIX socket at path, which only this user can
 * reach and which takes one client at a time; others wait for their turn. As long as
 * there is no client the guest's output vanishes; a client that does not keep up slows
 * the guest down, as a slow line would. All of it runs on the loop's thread. NULL with
 * err on failure.
 */
struct serial_line *serial_line_new(struct event_loop *loop, const char *path,
                                    struct error *err);
/* Hands on what the port has sent, as far as the client takes it at once. NULL is fine.
 */
void serial_line_free(struct serial_line *line);

/* The port's end, a file descriptor to read from and write to; the line's. */
int serial_line_port(const struct serial_line *line);

/* Where clients connect: the terminal's path, or the socket's. The line's. */
const char *serial_line_path(const struct serial_line *line);

#endif
