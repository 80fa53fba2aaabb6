/* user.c: the VFIO device that a vfio-user server serves. */
#include "base/bytes.h"           /* loads */
#include "base/error.h"           /* error_set */
#include "base/log.h"             /* log_warning */
#include "vfio/backend.h"         /* struct vfio_device */
#include "vfio/region_caps.h"     /* region_from_info */
#include "vfio/user_connection.h" /* requests and replies */

#include <fcntl.h>      /* O_NONBLOCK */
#include <inttypes.h>   /* PRIx64 */
#include <linux/vfio.h> /* VFIO_IRQ_SET_* */
#include <stdio.h>      /* snprintf */
#include <stdlib.h>     /* calloc */
#include <sys/mman.h>   /* mmap */
#include <sys/socket.h> /* socket, connect */
#include <sys/stat.h>   /* how large a region's file is */
#include <sys/un.h>     /* struct sockaddr_un */
#include <unistd.h>     /* close */

/* A region's info with its capabilities: the first try, and the most a server may want.
 */
#define INFO_SIZE 4096u
#define INFO_MAX  65536u

/* MSI-X has no more vectors (PCI Local Bus Specification 3.0, 6.8.2). */
#define MAX_VECTORS 2048u

struct user_device {
    struct vfio_device base; /* first */
    struct user_connection connection;
    bool connected;
    int region_fds[VFIO_MAX_REGIONS]; /* to map each from; -1: none */
};

static struct user_device *user_device(struct vfio_device *device)
{
    return (struct user_device *)device;
}

/* One access of at most max_data bytes; data_in or data_out is NULL. */
static int access_region(struct user_device *user, unsigned region, uint64_t offset,
                         void *data_in, const void *data_out, uint32_t count)
{
    struct vfio_user_region_access request = { .offset = offset,
                                               .region = region,
                                               .count = count };
    struct vfio_user_region_access reply;
    struct user_call call = {
        .command = data_in ? VFIO_USER_REGION_READ : VFIO_USER_REGION_WRITE,
        .head = &request,
        .head_size = sizeof(request),
        .data = data_out,
        .data_size = data_out ? count : 0,
        .reply = &reply,
        .reply_size = sizeof(reply),
        .reply_data = data_in,
        .reply_data_capacity = data_in ? count : 0,
    };
    int status = user_connection_call(&user->connection, &call, NULL);
    if (status < 0)
        return status;
    /* A short transfer, or the answer to some other access, is not what was asked for.
     */
    if (reply.offset != offset || reply.region != region || reply.count != count ||
        call.reply_data_size != call.reply_data_capacity)
        return user_connection_break(
            &user->connection, "the server answered another access than asked for");
    return 0;
}

static int user_read(struct vfio_device *device, unsigned region, uint64_t offset,
                     void *data, size_t size)
{
    struct user_device *user = user_device(device);
    for (size_t done = 0; done < size;) {
        size_t most = user->connection.limits.max_data;
        uint32_t count = (uint32_t)(size - done < most ? size - done : most);
        int status = access_region(user, region, offset + done, (char *)data + done,
                                   NULL, count);
        if (status < 0)
            return status;
        done += count;
    }
    return 0;
}

static int user_write(struct vfio_device *device, unsigned region, uint64_t offset,
                      const void *data, size_t size)
{
    struct user_device *user = user_device(device);
    for (size_t done = 0; done < size;) {
        size_t most = user->connection.limits.max_data;
        uint32_t count = (uint32_t)(size - done < most ? size - done : most);
        int status = access_region(user, region, offset + done, NULL,
                                   (const char *)data + done, count);
        if (status < 0)
            return status;
        done += count;
    }
    return 0;
}

static void *user_map(struct vfio_device *device, unsigned region, uint64_t offset,
                      uint64_t size, int protection)
{
    return mmap(NULL, size, protection, MAP_SHARED,
                user_device(device)->region_fds[region],
                (off_t)(device->map_offsets[region] + offset));
}

static int set_irq_run(struct user_device *user, uint32_t flags, unsigned index,
                       unsigned start, const int *fds, unsigned count)
{
    struct vfio_user_irq_set set = { .argsz = sizeof(set),
                                     .flags = flags,
                                     .index = index,
                                     .start = start,
                                     .count = count };
    struct user_call call = {
        .command = VFIO_USER_DEVICE_SET_IRQS,
        .head = &set,
        .head_size = sizeof(set),
        .fds = fds,
        .fd_count = fds ? count : 0,
    };
    return user_connection_call(&user->connection, &call, NULL);
}

/*
 * A message carries either an eventfd for each of its vectors or none at all, and only
 * so many; so the vectors go out in runs.
 */
static int user_set_irqs(struct vfio_device *device, uint32_t flags, unsigned index,
                         unsigned start, const int *fds, unsigned count)
{
    struct user_device *user = user_device(device);
    unsigned most = user->connection.limits.max_fds;
    if (!fds)
        return set_irq_run(user, flags, index, start, NULL, count);
    for (unsigned done = 0; done < count;) {
        bool present = fds[done] >= 0;
        unsigned run = 1;
        while (done + run < count && (fds[done + run] >= 0) == present &&
               (!present || run < most))
            run++;
        if (present && !most)
            return -ENOTSUP;
        int status = set_irq_run(user, flags, index, start + done,
                                 present ? fds + done : NULL, run);
        if (status < 0)
            return status;
        done += run;
    }
    return 0;
}

static int user_reset(struct vfio_device *device, struct error *err)
{
    struct user_call call = { .command = VFIO_USER_DEVICE_RESET };
    return user_connection_call(&user_device(device)->connection, &call, err);
}

static int send_dma_map(struct user_device *user, const struct vfio_dma *dma,
                        struct error *err)
{
    struct vfio_user_dma_map map = {
        .argsz = sizeof(map),
        .flags = VFIO_USER_DMA_READABLE | VFIO_USER_DMA_WRITEABLE,
        .offset = dma->fd >= 0 ? dma->offset : 0,
        .address = dma->iova,
        .size = dma->size,
    };
    struct user_call call = {
        .command = VFIO_USER_DMA_MAP,
        .head = &map,
        .head_size = sizeof(map),
        .fds = &dma->fd,
        .fd_count = dma->fd >= 0 ? 1 : 0,
    };
    return user_connection_call(&user->connection, &call, err);
}

static int user_dma_map(struct vfio_device *device, const struct vfio_dma *dma,
                        struct error *err)
{
    struct user_device *user = user_device(device);
    const struct vfio_user_limits *limits = &user->connection.limits;
    uint64_t page = limits->page_sizes & -limits->page_sizes;
    if ((dma->iova | dma->size) & (page - 1))
        return error_set(err, ERROR_SYSTEM, -EINVAL,
                         "%s: DMA range 0x%" PRIx64 "+0x%" PRIx64
                         " is not a multiple of the server's page of 0x%" PRIx64
                         " bytes",
                         device->name, dma->iova, dma->size, page);
    struct vfio_dma offered = *dma;
    if (!limits->max_fds)
        offered.fd = -1; /* the server takes no descriptor: it asks by message */
    int status = user_connection_add_memory(&user->connection, &offered);
    if (status < 0)
        return error_system(err, status,
                            "%s: DMA range 0x%" PRIx64 "+0x%" PRIx64
                            " (the server takes %u ranges)",
                            device->name, dma->iova, dma->size, limits->max_maps);
    status = send_dma_map(user, &offered, err);
    if (status < 0) {
        user_connection_remove_memory(&user->connection, dma->iova);
        error_prefix(err, "DMA range 0x%" PRIx64 "+0x%" PRIx64, dma->iova, dma->size);
    }
    return status;
}

static int send_dma_unmap(struct user_device *user, uint64_t iova, uint64_t size)
{
    struct vfio_user_dma_unmap unmap = { .argsz = sizeof(unmap),
                                         .address = iova,
                                         .size = size };
    struct vfio_user_dma_unmap reply;
    struct user_call call = {
        .command = VFIO_USER_DMA_UNMAP,
        .head = &unmap,
        .head_size = sizeof(unmap),
        .reply = &reply,
        .reply_size = sizeof(reply),
    };
    return user_connection_call(&user->connection, &call, NULL);
}

/* Take back every range inside [iova, iova + size); cutting one in two is refused. */
static int user_dma_unmap(struct vfio_device *device, uint64_t iova, uint64_t size)
{
    struct user_device *user = user_device(device);
    struct user_connection *connection = &user->connection;
    if (!size || iova + (size - 1) < iova)
        return -EINVAL;
    for (unsigned removed = 0;; removed++) {
        pthread_mutex_lock(&connection->lock);
        unsigned place = user_dma_find(&connection->dma, iova, size);
        struct vfio_dma map = { 0 };
        if (place < connection->dma.count)
            map = connection->dma.maps[place];
        pthread_mutex_unlock(&connection->lock);
        if (!map.size)
            return removed ? 0 : -ENOENT;
        if (map.iova < iova || !range_inside(map.iova - iova, map.size, size))
            return -EINVAL;
        int status = send_dma_unmap(user, map.iova, map.size);
        /* The memory is the caller's to free either way: forget it. */
        user_connection_remove_memory(connection, map.iova);
        if (status < 0)
            return status;
    }
}

static int user_watch(struct vfio_device *device, struct event_loop *loop,
                      void (*gone)(void *opaque), void *opaque)
{
    return user_connection_watch(&user_device(device)->connection, loop, gone, opaque);
}

static void user_close(struct vfio_device *device)
{
    struct user_device *user = user_device(device);
    if (user->connected)
        user_connection_close(&user->connection);
    for (unsigned i = 0; i < VFIO_MAX_REGIONS; i++) {
        if (user->region_fds[i] >= 0)
            close(user->region_fds[i]);
    }
    vfio_device_finish(device);
    free(user);
}

static const struct vfio_backend user_backend = {
    .read = user_read,
    .write = user_write,
    .map = user_map,
    .set_irqs = user_set_irqs,
    .reset = user_reset,
    .dma_map = user_dma_map,
    .dma_unmap = user_dma_unmap,
    .watch = user_watch,
    .close = user_close,
};

/* A file too short for what is mapped from it would kill the process on access. */
static int check_region_file(struct user_device *user, unsigned index,
                             struct error *err)
{
    struct vfio_device *device = &user->base;
    struct vfio_region *region = &device->regions[index];
    struct stat stat;
    if (!(region->flags & VFIO_REGION_MAPPABLE))
        return 0;
    if (user->region_fds[index] < 0) {
        region->flags &= ~VFIO_REGION_MAPPABLE;
        region->area_count = 0;
        return 0;
    }
    if (fstat(user->region_fds[index], &stat) < 0)
        return error_system(err, -errno, "%s: the file of region %u", device->name,
                            index);
    for (unsigned i = 0; i < region->area_count && S_ISREG(stat.st_mode); i++) {
        uint64_t end = device->map_offsets[index] + region->areas[i].offset +
                       region->areas[i].size;
        if (end > (uint64_t)stat.st_size)
            return error_set(err, ERROR_SYSTEM, -EPROTO,
                             "%s: the file of region %u has 0x%" PRIx64
                             " bytes, its mappable area %u ends at 0x%" PRIx64,
                             device->name, index, (uint64_t)stat.st_size, i, end);
    }
    return 0;
}

/*
 * Ask for a region's info with room for `capacity` bytes of it. *needed: what the
 * server would have sent. 0, or a negative errno with err set.
 */
static int ask_region(struct user_device *user, unsigned index, void *info,
                      uint32_t capacity, size_t *size, uint32_t *needed,
                      struct error *err)
{
    struct vfio_user_region_info request = { .argsz = capacity, .index = index };
    struct user_call call = {
        .command = VFIO_USER_DEVICE_GET_REGION_INFO,
        .head = &request,
        .head_size = sizeof(request),
        .reply = info,
        .reply_size = sizeof(request),
        .reply_data = (char *)info + sizeof(request),
        .reply_data_capacity = capacity - sizeof(request),
        .reply_fd = &user->region_fds[index],
    };
    int status = user_connection_call(&user->connection, &call, err);
    *size = sizeof(request) + call.reply_data_size;
    *needed = status ? 0 : load32(info);
    return status;
}

static int read_region(struct user_device *user, unsigned index, struct error *err)
{
    struct vfio_device *device = &user->base;
    unsigned left_out = 0;
    uint32_t needed;
    size_t size;
    char *info = malloc(INFO_SIZE);
    if (!info)
        return error_system(err, -ENOMEM, "%s", device->name);
    int status = ask_region(user, index, info, INFO_SIZE, &size, &needed, err);
    if (!status && needed > INFO_SIZE) {
        free(info);
        if (user->region_fds[index] >= 0)
            close(user->region_fds[index]);
        user->region_fds[index] = -1;
        if (needed > INFO_MAX)
            return error_set(err, ERROR_SYSTEM, -EPROTO,
                             "%s: the info of region %u has %u bytes, at most %u are "
                             "taken",
                             device->name, index, needed, INFO_MAX);
        info = malloc(needed);
        if (!info)
            return error_system(err, -ENOMEM, "%s", device->name);
        status = ask_region(user, index, info, needed, &size, &needed, err);
    }
    if (!status) {
        status = region_from_info(info, size, index, &device->regions[index],
                                  &device->map_offsets[index], &left_out, err);
        if (status < 0)
            error_prefix(err, "%s", device->name);
    }
    free(info);
    if (left_out)
        log_warning(device->name,
                    "region %u: %u mappable areas too many, they are slower", index,
                    left_out);
    return status < 0 ? status : check_region_file(user, index, err);
}

static int read_irq(struct user_device *user, unsigned index, struct error *err)
{
    struct vfio_device *device = &user->base;
    struct vfio_user_irq_info info = { .argsz = sizeof(info), .index = index }, reply;
    struct user_call call = {
        .command = VFIO_USER_DEVICE_GET_IRQ_INFO,
        .head = &info,
        .head_size = sizeof(info),
        .reply = &reply,
        .reply_size = sizeof(reply),
    };
    int status = user_connection_call(&user->connection, &call, err);
    if (status < 0)
        return status;
    if (reply.index != index || reply.count > MAX_VECTORS)
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "%s: interrupt index %u: the server says index %u with %u "
                         "vectors, at most %u are possible",
                         device->name, index, reply.index, reply.count, MAX_VECTORS);
    device->irq_counts[index] = reply.flags & VFIO_IRQ_INFO_EVENTFD ? reply.count : 0;
    device->irq_flags[index] = reply.flags;
    return 0;
}

static int read_facts(struct user_device *user, struct error *err)
{
    struct vfio_device *device = &user->base;
    struct vfio_user_device_info info = { .argsz = sizeof(info) }, reply;
    struct user_call call = {
        .command = VFIO_USER_DEVICE_GET_INFO,
        .head = &info,
        .head_size = sizeof(info),
        .reply = &reply,
        .reply_size = sizeof(reply),
    };
    int status = user_connection_call(&user->connection, &call, err);
    if (status < 0)
        return status;
    if (!(reply.flags & VFIO_DEVICE_FLAGS_PCI) ||
        reply.region_count <= VFIO_REGION_CONFIG ||
        reply.region_count > VFIO_MAX_REGIONS)
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "%s: the server has no PCI device with %u to %u regions "
                         "(flags 0x%x, %u regions)",
                         device->name, VFIO_REGION_CONFIG + 1, VFIO_MAX_REGIONS,
                         reply.flags, reply.region_count);
    device->can_reset = reply.flags & VFIO_DEVICE_FLAGS_RESET;
    device->region_count = reply.region_count;
    for (unsigned i = 0; i < reply.region_count && !status; i++)
        status = read_region(user, i, err);
    for (unsigned i = 0; i < reply.irq_count && i < VFIO_MAX_IRQ_INDEXES && !status;
         i++)
        status = read_irq(user, i, err);
    return status;
}

struct vfio_device *vfio_user_open_socket(int socket, const char *path, int timeout_ms,
                                          struct error *err)
{
    struct user_device *user = calloc(1, sizeof(*user));
    if (!user) {
        close(socket);
        error_system(err, -ENOMEM, "vfio-user:%s", path);
        return NULL;
    }
    struct vfio_device *device = &user->base;
    vfio_device_init(device, &user_backend);
    device->served_by = "vfio-user";
    snprintf(device->backend_text, sizeof(device->backend_text), "vfio-user");
    for (unsigned i = 0; i < VFIO_MAX_REGIONS; i++) {
        user->region_fds[i] = -1;
        device->regions[i].index = i;
    }
    snprintf(device->name, sizeof(device->name), "vfio-user:%s", path);
    int status = user_connection_open(&user->connection, socket, device->name,
                                      timeout_ms, &device->counters.messages, err);
    user->connected = !status;
    if (!status)
        status = read_facts(user, err);
    if (status < 0) {
        user_close(device);
        return NULL;
    }
    return device;
}

struct vfio_device *vfio_user_open(const char *path, struct error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (!*path || strlen(path) >= sizeof(address.sun_path)) {
        error_set(err, ERROR_INPUT, -EINVAL,
                  "vfio-user:%.200s: the socket's path must have 1 to %zu bytes", path,
                  sizeof(address.sun_path) - 1);
        return NULL;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    /* Not blocking: a listener with a full queue would hold connect for ever. */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        error_system(err, -errno, "vfio-user:%s", path);
        return NULL;
    }
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
        int code = -errno;
        close(fd);
        if (code == -ENOENT || code == -ECONNREFUSED)
            error_set(err, ERROR_IMPOSSIBLE, code,
                      "vfio-user:%s: %s: start the device's server first", path,
                      code == -ENOENT ? "there is no such socket"
                                      : "nobody listens on this socket");
        else
            error_system(err, code, "vfio-user:%s", path);
        return NULL;
    }
    return vfio_user_open_socket(fd, path, USER_TIMEOUT_MS, err);
}
