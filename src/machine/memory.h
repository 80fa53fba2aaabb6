/* memory.h: the memory map of the PC: RAM blocks, the firmware image, PAM. */
#ifndef MACHINE_MEMORY_H
#define MACHINE_MEMORY_H

#include "devices/guest_memory.h" /* struct guest_memory */
#include "devices/i440fx.h"       /* PAM modes */

#include <stdbool.h> /* bool */

struct error;
struct kvm;

struct memory_layout {
    uint64_t size;        /* guest RAM, bytes, a multiple of 1 MiB */
    uint64_t low_top;     /* RAM below 4 GiB ends here at the latest */
    uint64_t stolen_base; /* a block of RAM shall reach from here ... */
    uint64_t stolen_top;  /* ... to here, the top of RAM below 4 GiB; 0: none */
    bool shared;          /* another process gets it, by file descriptor */
    uint64_t page_size;   /* of huge pages: 2 MiB or 1 GiB; 0: as the host likes */
    bool populate;        /* the host gives all of it at once */
};

#define MEMORY_MAX_PIECES 16

/* A slot of the shadow area 0xc0000 to 0xfffff as it is mapped now. */
struct memory_piece {
    uint64_t address, size;
    uint8_t *host;
    int read_only;
};

struct memory {
    struct kvm *kvm;
    struct guest_memory ram;
    uint8_t *mapping;       /* what RAM is in */
    uint64_t mapping_size;  /* bytes */
    uint8_t *firmware;      /* the image; the caller's */
    uint64_t firmware_size; /* bytes, a multiple of 64 KiB */
    unsigned piece_count;
    struct memory_piece pieces[MEMORY_MAX_PIECES];
};

/*
 * Allocate RAM as laid out, map it and the firmware (below 4 GiB; its last 128 KiB
 * also below 1 MiB, by PAM). The image is page aligned and outlives the memory.
 * 0 or a negative errno with err.
 */
int memory_init(struct memory *memory, struct kvm *kvm,
                const struct memory_layout *layout, void *firmware,
                uint64_t firmware_size, struct error *err);
void memory_free(struct memory *memory);

/* pam_handler of the host bridge; opaque is the struct memory. */
void memory_set_pam(void *opaque, const uint8_t modes[PAM_SEGMENTS]);

/* End of RAM below 4 GiB: where the PCI hole can start. */
uint64_t memory_low_end(const struct memory *memory);

/* RAM above 4 GiB, bytes. */
uint64_t memory_high_size(const struct memory *memory);

#endif
