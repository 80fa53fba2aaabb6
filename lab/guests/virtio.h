/*
 * virtio.h: a virtio device on PCI, for guests written in C: its parts, its rings and
 * its interrupts, which all come by one vector.
 */
#ifndef LAB_VIRTIO_H
#define LAB_VIRTIO_H

#include "guest.h" /* config space */

#define QUEUE_SIZE 128u
#define IDT        0x1020000u

#define APIC          0xfee00000u
#define APIC_EOI      (APIC + 0xb0)
#define APIC_SPURIOUS (APIC + 0xf0)
#define APIC_ON       0x100u
#define VECTOR        0x40u
#define SPURIOUS      0xffu

/* VIRTIO 1.2: 4.1.4 (capabilities), 4.1.4.3 (common), 2.7 (rings). */
enum { CAP_COMMON = 1, CAP_NOTIFY = 2 };
#define F_EVENT_IDX (1u << 29)
#define F_VERSION_1 (1u << 0) /* of the high half */

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
};

struct available {
    uint16_t flags, index, ring[QUEUE_SIZE], used_event;
};

struct used {
    uint16_t flags, index;
    struct {
        uint32_t head, length;
    } ring[QUEUE_SIZE];
    uint16_t available_event;
};

static uint64_t common, notify;
static uint32_t stride;

static inline void write16(uint64_t address, uint16_t value)
{
    *(volatile uint16_t *)address = value;
}

static inline void write32(uint64_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

static inline void write64(uint64_t address, uint64_t value)
{
    *(volatile uint64_t *)address = value;
}

struct frame;

__attribute__((interrupt)) static void interrupted(struct frame *frame)
{
    (void)frame;
    write32(APIC_EOI, 0);
}

__attribute__((interrupt)) static void spurious(struct frame *frame)
{
    (void)frame;
}

static inline void set_vector(unsigned vector, void (*handler)(struct frame *))
{
    uint64_t at = (uint64_t)(uintptr_t)handler, gate = IDT + 16 * vector;
    write64(gate,
            (at & 0xffff) | 0x08ull << 16 | 0x8e00ull << 32 | (at & 0xffff0000) << 32);
    write64(gate + 8, at >> 32);
}

static inline void start_interrupts(void)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } table = { 0xfff, IDT };
    set_vector(VECTOR, interrupted);
    set_vector(SPURIOUS, spurious);
    __asm__ volatile("lidt %0" : : "m"(table));
    out8(0x21, 0xff); /* nothing by the old controllers */
    out8(0xa1, 0xff);
    write32(APIC_SPURIOUS, APIC_ON | SPURIOUS);
}

static inline uint64_t bar(unsigned devfn, unsigned index)
{
    uint32_t low = config_read32(devfn, 0x10 + 4 * index);
    uint64_t high = (low & 6) == 4 ? config_read32(devfn, 0x14 + 4 * index) : 0;
    return high << 32 | (low & ~0xfu);
}

/* Find the parts of the device, and send the vector's message from its table. */
static inline void find_parts(unsigned devfn)
{
    config_write32(devfn, 4,
                   config_read32(devfn, 4) | 0x406); /* memory, master, no INTx */
    for (unsigned at = config_read8(devfn, 0x34); at;
         at = config_read8(devfn, at + 1)) {
        uint8_t id = config_read8(devfn, at), kind = config_read8(devfn, at + 3);
        if (id == 0x09 && (kind == CAP_COMMON || kind == CAP_NOTIFY)) {
            uint64_t address =
                bar(devfn, config_read8(devfn, at + 4)) + config_read32(devfn, at + 8);
            if (kind == CAP_COMMON)
                common = address;
            else
                notify = address, stride = config_read32(devfn, at + 16);
        } else if (id == 0x11) {
            uint32_t place = config_read32(devfn, at + 4);
            uint64_t table = bar(devfn, place & 7) + (place & ~7u);
            config_write32(devfn, at, config_read32(devfn, at) | 0x80000000u);
            write64(table, APIC);
            write32(table + 8, VECTOR);
            write32(table + 12, 0);
        }
    }
}

/* Where this queue, which is selected from now on, is notified. */
static inline uint64_t doorbell_of(uint16_t queue)
{
    write16(common + 0x16, queue);
    return notify + (uint64_t)stride * *(volatile uint16_t *)(common + 0x1e);
}

/* The selected queue's rings, a page each from `at` on; its interrupts are vector 0. */
static inline void start_queue(uint64_t at)
{
    write16(common + 0x18, QUEUE_SIZE);
    write16(common + 0x1a, 0);
    for (unsigned i = 0; i < 3; i++) {
        write32(common + 0x20 + 8 * i, (uint32_t)(at + 0x1000 * i));
        write32(common + 0x24 + 8 * i, 0);
    }
    write16(common + 0x1c, 1);
}

static inline void set_status(uint8_t value)
{
    *(volatile uint8_t *)(common + 0x14) = value;
}

/* Reset, and accept these features. */
static inline void accept(uint32_t low)
{
    set_status(0);
    while (*(volatile uint8_t *)(common + 0x14))
        ;
    set_status(1);
    set_status(3);
    write32(common + 0x08, 0);
    write32(common + 0x0c, low);
    write32(common + 0x08, 1);
    write32(common + 0x0c, F_VERSION_1);
    set_status(0x0b);
}

#endif
