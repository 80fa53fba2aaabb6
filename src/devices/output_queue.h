/* output_queue.h: bytes on their way out of a device, written by the event loop. */
#ifndef DEVICES_OUTPUT_QUEUE_H
#define DEVICES_OUTPUT_QUEUE_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* bytes */

struct error;
struct event_loop;
struct output_queue;

#define OUTPUT_QUEUE_SIZE 65536 /* bytes held while the reader is slow */

/*
 * A vCPU puts bytes in and never waits; the loop writes what gathered within
 * `delay_ns` in one go, whenever fd accepts it. by_line: end each write at a line's
 * end as long as one has come, so that lines of several writers do not mix. fd is
 * duplicated, may be anything (file, pipe, socket, terminal), and is left in the
 * blocking mode it has. A write error other than "try again" is logged once under
 * name, and from then on output vanishes. SIGPIPE must be ignored by the process.
 */
struct output_queue *output_queue_new(struct event_loop *loop, const char *name, int fd,
                                      uint64_t delay_ns, bool by_line,
                                      struct error *err);

/* Writes what is left, waiting up to half a second for a slow reader. */
void output_queue_free(struct output_queue *queue);

/* Called on the loop's thread, no lock held, when a full queue has room again. */
void output_queue_on_room(struct output_queue *queue, void (*handler)(void *opaque),
                          void *opaque);

/* Any thread. False when the queue is full: the byte was not taken. */
bool output_queue_put(struct output_queue *queue, uint8_t byte);

/*
 * Any thread. As many of these bytes as there is room for: how many were taken. When
 * not all were, on_room will be called.
 */
size_t output_queue_write(struct output_queue *queue, const uint8_t *bytes,
                          size_t size);

/* How many bytes output_queue_put would take now. */
size_t output_queue_room(struct output_queue *queue);

#endif
