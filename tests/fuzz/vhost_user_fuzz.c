/* vhost_user_fuzz.c: a vhost-user server of a disk that answers and returns anything.
 */
#include "fuzz.h" /* must */

#include "base/bytes.h"           /* loads */
#include "base/error.h"           /* struct error */
#include "base/event_loop.h"      /* the server's end */
#include "base/log.h"             /* silence */
#include "devices/disk_backend.h" /* the target */
#include "devices/disk_file.h"    /* what came of the answers */
#include "devices/disk_io.h"      /* requests */
#include "devices/guest_memory.h" /* RAM */

#include <stdlib.h>     /* calloc */
#include <sys/mman.h>   /* memfd_create */
#include <sys/socket.h> /* the connection */
#include <unistd.h>     /* close */

/*
 * An input: how many bytes of answers there are, 16 bits; the answers, which the server
 * sent before it was asked; then what it writes to the used ring and the statuses,
 * again and again: a place, 16 bits, and a value, 8 bits. Place 0xffff has igdvm look.
 */
#define TRANSFERS 160 /* more than the ring takes */
#define RAM_SIZE  4096

struct request {
    struct disk_transfer transfer; /* first */
    struct iovec segment;
    unsigned done;
};

static void done(void *owner, struct disk_transfer *transfer)
{
    struct request *request = (struct request *)transfer;
    must(++request->done == 1);
    must(transfer->result <= 0);
}

static void batch_done(void *owner)
{
}

static const struct disk_owner_ops ops = { done, batch_done };

static void start_requests(struct disk_io *io, struct request *requests, uint8_t *data)
{
    for (unsigned i = 0; i < TRANSFERS; i++) {
        requests[i].segment = (struct iovec){ data, 512 };
        requests[i].transfer = (struct disk_transfer){
            .operation = i % (DISK_ZERO + 1),
            .durable = i % 3 == 0,
            .segments = &requests[i].segment,
            .count = 1,
            .length = 512,
        };
        disk_io_submit(io, &requests[i].transfer);
    }
    disk_io_kick(io);
}

/* The bytes of shared memory a server has to write: the used ring, then a status. */
static uint8_t *writable(struct disk_shared *shared, unsigned place)
{
    if (place < sizeof(shared->used))
        return (uint8_t *)&shared->used + place;
    return &shared->slots[place % DISK_BACKEND_SLOTS].status;
}

static void use(struct disk_backend *backend, const struct disk_file *file,
                struct event_loop *loop, uint8_t *ram, const uint8_t *data, size_t size)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct request *requests = calloc(TRANSFERS, sizeof(*requests));
    struct disk_io *io = disk_io_new(loop, &lock, file, "fuzz", TRANSFERS,
                                     DISK_ENGINE_AUTO, &ops, NULL, NULL);
    must(io && requests);
    start_requests(io, requests, ram);
    for (; size >= 3; data += 3, size -= 3) {
        unsigned place = load16(data);
        if (place == 0xffff)
            io->engine->collect(io, false);
        else
            *writable(backend->shared, place) = data[2];
    }
    io->engine->collect(io, false);
    /* The end of a server that goes away: all that is left is given back, once. */
    shutdown(backend->daemon.socket, SHUT_RDWR);
    disk_io_free(io);
    free(requests);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int ends[2], fd = memfd_create("ram", MFD_CLOEXEC);
    struct disk_backend backend;
    struct disk_file file;

    if (size < 2 || (size_t)load16(data) + 2 > size || load16(data) > 4096) {
        close(fd);
        return 0;
    }
    log_set_level(-1);
    must(ftruncate(fd, RAM_SIZE) == 0);
    uint8_t *ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    must(ram != MAP_FAILED && socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    struct guest_memory memory = { .count = 1,
                                   .blocks = { { 0, RAM_SIZE, ram, fd, 0 } } };
    must(write(ends[1], data + 2, load16(data)) == load16(data));
    must(shutdown(ends[1], SHUT_WR) == 0);
    struct event_loop *loop = event_loop_new(NULL);
    if (disk_backend_attach(&backend, ends[0], "fuzz", &memory, &file, NULL) == 0) {
        must(file.size >= 512 && file.size % file.block_size == 0);
        must(is_power_of_two(file.block_size) && is_power_of_two(file.physical_size));
        use(&backend, &file, loop, ram, data + 2 + load16(data),
            size - 2 - load16(data));
        disk_backend_close(&backend);
    }
    event_loop_free(loop);
    close(ends[1]);
    munmap(ram, RAM_SIZE);
    close(fd);
    return 0;
}
