/* gem.c: buffer objects, engines and batches through the i915 driver's interface. */
#include "gem.h"
#include "card.h"

#include <errno.h>    /* errno */
#include <stdio.h>    /* names */
#include <stdlib.h>   /* calloc */
#include <string.h>   /* memset */
#include <sys/mman.h> /* mmap */

#define MI_BATCH_BUFFER_END (0x0a << 23)
#define MI_STORE_DWORD_IMM  (0x20 << 23)
#define PLACE               (64u << 20) /* bytes from one object's place to the next */

struct object gem_create(int fd, uint64_t size)
{
    struct drm_i915_gem_create create = { .size = size };

    if (drm_ioctl(fd, DRM_IOCTL_I915_GEM_CREATE, &create) < 0)
        fail("buffer object");
    struct drm_i915_gem_mmap_offset map = { .handle = create.handle,
                                            .flags = I915_MMAP_OFFSET_WB };
    if (drm_ioctl(fd, DRM_IOCTL_I915_GEM_MMAP_OFFSET, &map) < 0)
        fail("buffer object's place");
    struct object object = { .handle = create.handle, .size = create.size };
    object.dwords = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                         (off_t)map.offset);
    if (object.dwords == MAP_FAILED)
        fail("buffer object's mapping");
    struct drm_i915_gem_set_domain domain = { .handle = create.handle,
                                              .read_domains = I915_GEM_DOMAIN_CPU,
                                              .write_domain = I915_GEM_DOMAIN_CPU };
    if (drm_ioctl(fd, DRM_IOCTL_I915_GEM_SET_DOMAIN, &domain) < 0)
        fail("buffer object's domain");
    memset(object.dwords, 0, object.size);
    return object;
}

void gem_free(int fd, struct object *object)
{
    struct drm_gem_close close_it = { .handle = object->handle };

    munmap(object->dwords, object->size);
    drm_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &close_it);
}

/*
 * The generation by the high byte of the PCI device id: the ids of each are in
 * linux/include/drm/i915_pciids.h.
 */
unsigned gem_generation(int fd)
{
    static const struct {
        uint8_t high, generation;
    } ids[] = {
        { 0x01, 7 },  { 0x04, 7 },  { 0x0a, 7 },  { 0x0c, 7 },  { 0x0d, 7 },
        { 0x0f, 7 },  { 0x16, 8 },  { 0x22, 8 },  { 0x19, 9 },  { 0x59, 9 },
        { 0x3e, 9 },  { 0x9b, 9 },  { 0x87, 9 },  { 0x5a, 9 },  { 0x31, 9 },
        { 0x8a, 11 }, { 0x4e, 11 }, { 0x45, 11 }, { 0x9a, 12 }, { 0x4c, 12 },
        { 0x46, 12 }, { 0xa7, 12 },
    };
    int chip = 0;
    struct drm_i915_getparam get = { .param = I915_PARAM_CHIPSET_ID, .value = &chip };

    if (drm_ioctl(fd, DRM_IOCTL_I915_GETPARAM, &get) < 0)
        fail("device id");
    for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (ids[i].high == (chip >> 8 & 0xff))
            return ids[i].generation;
    }
    errno = ENODEV;
    fail("generation of this device id");
}

static uint64_t engine_flags(uint16_t class, uint16_t instance)
{
    switch (class) {
    case I915_ENGINE_CLASS_RENDER:
        return I915_EXEC_RENDER;
    case I915_ENGINE_CLASS_COPY:
        return I915_EXEC_BLT;
    case I915_ENGINE_CLASS_VIDEO_ENHANCE:
        return I915_EXEC_VEBOX;
    case I915_ENGINE_CLASS_VIDEO:
        return I915_EXEC_BSD | (instance ? I915_EXEC_BSD_RING2 : I915_EXEC_BSD_RING1);
    default:
        return 0;
    }
}

unsigned gem_engines(int fd, struct engine *engines)
{
    static const char *const names[] = { "rcs", "bcs", "vcs", "vecs" };
    struct drm_i915_query_item item = { .query_id = DRM_I915_QUERY_ENGINE_INFO };
    struct drm_i915_query query = { .num_items = 1, .items_ptr = (uintptr_t)&item };
    unsigned count = 0;

    if (drm_ioctl(fd, DRM_IOCTL_I915_QUERY, &query) < 0 || item.length <= 0)
        fail("engines");
    struct drm_i915_query_engine_info *info = calloc(1, (size_t)item.length);
    if (!info)
        fail("engines");
    item.data_ptr = (uintptr_t)info;
    if (drm_ioctl(fd, DRM_IOCTL_I915_QUERY, &query) < 0)
        fail("engines");
    for (unsigned i = 0; i < info->num_engines && count < MAX_ENGINES; i++) {
        uint16_t class = info->engines[i].engine.engine_class;
        uint16_t instance = info->engines[i].engine.engine_instance;
        struct engine *engine = &engines[count];

        if (class >= sizeof(names) / sizeof(names[0]))
            continue;
        *engine = (struct engine){ .class = class, .instance = instance };
        engine->flags = engine_flags(class, instance);
        snprintf(engine->name, sizeof(engine->name), "%s%u", names[class], instance);
        count++;
    }
    free(info);
    return count;
}

uint32_t gem_context(int fd)
{
    struct drm_i915_gem_context_create create = { 0 };

    return drm_ioctl(fd, DRM_IOCTL_I915_GEM_CONTEXT_CREATE, &create) < 0
               ? 0
               : create.ctx_id;
}

void gem_context_free(int fd, uint32_t context)
{
    struct drm_i915_gem_context_destroy destroy = { .ctx_id = context };

    drm_ioctl(fd, DRM_IOCTL_I915_GEM_CONTEXT_DESTROY, &destroy);
}

void batch_begin(int fd, struct batch *batch)
{
    *batch = (struct batch){ .object = gem_create(fd, 4096) };
}

void batch_emit(struct batch *batch, uint32_t dword)
{
    if (batch->used < batch->object.size / 4)
        batch->object.dwords[batch->used++] = dword;
}

static unsigned target_index(struct batch *batch, struct object *target)
{
    for (unsigned i = 0; i < batch->target_count; i++) {
        if (batch->targets[i] == target)
            return i;
    }
    batch->targets[batch->target_count] = target;
    return batch->target_count++;
}

/* Each object has a place of its own, below 4 GiB; batches are small and few. */
static uint64_t pinned_at(const struct object *object)
{
    return (uint64_t)(object->handle % 63 + 1) * PLACE;
}

/* From Gen8 on each client has an address space, and Alder Lake's driver relocates
 * nothing in it: addresses are chosen here. Before that they are the driver's. */
void batch_address(struct batch *batch, unsigned generation, struct object *target,
                   uint32_t offset, bool write)
{
    batch->pinned = generation >= 8;
    if (batch->pinned) {
        if (target != &batch->object)
            target_index(batch, target);
        batch_emit(batch, (uint32_t)pinned_at(target) + offset);
        batch_emit(batch, 0);
        return;
    }
    uint32_t handle =
        target == &batch->object ? UINT32_MAX : target_index(batch, target);

    batch->relocations[batch->relocation_count++] =
        (struct drm_i915_gem_relocation_entry){
            .target_handle = handle,
            .delta = offset,
            .offset = (uint64_t)batch->used * 4,
            .presumed_offset = UINT64_MAX,
            .read_domains = I915_GEM_DOMAIN_RENDER,
            .write_domain = write ? I915_GEM_DOMAIN_RENDER : 0,
        };
    batch_emit(batch, offset);
}

void batch_store(struct batch *batch, unsigned generation, struct object *target,
                 uint32_t offset, uint32_t value)
{
    batch_emit(batch, MI_STORE_DWORD_IMM | 2);
    if (generation < 8)
        batch_emit(batch, 0);
    batch_address(batch, generation, target, offset, true);
    batch_emit(batch, value);
}

int batch_submit(int fd, struct batch *batch, const struct engine *engine,
                 uint32_t context)
{
    struct drm_i915_gem_exec_object2 objects[5] = { 0 };
    unsigned count = batch->target_count;

    batch_emit(batch, MI_BATCH_BUFFER_END);
    if (batch->used & 1)
        batch_emit(batch, 0);
    for (unsigned i = 0; i < count; i++)
        objects[i].handle = batch->targets[i]->handle;
    objects[count].handle = batch->object.handle;
    objects[count].relocation_count = batch->relocation_count;
    objects[count].relocs_ptr = (uintptr_t)batch->relocations;
    for (unsigned i = 0; i <= count && batch->pinned; i++) {
        struct object *object = i < count ? batch->targets[i] : &batch->object;
        objects[i].offset = pinned_at(object);
        objects[i].flags = EXEC_OBJECT_PINNED | (i < count ? EXEC_OBJECT_WRITE : 0);
    }
    for (unsigned i = 0; i < batch->relocation_count; i++) {
        if (batch->relocations[i].target_handle == UINT32_MAX)
            batch->relocations[i].target_handle = count;
    }
    struct drm_i915_gem_execbuffer2 submit = {
        .buffers_ptr = (uintptr_t)objects,
        .buffer_count = count + 1,
        .batch_len = batch->used * 4,
        .flags = engine->flags | I915_EXEC_HANDLE_LUT,
        .rsvd1 = context,
    };
    return drm_ioctl(fd, DRM_IOCTL_I915_GEM_EXECBUFFER2, &submit) < 0 ? -errno : 0;
}

int gem_wait(int fd, const struct object *object)
{
    struct drm_i915_gem_wait wait = { .bo_handle = object->handle,
                                      .timeout_ns = GEM_WAIT_NS };

    return drm_ioctl(fd, DRM_IOCTL_I915_GEM_WAIT, &wait) < 0 ? -errno : 0;
}
