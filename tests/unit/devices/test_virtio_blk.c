/* test_virtio_blk.c: the virtio disk, on a temporary file, with both engines. */
#include "virtio_driver.h"

#include "base/bytes.h"         /* stores */
#include "base/error.h"         /* error texts */
#include "devices/device.h"     /* free */
#include "devices/virtio_blk.h" /* under test */
#include "devices/virtio_pci.h" /* feature bits */

#include <stdio.h>    /* snprintf */
#include <stdlib.h>   /* mkstemp */
#include <string.h>   /* memset */
#include <sys/stat.h> /* fstat */
#include <unistd.h>   /* ftruncate */

#define DEVFN    PCI_DEVFN(3, 0)
#define FEATURES (TRANSPORT_F_VERSION_1 | 1ull << 9) /* with flush */
#define SECTORS  256

/* Guest memory: rings, then a header, a status byte and data a request. */
#define RING      0x1000
#define HEADER(i) (0x10000 + 64ull * (i))
#define STATUS(i) (HEADER(i) + 32)
#define DATA(i)   (0x20000 + 4096ull * (i))

struct fixture {
    struct fake_board *fake;
    unsigned queues;
    struct device *disk;
    struct ring_driver ring;
    char path[64];
    int fd;
    enum disk_engine_choice engine;
};

static void start_disk(struct fixture *f, bool read_only)
{
    struct virtio_blk_options options = {
        .file = { .path = f->path, .read_only = read_only },
        .serial = "disk-0",
        .queues = f->queues,
        .engine = f->engine,
    };
    struct error err = { 0 };
    f->disk = virtio_blk_new(&f->fake->board, DEVFN, &options, &err);
    if (!f->disk)
        fail_msg("%s", err.text);
    virtio_driver_place(f->fake, DEVFN);
}

static int setup_engine(void **state, enum disk_engine_choice engine)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    f->engine = engine;
    f->fake = fake_board_new();
    snprintf(f->path, sizeof(f->path), "/tmp/igdvm-test-disk-XXXXXX");
    f->fd = mkstemp(f->path);
    assert_true(f->fd >= 0);
    assert_int_equal(ftruncate(f->fd, (off_t)SECTORS * 512 + 100), 0);
    start_disk(f, false);
    *state = f;
    return 0;
}

static int setup(void **state)
{
    return setup_engine(state, DISK_ENGINE_AUTO);
}

static int setup_thread(void **state)
{
    return setup_engine(state, DISK_ENGINE_THREAD);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    if (f->disk)
        f->disk->free(f->disk);
    close(f->fd);
    unlink(f->path);
    fake_board_free(f->fake);
    test_free(f);
    return 0;
}

/* Offer request number i of three descriptors: header, data, status. */
static void offer(struct fixture *f, unsigned i, uint32_t type, uint64_t sector,
                  uint32_t size)
{
    uint8_t *header = fake_ram(f->fake, HEADER(i));
    uint16_t d = (uint16_t)(3 * i);
    bool reads = type == 0 || type == 8;
    memset(header, 0, 16);
    store32(header, type);
    store64(header + 8, sector);
    *fake_ram(f->fake, STATUS(i)) = 0xee;
    ring_describe(&f->ring, d, HEADER(i), 16, DESC_NEXT, (uint16_t)(d + 1));
    ring_describe(&f->ring, d + 1u, DATA(i), size, DESC_NEXT | (reads ? DESC_WRITE : 0),
                  (uint16_t)(d + 2));
    ring_describe(&f->ring, d + 2u, STATUS(i), 1, DESC_WRITE, 0);
    ring_offer(&f->ring, d);
}

/* Offer, wait, and give the status byte. */
static uint8_t request(struct fixture *f, uint32_t type, uint64_t sector, uint32_t size,
                       uint32_t *written)
{
    offer(f, 0, type, sector, size);
    assert_true(virtio_driver_kick(&f->ring, 1));
    assert_int_equal(ring_take_used(&f->ring, written), 0);
    return *fake_ram(f->fake, STATUS(0));
}

static void test_identity(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(fake_config_read(f->fake, DEVFN, 0, 4), 0x10421af4);
    assert_int_equal(fake_config_read(f->fake, DEVFN, 8, 4), 0x01000001);
    assert_int_equal(fake_read(f->fake, DEVICE, 8), SECTORS);
    assert_int_equal(fake_read(f->fake, DEVICE + 0x0c, 4), 126);
    assert_int_equal(fake_read(f->fake, DEVICE + 0x14, 4), 512);
    assert_int_equal(fake_read(f->fake, DEVICE + 0x22, 2), 1);
    assert_int_equal(fake_read(f->fake, DEVICE + 0x40, 4), 0);
    fake_write(f->fake, COMMON, 0, 4);
    /* Segments, block size, flush, topology, discard, zeros; one queue, no geometry. */
    assert_int_equal(fake_read(f->fake, COMMON + 4, 4) & 0xffffff, 0x6e44);
    /* Physical blocks are the file's: discards keep to them. */
    uint64_t physical = 512ull << fake_read(f->fake, DEVICE + 0x18, 1);
    assert_int_equal(fake_read(f->fake, DEVICE + 0x2c, 4), physical / 512);
}

static void test_write_read(void **state)
{
    struct fixture *f = *state;
    uint32_t written;
    uint8_t found[1024];
    virtio_driver_start(f->fake, &f->ring, 128, RING, FEATURES);
    uint8_t *data = fake_ram(f->fake, DATA(0));
    for (unsigned i = 0; i < 1024; i++)
        data[i] = (uint8_t)(i * 7);
    assert_int_equal(request(f, 1, 5, 1024, &written), 0);
    assert_int_equal(written, 1);
    assert_int_equal(request(f, 4, 0, 0, NULL), 0); /* flush */
    assert_int_equal(pread(f->fd, found, 1024, 5 * 512), 1024);
    assert_memory_equal(found, data, 1024);
    memset(data, 0, 1024);
    assert_int_equal(request(f, 0, 6, 512, &written), 0);
    assert_int_equal(written, 513);
    assert_memory_equal(data, found + 512, 512);
    /* Without the flush feature a write works as well (and is durable). */
    virtio_driver_start(f->fake, &f->ring, 128, RING, TRANSPORT_F_VERSION_1);
    memset(fake_ram(f->fake, RING), 0, 0x1000);
    assert_int_equal(request(f, 1, 255, 512, NULL), 0);
}

static void test_refusals(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint32_t type;
        uint64_t sector;
        uint32_t size;
        uint8_t status;
    } rows[] = {
        { 0, SECTORS - 1, 512, 0 },
        { 0, SECTORS, 512, 1 },
        { 0, SECTORS - 1, 1024, 1 },
        { 0, UINT64_MAX, 512, 1 },
        { 0, UINT64_MAX / 512, 512, 1 },
        { 0, 0, 100, 1 },
        { 1, SECTORS, 512, 1 },
        { 1, 0, 511, 1 },
        { 0, 0, 0, 0 },
        { 2, 0, 512, 2 },
        { 11, 0, 512, 2 },
        { 0xffffffff, 0, 512, 2 },
    };
    virtio_driver_start(f->fake, &f->ring, 128, RING, FEATURES);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(request(f, rows[i].type, rows[i].sector, rows[i].size, NULL),
                         rows[i].status);
    assert_int_equal(virtio_driver_status(f->fake), 0x0f);
    uint32_t written;
    assert_int_equal(request(f, 8, 0, 20, &written), 0);
    assert_int_equal(written, 21);
    assert_memory_equal(fake_ram(f->fake, DATA(0)), "disk-0\0\0", 8);
}

/* Many at once; each must come back once, with its own data. */
static void test_many(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < SECTORS; i++) {
        uint8_t sector[512];
        memset(sector, (int)i, sizeof(sector));
        assert_int_equal(pwrite(f->fd, sector, 512, (off_t)i * 512), 512);
    }
    virtio_driver_start(f->fake, &f->ring, 128, RING, FEATURES);
    for (unsigned round = 0; round < 20; round++) {
        bool seen[40] = { false };
        for (unsigned i = 0; i < 40; i++)
            offer(f, i, 0, i + round, 512);
        assert_true(virtio_driver_kick(&f->ring, 40));
        for (unsigned i = 0; i < 40; i++) {
            unsigned head = ring_take_used(&f->ring, NULL);
            assert_int_equal(head % 3, 0);
            assert_false(seen[head / 3]);
            seen[head / 3] = true;
        }
        for (unsigned i = 0; i < 40; i++) {
            assert_int_equal(*fake_ram(f->fake, STATUS(i)), 0);
            assert_int_equal(*fake_ram(f->fake, DATA(i)), i + round);
            assert_int_equal(*fake_ram(f->fake, DATA(i) + 511), i + round);
        }
    }
}

/* Header and data in odd pieces: any layout is allowed. */
static void test_layout(void **state)
{
    struct fixture *f = *state;
    virtio_driver_start(f->fake, &f->ring, 128, RING, FEATURES);
    uint8_t *header = fake_ram(f->fake, HEADER(0));
    memset(header, 0, 16);
    store32(header, 0);
    memset(fake_ram(f->fake, DATA(0)), 0xaa, 1024);
    ring_describe(&f->ring, 0, HEADER(0), 3, DESC_NEXT, 1);
    ring_describe(&f->ring, 1, HEADER(0) + 3, 13, DESC_NEXT, 2);
    ring_describe(&f->ring, 2, DATA(0), 100, DESC_NEXT | DESC_WRITE, 3);
    ring_describe(&f->ring, 3, DATA(0) + 100, 413, DESC_WRITE, 0); /* status in it */
    ring_offer(&f->ring, 0);
    assert_true(virtio_driver_kick(&f->ring, 1));
    static const uint8_t zero[513];
    assert_memory_equal(fake_ram(f->fake, DATA(0)), zero, 513);
    assert_int_equal(*fake_ram(f->fake, DATA(0) + 513), 0xaa);
}

static void test_hostile_requests(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint32_t header;
        bool status;
    } rows[] = { { 15, true }, { 16, false }, { 0, true } };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        memset(fake_ram(f->fake, RING), 0, 0x2000);
        virtio_driver_start(f->fake, &f->ring, 128, RING, FEATURES);
        ring_describe(&f->ring, 0, HEADER(0), rows[i].header,
                      rows[i].status ? DESC_NEXT : 0, 1);
        ring_describe(&f->ring, 1, STATUS(0), 1, DESC_WRITE, 0);
        ring_offer(&f->ring, 0);
        fake_write(f->fake, NOTIFY, 0, 2);
        fake_run(f->fake, 10);
        assert_int_equal(virtio_driver_status(f->fake), 0x4f);
    }
    /* One head offered over and over: answered, or refused, but always bounded. */
    memset(fake_ram(f->fake, RING), 0, 0x2000);
    virtio_driver_start(f->fake, &f->ring, 128, RING, FEATURES);
    offer(f, 0, 0, 0, 4096);
    for (unsigned i = 0; i < 127; i++)
        ring_offer(&f->ring, 0);
    assert_true(virtio_driver_kick(&f->ring, 128));
}

/* Reset with requests in flight: none is written to guest memory afterwards. */
static void test_reset_drains(void **state)
{
    struct fixture *f = *state;
    for (unsigned round = 0; round < 20; round++) {
        memset(fake_ram(f->fake, RING), 0, 0x2000);
        virtio_driver_start(f->fake, &f->ring, 128, RING, FEATURES);
        for (unsigned i = 0; i < 40; i++)
            offer(f, i, round % 2, 0, 4096);
        fake_write(f->fake, NOTIFY, 0, 2);
        fake_run(f->fake, 0);
        fake_reset(f->fake, f->disk);
        unsigned back = ring_returned(&f->ring);
        memset(fake_ram(f->fake, DATA(0)), 0x77, 40 * 4096);
        fake_run(f->fake, 2);
        assert_int_equal(ring_returned(&f->ring), back);
        for (unsigned i = 0; i < 40 * 4096; i++)
            assert_int_equal(fake_ram(f->fake, DATA(0))[i], 0x77);
    }
    memset(fake_ram(f->fake, RING), 0, 0x2000);
    virtio_driver_start(f->fake, &f->ring, 128, RING, FEATURES);
    assert_int_equal(request(f, 0, 0, 512, NULL), 0);
}

/* Write-back is the driver's to choose, once it said that it knows of it. */
static void test_writeback(void **state)
{
    struct fixture *f = *state;
    virtio_driver_start(f->fake, &f->ring, 128, RING, FEATURES);
    assert_int_equal(fake_read(f->fake, DEVICE + 0x20, 1), 1);
    fake_write(f->fake, DEVICE + 0x20, 0, 1);
    assert_int_equal(fake_read(f->fake, DEVICE + 0x20, 1), 1);
    memset(fake_ram(f->fake, RING), 0, 0x2000);
    virtio_driver_start(f->fake, &f->ring, 128, RING, FEATURES | 1ull << 11);
    fake_write(f->fake, DEVICE + 0x20, 0, 1);
    assert_int_equal(fake_read(f->fake, DEVICE + 0x20, 1), 0);
    assert_int_equal(request(f, 1, 5, 512, NULL), 0);
    fake_write(f->fake, DEVICE, 0, 4); /* the capacity is not */
    assert_int_equal(fake_read(f->fake, DEVICE, 8), SECTORS);
    fake_reset(f->fake, f->disk);
    assert_int_equal(fake_read(f->fake, DEVICE + 0x20, 1), 1);
}

/* The data of a discard or write of zeros: one range. */
static uint8_t extent(struct fixture *f, uint32_t type, uint64_t sector,
                      uint32_t sectors, uint32_t flags)
{
    uint8_t *range = fake_ram(f->fake, DATA(0));
    store64(range, sector);
    store32(range + 8, sectors);
    store32(range + 12, flags);
    return request(f, type, 0, 16, NULL);
}

static bool reads_as(const struct fixture *f, unsigned sector, unsigned count,
                     uint8_t value)
{
    uint8_t found[512];
    for (unsigned i = 0; i < count * 512u; i++) {
        if (i % 512 == 0 && pread(f->fd, found, 512, (off_t)sector * 512 + i) != 512)
            return false;
        if (found[i % 512] != value)
            return false;
    }
    return true;
}

static void test_extents(void **state)
{
    struct fixture *f = *state;
    static uint8_t data[SECTORS * 512];
    memset(data, 0x99, sizeof(data));
    assert_int_equal(pwrite(f->fd, data, sizeof(data), 0), sizeof(data));
    virtio_driver_start(f->fake, &f->ring, 128, RING,
                        FEATURES | 1ull << 13 | 1ull << 14);
    assert_int_equal(extent(f, 13, 1, 3, 0), 0);
    assert_int_equal(extent(f, 13, 8, 16, 1), 0); /* may lose its room */
    assert_int_equal(extent(f, 11, 32, 8, 0), 0);
    assert_true(reads_as(f, 0, 1, 0x99));
    assert_true(reads_as(f, 1, 3, 0));
    assert_true(reads_as(f, 4, 4, 0x99));
    assert_true(reads_as(f, 8, 16, 0));
    assert_true(reads_as(f, 24, 8, 0x99));
    assert_true(reads_as(f, 40, SECTORS - 40, 0x99));
    struct stat status;
    assert_int_equal(fstat(f->fd, &status), 0);
    assert_int_equal(status.st_size, SECTORS * 512 + 100);

    static const struct {
        uint32_t type;
        uint64_t sector;
        uint32_t sectors, flags;
        uint8_t status;
    } rows[] = {
        { 11, SECTORS - 1, 1, 0, 0 },
        { 11, SECTORS, 1, 0, 1 },
        { 11, SECTORS - 1, 2, 0, 1 },
        { 11, UINT64_MAX, 1, 0, 1 },
        { 11, 1ull << 55, 1, 0, 1 },
        { 11, 0, UINT32_MAX, 0, 1 },
        { 11, 0, 0, 0, 0 },
        { 11, 0, 1, 1, 2 }, /* unmap is no flag of discard */
        { 13, 0, 1, 2, 2 },
        { 13, SECTORS, 1, 1, 1 },
        { 13, UINT64_MAX / 512 + 1, 1, 0, 1 },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(
            extent(f, rows[i].type, rows[i].sector, rows[i].sectors, rows[i].flags),
            rows[i].status);
    assert_int_equal(request(f, 11, 0, 32, NULL), 2); /* two ranges */
    assert_int_equal(request(f, 13, 0, 15, NULL), 2);
    /* Not accepted: not done. */
    memset(fake_ram(f->fake, RING), 0, 0x2000);
    virtio_driver_start(f->fake, &f->ring, 128, RING, FEATURES);
    assert_int_equal(extent(f, 13, 50, 1, 0), 2);
    assert_true(reads_as(f, 50, 1, 0x99));
    assert_int_equal(virtio_driver_status(f->fake), 0x0f);
}

static int setup_queues(void **state)
{
    setup(state);
    struct fixture *f = *state;
    f->disk->free(f->disk);
    f->queues = 4;
    start_disk(f, false);
    return 0;
}

/* Each queue by itself, all at once, and a reset with all of them in flight. */
static void test_queues(void **state)
{
    struct fixture *f = *state;
    struct ring_driver rings[4];
    assert_int_equal(fake_read(f->fake, COMMON + 0x12, 2), 4);
    assert_int_equal(fake_read(f->fake, DEVICE + 0x22, 2), 4);
    for (unsigned round = 0; round < 4; round++) {
        memset(fake_ram(f->fake, RING), 0, 0x4000);
        virtio_driver_begin(f->fake, &rings[0], 16, RING, FEATURES | 1ull << 12);
        for (unsigned q = 1; q < 4; q++)
            virtio_driver_queue(f->fake, &rings[q], q, 16, RING + 0x1000ull * q);
        fake_write(f->fake, COMMON + 0x14, 0x0f, 1);
        for (unsigned q = 0; q < 4; q++) {
            memset(fake_ram(f->fake, DATA(q)), (int)(q + 1), 512);
            memset(fake_ram(f->fake, HEADER(q)), 0, 16);
            store32(fake_ram(f->fake, HEADER(q)), 1);
            store64(fake_ram(f->fake, HEADER(q) + 8), q);
            ring_describe(&rings[q], 0, HEADER(q), 16, DESC_NEXT, 1);
            ring_describe(&rings[q], 1, DATA(q), 512, DESC_NEXT, 2);
            ring_describe(&rings[q], 2, STATUS(q), 1, DESC_WRITE, 0);
            ring_offer(&rings[q], 0);
        }
        for (unsigned q = 0; q < 4; q++)
            fake_write(f->fake, NOTIFY + 4 * q, q, 2);
        if (round % 2) {
            fake_reset(f->fake, f->disk);
            continue;
        }
        for (unsigned q = 0; q < 4; q++) {
            assert_true(virtio_driver_kick(&rings[q], 1));
            assert_int_equal(ring_take_used(&rings[q], NULL), 0);
            assert_int_equal(*fake_ram(f->fake, STATUS(q)), 0);
            assert_true(reads_as(f, q, 1, (uint8_t)(q + 1)));
        }
    }
}

static void test_file_errors(void **state)
{
    struct fixture *f = *state;
    virtio_driver_start(f->fake, &f->ring, 128, RING, FEATURES);
    assert_int_equal(ftruncate(f->fd, 4096), 0); /* behind our back */
    assert_int_equal(request(f, 0, 0, 512, NULL), 0);
    assert_int_equal(request(f, 0, 100, 512, NULL), 1);
    assert_int_equal(virtio_driver_status(f->fake), 0x0f);
}

static void test_read_only(void **state)
{
    struct fixture *f = *state;
    f->disk->free(f->disk);
    start_disk(f, true);
    fake_write(f->fake, COMMON, 0, 4);
    assert_int_equal(fake_read(f->fake, COMMON + 4, 4) & 0x20, 0x20);
    virtio_driver_start(f->fake, &f->ring, 128, RING, FEATURES);
    assert_int_equal(request(f, 0, 0, 512, NULL), 0);
    assert_int_equal(request(f, 1, 0, 512, NULL), 1);
    /* Who may share its file: test_disk_file.c. Here, that the device asks. */
    struct error err = { 0 };
    const struct virtio_blk_options writer = { .file.path = f->path };
    assert_null(virtio_blk_new(&f->fake->board, PCI_DEVFN(5, 0), &writer, &err));
    assert_int_equal(err.code, -EBUSY);
}

#define WITH_BOTH(test)                                        \
    cmocka_unit_test_setup_teardown(test, setup, teardown),    \
    {                                                          \
#test " (threads)", test, setup_thread, teardown, NULL \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_identity, setup, teardown),
        WITH_BOTH(test_write_read),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
        WITH_BOTH(test_many),
        cmocka_unit_test_setup_teardown(test_layout, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hostile_requests, setup, teardown),
        WITH_BOTH(test_reset_drains),
        WITH_BOTH(test_file_errors),
        WITH_BOTH(test_writeback),
        WITH_BOTH(test_extents),
        cmocka_unit_test_setup_teardown(test_queues, setup_queues, teardown),
        cmocka_unit_test_setup_teardown(test_read_only, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
