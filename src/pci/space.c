/* space.c: who answers at an address: a map for ports, an indexed list for memory. */
#include "pci/space.h"

#include "base/bytes.h" /* all_ones, range_inside */
#include "base/error.h" /* errno values */

#include <pthread.h>   /* one change at a time */
#include <stdatomic.h> /* lookups on vCPU threads take no lock */
#include <stdlib.h>    /* calloc */
#include <sys/mman.h>  /* the map's pages */

/* A space up to this size has a map with a byte an address. */
#define MAPPED_SIZE 0x10000

#define MAX_RANGES 255
#define MAX_PIECES (2 * MAX_RANGES)

/* Of a larger one, the list below 4 GiB has an index by 16 MiB. */
#define PART_SHIFT 24
#define PARTS      256

/* A run of addresses answered by one range; sorted, not overlapping. */
struct piece {
    _Atomic uint64_t base, end;
    struct range *_Atomic range;
};

struct space {
    uint64_t size;
    pthread_mutex_t change; /* held by add and remove */
    pthread_mutex_t *lock;  /* around handlers */
    struct range *ranges;   /* oldest first */
    unsigned count;
    /* The port map: 0 nobody, else 1 + slot. Slots are reused only after removal. */
    _Atomic uint8_t *map;
    struct range *_Atomic slots[MAX_RANGES];
    /*
     * The sorted list, changed in place. A lookup that saw `version` odd or changed
     * looks again: it loads with acquire what is stored with release between the two
     * stores to it.
     */
    _Atomic unsigned version;
    _Atomic unsigned piece_count;
    struct piece *pieces; /* MAX_PIECES */
    /* The first piece that ends behind the start of each part. */
    _Atomic uint16_t part_first[PARTS + 1];
};

/* Who answers an access: `mixed` when not one and the same for each byte of it. */
struct answer {
    struct range *range;
    bool mixed;
};

/* Pages come zeroed, and those of ports nobody has are never made. */
static void *new_map(uint64_t size)
{
    void *map =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return map == MAP_FAILED ? NULL : map;
}

struct space *space_new(uint64_t size)
{
    struct space *space = calloc(1, sizeof(*space));
    if (!space)
        return NULL;
    space->size = size;
    if (size <= MAPPED_SIZE)
        space->map = new_map(size);
    else
        space->pieces = malloc(MAX_PIECES * sizeof(*space->pieces));
    if (!space->map && !space->pieces) {
        free(space);
        return NULL;
    }
    pthread_mutex_init(&space->change, NULL);
    return space;
}

void space_free(struct space *space)
{
    if (!space)
        return;
    pthread_mutex_destroy(&space->change);
    if (space->map)
        munmap((void *)space->map, space->size);
    free(space->pieces);
    free(space);
}

void space_set_lock(struct space *space, void *mutex)
{
    space->lock = mutex;
}

static int compare_edges(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static struct range *oldest_at(const struct space *space, uint64_t address)
{
    for (struct range *r = space->ranges; r; r = r->next) {
        if (address >= r->base && address - r->base < r->size)
            return r;
    }
    return NULL;
}

/* Draw the port map anew between two addresses. */
static void redraw_map(struct space *space, uint64_t from, uint64_t to)
{
    for (uint64_t address = from; address < to; address++) {
        const struct range *owner = oldest_at(space, address);
        space->map[address] = owner ? (uint8_t)(owner->slot + 1) : 0;
    }
}

static void set_piece(struct piece *piece, uint64_t base, uint64_t end,
                      struct range *range)
{
    atomic_store_explicit(&piece->base, base, memory_order_release);
    atomic_store_explicit(&piece->end, end, memory_order_release);
    atomic_store_explicit(&piece->range, range, memory_order_release);
}

static void index_parts(struct space *space, unsigned used)
{
    unsigned first = 0;
    for (uint64_t part = 0; part <= PARTS; part++) {
        while (first < used && space->pieces[first].end <= part << PART_SHIFT)
            first++;
        atomic_store_explicit(&space->part_first[part], (uint16_t)first,
                              memory_order_release);
    }
}

/* Cut the space at every edge of a range; each cut piece has one oldest owner. */
static void rebuild_pieces(struct space *space)
{
    uint64_t edges[MAX_PIECES];
    unsigned edges_used = 0, used = 0;

    for (struct range *r = space->ranges; r; r = r->next) {
        edges[edges_used++] = r->base;
        edges[edges_used++] = r->base + r->size;
    }
    qsort(edges, edges_used, sizeof(*edges), compare_edges);
    unsigned version = atomic_load_explicit(&space->version, memory_order_relaxed);
    atomic_store_explicit(&space->version, version + 1, memory_order_relaxed);
    for (unsigned i = 0; i + 1 < edges_used; i++) {
        struct range *owner =
            edges[i] < edges[i + 1] ? oldest_at(space, edges[i]) : NULL;
        if (!owner)
            continue;
        struct piece *last = used ? &space->pieces[used - 1] : NULL;
        if (last && last->range == owner && last->end == edges[i])
            atomic_store_explicit(&last->end, edges[i + 1], memory_order_release);
        else
            set_piece(&space->pieces[used++], edges[i], edges[i + 1], owner);
    }
    atomic_store_explicit(&space->piece_count, used, memory_order_release);
    index_parts(space, used);
    atomic_store_explicit(&space->version, version + 2, memory_order_release);
}

/* Bring the lookup structure in step with a new range: the older ones win. */
static void draw(struct space *space, const struct range *range)
{
    if (!space->map) {
        rebuild_pieces(space);
        return;
    }
    for (uint64_t address = range->base; address - range->base < range->size;
         address++) {
        if (!atomic_load_explicit(&space->map[address], memory_order_relaxed))
            atomic_store_explicit(&space->map[address], (uint8_t)(range->slot + 1),
                                  memory_order_release);
    }
}

/* And with one that left. */
static void erase(struct space *space, const struct range *range)
{
    if (space->map)
        redraw_map(space, range->base, range->base + range->size);
    else
        rebuild_pieces(space);
}

static void unlink_range(struct space *space, struct range *range)
{
    struct range **link = &space->ranges;
    while (*link && *link != range)
        link = &(*link)->next;
    if (*link)
        *link = range->next;
    range->next = NULL;
    range->space = NULL;
    space->count--;
}

int space_add(struct space *space, struct range *range, uint64_t base, uint64_t size)
{
    if (size == 0 || !range_inside(base, size, space->size))
        return -EINVAL;
    if (range->space)
        return -EBUSY;
    int result = 0;
    pthread_mutex_lock(&space->change);
    if (space->count >= MAX_RANGES) {
        result = -ENOSPC;
        goto out;
    }
    range->base = base;
    range->size = size;
    range->space = space;
    range->next = NULL;
    struct range **link = &space->ranges;
    while (*link)
        link = &(*link)->next;
    *link = range;
    space->count++;
    if (space->map) {
        unsigned slot = 0;
        while (space->slots[slot])
            slot++;
        space->slots[slot] = range;
        range->slot = slot;
    }
    draw(space, range);
out:
    pthread_mutex_unlock(&space->change);
    return result;
}

void space_remove(struct range *range)
{
    struct space *space = range->space;
    if (!space)
        return;
    pthread_mutex_lock(&space->change);
    unlink_range(space, range);
    erase(space, range);
    if (space->map)
        space->slots[range->slot] = NULL;
    pthread_mutex_unlock(&space->change);
}

/* Who is at [address, end) in the sorted list as it is now, perhaps half changed. */
static struct answer search_pieces(struct space *space, uint64_t address, uint64_t end)
{
    unsigned count = atomic_load_explicit(&space->piece_count, memory_order_acquire);
    uint64_t part = address >> PART_SHIFT;
    unsigned high = count;
    unsigned low = atomic_load_explicit(&space->part_first[part < PARTS ? part : PARTS],
                                        memory_order_acquire);

    if (part < PARTS)
        high = atomic_load_explicit(&space->part_first[part + 1], memory_order_acquire);
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (address >=
            atomic_load_explicit(&space->pieces[middle].end, memory_order_acquire))
            low = middle + 1;
        else
            high = middle;
    }
    if (low >= count)
        return (struct answer){ 0 };
    struct piece *piece = &space->pieces[low];
    uint64_t base = atomic_load_explicit(&piece->base, memory_order_acquire);
    if (base >= end)
        return (struct answer){ 0 };
    if (base > address || atomic_load_explicit(&piece->end, memory_order_acquire) < end)
        return (struct answer){ .mixed = true };
    return (struct answer){ atomic_load_explicit(&piece->range, memory_order_acquire) };
}

static struct answer find_piece(struct space *space, uint64_t address, uint64_t end)
{
    for (;;) {
        unsigned before = atomic_load_explicit(&space->version, memory_order_acquire);
        struct answer answer = search_pieces(space, address, end);
        if (!(before & 1) &&
            atomic_load_explicit(&space->version, memory_order_relaxed) == before)
            return answer;
    }
}

/* Who answers each byte of an access; of a mixed one every byte is looked up again. */
static inline __attribute__((always_inline)) struct answer
find(struct space *space, uint64_t address, unsigned size)
{
    if (address >= space->size)
        return (struct answer){ 0 };
    if (size > space->size - address)
        return (struct answer){ .mixed = true };
    if (!space->map)
        return find_piece(space, address, address + size);
    unsigned slot = atomic_load_explicit(&space->map[address], memory_order_acquire);
    for (unsigned i = 1; i < size; i++) {
        if (atomic_load_explicit(&space->map[address + i], memory_order_acquire) !=
            slot)
            return (struct answer){ .mixed = true };
    }
    return (struct answer){ slot ? space->slots[slot - 1] : NULL };
}

struct range *space_find(struct space *space, uint64_t address)
{
    return find(space, address, 1).range;
}

static uint64_t call_read(struct space *space, struct range *range, uint64_t address,
                          unsigned size)
{
    bool locked = space->lock && !range->unlocked;
    if (locked)
        pthread_mutex_lock(space->lock);
    uint64_t value = all_ones(size);
    /* It may have left while this thread waited for the lock. */
    if (range->space == space &&
        range_inside(address - range->base, size, range->size)) {
        range->reads++;
        if (range->ops->read)
            value = range->ops->read(range->opaque, address - range->base, size);
    }
    if (locked)
        pthread_mutex_unlock(space->lock);
    return value & all_ones(size);
}

static void call_write(struct space *space, struct range *range, uint64_t address,
                       uint64_t value, unsigned size)
{
    bool locked = space->lock && !range->unlocked;
    if (locked)
        pthread_mutex_lock(space->lock);
    if (range->space == space &&
        range_inside(address - range->base, size, range->size)) {
        range->writes++;
        if (range->ops->write)
            range->ops->write(range->opaque, address - range->base,
                              value & all_ones(size), size);
    }
    if (locked)
        pthread_mutex_unlock(space->lock);
}

uint64_t space_read(struct space *space, uint64_t address, unsigned size)
{
    struct answer answer = find(space, address, size);
    if (answer.range)
        return call_read(space, answer.range, address, size);
    if (!answer.mixed)
        return all_ones(size);
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= space_read(space, address + i, 1) << (8 * i);
    return value;
}

void space_write(struct space *space, uint64_t address, uint64_t value, unsigned size)
{
    struct answer answer = find(space, address, size);
    if (answer.range) {
        call_write(space, answer.range, address, value, size);
        return;
    }
    for (unsigned i = 0; answer.mixed && i < size; i++)
        space_write(space, address + i, (value >> (8 * i)) & 0xff, 1);
}

void space_write_words(struct space *space, uint64_t address, const uint32_t *words,
                       unsigned count)
{
    unsigned size = count * (unsigned)sizeof(*words);
    struct range *range = count ? find(space, address, size).range : NULL;
    if (!range || !range->ops->write_words) {
        for (unsigned i = 0; i < count; i++)
            space_write(space, address + i * sizeof(*words), words[i], sizeof(*words));
        return;
    }
    bool locked = space->lock && !range->unlocked;
    if (locked)
        pthread_mutex_lock(space->lock);
    if (range->space == space &&
        range_inside(address - range->base, size, range->size)) {
        range->writes += count;
        range->ops->write_words(range->opaque, address - range->base, words, count);
    }
    if (locked)
        pthread_mutex_unlock(space->lock);
}
