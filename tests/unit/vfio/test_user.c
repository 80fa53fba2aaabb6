/* test_user.c: the vfio-user client against a server that behaves, and one that does
 * not. */
#include "base/bytes.h"      /* load32 */
#include "base/error.h"      /* struct error */
#include "base/event_loop.h" /* watching the connection */
#include "fake_server.h"     /* the other side */
#include "vfio/backend.h"    /* vfio_user_open_socket */
#include "vfio/device.h"     /* what is tested */

#include <setjmp.h>      /* cmocka */
#include <stdarg.h>      /* cmocka */
#include <stdio.h>       /* snprintf */
#include <stdlib.h>      /* free */
#include <sys/eventfd.h> /* interrupts */
#include <sys/mman.h>    /* munmap, memfd_create */
#include <unistd.h>      /* close */

#include <cmocka.h> /* assertions; needs the headers above */

#define TIMEOUT_MS 300

struct fixture {
    struct fake_server *server;
    struct vfio_device *device;
    struct error err;
    unsigned fds_before;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->fds_before = count_open_fds();
    fixture->server = calloc(1, sizeof(*fixture->server));
    fake_server_init(fixture->server);
    *state = fixture;
    return 0;
}

static void open_device(struct fixture *fixture)
{
    fake_server_start(fixture->server);
    fixture->device = vfio_user_open_socket(fixture->server->client, "test", TIMEOUT_MS,
                                            &fixture->err);
    fixture->server->client = -1; /* the device's now */
}

/* Every test ends here: nothing may be left open. */
static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    vfio_device_close(fixture->device);
    fake_server_stop(fixture->server);
    unsigned after = count_open_fds();
    int leaked = after != fixture->fds_before;
    if (leaked)
        print_error("%u descriptors before, %u after\n", fixture->fds_before, after);
    free(fixture->server);
    free(fixture);
    return leaked;
}

static void assert_error_names(const struct error *err, const char *words)
{
    if (!strstr(err->text, words))
        fail_msg("\"%s\" does not say \"%s\"", err->text, words);
    if (strchr(err->text, '\n'))
        fail_msg("\"%s\" is more than a line", err->text);
}

static void finds_regions_and_interrupts(void **state)
{
    struct fixture *fixture = *state;
    open_device(fixture);
    struct vfio_device *device = fixture->device;
    assert_non_null(device);
    assert_string_equal(vfio_device_name(device), "vfio-user:test");
    assert_false(vfio_device_is_kernel(device));
    assert_int_equal(vfio_device_region_count(device), 10);
    const struct vfio_region *region = vfio_device_region(device, 0);
    assert_int_equal(region->size, 0x4000);
    assert_int_equal(region->area_count, 1);
    assert_int_equal(region->areas[0].offset, 0x2000);
    assert_int_equal(region->areas[0].size, 0x1000);
    assert_true(region->flags & VFIO_REGION_MAPPABLE);
    assert_int_equal(vfio_device_region(device, 1)->size, 0);
    assert_int_equal(vfio_device_region(device, 7)->size, 256);
    assert_null(vfio_device_region(device, 10));
    assert_int_equal(vfio_device_irq_count(device, VFIO_IRQ_MSI), 6);
    assert_int_equal(vfio_device_irq_count(device, 3), 0);
    assert_int_equal(vfio_device_irq_count(device, 99), 0);
}

static void maps_only_inside_areas(void **state)
{
    struct fixture *fixture = *state;
    open_device(fixture);
    struct error *err = &fixture->err;
    char *at = vfio_device_map(fixture->device, 0, 0x2000, 0x1000, err);
    assert_non_null(at);
    assert_memory_equal(at, "mapped", 6);
    munmap(at, 0x1000);
    assert_null(vfio_device_map(fixture->device, 0, 0, 0x1000, err));
    assert_error_names(err, "mappable area");
    assert_null(vfio_device_map(fixture->device, 0, 0x2000, 0x2000, err));
    assert_null(vfio_device_map(fixture->device, 0, 0x2000, 0, err));
    assert_null(vfio_device_map(fixture->device, 0, 0x2800, 0x800, err));
    assert_null(vfio_device_map(fixture->device, 0, UINT64_MAX - 0xfff, 0x1000, err));
    assert_null(vfio_device_map(fixture->device, 2, 0, 0x1000, err));
    assert_null(vfio_device_map(fixture->device, 77, 0, 0x1000, err));
}

static void reads_and_writes(void **state)
{
    struct fixture *fixture = *state;
    open_device(fixture);
    struct vfio_device *device = fixture->device;
    uint32_t id = 0, value = 0xcafe0007;
    assert_int_equal(vfio_device_read(device, VFIO_REGION_CONFIG, 0, &id, 4), 0);
    assert_int_equal(id, 0x01918086);
    assert_int_equal(vfio_device_write(device, VFIO_REGION_CONFIG, 4, &value, 4), 0);
    assert_int_equal(load32(fixture->server->config + 4), value);
    assert_int_equal(vfio_device_read(device, VFIO_REGION_CONFIG, 253, &id, 4),
                     -EINVAL);
    assert_int_equal(vfio_device_read(device, VFIO_REGION_CONFIG, UINT64_MAX, &id, 4),
                     -EINVAL);
    assert_int_equal(vfio_device_read(device, 1, 0, &id, 4), -EINVAL);
    assert_int_equal(vfio_device_read(device, 50, 0, &id, 4), -EINVAL);
    struct vfio_counters counters = vfio_device_counters(device);
    assert_int_equal(counters.region_reads, 1);
    assert_int_equal(counters.region_writes, 1);
    assert_true(counters.messages >= 3);
}

static void splits_large_accesses(void **state)
{
    struct fixture *fixture = *state;
    struct fake_server *server = fixture->server;
    server->json = "{\"capabilities\":{\"max_data_xfer_size\":65536}}";
    open_device(fixture);
    size_t size = sizeof(server->bar2) - 3;
    uint8_t *out = malloc(size), *in = malloc(size);
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(i * 7 + i / 65536);
    assert_int_equal(vfio_device_write(fixture->device, 2, 3, out, size), 0);
    assert_int_equal(server->largest_access, 65536);
    assert_memory_equal(server->bar2 + 3, out, size);
    assert_int_equal(vfio_device_read(fixture->device, 2, 3, in, size), 0);
    assert_memory_equal(in, out, size);
    free(in);
    free(out);
}

static void sets_interrupts(void **state)
{
    struct fixture *fixture = *state;
    struct fake_server *server = fixture->server;
    open_device(fixture);
    struct vfio_device *device = fixture->device;
    int fds[6];
    for (unsigned i = 0; i < 6; i++)
        fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    const uint32_t trigger = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;

    assert_int_equal(vfio_device_set_irqs(device, VFIO_IRQ_INTX, fds, 1), 0);
    assert_int_equal(vfio_device_set_intx_unmask(device, fds[1]), 0);
    assert_int_equal(server->irq_sets[1].flags,
                     VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_UNMASK);
    assert_int_equal(server->irq_fds[1], 1);
    assert_int_equal(vfio_device_intx_unmask(device), 0);
    assert_int_equal(server->irq_sets[2].flags,
                     VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK);
    assert_int_equal(eventfd_write(server->trigger_fd, 1), 0);
    eventfd_t value = 0;
    assert_int_equal(eventfd_read(fds[0], &value), 0);

    /* MSI takes INTx's place, six vectors in two messages of a server that takes four.
     */
    assert_int_equal(vfio_device_set_irqs(device, VFIO_IRQ_MSI, fds, 6), 0);
    assert_int_equal(server->irq_sets[3].index, VFIO_IRQ_INTX);
    assert_int_equal(server->irq_sets[3].count, 0);
    assert_int_equal(server->irq_sets[4].index, VFIO_IRQ_MSI);
    assert_int_equal(server->irq_sets[4].flags, trigger);
    assert_int_equal(server->irq_sets[4].count, 4);
    assert_int_equal(server->irq_fds[4], 4);
    assert_int_equal(server->irq_sets[5].start, 4);
    assert_int_equal(server->irq_sets[5].count, 2);

    /* Fewer: the rest is taken away, the index stays on. */
    assert_int_equal(vfio_device_set_irqs(device, VFIO_IRQ_MSI, fds, 2), 0);
    assert_int_equal(server->irq_sets[7].start, 2);
    assert_int_equal(server->irq_sets[7].count, 4);
    assert_int_equal(server->irq_fds[7], 0);

    assert_int_equal(vfio_device_set_irqs(device, VFIO_IRQ_INTX, NULL, 0), 0);
    assert_int_equal(server->irq_set_count, 8); /* it was off: nothing to say */
    assert_int_equal(vfio_device_set_irqs(device, VFIO_IRQ_MSI, NULL, 0), 0);
    assert_int_equal(server->irq_sets[8].flags,
                     VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER);
    assert_int_equal(vfio_device_set_irqs(device, VFIO_IRQ_MSI, fds, 7), -EINVAL);
    assert_int_equal(vfio_device_set_irqs(device, 40, fds, 1), -EINVAL);
    for (unsigned i = 0; i < 6; i++)
        close(fds[i]);
}

static void maps_memory(void **state)
{
    struct fixture *fixture = *state;
    struct fake_server *server = fixture->server;
    open_device(fixture);
    int fd = memfd_create("ram", MFD_CLOEXEC);
    struct vfio_dma dma = {
        .iova = 0x100000, .size = 0x2000, .fd = fd, .offset = 0x3000
    };
    assert_int_equal(vfio_device_dma_map(fixture->device, &dma, &fixture->err), 0);
    assert_int_equal(server->dma_map.address, 0x100000);
    assert_int_equal(server->dma_map.size, 0x2000);
    assert_int_equal(server->dma_map.offset, 0x3000);
    assert_int_equal(server->dma_map.argsz, 32);
    assert_int_equal(server->dma_map.flags,
                     VFIO_USER_DMA_READABLE | VFIO_USER_DMA_WRITEABLE);
    assert_int_equal(server->dma_map_fds, 1);
    dma.iova = 0x101000;
    assert_int_equal(vfio_device_dma_map(fixture->device, &dma, &fixture->err),
                     -EEXIST);
    assert_error_names(&fixture->err, "0x101000");
    dma.iova = 0x102800;
    assert_int_equal(vfio_device_dma_map(fixture->device, &dma, &fixture->err),
                     -EINVAL);
    dma.iova = 0x102000;
    assert_int_equal(vfio_device_dma_map(fixture->device, &dma, &fixture->err), 0);
    assert_int_equal(vfio_device_dma_unmap(fixture->device, 0x101000, 0x1000), -EINVAL);
    assert_int_equal(vfio_device_dma_unmap(fixture->device, 0, 0x1000000), 0);
    assert_int_equal(server->dma_unmaps, 2);
    assert_int_equal(vfio_device_dma_unmap(fixture->device, 0, 0x1000000), -ENOENT);
    assert_int_equal(vfio_device_dma_unmap(fixture->device, 2, UINT64_MAX), -EINVAL);
    assert_int_equal(vfio_device_counters(fixture->device).dma_maps, 2);
    close(fd);
}

static void honours_the_servers_limits(void **state)
{
    struct fixture *fixture = *state;
    fixture->server->json = "{\"capabilities\":{\"max_msg_fds\":0,\"max_dma_maps\":1,"
                            "\"pgsizes\":65536}}";
    open_device(fixture);
    int fd = memfd_create("ram", MFD_CLOEXEC);
    struct vfio_dma dma = { .iova = 0, .size = 0x1000, .fd = fd };
    assert_int_equal(vfio_device_dma_map(fixture->device, &dma, &fixture->err),
                     -EINVAL);
    assert_error_names(&fixture->err, "page");
    dma.size = 0x10000;
    assert_int_equal(vfio_device_dma_map(fixture->device, &dma, &fixture->err), 0);
    assert_int_equal(fixture->server->dma_map_fds, 0);
    dma.iova = 0x100000;
    assert_int_equal(vfio_device_dma_map(fixture->device, &dma, &fixture->err),
                     -ENOSPC);
    assert_int_equal(vfio_device_set_irqs(fixture->device, VFIO_IRQ_MSI, &fd, 1),
                     -ENOTSUP);
    close(fd);
}

static void answers_dma_of_the_server(void **state)
{
    struct fixture *fixture = *state;
    struct fake_server *server = fixture->server;
    uint8_t ram[0x2000] __attribute__((aligned(4096)));
    memset(ram, 0x40, sizeof(ram));
    server->dma_address = 0x80001ff0;
    server->dma_count = 16;
    open_device(fixture);
    struct vfio_dma dma = { .iova = 0x80000000, .size = 0x2000, .host = ram, .fd = -1 };
    assert_int_equal(vfio_device_dma_map(fixture->device, &dma, &fixture->err), 0);
    assert_int_equal(server->dma_map_fds, 0);
    uint32_t bell = 1;
    assert_int_equal(vfio_device_write(fixture->device, 2, 0, &bell, 4), 0);
    assert_int_equal(server->dma_error, 0);
    assert_int_equal(ram[0x1fef], 0x40);
    assert_int_equal(ram[0x1ff0], 0x41);
    assert_int_equal(ram[0x1fff], 0x41);
    server->dma_count = 17; /* one byte past the end */
    assert_int_equal(vfio_device_write(fixture->device, 2, 0, &bell, 4), 0);
    assert_int_equal(server->dma_error, EFAULT);
    server->dma_address = 0; /* never offered */
    assert_int_equal(vfio_device_write(fixture->device, 2, 0, &bell, 4), 0);
    assert_int_equal(server->dma_error, EFAULT);
    server->dma_count = UINT64_MAX;
    assert_int_equal(vfio_device_write(fixture->device, 2, 0, &bell, 4), 0);
    assert_int_equal(server->dma_error, EINVAL);
    assert_int_equal(vfio_device_reset(fixture->device, &fixture->err), 0);
    assert_int_equal(server->resets, 1);
}

struct bad_open {
    const char *name;
    enum fault fault;
    unsigned command;
    int code; /* 0: any */
    const char *words;
};

/* A server that misbehaves while the device is opened: no device, and a line that says
 * so. */
static const struct bad_open bad_opens[] = {
    { "silent at VERSION", FAULT_SILENT, VFIO_USER_VERSION, -ETIMEDOUT,
      "did not answer VERSION" },
    { "closes at VERSION", FAULT_CLOSE, VFIO_USER_VERSION, 0, "closed it" },
    { "refuses VERSION", FAULT_REFUSE, VFIO_USER_VERSION, -EPERM, "refuses VERSION" },
    { "refuses without saying why", FAULT_REFUSE_ZERO, VFIO_USER_VERSION, -EIO,
      "refuses VERSION" },
    { "wrong id", FAULT_WRONG_ID, VFIO_USER_DEVICE_GET_INFO, -EPROTO, "number" },
    { "wrong command", FAULT_WRONG_COMMAND, VFIO_USER_DEVICE_GET_INFO, -EPROTO,
      "DEVICE_GET_REGION_INFO" },
    { "wrong type", FAULT_WRONG_TYPE, VFIO_USER_DEVICE_GET_INFO, -EPROTO, "type 5" },
    { "short reply", FAULT_SHORT, VFIO_USER_DEVICE_GET_INFO, -EPROTO,
      "15 bytes, expected 16" },
    { "long reply", FAULT_LONG, VFIO_USER_DEVICE_GET_INFO, -EPROTO, "bytes, expected" },
    { "huge size", FAULT_HUGE, VFIO_USER_DEVICE_GET_INFO, -EMSGSIZE, "4294967295" },
    { "tiny size", FAULT_TINY, VFIO_USER_DEVICE_GET_INFO, -EPROTO, "15 bytes" },
    { "truncated", FAULT_TRUNCATED, VFIO_USER_DEVICE_GET_INFO, 0, "closed it after" },
    { "stalled", FAULT_STALLED, VFIO_USER_DEVICE_GET_INFO, -ETIMEDOUT,
      "stopped after" },
    { "extra descriptors", FAULT_EXTRA_FDS, VFIO_USER_DEVICE_GET_INFO, -EPROTO,
      "3 file descriptors" },
    { "too many descriptors", FAULT_TOO_MANY_FDS, VFIO_USER_DEVICE_GET_INFO, -EPROTO,
      "more than 16" },
    { "floods with requests", FAULT_FLOOD, VFIO_USER_DEVICE_GET_INFO, -ETIMEDOUT,
      "did not answer" },
    { "region info short", FAULT_SHORT, VFIO_USER_DEVICE_GET_REGION_INFO, -EPROTO,
      "region 0" },
    { "region info with three descriptors", FAULT_EXTRA_FDS,
      VFIO_USER_DEVICE_GET_REGION_INFO, -EPROTO, "at most one" },
    { "region info refused", FAULT_REFUSE, VFIO_USER_DEVICE_GET_REGION_INFO, -EPERM,
      "refuses DEVICE_GET_REGION_INFO" },
    { "irq info short", FAULT_SHORT, VFIO_USER_DEVICE_GET_IRQ_INFO, -EPROTO,
      "15 bytes" },
};

static void bad_open_is_refused(void **state)
{
    for (unsigned i = 0; i < ARRAY_SIZE(bad_opens); i++) {
        const struct bad_open *bad = &bad_opens[i];
        void *inner;
        set_up(&inner);
        struct fixture *fixture = inner;
        fixture->server->fault = bad->fault;
        fixture->server->fault_command = bad->command;
        open_device(fixture);
        if (fixture->device)
            fail_msg("%s: opened", bad->name);
        if (bad->code && fixture->err.code != bad->code)
            fail_msg("%s: code %d, expected %d", bad->name, fixture->err.code,
                     bad->code);
        assert_error_names(&fixture->err, bad->words);
        assert_error_names(&fixture->err, "vfio-user:test");
        if (tear_down(&inner))
            fail_msg("%s: descriptors leak", bad->name);
    }
}

struct bad_facts {
    const char *json;
    uint16_t major, minor;
    unsigned regions, irqs, vectors;
    const char *words;
};

static void bad_facts_are_refused(void **state)
{
    static const struct bad_facts cases[] = {
        { "", 1, 0, 10, 5, 1, "1.0, expected 0.0" },
        { "", 0, 9, 10, 5, 1, "0.9, expected 0.0" },
        { "{", 0, 0, 10, 5, 1, "bad JSON" },
        { "[]", 0, 0, 10, 5, 1, "not a JSON object" },
        { "null", 0, 0, 10, 5, 1, "not a JSON object" },
        { "{} x", 0, 0, 10, 5, 1, "bad JSON" },
        { "{\"capabilities\":3}", 0, 0, 10, 5, 1, "not an object" },
        { "{\"capabilities\":{\"max_msg_fds\":\"8\"}}", 0, 0, 10, 5, 1, "max_msg_fds" },
        { "{\"capabilities\":{\"max_msg_fds\":-1}}", 0, 0, 10, 5, 1, "max_msg_fds" },
        { "{\"capabilities\":{\"max_data_xfer_size\":0}}", 0, 0, 10, 5, 1, "max_data" },
        { "{\"capabilities\":{\"pgsizes\":0}}", 0, 0, 10, 5, 1, "pgsizes" },
        { "{\"a\":[[[[[[[[[[[[1]]]]]]]]]]]]}", 0, 0, 10, 5, 1, "bad JSON" },
        { "", 0, 0, 5, 5, 1, "regions" },
        { "", 0, 0, 4000000000u, 5, 1, "regions" },
        { "", 0, 0, 10, 5, 3000000000u, "vectors" },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        void *inner;
        set_up(&inner);
        struct fixture *fixture = inner;
        fixture->server->json = cases[i].json;
        fixture->server->major = cases[i].major;
        fixture->server->minor = cases[i].minor;
        fixture->server->region_count = cases[i].regions;
        fixture->server->irq_count = cases[i].irqs;
        fixture->server->irq_vectors = cases[i].vectors;
        open_device(fixture);
        if (fixture->device)
            fail_msg("case %u: opened", i);
        assert_error_names(&fixture->err, cases[i].words);
        if (tear_down(&inner))
            fail_msg("case %u: descriptors leak", i);
    }
}

static void version_without_text_is_taken(void **state)
{
    struct fixture *fixture = *state;
    fixture->server->json = NULL;
    open_device(fixture);
    assert_non_null(fixture->device);
}

static void many_interrupt_indexes_are_skipped(void **state)
{
    struct fixture *fixture = *state;
    fixture->server->irq_count = UINT32_MAX;
    open_device(fixture);
    assert_non_null(fixture->device);
}

static void looping_capabilities_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct {
        struct vfio_user_region_info info;
        struct vfio_info_cap_header caps[2];
    } bytes = {
        .info = { .argsz = sizeof(bytes),
                  .index = 9,
                  .size = 0x1000,
                  .cap_offset = 32,
                  .flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_CAPS },
        .caps = { { .id = 77, .next = 40 }, { .id = 78, .next = 32 } },
    };
    fixture->server->region9_info = &bytes;
    fixture->server->region9_size = sizeof(bytes);
    open_device(fixture);
    assert_null(fixture->device);
    assert_error_names(&fixture->err, "loops");
    assert_error_names(&fixture->err, "region 9");
}

/* A server that names more room than it is given is asked again, up to a limit. */
static void endless_info_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct vfio_user_region_info info = { .argsz = 1u << 30,
                                          .index = 9,
                                          .size = 0x1000 };
    fixture->server->region9_info = &info;
    fixture->server->region9_size = sizeof(info);
    open_device(fixture);
    assert_null(fixture->device);
    assert_error_names(&fixture->err, "1073741824 bytes");
}

static void short_region_file_is_refused(void **state)
{
    struct fixture *fixture = *state;
    fixture->server->region0_short_file = true;
    open_device(fixture);
    assert_null(fixture->device);
    assert_error_names(&fixture->err, "the file of region 0 has 0x2000 bytes");
}

/* One fault at an access: it fails, and all that follow fail at once. */
static void faults_at_an_access(void **state)
{
    static const struct {
        enum fault fault;
        int code;
    } cases[] = {
        { FAULT_SILENT, -ETIMEDOUT },  { FAULT_CLOSE, -EIO },
        { FAULT_WRONG_ID, -EPROTO },   { FAULT_SHORT, 0 },
        { FAULT_LONG, -EPROTO },       { FAULT_TRUNCATED, -EIO },
        { FAULT_EXTRA_FDS, -EPROTO },  { FAULT_FLOOD, -ETIMEDOUT },
        { FAULT_STALLED, -ETIMEDOUT },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        void *inner;
        set_up(&inner);
        struct fixture *fixture = inner;
        fixture->server->fault = cases[i].fault;
        fixture->server->fault_command = VFIO_USER_REGION_READ;
        open_device(fixture);
        assert_non_null(fixture->device);
        uint32_t value;
        int status = vfio_device_read(fixture->device, 7, 0, &value, 4);
        if (status >= 0 || (cases[i].code && status != cases[i].code))
            fail_msg("fault %d: %d, expected %d", cases[i].fault, status,
                     cases[i].code);
        assert_int_equal(vfio_device_write(fixture->device, 7, 4, &value, 4), -EIO);
        assert_int_equal(vfio_device_reset(fixture->device, &fixture->err), -EIO);
        assert_error_names(&fixture->err, "gone");
        if (tear_down(&inner))
            fail_msg("fault %d: descriptors leak", cases[i].fault);
    }
}

/* An error reply is an answer: the connection goes on. */
static void refused_access_is_no_end(void **state)
{
    struct fixture *fixture = *state;
    fixture->server->fault = FAULT_REFUSE;
    fixture->server->fault_command = VFIO_USER_REGION_READ;
    open_device(fixture);
    uint32_t value = 5;
    assert_int_equal(vfio_device_read(fixture->device, 7, 0, &value, 4), -EPERM);
    assert_int_equal(vfio_device_write(fixture->device, 7, 4, &value, 4), 0);
}

static void answer_to_another_access_is_refused(void **state)
{
    struct fixture *fixture = *state;
    fixture->server->wrong_access_echo = true;
    open_device(fixture);
    uint32_t value = 5;
    assert_int_equal(vfio_device_write(fixture->device, 7, 4, &value, 4), -EIO);
    assert_int_equal(vfio_device_read(fixture->device, 7, 0, &value, 4), -EIO);
}

struct loop_thread {
    struct event_loop *loop;
    pthread_t thread;
    unsigned gone;
};

static void on_gone(void *opaque)
{
    struct loop_thread *loop = opaque;
    loop->gone++;
    event_loop_stop(loop->loop, 0);
}

static void says_once_that_the_server_is_gone(void **state)
{
    struct fixture *fixture = *state;
    fixture->server->fault = FAULT_CLOSE;
    fixture->server->fault_command = VFIO_USER_DEVICE_RESET;
    open_device(fixture);
    struct loop_thread loop = { .loop = event_loop_new(&fixture->err) };
    assert_non_null(loop.loop);
    assert_int_equal(vfio_device_watch(fixture->device, loop.loop, on_gone, &loop), 0);
    assert_int_equal(vfio_device_watch(fixture->device, loop.loop, on_gone, &loop),
                     -EBUSY);
    assert_int_equal(vfio_device_reset(fixture->device, &fixture->err), -EIO);
    event_loop_run(loop.loop);
    assert_int_equal(loop.gone, 1);
    event_loop_free(loop.loop);
}

/* Without a request under way, the loop answers what the server asks for. */
static void answers_dma_from_the_loop(void **state)
{
    struct fixture *fixture = *state;
    uint8_t ram[0x1000] __attribute__((aligned(4096)));
    memset(ram, 0x55, sizeof(ram));
    open_device(fixture);
    struct loop_thread loop = { .loop = event_loop_new(&fixture->err) };
    struct vfio_dma dma = { .iova = 0, .size = 0x1000, .host = ram, .fd = -1 };
    assert_int_equal(vfio_device_watch(fixture->device, loop.loop, on_gone, &loop), 0);
    assert_int_equal(vfio_device_dma_map(fixture->device, &dma, &fixture->err), 0);
    struct {
        struct vfio_user_header header;
        struct vfio_user_dma_access access;
        uint8_t data[4];
    } __attribute__((packed)) request = {
        .header = { .command = VFIO_USER_DMA_WRITE,
                    .size = sizeof(request),
                    .flags = VFIO_USER_NO_REPLY },
        .access = { .address = 0x10, .count = 4 },
        .data = { 1, 2, 3, 4 },
    };
    assert_int_equal(write(fixture->server->socket, &request, sizeof(request)),
                     sizeof(request));
    /* A reply to nothing ends the connection, and with it the loop. */
    struct vfio_user_header reply = { .size = sizeof(reply),
                                      .flags = VFIO_USER_TYPE_REPLY };
    assert_int_equal(write(fixture->server->socket, &reply, sizeof(reply)),
                     sizeof(reply));
    event_loop_run(loop.loop);
    assert_memory_equal(ram + 0x10, request.data, 4);
    assert_int_equal(ram[0xf], 0x55);
    assert_int_equal(loop.gone, 1);
    event_loop_free(loop.loop);
}

struct worker {
    struct vfio_device *device;
    pthread_t thread;
    unsigned place, failures;
};

static void *work(void *opaque)
{
    struct worker *worker = opaque;
    for (uint32_t i = 0; i < 500; i++) {
        uint32_t value = i, back = 0;
        uint64_t offset = 64 + worker->place * 4;
        if (vfio_device_write(worker->device, 2, offset, &value, 4) ||
            vfio_device_read(worker->device, 2, offset, &back, 4) || back != value)
            worker->failures++;
    }
    return NULL;
}

static void threads_do_not_mix(void **state)
{
    struct fixture *fixture = *state;
    open_device(fixture);
    struct worker workers[4];
    for (unsigned i = 0; i < 4; i++) {
        workers[i] = (struct worker){ .device = fixture->device, .place = i };
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    }
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_int_equal(workers[i].failures, 0);
    }
}

static void open_says_what_is_wrong_with_the_name(void **state)
{
    struct error err;
    char path[300] = "vfio-user:";
    memset(path + 10, 'x', 200);
    assert_null(vfio_device_open("vfio-user:/nonexistent/socket", -1, &err));
    assert_error_names(&err, "no such socket");
    assert_null(vfio_device_open(path, -1, &err));
    assert_error_names(&err, "1 to 107 bytes");
    assert_null(vfio_device_open("vfio-user:", -1, &err));
    assert_null(vfio_device_open("gpu", -1, &err));
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_error_names(&err, "\"gpu\" is no device");
    assert_null(vfio_device_open("fffe:1f:1f.7", -1, &err));
    assert_error_names(&err, "no such PCI device");
    vfio_device_close(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finds_regions_and_interrupts),
        TEST(maps_only_inside_areas),
        TEST(reads_and_writes),
        TEST(splits_large_accesses),
        TEST(sets_interrupts),
        TEST(maps_memory),
        TEST(honours_the_servers_limits),
        TEST(answers_dma_of_the_server),
        cmocka_unit_test(bad_open_is_refused),
        cmocka_unit_test(bad_facts_are_refused),
        TEST(version_without_text_is_taken),
        TEST(many_interrupt_indexes_are_skipped),
        TEST(looping_capabilities_are_refused),
        TEST(endless_info_is_refused),
        TEST(short_region_file_is_refused),
        cmocka_unit_test(faults_at_an_access),
        TEST(refused_access_is_no_end),
        TEST(answer_to_another_access_is_refused),
        TEST(says_once_that_the_server_is_gone),
        TEST(answers_dma_from_the_loop),
        TEST(threads_do_not_mix),
        cmocka_unit_test(open_says_what_is_wrong_with_the_name),
    };
    return cmocka_run_group_tests_name("vfio/user", tests, NULL, NULL);
}
