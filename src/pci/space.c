/* space.c: who answers at an address: a byte map for ports, a sorted list for memory.
 */
#include "pci/space.h"

#include "base/bytes.h" /* all_ones, range_inside */
#include "base/error.h" /* errno values */

#include <pthread.h>   /* the list is read by vCPU threads while others change it */
#include <stdatomic.h> /* the port map is read without the lock */
#include <stdlib.h>    /* calloc */

#define MAPPED_SIZE \
    0x10000 /* a space up to this size has a map with a byte an address */
#define MAX_RANGES 255

/* A run of addresses answered by one range; sorted, not overlapping. */
struct piece {
    uint64_t base, end;
    struct range *range;
};

struct space {
    uint64_t size;
    pthread_rwlock_t
        change; /* readers: lookups in the sorted list; writers: add, remove */
    pthread_mutex_t *lock; /* around handlers */
    struct range *ranges;  /* oldest first */
    unsigned count;
    /* The port map: 0 nobody, else 1 + slot. Slots are reused only after removal. */
    _Atomic uint8_t *map;
    struct range *_Atomic slots[MAX_RANGES];
    struct piece *pieces;
    unsigned piece_count;
};

struct space *space_new(uint64_t size)
{
    struct space *space = calloc(1, sizeof(*space));
    if (!space)
        return NULL;
    space->size = size;
    if (size <= MAPPED_SIZE) {
        space->map = calloc(size, sizeof(*space->map));
        if (!space->map) {
            free(space);
            return NULL;
        }
    }
    pthread_rwlock_init(&space->change, NULL);
    return space;
}

void space_free(struct space *space)
{
    if (!space)
        return;
    pthread_rwlock_destroy(&space->change);
    free(space->map);
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

/* Cut the space at every edge of a range; each cut piece has one oldest owner. */
static int rebuild_pieces(struct space *space)
{
    unsigned edges_used = 0;
    size_t room = (size_t)space->count * 2 + 1;
    uint64_t *edges = calloc(room, sizeof(*edges));
    struct piece *pieces = calloc(room, sizeof(*pieces));
    if (!edges || !pieces) {
        free(edges);
        free(pieces);
        return -ENOMEM;
    }
    for (struct range *r = space->ranges; r; r = r->next) {
        edges[edges_used++] = r->base;
        edges[edges_used++] = r->base + r->size;
    }
    qsort(edges, edges_used, sizeof(*edges), compare_edges);
    unsigned used = 0;
    for (unsigned i = 0; i + 1 < edges_used; i++) {
        struct range *owner =
            edges[i] < edges[i + 1] ? oldest_at(space, edges[i]) : NULL;
        if (!owner)
            continue;
        if (used && pieces[used - 1].range == owner && pieces[used - 1].end == edges[i])
            pieces[used - 1].end = edges[i + 1];
        else
            pieces[used++] = (struct piece){ edges[i], edges[i + 1], owner };
    }
    free(edges);
    free(space->pieces);
    space->pieces = pieces;
    space->piece_count = used;
    return 0;
}

/* Bring the lookup structure in step after [base, base + size) changed. */
static int refresh(struct space *space, uint64_t base, uint64_t size)
{
    if (!space->map)
        return rebuild_pieces(space);
    redraw_map(space, base, base + size);
    return 0;
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
    pthread_rwlock_wrlock(&space->change);
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
    result = refresh(space, base, size);
    if (result < 0)
        unlink_range(space, range);
out:
    pthread_rwlock_unlock(&space->change);
    return result;
}

void space_remove(struct range *range)
{
    struct space *space = range->space;
    if (!space)
        return;
    pthread_rwlock_wrlock(&space->change);
    unlink_range(space, range);
    if (refresh(space, range->base, range->size) < 0) {
        /* Out of memory: forget the owner in place, the piece then answers nothing. */
        for (unsigned i = 0; i < space->piece_count; i++) {
            if (space->pieces[i].range == range)
                space->pieces[i].range = NULL;
        }
    }
    if (space->map)
        space->slots[range->slot] = NULL;
    pthread_rwlock_unlock(&space->change);
}

struct range *space_find(struct space *space, uint64_t address)
{
    if (address >= space->size)
        return NULL;
    if (space->map) {
        unsigned answer =
            atomic_load_explicit(&space->map[address], memory_order_acquire);
        return answer ? space->slots[answer - 1] : NULL;
    }
    struct range *found = NULL;
    pthread_rwlock_rdlock(&space->change);
    unsigned low = 0, high = space->piece_count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (address >= space->pieces[middle].end)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < space->piece_count && address >= space->pieces[low].base)
        found = space->pieces[low].range;
    pthread_rwlock_unlock(&space->change);
    return found;
}

/* The range that answers all of [address, address + size), or NULL. */
static struct range *find_whole(struct space *space, uint64_t address, unsigned size)
{
    struct range *range = space_find(space, address);
    if (!range || !range_inside(address - range->base, size, range->size))
        return NULL;
    if (size > 1 && space_find(space, address + size - 1) != range)
        return NULL;
    return range;
}

/* Nobody, or more than one: go byte by byte unless the whole of it is nobody's. */
static bool nobody(struct space *space, uint64_t address, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        if (space_find(space, address + i))
            return false;
    }
    return true;
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
    struct range *range = find_whole(space, address, size);
    if (range)
        return call_read(space, range, address, size);
    if (size == 1 || nobody(space, address, size))
        return all_ones(size);
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= space_read(space, address + i, 1) << (8 * i);
    return value;
}

void space_write(struct space *space, uint64_t address, uint64_t value, unsigned size)
{
    struct range *range = find_whole(space, address, size);
    if (range) {
        call_write(space, range, address, value, size);
        return;
    }
    if (size == 1 || nobody(space, address, size))
        return;
    for (unsigned i = 0; i < size; i++)
        space_write(space, address + i, (value >> (8 * i)) & 0xff, 1);
}
