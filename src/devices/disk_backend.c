/* disk_backend.c: a vhost-user-blk server that has a disk in place of a file of ours.
 */
#include "devices/disk_backend.h"

#include "base/bytes.h"                /* loads */
#include "base/error.h"                /* errors */
#include "devices/disk_file.h"         /* what is known of the disk */
#include "devices/guest_memory.h"      /* RAM to share */
#include "devices/vhost_user.h"        /* messages */
#include "devices/virtio_blk_config.h" /* features, the configuration's layout */
#include "devices/virtio_pci.h"        /* features of rings */

#include <stdio.h>       /* snprintf */
#include <sys/eventfd.h> /* kick, call */
#include <sys/mman.h>    /* memfd_create */
#include <unistd.h>      /* close */

#define NAME_SPACE 512
#define BLOCK_MAX  4096

#define PATIENCE_MS 10000

static int make_shared(struct disk_backend *backend, struct vhost_user_region *region,
                       struct error *err)
{
    size_t size = round_up(sizeof(*backend->shared), 4096);
    int fd = memfd_create("disk-ring", MFD_CLOEXEC);
    void *memory = MAP_FAILED;
    if (fd >= 0 && ftruncate(fd, (off_t)size) == 0)
        memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    *region = (struct vhost_user_region){ .host = memory, .size = size, .fd = fd };
    if (memory == MAP_FAILED)
        return error_system(err, -errno, "disk: memory to share");
    backend->shared = memory;
    backend->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    backend->call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (backend->kick < 0 || backend->call < 0)
        return error_system(err, -errno, "disk: eventfd");
    return 0;
}

static int share_ram(const struct guest_memory *ram, struct vhost_user_region *regions,
                     unsigned *count, struct error *err)
{
    for (unsigned i = 0; i < ram->count; i++) {
        const struct guest_memory_block *block = &ram->blocks[i];
        if (block->fd < 0 || *count >= VHOST_USER_REGIONS_MAX)
            return error_set(err, ERROR_SYSTEM, -EINVAL,
                             "disk: guest RAM cannot be shared");
        regions[(*count)++] = (struct vhost_user_region){ .host = block->host,
                                                          .size = block->size,
                                                          .fd = block->fd,
                                                          .offset = block->offset };
    }
    return 0;
}

/* What the server tells, as far as it makes sense; the rest is left out. */
static int describe(const uint8_t *config, uint64_t features, const char *who,
                    struct disk_file *file, struct error *err)
{
    uint64_t sectors = load64(config + BLK_CONFIG_CAPACITY);
    uint32_t block = load32(config + BLK_CONFIG_BLK_SIZE);
    unsigned exponent = config[BLK_CONFIG_PHYSICAL_EXP];

    if (sectors == 0 || sectors > INT64_MAX / BLK_SECTOR)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%s: a disk of %llu sectors: expected at least one", who,
                         (unsigned long long)sectors);
    *file = (struct disk_file){ .kind = DISK_ON_SERVER,
                                .fd = -1,
                                .no_discard = !(features & BLK_F_DISCARD),
                                .no_zero = !(features & BLK_F_WRITE_ZEROES),
                                .read_only = features & BLK_F_RO,
                                .size = sectors * BLK_SECTOR,
                                .block_size = BLK_SECTOR };
    if ((features & BLK_F_BLK_SIZE) && is_power_of_two(block) && block >= BLK_SECTOR &&
        block <= BLOCK_MAX)
        file->block_size = block;
    file->physical_size = file->block_size;
    if ((features & BLK_F_TOPOLOGY) && exponent < 8) {
        file->physical_size = file->block_size << exponent;
        file->least = load16(config + BLK_CONFIG_MIN_IO) * file->block_size;
    }
    file->size = round_down(file->size, file->block_size);
    return 0;
}

static int connect_server(struct disk_backend *backend,
                          const struct disk_backend_options *options, const char *who,
                          struct error *err)
{
    if (!options->socket)
        return storage_daemon_start(&backend->daemon, &options->image, err);
    int fd = vhost_user_connect(options->socket, who, err);
    backend->daemon.socket = fd;
    return fd < 0 ? fd : 0;
}

#define WANTED                                                                       \
    (TRANSPORT_F_VERSION_1 | TRANSPORT_F_INDIRECT_DESC | BLK_F_RO | BLK_F_BLK_SIZE | \
     BLK_F_FLUSH | BLK_F_TOPOLOGY | BLK_F_DISCARD | BLK_F_WRITE_ZEROES)
#define NEEDED (TRANSPORT_F_VERSION_1 | TRANSPORT_F_INDIRECT_DESC | BLK_F_FLUSH)

/* From the first message to the running queue. */
static int start(struct disk_backend *backend, const char *who,
                 const struct guest_memory *ram, struct vhost_user_region *regions,
                 struct disk_file *file, struct error *err)
{
    uint8_t config[BLK_CONFIG_SIZE];
    struct disk_shared *shared = backend->shared;
    unsigned count = 1;
    uint64_t features = 0;
    int fd = backend->daemon.socket;

    int result = vhost_user_begin(fd, who, &features, err);
    if (result == 0 && (features & NEEDED) != NEEDED)
        result = error_set(err, ERROR_INPUT, -EPROTO,
                           "%s: features 0x%llx: expected a disk of virtio 1 that can "
                           "flush and takes indirect descriptors",
                           who, (unsigned long long)features);
    if (result == 0)
        result = vhost_user_get_config(fd, who, config, sizeof(config), err);
    if (result == 0)
        result = describe(config, features, who, file, err);
    if (result == 0)
        result = share_ram(ram, regions, &count, err);
    struct vhost_user_queue queue = { .size = DISK_BACKEND_SLOTS,
                                      .descriptors = shared->descriptors,
                                      .available = &shared->available,
                                      .used = &shared->used,
                                      .kick = backend->kick,
                                      .call = backend->call };
    if (result == 0)
        result =
            vhost_user_start(fd, who, features & WANTED, regions, count, &queue, err);
    file->backend = backend;
    return result;
}

static const struct disk_backend closed = {
    .kick = -1, .call = -1, .patience_ms = PATIENCE_MS, .daemon = STORAGE_DAEMON_NONE
};

/* With the socket connected: share memory and start. */
static int begin(struct disk_backend *backend, const char *who,
                 const struct guest_memory *ram, struct disk_file *file,
                 struct error *err)
{
    struct vhost_user_region regions[VHOST_USER_REGIONS_MAX];
    int result = make_shared(backend, &regions[0], err);
    if (result == 0)
        result = start(backend, who, ram, regions, file, err);
    if (regions[0].fd >= 0)
        close(regions[0].fd);
    return result;
}

int disk_backend_attach(struct disk_backend *backend, int socket, const char *who,
                        const struct guest_memory *ram, struct disk_file *file,
                        struct error *err)
{
    *backend = closed;
    backend->daemon.socket = socket;
    int result = begin(backend, who, ram, file, err);
    if (result < 0)
        disk_backend_close(backend);
    return result;
}

int disk_backend_open(struct disk_backend *backend,
                      const struct disk_backend_options *options,
                      const struct guest_memory *ram, struct disk_file *file,
                      struct error *err)
{
    char who[NAME_SPACE];

    *backend = closed;
    snprintf(who, sizeof(who), "disk %s",
             options->socket ? options->socket : options->image.path);
    int result = connect_server(backend, options, who, err);
    if (result < 0)
        return result;
    result = begin(backend, who, ram, file, err);
    if (result < 0 && !options->socket)
        result = storage_daemon_failed(&backend->daemon, options->image.path, err);
    if (result < 0)
        disk_backend_close(backend);
    return result;
}

void disk_backend_close(struct disk_backend *backend)
{
    storage_daemon_stop(&backend->daemon);
    if (backend->shared)
        munmap(backend->shared, round_up(sizeof(*backend->shared), 4096));
    if (backend->kick >= 0)
        close(backend->kick);
    if (backend->call >= 0)
        close(backend->call);
    *backend = closed;
}
