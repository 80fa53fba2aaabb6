/* test_virtio_blk.c: the virtio disk, on a temporary file, with both engines. */
#include "virtio_driver.h"

#include "base/bytes.h"         /* stores */
#include "base/error.h"         /* error texts */
#include "devices/device.h"     /* free */
#include "devices/virtio_blk.h" /* under test */
#include "devices/virtio_pci.h" /* feature bits */

#include <fcntl.h>    /* open */
#include <stdio.h>    /* snprintf */
#include <stdlib.h>   /* mkstemp */
#include <string.h>   /* memset */
#include <sys/stat.h> /* mkfifo */
#include <unistd.h>   /* ftruncate */

#define DEVFN    PCI_DEVFN(3, 0)
#define FEATURES (VIRTIO_F_VERSION_1 | 1ull << 9) /* with flush */
#define SECTORS  256

/* Guest memory: rings, then a header, a status byte and data a request. */
#define RING      0x1000
#define HEADER(i) (0x10000 + 64ull * (i))
#define STATUS(i) (HEADER(i) + 32)
#define DATA(i)   (0x20000 + 4096ull * (i))

struct fixture {
    struct fake_board *fake;
    struct device *disk;
    struct ring_driver ring;
    char path[64];
    int fd;
    enum disk_engine_choice engine;
};

static void start_disk(struct fixture *f, bool read_only)
{
    struct virtio_blk_options options = {
        .path = f->path, .serial = "disk-0", .read_only = read_only, .engine = f->engine
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
    assert_int_equal(fake_read(f->fake, DEVICE + 0x40, 4), 0);
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
    virtio_driver_start(f->fake, &f->ring, 128, RING, VIRTIO_F_VERSION_1);
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
    /* A second reader is welcome, a writer is not. */
    struct error err = { 0 };
    struct virtio_blk_options options = { .path = f->path, .read_only = true };
    struct device *second =
        virtio_blk_new(&f->fake->board, PCI_DEVFN(5, 0), &options, &err);
    assert_non_null(second);
    second->free(second);
    options.read_only = false;
    assert_null(virtio_blk_new(&f->fake->board, PCI_DEVFN(5, 0), &options, &err));
    assert_int_equal(err.code, -EBUSY);
}

static void test_bad_files(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    char fifo[80], empty[80];
    snprintf(fifo, sizeof(fifo), "%s.fifo", f->path);
    snprintf(empty, sizeof(empty), "%s.empty", f->path);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    close(open(empty, O_CREAT | O_WRONLY, 0600));
    const struct {
        const char *path;
        int code;
        enum error_kind kind;
    } rows[] = {
        { "/nonexistent/disk", -ENOENT, ERROR_INPUT },
        { "/tmp", -EISDIR, ERROR_INPUT },
        { fifo, -EINVAL, ERROR_INPUT },
        { empty, -EINVAL, ERROR_INPUT },
        { f->path, -EBUSY, ERROR_IMPOSSIBLE }, /* the fixture's disk holds it */
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct virtio_blk_options options = { .path = rows[i].path };
        assert_null(virtio_blk_new(&f->fake->board, PCI_DEVFN(5, 0), &options, &err));
        assert_int_equal(err.code, rows[i].code);
        assert_int_equal(err.kind, rows[i].kind);
        assert_non_null(strstr(err.text, rows[i].path));
        assert_memory_equal(err.text, "disk ", 5);
    }
    unlink(fifo);
    unlink(empty);
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
        cmocka_unit_test_setup_teardown(test_read_only, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_files, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
