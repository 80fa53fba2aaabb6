/* gem.h: buffer objects and batches of the i915 driver. */
#ifndef DRM_PROGRAM_GEM_H
#define DRM_PROGRAM_GEM_H

#include <libdrm/i915_drm.h> /* the interface */
#include <stdbool.h>         /* bool */
#include <stdint.h>          /* dwords */

#define MAX_ENGINES     16
#define MAX_RELOCATIONS 16
#define GEM_WAIT_NS     (60LL * 1000000000)

struct object {
    uint32_t handle;
    uint64_t size;
    uint32_t *dwords;
};

/* An engine as uapi names it, and the flags of execbuffer that choose it. */
struct engine {
    char name[16];
    uint16_t class, instance;
    uint64_t flags;
};

/* A batch in the making; its object comes after those it refers to. */
struct batch {
    struct object object;
    uint32_t used;
    struct object *targets[4];
    unsigned target_count;
    struct drm_i915_gem_relocation_entry relocations[MAX_RELOCATIONS];
    unsigned relocation_count;
    bool pinned; /* addresses are chosen here, not the driver's */
};

struct object gem_create(int fd, uint64_t size);
void gem_free(int fd, struct object *object);
/* Generation of the GPU by its PCI id: 7 Haswell, 8 Broadwell, 9, 11, 12. */
unsigned gem_generation(int fd);
unsigned gem_engines(int fd, struct engine *engines);
uint32_t gem_context(int fd);
void gem_context_free(int fd, uint32_t context);

void batch_begin(int fd, struct batch *batch);
void batch_emit(struct batch *batch, uint32_t dword);
/* An address of target + offset: one dword on Gen7, two from Gen8 on. */
void batch_address(struct batch *batch, unsigned generation, struct object *target,
                   uint32_t offset, bool write);
/* Append the end and submit; 0 or a negative errno. */
int batch_submit(int fd, struct batch *batch, const struct engine *engine,
                 uint32_t context);
/* Wait until the object is idle; 0 or a negative errno (-ETIME). */
int gem_wait(int fd, const struct object *object);
/* MI_STORE_DWORD_IMM to target + offset. */
void batch_store(struct batch *batch, unsigned generation, struct object *target,
                 uint32_t offset, uint32_t value);

#endif
