/* test_disk_io.c: which calls a disk's transfers become, and when they are done. */
#include "base/error.h"          /* errno values */
#include "base/event_loop.h"     /* the loop */
#include "devices/disk_bounce.h" /* under test */
#include "devices/disk_extent.h" /* under test */
#include "devices/disk_io.h"     /* under test */
#include "devices/disk_room.h"   /* under test */

#include <fcntl.h>        /* fallocate */
#include <linux/falloc.h> /* its modes */
#include <stdarg.h>       /* cmocka wants these four before it */
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h> /* the tests' own */
#include <stdlib.h> /* aligned_alloc */
#include <string.h> /* memset */
#include <time.h>   /* how long a retry took */

#define CALLS 64
#define PUNCH (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)
#define ZERO  (FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE)

/* An engine that keeps calls until the test says what came of them. */
struct fixture {
    struct disk_io io;
    struct event_loop *loop;
    pthread_mutex_t lock;
    struct disk_transfer *pending[CALLS]; /* in the order they came */
    struct disk_call calls[CALLS];        /* as they came */
    unsigned came, ended;
    struct disk_transfer *done[CALLS];
    unsigned done_count;
};

static void fake_submit(struct disk_io *io, struct disk_transfer *transfer)
{
    struct fixture *f = io->state;
    assert_true(f->came < CALLS);
    f->calls[f->came] = transfer->call;
    f->pending[f->came++] = transfer;
}

static void fake_kick(struct disk_io *io)
{
}

/* End the oldest call with this result. */
static void end_call(struct fixture *f, int result)
{
    assert_true(f->ended < f->came);
    struct disk_transfer *transfer = f->pending[f->ended++];
    transfer->result = result;
    disk_io_ended(&f->io, transfer);
}

static void fake_collect(struct disk_io *io, bool wait)
{
    struct fixture *f = io->state;
    if (wait)
        end_call(f, 0);
}

static const struct disk_engine fake_engine = { "fake", fake_submit, fake_kick,
                                                fake_collect, NULL };

static void done(void *owner, struct disk_transfer *transfer)
{
    struct fixture *f = owner;
    f->done[f->done_count++] = transfer;
}

static void batch_done(void *owner)
{
    struct fixture *f = owner;
    if (f->came > f->ended)
        event_loop_stop(f->loop, 0);
}

static const struct disk_owner_ops ops = { done, batch_done };

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    f->loop = event_loop_new(NULL);
    assert_non_null(f->loop);
    pthread_mutex_init(&f->lock, NULL);
    f->io = (struct disk_io){ .engine = &fake_engine,
                              .state = f,
                              .loop = f->loop,
                              .lock = &f->lock,
                              .name = "test",
                              .ops = &ops,
                              .owner = f,
                              .kind = DISK_ON_FILE,
                              .retry_fd = -1 };
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    disk_room_free(&f->io);
    event_loop_free(f->loop);
    pthread_mutex_destroy(&f->lock);
    test_free(f);
    return 0;
}

static struct disk_transfer extent(enum disk_operation operation, uint64_t length,
                                   struct iovec *room)
{
    return (struct disk_transfer){
        .operation = operation, .offset = 8192, .length = length, .segments = room
    };
}

/* A flush is done when the kernel's sync ended, and not before. */
static void test_flush(void **state)
{
    struct fixture *f = *state;
    uint8_t data[512];
    struct iovec segment = { data, sizeof(data) };
    struct disk_transfer write = { .operation = DISK_WRITE,
                                   .segments = &segment,
                                   .count = 1 };
    struct disk_transfer flush = { .operation = DISK_FLUSH };
    disk_io_submit(&f->io, &write);
    assert_int_equal(f->calls[0].kind, DISK_CALL_WRITE);
    assert_false(f->calls[0].durable);
    end_call(f, 0);
    assert_int_equal(f->done_count, 1);
    disk_io_submit(&f->io, &flush);
    disk_io_kick(&f->io);
    assert_int_equal(f->came, 2);
    assert_int_equal(f->calls[1].kind, DISK_CALL_SYNC);
    assert_int_equal(f->done_count, 1);
    end_call(f, 0);
    assert_int_equal(f->done_count, 2);
    assert_int_equal(flush.result, 0);
}

/* Linux tells once that it lost what was written: no flush after that may succeed. */
static void test_failed_flush(void **state)
{
    struct fixture *f = *state;
    struct disk_transfer flush = { .operation = DISK_FLUSH };
    disk_io_submit(&f->io, &flush);
    end_call(f, -EIO);
    assert_int_equal(flush.result, -EIO);
    struct disk_transfer again = { .operation = DISK_FLUSH };
    disk_io_submit(&f->io, &again);
    assert_int_equal(f->came, 1);
    assert_int_equal(f->done_count, 2);
    assert_int_equal(again.result, -EIO);
}

static void test_durable_write(void **state)
{
    struct fixture *f = *state;
    struct iovec segment = { f, 512 };
    struct disk_transfer write = {
        .operation = DISK_WRITE, .durable = true, .segments = &segment, .count = 1
    };
    disk_io_submit(&f->io, &write);
    assert_true(f->calls[0].durable);
    end_call(f, 0);
    struct disk_transfer discard = extent(DISK_DISCARD, 4096, NULL);
    discard.durable = true;
    disk_io_submit(&f->io, &discard);
    end_call(f, 0);
    assert_int_equal(f->done_count, 1);
    assert_int_equal(f->calls[2].kind, DISK_CALL_SYNC);
    end_call(f, 0);
    assert_int_equal(f->done_count, 2);
}

static void test_discard(void **state)
{
    struct fixture *f = *state;
    struct disk_transfer first = extent(DISK_DISCARD, 4096, NULL);
    disk_io_submit(&f->io, &first);
    assert_int_equal(f->calls[0].kind, DISK_CALL_ALLOCATE);
    assert_int_equal(f->calls[0].mode, PUNCH);
    assert_int_equal(f->calls[0].offset, 8192);
    assert_int_equal(f->calls[0].length, 4096);
    /* A file system that cannot: no error, and it is not asked again. */
    end_call(f, -EOPNOTSUPP);
    assert_int_equal(first.result, 0);
    struct disk_transfer second = extent(DISK_DISCARD, 4096, NULL);
    disk_io_submit(&f->io, &second);
    assert_int_equal(f->came, 1);
    assert_int_equal(f->done_count, 2);
    assert_int_equal(second.result, 0);
}

static void test_discard_device(void **state)
{
    struct fixture *f = *state;
    f->io.kind = DISK_ON_DEVICE;
    struct disk_transfer discard = extent(DISK_DISCARD, 4096, NULL);
    disk_io_submit(&f->io, &discard);
    assert_int_equal(f->calls[0].kind, DISK_CALL_DISCARD);
    end_call(f, -EIO); /* a real error is told */
    assert_int_equal(discard.result, -EIO);
    struct iovec room;
    struct disk_transfer zero = extent(DISK_ZERO, 4096, &room);
    zero.stay_allocated = true;
    disk_io_submit(&f->io, &zero);
    assert_int_equal(f->calls[1].kind, DISK_CALL_ZERO);
    end_call(f, 0);
    assert_int_equal(f->done_count, 2);
}

/* From what costs least to what always works. */
static void test_zero(void **state)
{
    struct fixture *f = *state;
    struct iovec room;
    struct disk_transfer zero = extent(DISK_ZERO, (5ull << 19) + 512, &room);
    disk_io_submit(&f->io, &zero);
    assert_int_equal(f->calls[0].mode, PUNCH);
    end_call(f, -EOPNOTSUPP);
    assert_int_equal(f->calls[1].mode, ZERO);
    end_call(f, -EOPNOTSUPP);
    /* 2.5 MiB and a sector in pieces of 1 MiB, each moved on by the engine. */
    uint64_t at = 8192, left = zero.length;
    for (unsigned i = 2; left; i++) {
        assert_int_equal(f->done_count, 0);
        assert_int_equal(f->came, i + 1);
        assert_int_equal(f->calls[i].kind, DISK_CALL_WRITE);
        assert_int_equal(f->calls[i].offset, at);
        uint64_t size = room.iov_len;
        assert_int_equal(size, left < 1 << 20 ? left : 1 << 20);
        for (uint64_t b = 0; b < size; b += 511)
            assert_int_equal(((uint8_t *)room.iov_base)[b], 0);
        assert_true(disk_call_advance(&zero.call, size));
        at += size;
        left -= size;
        end_call(f, 0);
    }
    assert_int_equal(f->done_count, 1);
    assert_int_equal(zero.result, 0);
    /* Room that shall stay is not given back, even if punching were possible. */
    f->io.refused_methods = 0;
    struct disk_transfer stay = extent(DISK_ZERO, 512, &room);
    stay.stay_allocated = true;
    disk_io_submit(&f->io, &stay);
    assert_int_equal(f->calls[f->came - 1].mode, ZERO);
    end_call(f, 0);
}

/* A full host: the transfer waits, and goes on when there is room. */
static void test_no_room(void **state)
{
    struct fixture *f = *state;
    struct iovec segment = { f, 512 };
    struct disk_transfer write = { .operation = DISK_WRITE,
                                   .segments = &segment,
                                   .count = 1 };
    disk_io_submit(&f->io, &write);
    end_call(f, -ENOSPC);
    assert_int_equal(f->done_count, 0);
    assert_int_equal(event_loop_run(f->loop), 0); /* until it is tried again */
    assert_int_equal(f->came, 2);
    end_call(f, -ENOSPC);
    assert_int_equal(event_loop_run(f->loop), 0);
    assert_int_equal(f->came, 3);
    end_call(f, 0);
    assert_int_equal(f->done_count, 1);
    assert_int_equal(write.result, 0);
    /* A reset of the disk drops what waits. */
    disk_io_submit(&f->io, &write);
    end_call(f, -ENOSPC);
    disk_io_drain(&f->io);
    assert_null(f->io.waiting);
    assert_int_equal(f->done_count, 1);
}

/* Direct calls of data that is not aligned go through a buffer, in parts. */
static void test_bounce(void **state)
{
    struct fixture *f = *state;
    size_t size = 300 << 10;
    uint8_t *data = aligned_alloc(512, size + 512);
    f->io.alignment = 512;
    for (size_t i = 0; i < size; i++)
        data[i + 3] = (uint8_t)(i * 13 >> 3);
    struct iovec segments[] = { { data + 3, 700 }, { data + 703, size - 700 } };
    struct disk_transfer write = {
        .operation = DISK_WRITE, .offset = 512, .segments = segments, .count = 2
    };
    disk_io_submit(&f->io, &write);
    size_t seen = 0;
    while (f->ended < f->came) {
        struct disk_call *call = &write.call;
        assert_int_equal(call->offset, 512 + seen);
        assert_int_equal((uintptr_t)call->segments[0].iov_base % 512, 0);
        assert_memory_equal(call->segments[0].iov_base, data + 3 + seen,
                            call->segments[0].iov_len);
        seen += call->segments[0].iov_len;
        disk_call_advance(call, call->segments[0].iov_len);
        end_call(f, 0);
    }
    assert_int_equal(seen, size);
    assert_int_equal(f->done_count, 1);
    assert_null(write.bounce);

    struct iovec into = { data + 1, 1024 };
    struct disk_transfer read = { .operation = DISK_READ,
                                  .segments = &into,
                                  .count = 1 };
    disk_io_submit(&f->io, &read);
    memset(read.call.segments[0].iov_base, 0x3c, 1024);
    end_call(f, 0);
    for (unsigned i = 1; i <= 1024; i++)
        assert_int_equal(data[i], 0x3c);
    /* What is aligned goes as it is; an offset that is not, nowhere. */
    struct iovec aligned = { data, 512 };
    read = (struct disk_transfer){ .segments = &aligned, .count = 1, .offset = 1024 };
    disk_io_submit(&f->io, &read);
    assert_ptr_equal(f->calls[f->came - 1].segments[0].iov_base, data);
    end_call(f, 0);
    read = (struct disk_transfer){ .segments = &aligned, .count = 1, .offset = 100 };
    disk_io_submit(&f->io, &read);
    assert_int_equal(read.result, -EINVAL);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_flush, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failed_flush, setup, teardown),
        cmocka_unit_test_setup_teardown(test_durable_write, setup, teardown),
        cmocka_unit_test_setup_teardown(test_discard, setup, teardown),
        cmocka_unit_test_setup_teardown(test_discard_device, setup, teardown),
        cmocka_unit_test_setup_teardown(test_zero, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_room, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bounce, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
