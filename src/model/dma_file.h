/* dma_file.h: the files a client's DMA ranges lie in, each held once. */
#ifndef MODEL_DMA_FILE_H
#define MODEL_DMA_FILE_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* offsets */

struct dma_file;

/* All files of one client. Start with zeros. */
struct dma_files {
    struct dma_file *first;
    unsigned count;
};

/* More than any client has memory backends; each costs one descriptor. */
#define DMA_FILES_MAX 64

/*
 * Take fd over: the file it names, with one more reference. Every range of a client
 * comes with a descriptor of its own for the same few files, so a file that is known
 * keeps its first descriptor and this one is closed. NULL, and fd closed, when it
 * cannot be used: no memory file (tmpfs, hugetlbfs), or too many files.
 */
struct dma_file *dma_file_get(struct dma_files *files, int fd);
void dma_file_put(struct dma_files *files, struct dma_file *file);

/*
 * Copy; 0, or -EFAULT when the file has no such bytes. A client that cuts its file off
 * can do no more than make this fail.
 */
int dma_file_read(const struct dma_file *file, uint64_t offset, void *data,
                  size_t size);
int dma_file_write(const struct dma_file *file, uint64_t offset, const void *data,
                   size_t size);

#endif
