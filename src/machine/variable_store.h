/* variable_store.h: the variables of UEFI firmware: a flash chip's bytes, and their
 * file. */
#ifndef MACHINE_VARIABLE_STORE_H
#define MACHINE_VARIABLE_STORE_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* bytes */

struct error;

/* Made by variable_store_open, freed by variable_store_close. */
struct variable_store {
    uint8_t *bytes; /* page aligned; NULL: none */
    size_t size;    /* bytes, a multiple of 4 KiB */
    int fd;         /* of the file; -1: they are lost at the end */
    const char *path;
    bool told; /* that writing failed */
};

/*
 * How many bytes the volume of variables at the start of an image has, by its header
 * (UEFI PI Specification, volume 3: EFI_FIRMWARE_VOLUME_HEADER); 0: there is none.
 */
size_t variable_store_volume(const uint8_t *image, size_t size);

/*
 * path: the file they are kept in, which is locked, or NULL. The initial variables are
 * what a file that is not there is made with, and those without a file; their size,
 * when there are any, is what the file must have. 0, or a negative errno with err.
 */
int variable_store_open(struct variable_store *store, const char *path,
                        const uint8_t *initial, size_t initial_size, struct error *err);
void variable_store_close(struct variable_store *store);

/* These bytes have changed: into the file with them. opaque is the store. */
void variable_store_written(void *opaque, uint32_t offset, uint32_t size);

#endif
