/* net_stream.c: frames over a stream socket, as passt and QEMU's "-netdev stream". */
#include "devices/net_stream.h"

#include "base/error.h"          /* error_system */
#include "base/frame_stream.h"   /* the socket */
#include "devices/net_backend.h" /* struct net_backend */
#include "devices/virtqueue.h"   /* segments */

#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* malloc */
#include <unistd.h> /* close */

struct net_stream {
    struct net_backend backend;
    struct frame_stream frames;
};

static ssize_t stream_receive(struct net_backend *backend, unsigned pair,
                              const struct iovec *segments, unsigned count)
{
    static const uint8_t header[NET_HEADER_SIZE];
    struct net_stream *stream = (struct net_stream *)backend;
    const uint8_t *frame;
    size_t size;
    (void)pair;

    while (!(frame = frame_stream_next(&stream->frames, &size))) {
        int result = frame_stream_read(&stream->frames);
        if (result < 0)
            return result;
    }
    iovec_write(segments, count, 0, header, NET_HEADER_SIZE);
    iovec_write(segments, count, NET_HEADER_SIZE, frame, size);
    return (ssize_t)size + NET_HEADER_SIZE;
}

static int stream_flush(struct net_backend *backend)
{
    return frame_stream_write(&((struct net_stream *)backend)->frames);
}

static int stream_send(struct net_backend *backend, unsigned pair,
                       const struct iovec *segments, unsigned count)
{
    struct net_stream *stream = (struct net_stream *)backend;
    size_t size = (size_t)iovec_bytes(segments, count) - NET_HEADER_SIZE;
    uint8_t *frame = frame_stream_put(&stream->frames, size);
    (void)pair;

    if (!frame) {
        int result = stream_flush(backend);
        if (result < 0 && result != -EAGAIN)
            return result;
        frame = frame_stream_put(&stream->frames, size);
    }
    if (!frame)
        return -EAGAIN;
    iovec_read(segments, count, NET_HEADER_SIZE, frame, size);
    return 0;
}

static void stream_free(struct net_backend *backend)
{
    struct net_stream *stream = (struct net_stream *)backend;
    close(stream->frames.fd);
    free(stream);
}

static const struct net_backend_ops stream_ops = {
    .receive = stream_receive,
    .send = stream_send,
    .flush = stream_flush,
    .free = stream_free,
};

struct net_backend *net_stream_new(int fd, const char *name, struct error *err)
{
    struct net_stream *stream = malloc(sizeof(*stream));
    if (!stream) {
        error_system(err, -ENOMEM, "%s", name);
        close(fd);
        return NULL;
    }
    frame_stream_init(&stream->frames, fd);
    stream->backend = (struct net_backend){ .ops = &stream_ops,
                                            .pairs = 1,
                                            .fds = &stream->frames.fd };
    snprintf(stream->backend.name, sizeof(stream->backend.name), "%s", name);
    return &stream->backend;
}
