/* disk_io.h: reads and writes of a disk file in the background. */
#ifndef DEVICES_DISK_IO_H
#define DEVICES_DISK_IO_H

#include <pthread.h> /* the owner's lock */
#include <stdbool.h> /* bool */
#include <stdint.h>  /* offsets */
#include <sys/uio.h> /* struct iovec */

struct disk_io;
struct error;
struct event_loop;

enum disk_operation { DISK_READ, DISK_WRITE, DISK_FLUSH };

/*
 * One transfer; the owner's, and the engine's from submit until done. segments are
 * changed as the transfer goes on.
 */
struct disk_transfer {
    enum disk_operation operation;
    bool durable; /* a write that is on the medium when it is done */
    struct iovec *segments;
    unsigned count;
    uint64_t offset; /* bytes */
    int result;      /* when done: 0 or a negative errno; nothing is left over */
    struct disk_transfer *next;
};

typedef void disk_done(void *opaque, struct disk_transfer *transfer);

/* One way to do it. */
struct disk_engine {
    const char *name;
    /* Queue a transfer; it starts at the latest with kick. */
    void (*submit)(struct disk_io *io, struct disk_transfer *transfer);
    void (*kick)(struct disk_io *io);
    /* Call disk_io_finish for each transfer that ended; wait: for at least one. */
    void (*collect)(struct disk_io *io, bool wait);
    void (*free)(struct disk_io *io);
};

/* The state engines share; owners use the functions below only. */
struct disk_io {
    const struct disk_engine *engine;
    void *state; /* the engine's */
    int fd;
    int event_fd; /* signalled by the engine when something ended */
    struct event_loop *loop;
    pthread_mutex_t *lock;
    disk_done *done;
    void *opaque;
    unsigned in_flight;
    bool draining;
};

enum disk_engine_choice { DISK_ENGINE_AUTO, DISK_ENGINE_URING, DISK_ENGINE_THREAD };

/*
 * For up to `most` transfers at a time on fd. AUTO takes io_uring where the kernel
 * permits it, else threads. lock is held by callers of the functions below, and around
 * done, which runs on the loop's thread. NULL with err on failure.
 */
struct disk_io *disk_io_new(struct event_loop *loop, pthread_mutex_t *lock, int fd,
                            unsigned most, enum disk_engine_choice choice,
                            disk_done *done, void *opaque, struct error *err);

/* Waits for what is in flight (done is not called) and frees. */
void disk_io_free(struct disk_io *io);

/* Start a transfer. After the last one of a batch, kick. */
void disk_io_submit(struct disk_io *io, struct disk_transfer *transfer);
void disk_io_kick(struct disk_io *io);

/* Wait until nothing is in flight; done is not called for what ends meanwhile. */
void disk_io_drain(struct disk_io *io);

/* For engines: the transfer ended with transfer->result. */
void disk_io_finish(struct disk_io *io, struct disk_transfer *transfer);

/*
 * For engines: `moved` bytes of a transfer went through. True when it is complete,
 * else the rest of it is in segments, count and offset.
 */
bool disk_transfer_advance(struct disk_transfer *transfer, uint64_t moved);

/* The engines. 0 or a negative errno. */
int disk_io_uring_init(struct disk_io *io, unsigned most);
int disk_io_thread_init(struct disk_io *io, unsigned most);

#endif
