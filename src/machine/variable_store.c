/* variable_store.c: the variables of UEFI firmware, from and to their file. */
#include "machine/variable_store.h"

#include "base/bytes.h"        /* loads, MIB */
#include "base/error.h"        /* error_set */
#include "base/log.h"          /* a file that cannot be written */
#include "devices/disk_lock.h" /* two machines with one file */

#include <fcntl.h>    /* open */
#include <string.h>   /* memcpy */
#include <sys/mman.h> /* mmap */
#include <sys/stat.h> /* fstat */
#include <unistd.h>   /* pread */

#define PAGE    4096u
#define LARGEST (4 * MIB)

/* EFI_FIRMWARE_VOLUME_HEADER, and the file system variables are in. */
#define VOLUME_GUID      16
#define VOLUME_LENGTH    32
#define VOLUME_SIGNATURE 40
#define VOLUME_HEADER    56

/* EFI_SYSTEM_NV_DATA_FV_GUID, fff12b8d-7696-4c8b-a985-2747075b4f50. */
static const uint8_t variables_guid[16] = { 0x8d, 0x2b, 0xf1, 0xff, 0x96, 0x76,
                                            0x8b, 0x4c, 0xa9, 0x85, 0x27, 0x47,
                                            0x07, 0x5b, 0x4f, 0x50 };

size_t variable_store_volume(const uint8_t *image, size_t size)
{
    if (size < VOLUME_HEADER || memcmp(image + VOLUME_SIGNATURE, "_FVH", 4) != 0 ||
        memcmp(image + VOLUME_GUID, variables_guid, sizeof(variables_guid)) != 0)
        return 0;
    uint64_t length = load64(image + VOLUME_LENGTH);
    return length && length <= size && length <= LARGEST && length % PAGE == 0
               ? (size_t)length
               : 0;
}

static int allocate(struct variable_store *store, size_t size, struct error *err)
{
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return error_system(err, -errno, "UEFI variables");
    store->bytes = memory;
    store->size = size;
    return 0;
}

/* All of it, or a negative errno. */
static int write_all(int fd, const uint8_t *bytes, size_t size, off_t offset)
{
    while (size) {
        ssize_t done = pwrite(fd, bytes, size, offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done < 0 ? -errno : -EIO;
        bytes += done;
        size -= (size_t)done;
        offset += done;
    }
    return 0;
}

static int read_all(int fd, uint8_t *bytes, size_t size)
{
    size_t have = 0;
    while (have < size) {
        ssize_t got = pread(fd, bytes + have, size - have, (off_t)have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -errno : -EIO;
        have += (size_t)got;
    }
    return 0;
}

/* What a user names may be missing or somebody else's: his to mend. */
static int bad_file(const struct variable_store *store, int code, struct error *err)
{
    error_system(err, code, "UEFI variables %s", store->path);
    if (err)
        err->kind = ERROR_INPUT;
    return code;
}

static int lock(const struct variable_store *store, struct error *err)
{
    int result = disk_lock(store->fd, false);
    if (result == -EBUSY)
        return error_set(err, ERROR_IMPOSSIBLE, result,
                         "UEFI variables %s: in use by another virtual machine",
                         store->path);
    return result < 0 ? bad_file(store, result, err) : 0;
}

/* One that is new: with the initial variables, or not at all. */
static int make_file(struct variable_store *store, const uint8_t *initial, size_t size,
                     struct error *err)
{
    if (!initial)
        return error_set(err, ERROR_INPUT, -ENOENT,
                         "UEFI variables %s: no such file, and the firmware brings "
                         "none to make it of; copy its OVMF_VARS file there",
                         store->path);
    store->fd = open(store->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (store->fd < 0)
        return bad_file(store, -errno, err);
    int result = lock(store, err);
    if (result < 0)
        return result;
    result = write_all(store->fd, initial, size, 0);
    if (result < 0) {
        unlink(store->path);
        return bad_file(store, result, err);
    }
    result = allocate(store, size, err);
    if (result == 0)
        memcpy(store->bytes, initial, size);
    return result;
}

static int check_size(const struct variable_store *store, const struct stat *stat,
                      size_t wanted, struct error *err)
{
    if (!S_ISREG(stat->st_mode))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "UEFI variables %s: not a regular file", store->path);
    uint64_t size = (uint64_t)stat->st_size;
    if (wanted && size != wanted)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "UEFI variables %s: it has %llu bytes, those of this firmware "
                         "have %zu; give another file",
                         store->path, (unsigned long long)size, wanted);
    if (!size || size > LARGEST || size % PAGE)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "UEFI variables %s: it has %llu bytes, expected a multiple of "
                         "4096, 4 MiB at most",
                         store->path, (unsigned long long)size);
    return 0;
}

static int read_file(struct variable_store *store, size_t wanted, struct error *err)
{
    struct stat stat;
    int result = lock(store, err);
    if (result < 0)
        return result;
    if (fstat(store->fd, &stat) < 0)
        return bad_file(store, -errno, err);
    result = check_size(store, &stat, wanted, err);
    if (result == 0)
        result = allocate(store, (size_t)stat.st_size, err);
    if (result < 0)
        return result;
    result = read_all(store->fd, store->bytes, store->size);
    if (result < 0)
        return bad_file(store, result, err);
    if (variable_store_volume(store->bytes, store->size) != store->size)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "UEFI variables %s: it does not begin with the header of a "
                         "volume of variables as long as the file",
                         store->path);
    return 0;
}

int variable_store_open(struct variable_store *store, const char *path,
                        const uint8_t *initial, size_t initial_size, struct error *err)
{
    *store = (struct variable_store){ .fd = -1, .path = path };
    int result;
    if (!path) {
        result = allocate(store, initial_size, err);
        if (result == 0)
            memcpy(store->bytes, initial, initial_size);
    } else {
        store->fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
        if (store->fd >= 0)
            result = read_file(store, initial ? initial_size : 0, err);
        else if (errno == ENOENT)
            result = make_file(store, initial, initial_size, err);
        else
            result = bad_file(store, -errno, err);
    }
    if (result < 0)
        variable_store_close(store);
    return result;
}

void variable_store_close(struct variable_store *store)
{
    if (store->bytes)
        munmap(store->bytes, store->size);
    if (store->path && store->fd >= 0)
        close(store->fd);
    *store = (struct variable_store){ .fd = -1 };
}

void variable_store_written(void *opaque, uint32_t offset, uint32_t size)
{
    struct variable_store *store = opaque;
    if (store->fd < 0)
        return;
    int result = write_all(store->fd, store->bytes + offset, size, offset);
    if (result < 0 && !store->told) {
        log_warning(NULL, "UEFI variables %s: cannot be written, changes are lost: %s",
                    store->path, strerror(-result));
        store->told = true;
    }
}
