/* frame_stream.c: Ethernet frames on a stream socket, each behind its length. */
#include "base/frame_stream.h"

#include "base/bytes.h" /* loads, stores */

#include <errno.h>      /* errno values */
#include <sys/socket.h> /* send, recv */

#define LENGTH_SIZE 4

void frame_stream_init(struct frame_stream *stream, int fd)
{
    stream->fd = fd;
    stream->broken = false;
    stream->in_start = stream->in_end = 0;
    stream->out_start = stream->out_end = 0;
}

/* Move what waits between *start and *end to the front of the buffer. */
static void move_to_front(uint8_t *buffer, size_t *start, size_t *end)
{
    memmove(buffer, buffer + *start, *end - *start);
    *end -= *start;
    *start = 0;
}

int frame_stream_read(struct frame_stream *stream)
{
    if (stream->broken)
        return -EPROTO;
    move_to_front(stream->in, &stream->in_start, &stream->in_end);
    ssize_t got = recv(stream->fd, stream->in + stream->in_end,
                       FRAME_STREAM_BUFFER - stream->in_end, MSG_DONTWAIT);
    if (got == 0)
        return -ECONNRESET;
    if (got < 0)
        return errno == EINTR ? -EAGAIN : -errno;
    stream->in_end += (size_t)got;
    return 0;
}

const uint8_t *frame_stream_next(struct frame_stream *stream, size_t *size)
{
    size_t waiting = stream->in_end - stream->in_start;
    const uint8_t *at = stream->in + stream->in_start;
    if (waiting < LENGTH_SIZE || stream->broken)
        return NULL;
    *size = __builtin_bswap32(load32(at));
    stream->broken = *size > FRAME_STREAM_LARGEST;
    if (stream->broken || *size > waiting - LENGTH_SIZE)
        return NULL;
    stream->in_start += LENGTH_SIZE + *size;
    return at + LENGTH_SIZE;
}

uint8_t *frame_stream_put(struct frame_stream *stream, size_t size)
{
    size_t needed = LENGTH_SIZE + size;
    if (size > FRAME_STREAM_LARGEST)
        return NULL;
    if (FRAME_STREAM_BUFFER - stream->out_end < needed)
        move_to_front(stream->out, &stream->out_start, &stream->out_end);
    if (FRAME_STREAM_BUFFER - stream->out_end < needed)
        return NULL;
    uint8_t *at = stream->out + stream->out_end;
    store32(at, __builtin_bswap32((uint32_t)size));
    stream->out_end += needed;
    return at + LENGTH_SIZE;
}

int frame_stream_write(struct frame_stream *stream)
{
    while (frame_stream_waiting(stream)) {
        ssize_t sent = send(stream->fd, stream->out + stream->out_start,
                            frame_stream_waiting(stream), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0)
            return errno == EINTR ? -EAGAIN : -errno;
        stream->out_start += (size_t)sent;
    }
    stream->out_start = stream->out_end = 0;
    return 0;
}

size_t frame_stream_waiting(const struct frame_stream *stream)
{
    return stream->out_end - stream->out_start;
}
