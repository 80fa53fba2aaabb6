/* bus_fuzz.c: ranges that come and go in the port and memory spaces, and accesses to
 * them, against the plainest way to find who answers. */
#include "fuzz.h" /* must */

#include "pci/space.h" /* the target */

#include "base/bytes.h" /* loads */
#include "base/error.h" /* errno values */

#include <pthread.h> /* the lock around handlers */

#define RANGES 12

/* A step: kind, range and size, 3 bytes of address, 3 of length. */
#define STEP_SIZE 8

#define PORTS  (64 * KIB)
#define MEMORY (1ull << 52)

/* What a range was asked for, byte by byte; the newest last. */
struct device {
    struct range range;
    unsigned number;
    unsigned age; /* when it was added; 0: it is out */
    uint64_t written[16];
    unsigned written_count;
    bool words;
};

struct world {
    struct space *space;
    pthread_mutex_t lock;
    struct device devices[RANGES];
    unsigned clock;
};

/* Each byte of each device reads as something of its own. */
static uint8_t byte_at(unsigned number, uint64_t offset)
{
    return (uint8_t)(number * 37 + offset * 11 + (offset >> 8) + 1);
}

static void check_inside(const struct device *device, uint64_t offset, unsigned size)
{
    must(device->age && range_inside(offset, size, device->range.size));
    must(size == 1 || size == 2 || size == 4 || size == 8);
}

static uint64_t on_read(void *opaque, uint64_t offset, unsigned size)
{
    const struct device *device = opaque;
    uint64_t value = 0;
    check_inside(device, offset, size);
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)byte_at(device->number, offset + i) << (8 * i);
    return value;
}

static void note(struct device *device, uint64_t offset)
{
    if (device->written_count < ARRAY_SIZE(device->written))
        device->written[device->written_count] = offset;
    device->written_count++;
}

static void on_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct device *device = opaque;
    check_inside(device, offset, size);
    must((value & ~all_ones(size)) == 0);
    for (unsigned i = 0; i < size; i++)
        note(device, offset + i);
}

static void on_words(void *opaque, uint64_t offset, const uint32_t *words,
                     unsigned count)
{
    struct device *device = opaque;
    must(device->age && range_inside(offset, 4ull * count, device->range.size));
    for (unsigned i = 0; i < 4 * count; i++)
        note(device, offset + i);
    (void)words;
}

static const struct range_ops plain = { on_read, on_write, NULL };
static const struct range_ops with_words = { on_read, on_write, on_words };

/* Of those that have this address the oldest. */
static struct device *owner(struct world *world, uint64_t address)
{
    struct device *found = NULL;
    for (unsigned i = 0; i < RANGES; i++) {
        struct device *device = &world->devices[i];
        if (device->age && address >= device->range.base &&
            address - device->range.base < device->range.size &&
            (!found || device->age < found->age))
            found = device;
    }
    return found;
}

static void check_read(struct world *world, uint64_t address, unsigned size)
{
    uint64_t value = space_read(world->space, address, size);
    must((value & ~all_ones(size)) == 0);
    for (unsigned i = 0; i < size; i++) {
        const struct device *device = owner(world, address + i);
        uint8_t expected = 0xff;
        if (device)
            expected = byte_at(device->number, address + i - device->range.base);
        must((uint8_t)(value >> (8 * i)) == expected);
    }
    const struct device *device = owner(world, address);
    must(space_find(world->space, address) == (device ? &device->range : NULL));
}

/* Every byte reaches its owner, once and in order, and nobody else anything. */
static void check_write(struct world *world, uint64_t address, unsigned size,
                        unsigned words)
{
    static const uint32_t data[4] = { 0x44332211, 0x88776655, 0xccbbaa99, 0x00ffeedd };
    unsigned seen[RANGES] = { 0 };

    for (unsigned i = 0; i < RANGES; i++)
        world->devices[i].written_count = 0;
    if (words)
        space_write_words(world->space, address, data, words);
    else
        space_write(world->space, address, 0x8877665544332211, size);
    for (unsigned i = 0; i < (words ? 4 * words : size); i++) {
        struct device *device = owner(world, address + i);
        if (!device)
            continue;
        unsigned *next = &seen[device->number];
        must(*next < device->written_count);
        must(device->written[*next] == address + i - device->range.base);
        (*next)++;
    }
    for (unsigned i = 0; i < RANGES; i++)
        must(world->devices[i].written_count == seen[i]);
}

static void add(struct world *world, struct device *device, uint64_t base,
                uint64_t size, uint64_t limit, bool unlocked)
{
    struct range *range = &device->range;
    bool was_in = device->age != 0;
    if (!was_in) {
        range->unlocked = unlocked;
        range->ops = device->words ? &with_words : &plain;
    }
    int result = space_add(world->space, range, base, size);
    if (size == 0 || !range_inside(base, size, limit)) {
        must(result == -EINVAL);
    } else if (was_in) {
        must(result == -EBUSY);
    } else {
        must(result == 0);
        device->age = ++world->clock;
    }
}

static void do_step(struct world *world, const uint8_t *step, uint64_t limit)
{
    struct device *device = &world->devices[step[1] % RANGES];
    unsigned size = 1u << (step[1] >> 6);
    /* Close together, so that ranges meet; and at the ends of the space. */
    uint64_t address = load16(step + 2) | (uint64_t)(step[4] & 3) << 16;
    if (step[4] & 0x80)
        address = limit - 256 + (address & 0x1ff);
    uint64_t length = load16(step + 5) | (uint64_t)step[7] << 16;

    switch (step[0] % 6) {
    case 0:
        add(world, device, address, length, limit, step[4] & 4);
        break;
    case 1:
        space_remove(&device->range);
        must(device->range.space == NULL);
        device->age = 0;
        break;
    case 2:
    case 3:
        check_read(world, address, size);
        break;
    case 4:
        check_write(world, address, size, 0);
        break;
    case 5:
        check_write(world, address, size, step[5] % 5);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world world = { .lock = PTHREAD_MUTEX_INITIALIZER };
    if (size < 1)
        return 0;
    uint64_t limit = data[0] & 1 ? PORTS : MEMORY;
    world.space = space_new(limit);
    must(world.space != NULL);
    space_set_lock(world.space, &world.lock);
    for (unsigned i = 0; i < RANGES; i++) {
        world.devices[i].number = i;
        world.devices[i].words = i % 2;
        world.devices[i].range.name = "range";
        world.devices[i].range.opaque = &world.devices[i];
    }
    data++, size--;
    for (; size >= STEP_SIZE; data += STEP_SIZE, size -= STEP_SIZE)
        do_step(&world, data, limit);
    for (unsigned i = 0; i < RANGES; i++)
        space_remove(&world.devices[i].range);
    must(space_find(world.space, 0) == NULL);
    space_free(world.space);
    return 0;
}
