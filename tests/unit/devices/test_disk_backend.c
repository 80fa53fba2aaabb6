/* test_disk_backend.c: a disk that a vhost-user server has; the server is a thread. */
#include "base/bytes.h"           /* loads, stores */
#include "base/error.h"           /* error texts */
#include "base/event_loop.h"      /* completions */
#include "devices/disk_backend.h" /* under test */
#include "devices/disk_file.h"    /* what is known of the disk */
#include "devices/disk_io.h"      /* under test */
#include "devices/guest_memory.h" /* RAM */

#include <poll.h>    /* the server waits */
#include <pthread.h> /* the server */
#include <stdarg.h>  /* cmocka wants these four before it */
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>     /* the tests' own */
#include <string.h>     /* memcpy */
#include <sys/mman.h>   /* shared memory */
#include <sys/socket.h> /* the connection */
#include <unistd.h>     /* read, write */

#define DISK_SIZE (64 * 1024)
#define RAM_SIZE  (1 << 20)
#define REQUESTS  300 /* more than the ring has room for */
#define FEATURES \
    ((1ull << 32) | (1ull << 30) | (1ull << 28) | (1ull << 9) | (1ull << 14))

/* What the server does. */
enum conduct { WORKS, DIES, LIES, MUTE, ODD_ANSWER, SILENT, RESTLESS };

struct server {
    int socket;
    enum conduct conduct;
    pthread_t thread;
    int kick, call, memory[8];
    unsigned regions;
    uint8_t *descriptors, *available, *used;
    uint8_t disk[DISK_SIZE];
    uint64_t features; /* as chosen */
    unsigned flushes, writes_before_flush;
};

static void answer(struct server *server, uint32_t request, const void *payload,
                   uint32_t size)
{
    uint8_t bytes[512];
    store32(bytes, server->conduct == ODD_ANSWER ? request + 1 : request);
    store32(bytes + 4, 5);
    store32(bytes + 8, size);
    memcpy(bytes + 12, payload, size);
    assert_int_equal(write(server->socket, bytes, 12 + size), 12 + size);
}

/* One message; false at the end of the connection. */
static bool serve_message(struct server *server)
{
    uint8_t bytes[512], control[CMSG_SPACE(8 * sizeof(int))];
    struct iovec data = { bytes, 12 };
    struct msghdr message = { .msg_iov = &data,
                              .msg_iovlen = 1,
                              .msg_control = control,
                              .msg_controllen = sizeof(control) };
    if (recvmsg(server->socket, &message, MSG_WAITALL) != 12)
        return false;
    uint32_t request = load32(bytes), size = load32(bytes + 8);
    if (size)
        assert_int_equal(recv(server->socket, bytes, size, MSG_WAITALL), size);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    int fds[8] = { -1 };
    unsigned count = 0;
    if (header) {
        count = (unsigned)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(fds, CMSG_DATA(header), count * sizeof(int));
    }
    uint8_t reply[12 + 60] = { 0 };
    switch (request) {
    case 1:
        store64(reply, FEATURES);
        answer(server, request, reply, 8);
        break;
    case 2:
        server->features = load64(bytes);
        break;
    case 5:
        server->regions = load32(bytes);
        assert_int_equal(count, server->regions);
        memcpy(server->memory, fds, sizeof(fds));
        break;
    case 9:
        server->descriptors = (uint8_t *)(uintptr_t)load64(bytes + 8);
        server->used = (uint8_t *)(uintptr_t)load64(bytes + 16);
        server->available = (uint8_t *)(uintptr_t)load64(bytes + 24);
        break;
    case 12:
        server->kick = fds[0];
        break;
    case 13:
        server->call = fds[0];
        break;
    case 15:
        store64(reply, 1 << 9);
        answer(server, request, reply, 8);
        break;
    case 24:
        store32(reply + 4, 60);
        store64(reply + 12, DISK_SIZE / 512);
        answer(server, request, reply, sizeof(reply));
        break;
    }
    return true;
}

static uint8_t serve_request(struct server *server, const uint8_t *table,
                             unsigned count)
{
    const uint8_t *header = (const uint8_t *)(uintptr_t)load64(table);
    uint64_t offset = load64(header + 8) * 512;
    unsigned type = load32(header);
    for (unsigned i = 1; i + 1 < count; i++) {
        uint8_t *data = (uint8_t *)(uintptr_t)load64(table + 16 * i);
        uint32_t length = load32(table + 16 * i + 8);
        if (type ==
            13) { /* the range is in this process: read it as the driver wrote it */
            offset = load64(data) * 512;
            length = load32(data + 8) * 512;
        }
        if (offset + length > DISK_SIZE)
            return 1;
        if (type == 0)
            memcpy(data, server->disk + offset, length);
        else if (type == 1)
            memcpy(server->disk + offset, data, length);
        else
            memset(server->disk + offset, 0, length);
        offset += length;
    }
    if (type == 1)
        server->writes_before_flush++;
    server->flushes += type == 4;
    return type == 11 ? 2 : 0;
}

/* Serve what is offered; the last comes back first. The rings are this process's own.
 */
static void serve_ring(struct server *server, uint16_t *next)
{
    uint16_t end =
        __atomic_load_n((uint16_t *)(void *)(server->available + 2), __ATOMIC_ACQUIRE);
    uint16_t used = load16(server->used + 2);
    for (uint16_t i = end; i != *next; i--, used++) {
        unsigned entry = (uint16_t)(i - 1) % DISK_BACKEND_SLOTS;
        unsigned head = load16(server->available + 4 + 2 * entry);
        const uint8_t *d = server->descriptors + 16 * head;
        const uint8_t *table = (const uint8_t *)(uintptr_t)load64(d);
        unsigned count = load32(d + 8) / 16;
        assert_int_equal(load16(d + 12), 4);
        *(uint8_t *)(uintptr_t)load64(table + 16 * (count - 1)) =
            serve_request(server, table, count);
        uint8_t *at = server->used + 4 + 8 * (used % DISK_BACKEND_SLOTS);
        store32(at, server->conduct == LIES ? head + 1000 : head);
    }
    *next = end;
    __atomic_store_n((uint16_t *)(void *)(server->used + 2), used, __ATOMIC_RELEASE);
    uint64_t one = 1;
    assert_int_equal(write(server->call, &one, 8), 8);
}

/* Tell of requests that are done, where none is. */
static void call_until_closed(struct server *server)
{
    struct pollfd closed = { server->socket, POLLIN, 0 };
    uint64_t one = 1;
    while (poll(&closed, 1, 1) == 0)
        assert_int_equal(write(server->call, &one, 8), 8);
}

static void *serve(void *opaque)
{
    struct server *server = opaque;
    uint16_t next = 0;
    uint64_t count;
    while (server->conduct != MUTE) {
        struct pollfd fds[] = { { server->socket, POLLIN, 0 },
                                { server->kick, POLLIN, 0 } };
        poll(fds, 2, -1);
        if (fds[0].revents && !serve_message(server))
            break;
        if (!fds[1].revents)
            continue;
        if (server->conduct == DIES)
            break;
        if (read(server->kick, &count, 8) != 8 || server->conduct == SILENT)
            continue;
        if (server->conduct == RESTLESS)
            call_until_closed(server);
        else
            serve_ring(server, &next);
    }
    shutdown(server->socket, SHUT_RDWR);
    return NULL;
}

struct fixture {
    struct server server;
    struct disk_backend backend;
    struct disk_file file;
    struct disk_io *io;
    struct event_loop *loop;
    pthread_mutex_t lock;
    struct guest_memory ram;
    struct request {
        struct disk_transfer transfer; /* first */
        struct iovec segment;
        bool done;
    } requests[REQUESTS];
    unsigned done, wanted;
};

static void done(void *owner, struct disk_transfer *transfer)
{
    struct fixture *f = owner;
    struct request *request = (struct request *)transfer;
    assert_false(request->done);
    request->done = true;
    f->done++;
}

static void batch_done(void *owner)
{
    struct fixture *f = owner;
    if (f->done >= f->wanted)
        event_loop_stop(f->loop, 0);
}

static const struct disk_owner_ops ops = { done, batch_done };

static int attach(struct fixture *f, enum conduct conduct, struct error *err)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    f->server.socket = ends[1];
    f->server.conduct = conduct;
    f->server.kick = -1;
    f->server.call = -1;
    assert_int_equal(pthread_create(&f->server.thread, NULL, serve, &f->server), 0);
    int result =
        disk_backend_attach(&f->backend, ends[0], "disk test", &f->ram, &f->file, err);
    if (result == 0)
        f->io = disk_io_new(f->loop, &f->lock, &f->file, "test", REQUESTS,
                            DISK_ENGINE_AUTO, &ops, f, NULL);
    return result;
}

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    int fd = memfd_create("ram", MFD_CLOEXEC);
    assert_int_equal(ftruncate(fd, RAM_SIZE), 0);
    uint8_t *ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(ram != MAP_FAILED);
    f->ram =
        (struct guest_memory){ .count = 1, .blocks = { { 0, RAM_SIZE, ram, fd, 0 } } };
    f->loop = event_loop_new(NULL);
    pthread_mutex_init(&f->lock, NULL);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    disk_io_free(f->io);
    if (f->io)
        disk_backend_close(&f->backend);
    pthread_join(f->server.thread, NULL);
    close(f->server.socket);
    for (unsigned i = 0; i < f->server.regions; i++)
        close(f->server.memory[i]);
    if (f->server.kick >= 0)
        close(f->server.kick);
    if (f->server.call >= 0)
        close(f->server.call);
    event_loop_free(f->loop);
    munmap(f->ram.blocks[0].host, RAM_SIZE);
    close(f->ram.blocks[0].fd);
    test_free(f);
    return 0;
}

static struct disk_transfer *submit(struct fixture *f, unsigned i,
                                    enum disk_operation operation, uint64_t sector)
{
    struct request *request = &f->requests[i];
    request->segment = (struct iovec){ f->ram.blocks[0].host + 512 * i, 512 };
    request->transfer = (struct disk_transfer){ .operation = operation,
                                                .segments = &request->segment,
                                                .count = 1,
                                                .offset = sector * 512,
                                                .length = 512 };
    request->done = false;
    disk_io_submit(f->io, &request->transfer);
    return &request->transfer;
}

static void run(struct fixture *f, unsigned count)
{
    f->done = 0;
    f->wanted = count;
    disk_io_kick(f->io);
    assert_int_equal(event_loop_run(f->loop), 0);
    assert_int_equal(f->done, count);
}

static void test_requests(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    if (attach(f, WORKS, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(f->file.size, DISK_SIZE);
    assert_true(f->file.no_discard);
    for (unsigned i = 0; i < 100; i++) {
        submit(f, i, DISK_WRITE, i);
        memset(f->requests[i].segment.iov_base, (int)i + 1, 512);
    }
    run(f, 100);
    assert_int_equal(f->server.features & ~(1ull << 30), FEATURES & ~(1ull << 30));
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(f->requests[i].transfer.result, 0);
        assert_int_equal(f->server.disk[i * 512 + 511], i + 1);
    }
    /* More than there are slots: the others wait. */
    for (unsigned i = 0; i < REQUESTS; i++)
        submit(f, i, DISK_READ, i % 100);
    run(f, REQUESTS);
    for (unsigned i = 0; i < REQUESTS; i++)
        assert_int_equal(f->ram.blocks[0].host[i * 512], i % 100 + 1);
    submit(f, 0, DISK_ZERO, 7);
    submit(f, 1, DISK_READ, 1000); /* past its end */
    submit(f, 2, DISK_FLUSH, 0);
    run(f, 3);
    assert_int_equal(f->server.disk[7 * 512], 0);
    assert_int_equal(f->server.disk[8 * 512], 9);
    assert_int_equal(f->requests[1].transfer.result, -EIO);
    assert_int_equal(f->server.flushes, 1);
}

/* A server has no durable writes: each has its flush, and is done after it. */
static void test_durable(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(attach(f, WORKS, NULL), 0);
    struct request *request = &f->requests[0];
    request->segment = (struct iovec){ f->ram.blocks[0].host, 512 };
    request->transfer = (struct disk_transfer){ .operation = DISK_WRITE,
                                                .durable = true,
                                                .segments = &request->segment,
                                                .count = 1 };
    disk_io_submit(f->io, &request->transfer);
    run(f, 1);
    assert_int_equal(f->server.writes_before_flush, 1);
    assert_int_equal(f->server.flushes, 1);
}

/* The server ends, or gives back what it does not have: errors, from then on. */
static void check_death(struct fixture *f, enum conduct conduct)
{
    assert_int_equal(attach(f, conduct, NULL), 0);
    for (unsigned i = 0; i < REQUESTS; i++)
        submit(f, i, DISK_READ, 0);
    run(f, REQUESTS);
    for (unsigned i = 0; i < REQUESTS; i++)
        assert_int_equal(f->requests[i].transfer.result, DISK_SERVER_GONE);
    submit(f, 0, DISK_FLUSH, 0);
    assert_true(f->requests[0].done);
    assert_int_equal(f->requests[0].transfer.result, DISK_SERVER_GONE);
}

static void test_death(void **state)
{
    check_death(*state, DIES);
}

static void test_lies(void **state)
{
    check_death(*state, LIES);
}

/* Requests in flight when the disk is reset, and a server that does not end them. */
static void check_drain(struct fixture *f, enum conduct conduct)
{
    assert_int_equal(attach(f, conduct, NULL), 0);
    f->backend.patience_ms = 200;
    for (unsigned i = 0; i < REQUESTS; i++)
        submit(f, i, DISK_READ, 0);
    disk_io_drain(f->io);
    assert_int_equal(f->done, 0);
    assert_int_equal(f->io->in_flight, 0);
    assert_int_equal(f->backend.daemon.is_stuck, conduct != DIES);
}

static void test_drain(void **state)
{
    check_drain(*state, DIES);
}

static void test_drain_silent(void **state)
{
    check_drain(*state, SILENT);
}

static void test_drain_restless(void **state)
{
    check_drain(*state, RESTLESS);
}

static void test_refusals(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    assert_int_equal(attach(f, ODD_ANSWER, &err), -EPROTO);
    assert_string_equal(err.text,
                        "disk test: its answer makes no sense: another message");
    pthread_join(f->server.thread, NULL);
    close(f->server.socket);
    assert_int_equal(attach(f, MUTE, &err), -ECONNRESET);
    assert_string_equal(err.text, "disk test: it ended the connection");
    pthread_join(f->server.thread, NULL);
    close(f->server.socket);
    /* RAM that cannot be shared. */
    int fd = f->ram.blocks[0].fd;
    f->ram.blocks[0].fd = -1;
    assert_int_equal(attach(f, WORKS, &err), -EINVAL);
    f->ram.blocks[0].fd = fd;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(test_durable, setup, teardown),
        cmocka_unit_test_setup_teardown(test_death, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_drain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_drain_silent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_drain_restless, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
