/* disk_io.h: what is done to a disk file, in the background. */
#ifndef DEVICES_DISK_IO_H
#define DEVICES_DISK_IO_H

#include "devices/disk_file.h" /* enum disk_kind */

#include <errno.h>   /* ESHUTDOWN */
#include <pthread.h> /* the owner's lock */
#include <stdbool.h> /* bool */
#include <stdint.h>  /* offsets */
#include <sys/uio.h> /* struct iovec */

struct disk_backend;
struct disk_bounce;
struct disk_io;
struct error;
struct event_loop;

/* What the owner wants. */
enum disk_operation {
    DISK_READ,
    DISK_WRITE,
    DISK_FLUSH,   /* all that was written before is on the medium */
    DISK_DISCARD, /* the range's contents are not needed; a host that cannot, need not
                   */
    DISK_ZERO,    /* the range reads as zeros */
};

/* What an engine does for it, one system call's worth; an operation may take several.
 */
enum disk_call_kind {
    DISK_CALL_READ,
    DISK_CALL_WRITE,
    DISK_CALL_SYNC,
    DISK_CALL_ALLOCATE, /* fallocate */
    DISK_CALL_DISCARD,  /* ioctls of block devices, requests to a server */
    DISK_CALL_ZERO,
};

struct disk_call {
    enum disk_call_kind kind;
    int mode;                /* of fallocate */
    bool durable;            /* a write that is on the medium when it is done */
    struct iovec *segments;  /* of reads and writes; changed as the call goes on */
    unsigned count;          /* of segments */
    uint64_t offset, length; /* bytes; length: of what has no segments */
};

/* A result: the server that had the disk is of no use any more, which was logged. */
#define DISK_SERVER_GONE (-ESHUTDOWN)

/*
 * One transfer; the owner's, and disk_io's from submit until done. segments are changed
 * as the transfer goes on.
 */
struct disk_transfer {
    enum disk_operation operation;
    bool durable;        /* a change that is on the medium when it is done */
    bool stay_allocated; /* DISK_ZERO: the host keeps room for the range */
    /* Data of reads and writes; of DISK_ZERO room for at least one, for writing. */
    struct iovec *segments;
    unsigned count;
    uint64_t offset; /* bytes */
    uint64_t length; /* bytes; DISK_DISCARD and DISK_ZERO */
    int result; /* when done: 0, DISK_SERVER_GONE or a negative errno; all or nothing */

    /* disk_io's own. */
    struct disk_transfer *next;
    struct disk_call call;
    unsigned method;            /* of DISK_DISCARD and DISK_ZERO: disk_extent.c */
    struct disk_bounce *bounce; /* of reads and writes: disk_bounce.c */
};

/* Who has transfers done: called with the lock held, on any thread that calls below. */
struct disk_owner_ops {
    void (*done)(void *owner, struct disk_transfer *transfer);
    /* All that had ended was done; more may come later. */
    void (*batch_done)(void *owner);
};

/* One way to make the calls. */
struct disk_engine {
    const char *name;
    /* Queue a transfer's call; it starts at the latest with kick. */
    void (*submit)(struct disk_io *io, struct disk_transfer *transfer);
    void (*kick)(struct disk_io *io);
    /* Call disk_io_ended for each call that ended; wait: for at least one. */
    void (*collect)(struct disk_io *io, bool wait);
    void (*free)(struct disk_io *io);
};

/* The state engines share; owners use the functions below only. */
struct disk_io {
    const struct disk_engine *engine;
    void *state; /* the engine's */
    int fd;
    int ready_fd; /* the engine's: readable when something ended */
    struct event_loop *loop;
    pthread_mutex_t *lock;
    unsigned in_flight; /* calls */

    /* What makes calls this engine cannot; it works for its owner. NULL: not needed. */
    struct disk_io *helper;
    struct disk_io *helped;

    const char *name; /* of the file, for people */
    const struct disk_owner_ops *ops;
    void *owner;
    enum disk_kind kind;
    unsigned alignment;       /* of data and offsets in direct calls; 0: any */
    unsigned refused_methods; /* bits: disk_extent.c */
    bool draining;
    bool lost_writes; /* a flush failed: the kernel may have dropped what was written */
    int retry_fd;     /* timer for the transfers that wait; -1: not needed yet */
    bool is_full;     /* the host had no room for a write */
    struct disk_transfer *waiting; /* for room on the host */
};

enum disk_engine_choice { DISK_ENGINE_AUTO, DISK_ENGINE_URING, DISK_ENGINE_THREAD };

/*
 * For up to `most` transfers at a time on an open file, which must outlive it. AUTO
 * takes io_uring where the kernel permits it, else threads; a server's disk has an
 * engine of its own. lock is held by callers of
 * the functions below. name stays the caller's. NULL with err on failure.
 */
struct disk_io *disk_io_new(struct event_loop *loop, pthread_mutex_t *lock,
                            const struct disk_file *file, const char *name,
                            unsigned most, enum disk_engine_choice choice,
                            const struct disk_owner_ops *ops, void *owner,
                            struct error *err);

/* Waits for what is in flight (done is not called) and frees. */
void disk_io_free(struct disk_io *io);

/*
 * Start a transfer. After the last one of a batch, kick. A transfer may be done before
 * either returns.
 */
void disk_io_submit(struct disk_io *io, struct disk_transfer *transfer);
void disk_io_kick(struct disk_io *io);

/* Wait until nothing is in flight; done is not called for what ends meanwhile. */
void disk_io_drain(struct disk_io *io);

/* For engines: the transfer's call ended with transfer->result. */
void disk_io_ended(struct disk_io *io, struct disk_transfer *transfer);

/*
 * For engines: `moved` bytes of a call went through. True when it is complete, else the
 * rest of it is in segments, count and offset.
 */
bool disk_call_advance(struct disk_call *call, uint64_t moved);

/* For disk_io's parts: have the transfer's call made. */
void disk_io_start_call(struct disk_io *io, struct disk_transfer *transfer);

/* The engines. 0 or a negative errno. */
int disk_io_uring_init(struct disk_io *io, unsigned most);
int disk_io_thread_init(struct disk_io *io, unsigned most);
int disk_io_backend_init(struct disk_io *io, struct disk_backend *backend);

#endif
