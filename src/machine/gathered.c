/*
 * gathered.c: takes gathered writes out of KVM's ring (Linux
 * Documentation/virt/kvm/api.rst, KVM_REGISTER_COALESCED_MMIO).
 */
#include "machine/gathered.h"

#include "base/bytes.h"      /* load32 */
#include "base/error.h"      /* errno values */
#include "base/event_loop.h" /* the timer */
#include "machine/kvm.h"     /* struct kvm */
#include "machine/vcpu.h"    /* the run pages */
#include "pci/space.h"       /* where writes go */

#include <linux/kvm.h>   /* the ring */
#include <sys/ioctl.h>   /* ioctl */
#include <sys/timerfd.h> /* the timer */
#include <unistd.h>      /* close */

#define PAGE  4096
#define WORDS 128 /* handed over at once */

/* How late a write may arrive when the guest never exits. */
#define PERIOD_NS 50000000

static unsigned ring_slots(void)
{
    return (PAGE - sizeof(struct kvm_coalesced_mmio_ring)) /
           sizeof(struct kvm_coalesced_mmio);
}

static void on_timer(void *opaque, uint32_t events)
{
    struct gathered_writes *gathered = opaque;
    uint64_t expirations;
    ssize_t ignored = read(gathered->timer_fd, &expirations, sizeof(expirations));
    (void)ignored;
    (void)events;
    gathered_deliver(gathered);
}

/* The timer that every zone shares. */
static int get_ready(struct gathered_writes *gathered)
{
    struct itimerspec period = { .it_interval.tv_nsec = PERIOD_NS,
                                 .it_value.tv_nsec = PERIOD_NS };
    if (gathered->ready)
        return 0;
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd < 0)
        return -errno;
    int result = timerfd_settime(fd, 0, &period, NULL) < 0 ? -errno : 0;
    if (result == 0)
        result = event_loop_add(gathered->loop, fd, EPOLLIN, on_timer, gathered);
    if (result < 0) {
        close(fd);
        return result;
    }
    pthread_mutex_init(&gathered->lock, NULL);
    gathered->timer_fd = fd;
    gathered->ready = true;
    return 0;
}

/* Tell KVM of a zone, or that it is none any more. */
static int tell_kvm(const struct gathered_writes *gathered,
                    const struct gathered_zone *zone, bool on)
{
    struct kvm_coalesced_mmio_zone request = { .addr = zone->address,
                                               .size = (uint32_t)zone->size,
                                               .pio = zone->port };
    unsigned long call =
        on ? KVM_REGISTER_COALESCED_MMIO : KVM_UNREGISTER_COALESCED_MMIO;
    return ioctl(gathered->kvm->vm_fd, call, &request) < 0 ? -errno : 0;
}

static struct gathered_zone *find_zone(struct gathered_writes *gathered,
                                       const struct gathered_zone *zone)
{
    for (unsigned i = 0; i < GATHERED_MAX_ZONES; i++) {
        struct gathered_zone *known = &gathered->zones[i];
        if (known->address == zone->address && known->size == zone->size &&
            known->port == zone->port)
            return known;
    }
    return NULL;
}

int gathered_add(struct gathered_writes *gathered, const struct gathered_zone *zone)
{
    struct gathered_zone *place = find_zone(gathered, &(struct gathered_zone){ 0 });

    if (!place)
        return -ENOSPC;
    int result = get_ready(gathered);
    if (result == 0 && gathered->ring)
        result = tell_kvm(gathered, zone, true);
    if (result == 0)
        *place = *zone;
    return result;
}

int gathered_remove(struct gathered_writes *gathered, const struct gathered_zone *zone)
{
    struct gathered_zone *place = find_zone(gathered, zone);

    if (!place)
        return -ENOENT;
    *place = (struct gathered_zone){ 0 };
    return gathered->ring ? tell_kvm(gathered, zone, false) : 0;
}

void gathered_start(struct gathered_writes *gathered, const struct kvm *kvm,
                    const struct vcpu *vcpu)
{
    if (!gathered->ready)
        return;
    /* KVM learned of ports after memory; with both it takes either. */
    int page = ioctl(kvm->vm_fd, KVM_CHECK_EXTENSION, KVM_CAP_COALESCED_MMIO);
    if (page <= 0 || (page + 1) * PAGE > kvm->vcpu_state_size ||
        ioctl(kvm->vm_fd, KVM_CHECK_EXTENSION, KVM_CAP_COALESCED_PIO) <= 0)
        return;
    gathered->kvm = kvm;
    gathered->ring = (void *)((uint8_t *)vcpu->run + (size_t)page * PAGE);
    for (unsigned i = 0; i < GATHERED_MAX_ZONES; i++) {
        struct gathered_zone *zone = &gathered->zones[i];
        if (zone->size && tell_kvm(gathered, zone, true) < 0)
            *zone = (struct gathered_zone){ 0 };
    }
}

void gathered_end(struct gathered_writes *gathered)
{
    gathered->ring = NULL;
    if (!gathered->ready)
        return;
    event_loop_remove(gathered->loop, gathered->timer_fd);
    close(gathered->timer_fd);
    pthread_mutex_destroy(&gathered->lock);
    gathered->ready = false;
}

/*
 * Hand over the write at `first`, with those that follow it in the ring and in memory
 * when they are of 32 bits each: a device sees no other access than the guest made.
 * Returns the place behind them.
 */
static unsigned deliver_run(struct gathered_writes *gathered, unsigned first,
                            unsigned last)
{
    const struct kvm_coalesced_mmio *entries = gathered->ring->coalesced_mmio;
    const struct kvm_coalesced_mmio *entry = &entries[first];
    uint64_t start = entry->phys_addr;
    uint32_t words[WORDS];
    unsigned count = 0, at = first;

    while (at != last && count < WORDS) {
        entry = &entries[at];
        if (entry->pio || entry->len != 4 || entry->phys_addr % 4 ||
            entry->phys_addr != start + count * 4ull)
            break;
        words[count++] = load32(entry->data);
        at = (at + 1) % ring_slots();
    }
    if (count) {
        space_write_words(gathered->memory, start, words, count);
        return at;
    }
    /* KVM hands over 1 to 8 bytes; a bus access is a power of two. */
    struct space *space = entry->pio ? gathered->ports : gathered->memory;
    unsigned length = entry->len <= sizeof(entry->data) ? entry->len : 0;
    for (unsigned done = 0; done < length;) {
        unsigned left = length - done;
        unsigned size = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
        space_write(space, start + done, load_sized(entry->data + done, size), size);
        done += size;
    }
    return (first + 1) % ring_slots();
}

void gathered_deliver(struct gathered_writes *gathered)
{
    struct kvm_coalesced_mmio_ring *ring = gathered->ring;

    if (!ring || __atomic_load_n(&ring->first, __ATOMIC_ACQUIRE) ==
                     __atomic_load_n(&ring->last, __ATOMIC_ACQUIRE))
        return;
    pthread_mutex_lock(&gathered->lock);
    for (;;) {
        unsigned first = __atomic_load_n(&ring->first, __ATOMIC_RELAXED);
        unsigned last = __atomic_load_n(&ring->last, __ATOMIC_ACQUIRE);
        if (first == last || first >= ring_slots() || last >= ring_slots())
            break;
        /* Freed only once delivered: who sees an empty ring may go on. */
        __atomic_store_n(&ring->first, deliver_run(gathered, first, last),
                         __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&gathered->lock);
}
