/* fake_board.c: a machine without KVM for unit tests of devices. */
#include "fake_board.h"

#include "base/error.h"     /* errno values */
#include "devices/device.h" /* reset */

#include <stdlib.h>      /* calloc */
#include <string.h>      /* memset */
#include <sys/timerfd.h> /* the end of fake_run */
#include <unistd.h>      /* close */

static void set_gsi(struct board *board, unsigned gsi, bool level)
{
    struct fake_board *fake = board->opaque;
    assert_in_range(gsi, 0, FAKE_GSIS - 1);
    if (level && !fake->levels[gsi])
        fake->rises[gsi]++;
    fake->levels[gsi] = level;
}

static void signal_msi(struct board *board, uint64_t address, uint32_t data)
{
    struct fake_board *fake = board->opaque;
    if (fake->message_count < FAKE_MESSAGES) {
        fake->messages[fake->message_count].address = address;
        fake->messages[fake->message_count].data = data;
    }
    fake->message_count++;
}

static void request_reset(struct board *board)
{
    ((struct fake_board *)board->opaque)->resets++;
}

static void request_power_off(struct board *board)
{
    ((struct fake_board *)board->opaque)->power_offs++;
}

static int ioeventfd(struct board *board, int fd, uint64_t address, unsigned size,
                     bool port, bool on)
{
    struct fake_board *fake = board->opaque;
    if (fake->refuse_ioeventfd)
        return -ENOSYS;
    for (unsigned i = 0; i < FAKE_EVENTS; i++) {
        struct fake_event *event = &fake->events[i];
        if (on && event->fd < 0) {
            *event = (struct fake_event){ fd, address, size };
            return 0;
        }
        if (!on && event->fd == fd && event->address == address) {
            event->fd = -1;
            return 0;
        }
    }
    return on ? -ENOSPC : -ENOENT;
}

static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a < b + b_size && b < a + a_size;
}

/* No RAM of the PC shows there. */
#define VGA_START 0xa0000u
#define VGA_END   0xc0000u

/* As KVM: no two mappings overlap, and none lies over RAM. */
static int map(struct board *board, uint64_t address, void *host, uint64_t size,
               unsigned flags)
{
    struct fake_board *fake = board->opaque;
    struct fake_map *place = NULL;
    const struct fake_map made = { address, size, host, flags };

    assert_true(size && !((address | size | (uintptr_t)host) & 0xfff));
    bool vga = address >= VGA_START && address + size <= VGA_END;
    for (unsigned i = 0; i < fake->ram.count; i++) {
        const struct guest_memory_block *block = &fake->ram.blocks[i];
        if (!vga && overlap(address, size, block->address, block->size))
            return -EEXIST;
    }
    for (unsigned i = 0; i < FAKE_MAPS; i++) {
        struct fake_map *other = &fake->maps[i];
        if (other->size && overlap(address, size, other->address, other->size))
            return -EEXIST;
        if (!other->size && !place)
            place = other;
    }
    if (!place)
        return -ENOSPC;
    if (fake->mapping)
        fake->mapping(fake->mapping_opaque, &made, true);
    *place = made;
    return 0;
}

static int unmap(struct board *board, uint64_t address, uint64_t size)
{
    struct fake_board *fake = board->opaque;
    for (unsigned i = 0; i < FAKE_MAPS; i++) {
        struct fake_map *place = &fake->maps[i];
        if (!place->size || place->address != address || place->size != size)
            continue;
        if (fake->mapping)
            fake->mapping(fake->mapping_opaque, place, false);
        place->size = 0;
        return 0;
    }
    fail_msg("unmap of what is not mapped: %llx", (unsigned long long)address);
    return -ENOENT;
}

static int irqfd(struct board *board, int fd, unsigned gsi, int resample_fd, bool on)
{
    struct fake_board *fake = board->opaque;
    struct fake_irqfd *place = NULL;

    assert_in_range(gsi, 0, FAKE_GSIS + fake->msi_gsis - 1);
    for (unsigned i = 0; i < FAKE_IRQFDS; i++) {
        struct fake_irqfd *other = &fake->irqfds[i];
        if (other->fd < 0 && on && !place)
            place = other;
        if (other->fd != fd)
            continue;
        /* KVM: one irqfd an eventfd; taking away wants the same GSI. */
        if (on)
            return -EBUSY;
        if (other->gsi == gsi)
            place = other;
    }
    if (!on && !place)
        fail_msg("irqfd %d taken from GSI %u, where it is not", fd, gsi);
    if (!place)
        return -ENOSPC;
    *place = on ? (struct fake_irqfd){ fd, resample_fd, gsi }
                : (struct fake_irqfd){ -1, -1, 0 };
    return 0;
}

static int msi_gsi_new(struct board *board)
{
    struct fake_board *fake = board->opaque;
    if (fake->msi_gsis == FAKE_MSI_GSIS)
        return -ENOSPC;
    return (int)(FAKE_GSIS + fake->msi_gsis++);
}

static int msi_gsi_set(struct board *board, unsigned gsi, uint64_t address,
                       uint32_t data)
{
    struct fake_board *fake = board->opaque;
    assert_in_range(gsi, FAKE_GSIS, FAKE_GSIS + fake->msi_gsis - 1);
    fake->msi[gsi - FAKE_GSIS].address = address;
    fake->msi[gsi - FAKE_GSIS].data = data;
    fake->msi[gsi - FAKE_GSIS].times++;
    return 0;
}

static struct fake_zone *find_zone(struct fake_board *fake, uint64_t address,
                                   uint64_t size, bool port)
{
    for (unsigned i = 0; i < FAKE_ZONES; i++) {
        struct fake_zone *zone = &fake->zones[i];
        if (zone->address == address && zone->size == size && zone->port == port)
            return zone;
    }
    return NULL;
}

static int gather_writes(struct board *board, uint64_t address, uint64_t size,
                         bool port, bool on)
{
    struct fake_board *fake = board->opaque;
    struct fake_zone *zone =
        on ? find_zone(fake, 0, 0, false) : find_zone(fake, address, size, port);
    if (!zone)
        fail_msg("%s gathering at %llx", on ? "too much" : "no",
                 (unsigned long long)address);
    *zone = on ? (struct fake_zone){ address, size, port } : (struct fake_zone){ 0 };
    return 0;
}

static const struct board_ops ops = {
    .set_gsi = set_gsi,
    .signal_msi = signal_msi,
    .request_reset = request_reset,
    .request_power_off = request_power_off,
    .map = map,
    .unmap = unmap,
    .irqfd = irqfd,
    .msi_gsi_new = msi_gsi_new,
    .msi_gsi_set = msi_gsi_set,
    .ioeventfd = ioeventfd,
    .gather_writes = gather_writes,
};

struct fake_board *fake_board_new(void)
{
    struct fake_board *fake = calloc(1, sizeof(*fake));
    assert_non_null(fake);
    assert_int_equal(board_init(&fake->board, &ops, fake, &fake->ram, NULL), 0);
    for (unsigned i = 0; i < FAKE_EVENTS; i++)
        fake->events[i].fd = -1;
    for (unsigned i = 0; i < FAKE_IRQFDS; i++)
        fake->irqfds[i].fd = -1;
    fake->ram.count = 2;
    for (unsigned i = 0; i < 2; i++) {
        /* Memory of its own each, so that running over an end is seen. */
        uint8_t *host = aligned_alloc(4096, FAKE_RAM_SIZE);
        assert_non_null(host);
        memset(host, 0, FAKE_RAM_SIZE);
        fake->ram.blocks[i] = (struct guest_memory_block){
            .address = i * FAKE_HIGH_RAM, .size = FAKE_RAM_SIZE, .host = host, .fd = -1
        };
    }
    return fake;
}

void fake_board_free(struct fake_board *fake)
{
    board_finish(&fake->board);
    free(fake->ram.blocks[0].host);
    free(fake->ram.blocks[1].host);
    free(fake);
}

uint64_t fake_in(struct fake_board *fake, uint16_t port, unsigned size)
{
    return space_read(fake->board.ports, port, size);
}

void fake_out(struct fake_board *fake, uint16_t port, uint64_t value, unsigned size)
{
    space_write(fake->board.ports, port, value, size);
}

uint64_t fake_read(struct fake_board *fake, uint64_t address, unsigned size)
{
    return space_read(fake->board.memory, address, size);
}

void fake_write(struct fake_board *fake, uint64_t address, uint64_t value,
                unsigned size)
{
    for (unsigned i = 0; i < FAKE_EVENTS; i++) {
        const struct fake_event *event = &fake->events[i];
        if (event->fd < 0 || event->address != address ||
            (event->size && event->size != size))
            continue;
        uint64_t one = 1;
        assert_int_equal(write(event->fd, &one, sizeof(one)), sizeof(one));
        return;
    }
    space_write(fake->board.memory, address, value, size);
}

uint32_t fake_config_read(struct fake_board *fake, uint8_t devfn, unsigned offset,
                          unsigned size)
{
    pthread_mutex_lock(&fake->board.lock);
    uint32_t value = pci_bus_config_read(fake->board.pci, devfn, offset, size);
    pthread_mutex_unlock(&fake->board.lock);
    return value;
}

void fake_config_write(struct fake_board *fake, uint8_t devfn, unsigned offset,
                       uint32_t value, unsigned size)
{
    pthread_mutex_lock(&fake->board.lock);
    pci_bus_config_write(fake->board.pci, devfn, offset, value, size);
    pthread_mutex_unlock(&fake->board.lock);
}

const struct fake_map *fake_map_at(const struct fake_board *fake, uint64_t address)
{
    for (unsigned i = 0; i < FAKE_MAPS; i++) {
        const struct fake_map *place = &fake->maps[i];
        if (address >= place->address && address - place->address < place->size)
            return place;
    }
    return NULL;
}

unsigned fake_map_count(const struct fake_board *fake)
{
    unsigned count = 0;
    for (unsigned i = 0; i < FAKE_MAPS; i++)
        count += fake->maps[i].size != 0;
    return count;
}

bool fake_gathers(const struct fake_board *fake, uint64_t address, uint64_t size,
                  bool port)
{
    return find_zone((struct fake_board *)fake, address, size, port);
}

const struct fake_irqfd *fake_irqfd_of(const struct fake_board *fake, unsigned gsi)
{
    for (unsigned i = 0; i < FAKE_IRQFDS; i++) {
        if (fake->irqfds[i].fd >= 0 && fake->irqfds[i].gsi == gsi)
            return &fake->irqfds[i];
    }
    return NULL;
}

unsigned fake_irqfd_count(const struct fake_board *fake)
{
    unsigned count = 0;
    for (unsigned i = 0; i < FAKE_IRQFDS; i++)
        count += fake->irqfds[i].fd >= 0;
    return count;
}

uint8_t *fake_ram(struct fake_board *fake, uint64_t address)
{
    uint8_t *host = guest_memory_at(&fake->ram, address, 1);
    assert_non_null(host);
    return host;
}

static void stop(void *opaque, uint32_t events)
{
    event_loop_stop(opaque, 0);
}

void fake_run(struct fake_board *fake, unsigned milliseconds)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    assert_true(fd >= 0);
    struct itimerspec when = { .it_value = { milliseconds / 1000,
                                             milliseconds % 1000 * 1000000L + 1 } };
    timerfd_settime(fd, 0, &when, NULL);
    assert_int_equal(
        event_loop_add(fake->board.loop, fd, EPOLLIN, stop, fake->board.loop), 0);
    assert_int_equal(event_loop_run(fake->board.loop), 0);
    event_loop_remove(fake->board.loop, fd);
    close(fd);
}

bool fake_run_until(struct fake_board *fake, bool (*condition)(void *opaque),
                    void *opaque, unsigned milliseconds)
{
    for (unsigned i = 0; i < milliseconds; i++) {
        if (condition(opaque))
            return true;
        fake_run(fake, 1);
    }
    return condition(opaque);
}

void fake_reset(struct fake_board *fake, struct device *device)
{
    pthread_mutex_lock(&fake->board.lock);
    if (device->reset)
        device->reset(device);
    pthread_mutex_unlock(&fake->board.lock);
}
