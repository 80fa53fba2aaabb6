/* dma_file.c: the files behind a client's DMA ranges. */
#include "model/dma_file.h"

#include "base/bytes.h" /* range checks */

#include <errno.h>       /* EFAULT */
#include <fcntl.h>       /* seals */
#include <linux/magic.h> /* file system types */
#include <stdbool.h>     /* bool */
#include <stdlib.h>      /* calloc */
#include <sys/mman.h>    /* mmap */
#include <sys/stat.h>    /* fstat */
#include <sys/vfs.h>     /* fstatfs */
#include <unistd.h>      /* pread */

struct dma_file {
    int fd;
    dev_t device;
    ino_t inode;
    uint64_t references;
    /*
     * A file sealed against shrinking is mapped, whole and on first use. Any other is
     * read and written by system calls, for touching a page that was cut off kills.
     */
    uint8_t *mapped;
    uint64_t mapped_size;
    struct dma_file *next;
};

/* Only memory: a read of it neither blocks nor has other effects. */
static bool usable(int fd, struct stat *facts)
{
    struct statfs system;
    if (fstat(fd, facts) < 0 || !S_ISREG(facts->st_mode) || fstatfs(fd, &system) < 0)
        return false;
    return system.f_type == TMPFS_MAGIC || system.f_type == HUGETLBFS_MAGIC;
}

static void map_if_sealed(struct dma_file *file, uint64_t size)
{
    int seals = fcntl(file->fd, F_GET_SEALS);
    if (seals < 0 || !(seals & F_SEAL_SHRINK) || size == 0)
        return;
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
    if (at == MAP_FAILED)
        return;
    file->mapped = at;
    file->mapped_size = size;
}

struct dma_file *dma_file_get(struct dma_files *files, int fd)
{
    struct stat facts;
    if (!usable(fd, &facts)) {
        close(fd);
        return NULL;
    }
    for (struct dma_file *file = files->first; file; file = file->next) {
        if (file->device == facts.st_dev && file->inode == facts.st_ino) {
            close(fd);
            file->references++;
            return file;
        }
    }
    struct dma_file *file =
        files->count < DMA_FILES_MAX ? calloc(1, sizeof(*file)) : NULL;
    if (!file) {
        close(fd);
        return NULL;
    }
    file->fd = fd;
    file->device = facts.st_dev;
    file->inode = facts.st_ino;
    file->references = 1;
    map_if_sealed(file, (uint64_t)facts.st_size);
    file->next = files->first;
    files->first = file;
    files->count++;
    return file;
}

void dma_file_put(struct dma_files *files, struct dma_file *file)
{
    if (!file || --file->references)
        return;
    struct dma_file **link = &files->first;
    while (*link != file)
        link = &(*link)->next;
    *link = file->next;
    files->count--;
    if (file->mapped)
        munmap(file->mapped, file->mapped_size);
    close(file->fd);
    free(file);
}

int dma_file_read(const struct dma_file *file, uint64_t offset, void *data, size_t size)
{
    if (range_inside(offset, size, file->mapped_size)) {
        memcpy(data, file->mapped + offset, size);
        return 0;
    }
    if (!range_inside(offset, size, INT64_MAX))
        return -EFAULT;
    uint8_t *to = data;
    while (size) {
        ssize_t got = pread(file->fd, to, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return -EFAULT;
        to += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return 0;
}

/* Does the file reach that far now? Writing past its end would make it grow. */
static bool reaches(const struct dma_file *file, uint64_t offset, size_t size)
{
    struct stat facts;
    return fstat(file->fd, &facts) == 0 && facts.st_size >= 0 &&
           range_inside(offset, size, (uint64_t)facts.st_size);
}

int dma_file_write(const struct dma_file *file, uint64_t offset, const void *data,
                   size_t size)
{
    if (range_inside(offset, size, file->mapped_size)) {
        memcpy(file->mapped + offset, data, size);
        return 0;
    }
    if (!reaches(file, offset, size))
        return -EFAULT;
    const uint8_t *from = data;
    while (size) {
        ssize_t put = pwrite(file->fd, from, size, (off_t)offset);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return -EFAULT;
        from += put;
        offset += (uint64_t)put;
        size -= (size_t)put;
    }
    return 0;
}
