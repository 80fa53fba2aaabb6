/* test_server.c: the vfio-user server, with clients that behave and clients that do
 * not. */
#include "client.h" /* both ends */

#include "base/bytes.h"      /* loads */
#include "base/error.h"      /* struct error */
#include "base/event_loop.h" /* a second server's loop */
#include "base/log.h"        /* quiet */

#include "../open_files.h" /* what leaks */

#include <fcntl.h>      /* open */
#include <signal.h>     /* SIGPIPE */
#include <stdio.h>      /* files */
#include <stdlib.h>     /* random */
#include <sys/mman.h>   /* memfd_create */
#include <sys/socket.h> /* send */
#include <unistd.h>     /* close */

static struct serving serving;

static int start(void **state)
{
    serving_start(&serving, false);
    return 0;
}

static int start_host(void **state)
{
    serving_start(&serving, true);
    return 0;
}

static int stop(void **state)
{
    serving_stop(&serving);
    return 0;
}

static void test_device_info(void **state)
{
    int socket = client_connect(&serving, true);
    struct vfio_user_device_info info = { .argsz = sizeof(info) };
    assert_int_equal(client_call(socket, VFIO_USER_DEVICE_GET_INFO, &info, sizeof(info),
                                 NULL, 0, &info, sizeof(info), NULL),
                     0);
    assert_int_equal(info.flags, VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI);
    assert_int_equal(info.region_count, 9);
    assert_int_equal(info.irq_count, 5);
    static const uint32_t counts[] = { 1, 1, 0, 0, 0 };
    for (uint32_t i = 0; i < 6; i++) {
        struct vfio_user_irq_info irq = { .argsz = sizeof(irq), .index = i };
        int result = client_call(socket, VFIO_USER_DEVICE_GET_IRQ_INFO, &irq,
                                 sizeof(irq), NULL, 0, &irq, sizeof(irq), NULL);
        assert_int_equal(result, i < 5 ? 0 : -EINVAL);
        if (i < 5)
            assert_int_equal(irq.count, counts[i]);
    }
    close(socket);
}

static void test_bar0_mapping(void **state)
{
    int socket = client_connect(&serving, true), fd = -1;
    struct {
        struct vfio_user_region_info info;
        struct vfio_info_cap_header header; /* of a sparse-mmap capability */
        uint32_t area_count, reserved;
        struct vfio_region_sparse_mmap_area area;
    } answer = { .info = { .argsz = sizeof(answer.info), .index = 0 } };
    /* Little room: told how much is needed, no capability, no descriptor. */
    assert_int_equal(client_call(socket, VFIO_USER_DEVICE_GET_REGION_INFO, &answer.info,
                                 sizeof(answer.info), NULL, 0, &answer, sizeof(answer),
                                 &fd),
                     0);
    assert_int_equal(fd, -1);
    assert_int_equal(answer.info.argsz, sizeof(answer));
    assert_false(answer.info.flags & VFIO_REGION_INFO_FLAG_CAPS);
    assert_int_equal(client_call(socket, VFIO_USER_DEVICE_GET_REGION_INFO, &answer.info,
                                 sizeof(answer.info), NULL, 0, &answer, sizeof(answer),
                                 &fd),
                     0);
    assert_true(fd >= 0);
    assert_int_equal(answer.info.size, 0x1000000);
    assert_int_equal(answer.info.cap_offset, sizeof(answer.info));
    assert_int_equal(answer.header.id, VFIO_REGION_INFO_CAP_SPARSE_MMAP);
    assert_int_equal(answer.header.next, 0);
    assert_int_equal(answer.area_count, 1);
    assert_int_equal(answer.area.offset, 0x800000);
    assert_int_equal(answer.area.size, 0x800000);

    uint32_t *gtt = mmap(NULL, 0x800000, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                         (off_t)(answer.info.offset + answer.area.offset));
    assert_ptr_not_equal(gtt, MAP_FAILED);
    gtt[5] = 0x1234;
    uint32_t seen = 0;
    assert_int_equal(client_read(socket, 0, 0x800000 + 20, &seen, 4), 0);
    assert_int_equal(seen, 0x1234);
    assert_int_equal(ftruncate(fd, 0), -1); /* cannot be cut off */
    assert_int_equal(
        client_call(socket, VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0, NULL, 0, NULL),
        0);
    assert_int_equal(gtt[5], 0);
    munmap(gtt, 0x800000);
    close(fd);
    close(socket);
}

static int make_memory(size_t size)
{
    int fd = memfd_create("guest", MFD_CLOEXEC);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    return fd;
}

static int dma_map(int socket, uint64_t address, uint64_t size, int fd)
{
    const struct vfio_user_dma_map map = {
        .argsz = sizeof(map), .flags = 3, .address = address, .size = size
    };
    return client_call(socket, VFIO_USER_DMA_MAP, &map, sizeof(map), &fd, fd >= 0, NULL,
                       0, NULL);
}

static int dma_unmap(int socket, uint64_t address, uint64_t size, uint64_t *removed)
{
    struct vfio_user_dma_unmap unmap = { .argsz = sizeof(unmap),
                                         .address = address,
                                         .size = size };
    int result = client_call(socket, VFIO_USER_DMA_UNMAP, &unmap, sizeof(unmap), NULL,
                             0, &unmap, sizeof(unmap), NULL);
    *removed = unmap.size;
    return result;
}

static void test_dma(void **state)
{
    unsigned before = open_files();
    int socket = client_connect(&serving, true), fd = make_memory(0x4000);
    uint64_t removed, pte = 0x100000 | 1, value = 0x1122334455667788;
    assert_int_equal(dma_unmap(socket, 0, UINT64_MAX, &removed), 0);
    assert_int_equal(removed, 0);
    assert_int_equal(dma_map(socket, 0x100000, 0x4000, fd), 0);
    assert_int_equal(dma_map(socket, 0x200000, 0x4000, -1), 0);
    assert_int_equal(dma_map(socket, 0x100000, 0x1000, fd), -EEXIST);
    assert_int_equal(dma_map(socket, 0x300000, 0, -1), -EINVAL);
    assert_int_equal(client_write(socket, 0, 0x800000, &pte, 8), 0);
    assert_int_equal(client_write(socket, 2, 8, &value, 8), 0);
    uint64_t seen = 0;
    assert_int_equal(pread(fd, &seen, 8, 8), 8);
    assert_int_equal(seen, value);
    assert_int_equal(dma_unmap(socket, 0x100000, 0x1000, &removed), -EINVAL);
    assert_int_equal(dma_unmap(socket, 0x100000, 0x4000, &removed), 0);
    assert_int_equal(removed, 0x4000);
    assert_int_equal(client_read(socket, 2, 8, &seen, 8), 0);
    assert_int_equal(seen, UINT64_MAX);
    /* Many ranges of one file: one descriptor. */
    for (uint64_t page = 0; page < 2000; page++)
        assert_int_equal(dma_map(socket, 0x1000000 + (page << 12), 4096, fd), 0);
    assert_in_range(open_files(), before, before + 8);
    client_leave(&serving, socket);
    close(fd);
    client_wait_files(before);
}

static void test_needs_version(void **state)
{
    uint8_t byte;
    int socket = client_connect(&serving, false);
    assert_int_equal(client_read(socket, 7, 0, &byte, 1), -EINVAL);
    static const char wrong_major[] = "\1\0\0\0{}", no_json[] = "\0\0\0\0{\"cap";
    assert_int_not_equal(client_call(socket, VFIO_USER_VERSION, wrong_major,
                                     sizeof(wrong_major), NULL, 0, NULL, 0, NULL),
                         0);
    assert_int_not_equal(client_call(socket, VFIO_USER_VERSION, no_json,
                                     sizeof(no_json), NULL, 0, NULL, 0, NULL),
                         0);
    assert_int_equal(
        client_call(socket, VFIO_USER_VERSION, "\0", 2, NULL, 0, NULL, 0, NULL),
        -EINVAL);
    client_leave(&serving, socket);
}

static void test_bad_requests(void **state)
{
    int socket = client_connect(&serving, true);
    uint8_t data[64] = { 0 };
    struct vfio_user_region_access access = { .offset = UINT64_MAX, .region = 0 };
    for (unsigned command = 0; command < 64; command++) {
        if (command == VFIO_USER_DEVICE_RESET)
            continue;
        assert_int_not_equal(
            client_call(socket, command, NULL, 0, NULL, 0, NULL, 0, NULL), 0);
        client_check_alive(socket);
    }
    access.count = 1;
    assert_int_equal(client_call(socket, VFIO_USER_REGION_READ, &access, sizeof(access),
                                 NULL, 0, NULL, 0, NULL),
                     -EINVAL);
    access.offset = 0;
    access.count = VFIO_USER_MAX_DATA + 1;
    assert_int_equal(client_call(socket, VFIO_USER_REGION_READ, &access, sizeof(access),
                                 NULL, 0, NULL, 0, NULL),
                     -EINVAL);
    access.count = 0xffffffff;
    assert_int_equal(client_call(socket, VFIO_USER_REGION_WRITE, &access,
                                 sizeof(access), NULL, 0, NULL, 0, NULL),
                     -EINVAL);
    access.count = 4; /* and no data */
    assert_int_equal(client_call(socket, VFIO_USER_REGION_WRITE, &access,
                                 sizeof(access), NULL, 0, NULL, 0, NULL),
                     -EINVAL);
    access.count = 0;
    assert_int_equal(client_call(socket, VFIO_USER_REGION_READ, &access, sizeof(access),
                                 NULL, 0, NULL, 0, NULL),
                     0);
    struct vfio_user_region_info info = { .argsz = 0, .index = 0xffffffff };
    assert_int_equal(client_call(socket, VFIO_USER_DEVICE_GET_REGION_INFO, &info,
                                 sizeof(info), NULL, 0, NULL, 0, NULL),
                     -EINVAL);
    info.index = 0;
    assert_int_equal(client_call(socket, VFIO_USER_DEVICE_GET_REGION_INFO, &info,
                                 sizeof(info), NULL, 0, NULL, 0, NULL),
                     0);
    /* The largest read there is. */
    static uint8_t large[VFIO_USER_MAX_DATA];
    assert_int_equal(client_read(socket, 0, 0x700000, large, sizeof(large)), 0);
    assert_int_equal(client_read(socket, 2, 0x700000, large, sizeof(large)), 0);
    assert_int_equal(large[sizeof(large) - 1], 0xff);
    (void)data;
    client_check_alive(socket);
    close(socket);
}

/* Bytes that are no messages: the connection ends, the server stays. */
static void test_garbage(void **state)
{
    unsigned before = open_files();
    srandom(1);
    for (unsigned round = 0; round < 200; round++) {
        int socket = client_connect(&serving, round & 1);
        uint8_t bytes[128];
        for (unsigned i = 0; i < sizeof(bytes); i++)
            bytes[i] = (uint8_t)random();
        if (round % 3 == 0) {
            /* A sane header, so that the payload is looked at. */
            struct vfio_user_header header = { .id = 1,
                                               .command = (uint16_t)(round % 20),
                                               .size = 16 + (uint32_t)random() % 113 };
            memcpy(bytes, &header, sizeof(header));
        }
        size_t size = 1 + (size_t)random() % sizeof(bytes);
        assert_true(send(socket, bytes, size, MSG_NOSIGNAL) > 0);
        shutdown(socket, SHUT_WR);
        close(socket);
    }
    int socket = client_connect(&serving, true);
    client_check_alive(socket);
    client_leave(&serving, socket);
    client_wait_files(before);
}

/* Replies nobody reads, replies the server did not ask for, descriptors nobody wants.
 */
static void test_odd_clients(void **state)
{
    unsigned before = open_files();
    int socket = client_connect(&serving, true);
    int fds[VFIO_USER_MAX_FDS], fd = make_memory(0x1000);
    for (unsigned i = 0; i < VFIO_USER_MAX_FDS; i++)
        fds[i] = fd;
    const struct vfio_user_dma_map map = {
        .argsz = sizeof(map), .flags = 3, .address = 0x1000, .size = 0x1000
    };
    assert_int_equal(client_call(socket, VFIO_USER_DMA_MAP, &map, sizeof(map), fds,
                                 VFIO_USER_MAX_FDS, NULL, 0, NULL),
                     0);
    assert_int_equal(client_call(socket, VFIO_USER_DEVICE_RESET, NULL, 0, fds,
                                 VFIO_USER_MAX_FDS, NULL, 0, NULL),
                     0);
    assert_int_equal(
        client_call(socket, 99, NULL, 0, fds, VFIO_USER_MAX_FDS, NULL, 0, NULL),
        -ENOTSUP);
    client_check_alive(socket);

    /* Posted writes get no answer, good or bad. */
    struct {
        struct vfio_user_header header;
        struct vfio_user_region_access access;
        uint32_t data;
    } posted = { .header = { .command = VFIO_USER_REGION_WRITE,
                             .size = sizeof(posted),
                             .flags = VFIO_USER_NO_REPLY },
                 .access = { .offset = 0x2000, .region = 0, .count = 4 },
                 .data = 77 };
    assert_int_equal(send(socket, &posted, sizeof(posted), 0), sizeof(posted));
    posted.access.region = 55;
    assert_int_equal(send(socket, &posted, sizeof(posted), 0), sizeof(posted));
    uint32_t seen = 0;
    assert_int_equal(client_read(socket, 0, 0x2000, &seen, 4), 0);
    assert_int_equal(seen, 77);

    const struct vfio_user_header reply = { .command = VFIO_USER_DMA_READ,
                                            .size = 16,
                                            .flags = VFIO_USER_TYPE_REPLY };
    assert_int_equal(send(socket, &reply, sizeof(reply), 0), sizeof(reply));
    uint8_t byte;
    assert_int_equal(client_read(socket, 7, 0, &byte, 1), -ENOTCONN);
    close(fd);
    client_leave(&serving, socket);
    client_wait_files(before);
}

/* A bare device is switched on with each client; a host stays on. */
static void test_power_on_per_client(void **state)
{
    int socket = client_connect(&serving, true);
    uint32_t base = 0x10000000, seen = 0;
    assert_int_equal(client_write(socket, 7, 0x5c, &base, 4), 0);
    assert_int_equal(
        client_call(socket, VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0, NULL, 0, NULL),
        0);
    assert_int_equal(client_read(socket, 7, 0x5c, &seen, 4), 0);
    assert_int_equal(seen, 0x10000001);
    close(socket);
    socket = client_connect(&serving, true);
    assert_int_equal(client_read(socket, 7, 0x5c, &seen, 4), 0);
    assert_int_equal(seen, 0);
    close(socket);
}

static void test_host(void **state)
{
    int socket = client_connect(&serving, true);
    struct vfio_user_device_info info = { .argsz = sizeof(info) };
    assert_int_equal(client_call(socket, VFIO_USER_DEVICE_GET_INFO, &info, sizeof(info),
                                 NULL, 0, &info, sizeof(info), NULL),
                     0);
    assert_int_equal(info.region_count, 12);
    struct {
        struct vfio_user_region_info info;
        struct vfio_region_info_cap_type type;
    } answer = { .info = { .argsz = 256, .index = MODEL_REGION_OPREGION } };
    assert_int_equal(client_call(socket, VFIO_USER_DEVICE_GET_REGION_INFO, &answer.info,
                                 sizeof(answer.info), NULL, 0, &answer, sizeof(answer),
                                 NULL),
                     0);
    assert_true(answer.info.flags & VFIO_REGION_INFO_FLAG_CAPS);
    assert_false(answer.info.flags & VFIO_REGION_INFO_FLAG_WRITE);
    assert_int_equal(answer.type.header.id, VFIO_REGION_INFO_CAP_TYPE);
    assert_int_equal(answer.type.type, 0x80008086);
    assert_int_equal(answer.type.subtype, 1);
    char signature[16];
    assert_int_equal(client_read(socket, MODEL_REGION_OPREGION, 0, signature, 16), 0);
    assert_memory_equal(signature, "IntelGraphicsMem", 16);
    assert_int_equal(client_write(socket, MODEL_REGION_VGA, 0xb8000, "h\7i\7", 4), 0);
    uint32_t seen = 0, offered = 0x100000;
    assert_int_equal(client_write(socket, 7, 0x5c, &offered, 4), 0);
    close(socket);
    /* The text screen was written when that client left, before the next is heard. */
    socket = client_connect(&serving, true);
    client_check_alive(socket);
    char text[8] = { 0 };
    FILE *file = fopen(serving.text, "r");
    assert_non_null(file);
    assert_int_equal(fread(text, 1, 3, file), 3);
    fclose(file);
    assert_string_equal(text, "hi\n");
    assert_int_equal(client_read(socket, 7, 0x5c, &seen, 4), 0);
    assert_int_equal(seen, 0x7b800001);
    close(socket);
}

static void test_socket_path(void **state)
{
    struct error err;
    struct event_loop *loop = event_loop_new(&err);
    struct model_server_options options = serving.options;
    char path[300];
    /* In use by the first server, also while it has a client. */
    int client = client_connect(&serving, true);
    assert_null(model_server_new(loop, &options, &err));
    assert_int_equal(err.code, -EADDRINUSE);
    assert_int_equal(err.kind, ERROR_INPUT);
    client_check_alive(client);
    close(client);
    /* Not a socket: left alone. */
    snprintf(path, sizeof(path), "%s/file", serving.directory);
    options.path = path;
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    close(fd);
    assert_null(model_server_new(loop, &options, &err));
    assert_int_equal(err.code, -EEXIST);
    assert_int_equal(access(path, F_OK), 0);
    unlink(path);
    /* A socket its server did not take away: replaced. */
    struct model_server *first = model_server_new(loop, &options, &err);
    assert_non_null(first);
    char kept[320];
    snprintf(kept, sizeof(kept), "%s.kept", path);
    assert_int_equal(link(path, kept), 0);
    model_server_free(first);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(rename(kept, path), 0);
    struct model_server *second = model_server_new(loop, &options, &err);
    if (!second)
        fail_msg("%s", err.text);
    model_server_free(second);
    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    assert_null(model_server_new(loop, &options, &err));
    assert_int_equal(err.code, -ENAMETOOLONG);
    path[0] = '\0';
    assert_null(model_server_new(loop, &options, &err));
    options.path = "/nonexistent/socket";
    assert_null(model_server_new(loop, &options, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    event_loop_free(loop);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_device_info),
        TEST(test_bar0_mapping),
        TEST(test_dma),
        TEST(test_needs_version),
        TEST(test_bad_requests),
        TEST(test_garbage),
        TEST(test_odd_clients),
        TEST(test_power_on_per_client),
        cmocka_unit_test_setup_teardown(test_host, start_host, stop),
        TEST(test_socket_path),
    };
    signal(SIGPIPE, SIG_IGN);
    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
