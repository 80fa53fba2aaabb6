/* frame_stream.h: Ethernet frames on a stream socket, each behind its length. */
#ifndef BASE_FRAME_STREAM_H
#define BASE_FRAME_STREAM_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* bytes */

/* An Ethernet frame with a VLAN tag around the largest IP packet. */
#define FRAME_STREAM_LARGEST (14 + 4 + 65535)
#define FRAME_STREAM_BUFFER  (4 * (4 + FRAME_STREAM_LARGEST))

/*
 * Both directions of one socket, which does not block: what passt and QEMU's "-netdev
 * stream" speak, the length as 32 bits in network byte order before each frame.
 */
struct frame_stream {
    int fd;      /* the caller's */
    bool broken; /* the other side sent a length that is none */
    size_t in_start, in_end, out_start, out_end;
    uint8_t in[FRAME_STREAM_BUFFER], out[FRAME_STREAM_BUFFER];
};

void frame_stream_init(struct frame_stream *stream, int fd);

/* Read what is there. 0; -EAGAIN: nothing; -EPROTO, -ECONNRESET or another negative
 * errno: the other side is gone or does not speak this. */
int frame_stream_read(struct frame_stream *stream);

/* The next frame that was read whole, or NULL. Valid until the next read. */
const uint8_t *frame_stream_next(struct frame_stream *stream, size_t *size);

/* Append a frame of so many bytes, which the caller fills in; NULL: there is no room.
 */
uint8_t *frame_stream_put(struct frame_stream *stream, size_t size);

/* Write what was appended. 0; -EAGAIN: some is left; or a negative errno. */
int frame_stream_write(struct frame_stream *stream);

/* How many bytes wait to be written. */
size_t frame_stream_waiting(const struct frame_stream *stream);

#endif
