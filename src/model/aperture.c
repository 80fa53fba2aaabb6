/* aperture.c: BAR2, through which the CPU sees graphics memory as the GGTT maps it. */
#include "model/state.h"

#include "base/bytes.h"   /* MIB */
#include "base/error.h"   /* errors */
#include "model/fences.h" /* where the CPU sees an address */
#include "model/gtt.h"    /* translation */
#include "model/traits.h" /* which chips */

#include <fcntl.h>        /* fallocate, seals */
#include <linux/falloc.h> /* FALLOC_FL_PUNCH_HOLE */
#include <stdlib.h>       /* calloc */
#include <sys/mman.h>     /* mmap, memfd_create */
#include <unistd.h>       /* ftruncate */

/*
 * Hardware looks every access up in the GGTT. A vfio-user client either maps BAR2, once
 * and for all, or sends a message an access, which takes 20 microseconds: a driver that
 * clears a framebuffer byte by byte would need a minute. So, unless the exact way is
 * asked for, BAR2 is memory of its own:
 *
 * - A page whose entry points into stolen memory has its content here, since nobody
 * else reaches stolen memory. When the entry changes, the content moves with the page.
 * - Any other page is copied in when its entry is set, and compared with that copy when
 *   the GPU or the display reads it through the GGTT: a byte the CPU changed here wins
 *   over the one in memory, and is put there: the driver has it mapped, or nobody would
 *   read it by this way. The same happens to all pages when the driver says so
 *   (aperture_flush), and to those of a fence that is set or removed. At no other time
 *   is anything written to memory: the driver may have given the page away.
 *
 * Inside a fence the bytes of a page are here where the CPU sees them, in runs.
 *
 * So what the CPU writes through the aperture, the display shows and engines read by
 * GGTT addresses; by other ways it is found only after that, and lost where the driver
 * sets the entry again before (Linux i915 does where a buffer's caching changes: for
 * one that is to be shown). What is written by other ways after the entry was set the
 * CPU does not find. The exact way has no such limits.
 */
struct aperture {
    int fd;
    size_t size;
    uint8_t *bytes;  /* what the client maps */
    uint8_t *copied; /* what bytes were when they were copied in or written back */
    uint64_t *ptes;  /* as last seen */
};

static size_t page_count(const struct model *model)
{
    uint64_t entries = model->gtt_size / model->platform->pte_size;
    uint64_t pages = model->chip->aperture_size / GTT_PAGE;
    return (size_t)(entries < pages ? entries : pages);
}

static void *map(int fd, size_t size)
{
    int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_NORESERVE, fd, 0);
    return at == MAP_FAILED ? NULL : at;
}

int aperture_make(struct model *model, struct error *err)
{
    if (model->options.aperture == MODEL_APERTURE_EXACT || !model_has_iobar(model))
        return 0;
    struct aperture *aperture = calloc(1, sizeof(*aperture));
    if (!aperture)
        return error_system(err, -ENOMEM, "model: aperture");
    model->aperture = aperture;
    aperture->size = model->chip->aperture_size;
    aperture->fd = memfd_create("igdvm-aperture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    /* Sealed, or a client could cut off the pages the model itself reads. */
    if (aperture->fd < 0 || ftruncate(aperture->fd, (off_t)aperture->size) < 0 ||
        fcntl(aperture->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
        return error_system(err, -errno, "model: memory for the aperture (%zu bytes)",
                            aperture->size);
    aperture->bytes = map(aperture->fd, aperture->size);
    aperture->copied = map(-1, aperture->size);
    aperture->ptes = calloc(page_count(model), sizeof(*aperture->ptes));
    if (!aperture->bytes || !aperture->copied || !aperture->ptes)
        return error_system(err, -ENOMEM, "model: memory for the aperture (%zu bytes)",
                            aperture->size);
    return 0;
}

void aperture_free(struct model *model)
{
    struct aperture *aperture = model->aperture;
    if (!aperture)
        return;
    if (aperture->bytes)
        munmap(aperture->bytes, aperture->size);
    if (aperture->copied)
        munmap(aperture->copied, aperture->size);
    if (aperture->fd >= 0)
        close(aperture->fd);
    free(aperture->ptes);
    free(aperture);
    model->aperture = NULL;
}

int aperture_fd(const struct model *model)
{
    return model->aperture ? model->aperture->fd : -1;
}

void aperture_reset(struct model *model)
{
    struct aperture *aperture = model->aperture;
    if (!aperture)
        return;
    int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    if (fallocate(aperture->fd, mode, 0, (off_t)aperture->size) < 0)
        memset(aperture->bytes, 0, aperture->size);
    /* Private anonymous pages come back as zeros. */
    madvise(aperture->copied, aperture->size, MADV_DONTNEED);
    memset(aperture->ptes, 0, page_count(model) * sizeof(*aperture->ptes));
}

static uint64_t load_pte(const struct model *model, size_t index)
{
    unsigned size = model->platform->pte_size;
    return load_sized(model->gtt + index * size, size);
}

#define SCRATCH_RUN 3

/*
 * Drivers let all entries they do not use point to one scratch page. Such neighbours
 * are not worth a copy each. Two with the same page may be of two buffers, one of which
 * was given up and left its entry.
 */
static bool is_scratch(const struct model *model, size_t index, uint64_t pte)
{
    size_t first = index, last = index, count = page_count(model);
    while (first && index - first < SCRATCH_RUN && load_pte(model, first - 1) == pte)
        first--;
    while (last + 1 < count && last - index < SCRATCH_RUN &&
           load_pte(model, last + 1) == pte)
        last++;
    return last - first + 1 >= SCRATCH_RUN;
}

/*
 * The first half of what Linux i915 does for a new mapping is to write its entries;
 * that they are complete it tells where it maps the GTT so that writes may linger (i915
 * gt/intel_ggtt.c, needs_wc_ggtt_mapping), which is not so on Apollo Lake and from
 * Gen11 on. Nor does an entry change when the same page is mapped at the same place
 * again, with another content. So the entries of the aperture's pages are not mapped,
 * and each write is seen. Before Gen8 drivers tell, and write all entries they do not
 * use, which is slow.
 */
uint32_t aperture_trapped_entries(const struct model *model)
{
    if (!model->aperture || !(model->chip->traits & ON_GEN8_UP))
        return 0;
    return (uint32_t)page_count(model) * model->platform->pte_size;
}

/* GGTT addresses inside one page that lie together in BAR2's memory. */
struct run {
    uint8_t *bytes, *copied; /* NULL: they are not there */
    size_t size;
};

/* Which fence a page is in. */
struct page_view {
    bool fenced;
    struct fence fence;
};

static struct page_view view_page(const struct model *model, uint64_t address)
{
    struct page_view view;
    view.fenced = fence_find(model, address, &view.fence);
    return view;
}

static struct run find_run(const struct model *model, const struct page_view *view,
                           uint64_t address, size_t size)
{
    const struct aperture *aperture = model->aperture;
    struct run run = { .size = size };
    uint64_t offset = address;
    if (view->fenced)
        offset = fence_offset(&view->fence, address, &run.size);
    if (range_inside(offset, run.size, aperture->size)) {
        run.bytes = aperture->bytes + offset;
        run.copied = aperture->copied + offset;
    }
    return run;
}

/* What the CPU changed: into data, and to memory. The CPU may go on changing it. */
static void take_changes(struct model *model, uint64_t address, uint8_t *data,
                         const struct run *run)
{
    for (size_t i = 0; i < run->size;) {
        size_t start = i;
        for (; i < run->size; i++) {
            uint8_t now = run->bytes[i];
            if (now == run->copied[i])
                break;
            data[i] = run->copied[i] = now;
        }
        if (i > start)
            model_dma_write(model, address + start, data + start, i - start);
        else
            i++;
    }
}

static bool is_changed(const struct run *run)
{
    return run->bytes && memcmp(run->bytes, run->copied, run->size) != 0;
}

/* What the CPU changed in a page, to memory. */
static void take_page(struct model *model, size_t index, const struct gtt_page *page)
{
    uint64_t address = (uint64_t)index * GTT_PAGE;
    struct page_view view = view_page(model, address);
    struct run run;
    for (size_t at = 0; at < GTT_PAGE; at += run.size) {
        uint8_t changes[GTT_PAGE];
        run = find_run(model, &view, address + at, GTT_PAGE - at);
        if (is_changed(&run))
            take_changes(model, page->address + at, changes, &run);
    }
}

/* A page as it is in memory. */
static void show_page(struct model *model, size_t index, const struct gtt_page *page)
{
    uint64_t address = (uint64_t)index * GTT_PAGE;
    struct page_view view = view_page(model, address);
    uint8_t data[GTT_PAGE];
    struct run run;
    if (model_dma_read(model, page->address, data, GTT_PAGE) < 0)
        memset(data, 0, GTT_PAGE);
    for (size_t at = 0; at < GTT_PAGE; at += run.size) {
        run = find_run(model, &view, address + at, GTT_PAGE - at);
        if (!run.bytes)
            continue;
        memcpy(run.copied, data + at, run.size);
        memcpy(run.bytes, data + at, run.size);
    }
}

static void page_changed(struct model *model, size_t index, uint64_t pte)
{
    struct aperture *aperture = model->aperture;
    struct gtt_page old = gtt_page_decode(model, aperture->ptes[index]);
    struct gtt_page page = gtt_page_decode(model, pte);
    if (old.stolen)
        take_page(model, index, &old);
    aperture->ptes[index] = pte;
    if (page.valid && !is_scratch(model, index, pte))
        show_page(model, index, &page);
}

void aperture_sync(struct model *model)
{
    struct aperture *aperture = model->aperture;
    if (!aperture)
        return;
    size_t count = page_count(model);
    for (size_t i = 0; i < count; i++) {
        uint64_t pte = load_pte(model, i);
        if (pte != aperture->ptes[i])
            page_changed(model, i, pte);
    }
}

static void take_entries(struct model *model, uint32_t offset, size_t size)
{
    uint32_t entry = model->platform->pte_size, end = offset + (uint32_t)size;
    /* One of which the last bytes are not written yet is not complete. */
    for (size_t i = offset / entry; i < end / entry && i < page_count(model); i++)
        page_changed(model, i, load_pte(model, i));
}

void aperture_entries_written(struct model *model, uint32_t offset, size_t size)
{
    if (model->aperture && offset + (uint32_t)size <= aperture_trapped_entries(model))
        take_entries(model, offset, size);
}

/*
 * What a VBIOS maps it draws on at once. Were the entry first seen when the display
 * reads the page, stolen memory would be copied over what was drawn.
 */
void aperture_entries_by_port(struct model *model, uint32_t offset, size_t size)
{
    if (model->aperture)
        take_entries(model, offset, size);
}

/* Is the page of this GGTT address in BAR2's memory? It is up to date then. */
static bool is_here(struct model *model, uint64_t address)
{
    struct aperture *aperture = model->aperture;
    size_t index = (size_t)(address / GTT_PAGE);
    if (!aperture || address / GTT_PAGE >= page_count(model))
        return false;
    uint64_t pte = load_pte(model, index);
    if (pte != aperture->ptes[index])
        page_changed(model, index, pte);
    return true;
}

/* The entry of a page that has a content of its own in BAR2's memory. */
static bool own_page(const struct model *model, size_t index, struct gtt_page *page)
{
    uint64_t pte = model->aperture->ptes[index];
    *page = gtt_page_decode(model, pte);
    return page->valid && !is_scratch(model, index, pte);
}

void aperture_flush(struct model *model)
{
    struct gtt_page page;
    size_t count = model->aperture ? page_count(model) : 0;
    for (size_t i = 0; i < count; i++) {
        if (own_page(model, i, &page) && !page.stolen)
            take_page(model, i, &page);
    }
}

/* Do it to each page of its own that has one of these GGTT addresses. */
static void each_own_page(struct model *model, uint64_t first, uint64_t last,
                          void (*act)(struct model *, size_t, const struct gtt_page *))
{
    struct gtt_page page;
    size_t count = model->aperture ? page_count(model) : 0;
    for (size_t i = (size_t)(first / GTT_PAGE); i < count && i <= last / GTT_PAGE;
         i++) {
        if (own_page(model, i, &page))
            act(model, i, &page);
    }
}

void aperture_take_out(struct model *model, uint64_t first, uint64_t last)
{
    each_own_page(model, first, last, take_page);
}

void aperture_bring_in(struct model *model, uint64_t first, uint64_t last)
{
    each_own_page(model, first, last, show_page);
}

/* Where a GGTT address leads. */
struct place {
    struct gtt_page page;
    uint64_t bus; /* of the byte, not of the page */
    bool here;    /* also in BAR2's memory */
};

/* Look an address up. 0, or -EFAULT: its entry is not valid. */
static int find_place(struct model *model, uint64_t address, struct place *place)
{
    place->here = is_here(model, address);
    place->page = gtt_page_at(model, address);
    place->bus = place->page.address + (address & (GTT_PAGE - 1));
    return place->page.valid ? 0 : -EFAULT;
}

/* Nobody but BAR2 has the content of such a place. */
static bool is_only_here(const struct place *place)
{
    return place->here && place->page.stolen;
}

int aperture_gpu_read(struct model *model, uint64_t address, uint8_t *data, size_t size)
{
    struct place place;
    int result = find_place(model, address, &place);
    if (result == 0 && !is_only_here(&place))
        result = model_dma_read(model, place.bus, data, size);
    if (result < 0 || !place.here)
        return result;
    struct page_view view = view_page(model, address);
    struct run run;
    for (size_t at = 0; at < size; at += run.size) {
        run = find_run(model, &view, address + at, size - at);
        if (place.page.stolen && run.bytes)
            memcpy(data + at, run.bytes, run.size);
        else if (place.page.stolen)
            memset(data + at, 0, run.size);
        else if (is_changed(&run))
            take_changes(model, place.bus + at, data + at, &run);
    }
    return 0;
}

int aperture_gpu_write(struct model *model, uint64_t address, const uint8_t *data,
                       size_t size)
{
    struct place place;
    int result = find_place(model, address, &place);
    if (result == 0 && !is_only_here(&place))
        result = model_dma_write(model, place.bus, data, size);
    if (result < 0 || !place.here)
        return result;
    struct page_view view = view_page(model, address);
    struct run run;
    for (size_t at = 0; at < size; at += run.size) {
        run = find_run(model, &view, address + at, size - at);
        if (!run.bytes)
            continue;
        memcpy(run.bytes, data + at, run.size);
        if (!place.page.stolen)
            memcpy(run.copied, data + at, run.size);
    }
    return 0;
}

void aperture_read(struct model *model, uint64_t offset, uint8_t *data, size_t size)
{
    if (model->aperture)
        memcpy(data, model->aperture->bytes + offset, size);
    else
        aperture_trapped_read(model, offset, data, size);
}

void aperture_write(struct model *model, uint64_t offset, const uint8_t *data,
                    size_t size)
{
    if (model->aperture)
        memcpy(model->aperture->bytes + offset, data, size);
    else
        aperture_trapped_write(model, offset, data, size);
}
