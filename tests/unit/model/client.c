/* client.c: a plain vfio-user client, and a server for it on a thread. */
#include "client.h"

#include "base/bytes.h"      /* memcpy */
#include "base/error.h"      /* struct error */
#include "base/event_loop.h" /* the server's loop */
#include "model/chips.h"     /* the chip */

#include "../open_files.h" /* what leaks */

#include <stdio.h>      /* snprintf */
#include <stdlib.h>     /* mkdtemp */
#include <sys/socket.h> /* connect */
#include <sys/un.h>     /* addresses */
#include <unistd.h>     /* close */

static void *run(void *opaque)
{
    event_loop_run(opaque);
    return NULL;
}

void serving_start(struct serving *serving, bool host_regions)
{
    struct error err;
    memset(serving, 0, sizeof(*serving));
    snprintf(serving->directory, sizeof(serving->directory), "/tmp/igdvm-model-XXXXXX");
    assert_non_null(mkdtemp(serving->directory));
    snprintf(serving->path, sizeof(serving->path), "%s/socket", serving->directory);
    snprintf(serving->text, sizeof(serving->text), "%s/text", serving->directory);
    serving->options = (struct model_server_options){
        .model = { .chip = model_chip_find("skylake"),
                   .aperture = MODEL_APERTURE_EXACT,
                   .host_regions = host_regions,
                   .bdsm = host_regions ? 0x7b800000 : 0,
                   .lpc_id = 0x29188086 },
        .path = serving->path,
        .vga_text = host_regions ? serving->text : NULL,
    };
    serving->loop = event_loop_new(&err);
    assert_non_null(serving->loop);
    serving->server = model_server_new(serving->loop, &serving->options, &err);
    if (!serving->server)
        fail_msg("%s", err.text);
    assert_int_equal(pthread_create(&serving->thread, NULL, run, serving->loop), 0);
}

void serving_stop(struct serving *serving)
{
    event_loop_stop(serving->loop, 0);
    pthread_join(serving->thread, NULL);
    model_server_free(serving->server);
    event_loop_free(serving->loop);
    unlink(serving->text);
    assert_int_equal(rmdir(serving->directory), 0);
}

static void greet_server(int socket)
{
    static const char hello[] = "\0\0\0\0{\"capabilities\":{\"max_msg_fds\":8}}";
    char reply[512] = { 0 };
    assert_int_equal(client_call(socket, VFIO_USER_VERSION, hello, sizeof(hello), NULL,
                                 0, reply, sizeof(reply) - 1, NULL),
                     0);
    assert_non_null(strstr(reply + 4, "capabilities"));
}

int client_connect(const struct serving *serving, bool greet)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    memcpy(address.sun_path, serving->path, sizeof(address.sun_path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    if (greet)
        greet_server(fd);
    return fd;
}

int client_call(int socket, unsigned command, const void *payload, size_t size,
                const int *fds, unsigned fd_count, void *reply, size_t capacity,
                int *fd_back)
{
    static uint16_t next_id;
    const struct vfio_user_outgoing out = {
        .header = { .id = ++next_id, .command = (uint16_t)command },
        .head = payload,
        .head_size = size,
        .fds = fds,
        .fd_count = fd_count,
    };
    static uint8_t buffer[VFIO_USER_MAX_PAYLOAD];
    struct vfio_user_message in = { .payload = buffer, .capacity = sizeof(buffer) };
    if (vfio_user_send(socket, &out, 2000, NULL) < 0)
        return -ENOTCONN;
    if (vfio_user_receive(socket, &in, 10000, NULL) < 0)
        return -ENOTCONN;
    assert_int_equal(in.header.id, out.header.id);
    assert_int_equal(in.header.command, command);
    assert_int_equal(in.header.flags & VFIO_USER_TYPE_MASK, VFIO_USER_TYPE_REPLY);
    if (fd_back) {
        *fd_back = -1;
        if (in.fd_count) {
            *fd_back = in.fds[0];
            in.fds[0] = -1;
        }
    }
    vfio_user_message_close_fds(&in);
    if (in.header.flags & VFIO_USER_ERROR)
        return -(int)in.header.error;
    if (reply)
        memcpy(reply, buffer, in.size < capacity ? in.size : capacity);
    return 0;
}

int client_read(int socket, unsigned region, uint64_t offset, void *data, uint32_t size)
{
    const struct vfio_user_region_access access = { offset, region, size };
    static uint8_t reply[VFIO_USER_MAX_PAYLOAD];
    int result = client_call(socket, VFIO_USER_REGION_READ, &access, sizeof(access),
                             NULL, 0, reply, sizeof(reply), NULL);
    if (result == 0)
        memcpy(data, reply + sizeof(access), size);
    return result;
}

int client_write(int socket, unsigned region, uint64_t offset, const void *data,
                 uint32_t size)
{
    const struct vfio_user_region_access access = { offset, region, size };
    uint8_t request[256];
    assert_true(size <= sizeof(request) - sizeof(access));
    memcpy(request, &access, sizeof(access));
    memcpy(request + sizeof(access), data, size);
    return client_call(socket, VFIO_USER_REGION_WRITE, request, sizeof(access) + size,
                       NULL, 0, NULL, 0, NULL);
}

int client_set_irqs(int socket, unsigned flags, unsigned index, unsigned count, int fd)
{
    const struct vfio_user_irq_set set = {
        .argsz = sizeof(set), .flags = flags, .index = index, .count = count
    };
    return client_call(socket, VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set), &fd,
                       fd >= 0, NULL, 0, NULL);
}

void client_check_alive(int socket)
{
    uint32_t identity = 0;
    assert_int_equal(client_read(socket, MODEL_REGION_CONFIG, 0, &identity, 4), 0);
    assert_int_equal(identity, 0x19128086);
}

void client_leave(const struct serving *serving, int socket)
{
    close(socket);
    int next = client_connect(serving, true);
    client_check_alive(next);
    close(next);
}

void client_wait_files(unsigned expected)
{
    for (unsigned i = 0; i < 200 && open_files() != expected; i++)
        usleep(10000);
    assert_int_equal(open_files(), expected);
}
