/*
 * virtio_disk.h: a driver of the virtio disk at 00:05.0, for guests written in C: 4 KiB
 * reads and writes, and flushes, several at a time. It sleeps until it is interrupted.
 */
#ifndef LAB_VIRTIO_DISK_H
#define LAB_VIRTIO_DISK_H

#include "guest.h" /* config space */

#define DISK  0x28u /* 00:05.0 */
#define BLOCK 4096u
#define SLOTS 32u /* requests at a time */

#define QUEUE_SIZE 128u
#define RINGS      0x1000000u /* descriptors, available ring, used ring, a page each */
#define HEADERS    0x1010000u /* 16 bytes a request, and its status behind all headers */
#define STATUSES   0x1011000u
#define BUFFERS    0x1100000u
#define IDT        0x1020000u

#define APIC          0xfee00000u
#define APIC_EOI      (APIC + 0xb0)
#define APIC_SPURIOUS (APIC + 0xf0)
#define APIC_ON       0x100u
#define VECTOR        0x40u
#define SPURIOUS      0xffu

/* VIRTIO 1.2: 4.1.4 (capabilities), 4.1.4.3 (common), 2.7 (rings). */
enum { CAP_COMMON = 1, CAP_NOTIFY = 2 };
#define F_FLUSH     (1u << 9)
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

#define descriptors ((volatile struct descriptor *)RINGS)
#define available   ((volatile struct available *)(RINGS + 0x1000))
#define used        ((volatile struct used *)(RINGS + 0x2000))

static uint64_t common, doorbell;
static uint16_t offered, kicked, seen; /* indices of the rings */

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

static inline uint64_t bar(unsigned index)
{
    uint32_t low = config_read32(DISK, 0x10 + 4 * index);
    uint64_t high = (low & 6) == 4 ? config_read32(DISK, 0x14 + 4 * index) : 0;
    return high << 32 | (low & ~0xfu);
}

/* Find the parts of the device, and send the vector's message from its table. */
static inline void find_parts(void)
{
    uint64_t notify = 0;
    uint32_t stride = 0;
    config_write32(DISK, 4,
                   config_read32(DISK, 4) | 0x406); /* memory, master, no INTx */
    for (unsigned at = config_read8(DISK, 0x34); at; at = config_read8(DISK, at + 1)) {
        uint8_t id = config_read8(DISK, at), kind = config_read8(DISK, at + 3);
        if (id == 0x09 && (kind == CAP_COMMON || kind == CAP_NOTIFY)) {
            uint64_t address =
                bar(config_read8(DISK, at + 4)) + config_read32(DISK, at + 8);
            if (kind == CAP_COMMON)
                common = address;
            else
                notify = address, stride = config_read32(DISK, at + 16);
        } else if (id == 0x11) {
            uint32_t place = config_read32(DISK, at + 4);
            uint64_t table = bar(place & 7) + (place & ~7u);
            config_write32(DISK, at, config_read32(DISK, at) | 0x80000000u);
            write64(table, APIC);
            write32(table + 8, VECTOR);
            write32(table + 12, 0);
        }
    }
    write16(common + 0x16, 0);
    doorbell = notify + (uint64_t)stride * *(volatile uint16_t *)(common + 0x1e);
}

static inline void set_status(uint8_t value)
{
    *(volatile uint8_t *)(common + 0x14) = value;
}

static inline void start_disk(void)
{
    find_parts();
    set_status(0);
    while (*(volatile uint8_t *)(common + 0x14))
        ;
    set_status(1);
    set_status(3);
    write32(common + 0x08, 0);
    write32(common + 0x0c, F_FLUSH | F_EVENT_IDX);
    write32(common + 0x08, 1);
    write32(common + 0x0c, F_VERSION_1);
    set_status(0x0b);
    write16(common + 0x16, 0);
    write16(common + 0x18, QUEUE_SIZE);
    write16(common + 0x1a, 0);
    write32(common + 0x20, RINGS);
    write32(common + 0x24, 0);
    write32(common + 0x28, RINGS + 0x1000);
    write32(common + 0x2c, 0);
    write32(common + 0x30, RINGS + 0x2000);
    write32(common + 0x34, 0);
    write16(common + 0x1c, 1);
    set_status(0x0f);
}

enum operation { READ = 0, WRITE = 1, FLUSH = 4 };

static inline volatile uint8_t *buffer_of(unsigned slot)
{
    return (volatile uint8_t *)(uint64_t)(BUFFERS + BLOCK * slot);
}

/* Put a request into its place of the ring: header, data and status. */
static inline void offer(unsigned slot, enum operation operation, uint32_t block)
{
    volatile struct descriptor *d = &descriptors[3 * slot];
    uint64_t header = HEADERS + 16ull * slot;
    write32(header, operation);
    write64(header + 8, (uint64_t)block * (BLOCK / 512));
    d[0].next = (uint16_t)(3 * slot + (operation == FLUSH ? 2 : 1));
    d[1].flags = operation == READ ? 3 : 1;
    available->ring[offered % QUEUE_SIZE] = (uint16_t)(3 * slot);
    __asm__ volatile("" : : : "memory");
    available->index = ++offered;
}

static inline void describe(unsigned slot)
{
    volatile struct descriptor *d = &descriptors[3 * slot];
    d[0] = (struct descriptor){ HEADERS + 16ull * slot, 16, 1, 0 };
    d[1] = (struct descriptor){ BUFFERS + (uint64_t)BLOCK * slot, BLOCK, 0,
                                (uint16_t)(3 * slot + 2) };
    d[2] = (struct descriptor){ STATUSES + slot, 1, 2, 0 };
}

/* Notify the device, if it asked for that since the last time. */
static inline void kick(void)
{
    __asm__ volatile("mfence" : : : "memory");
    if ((uint16_t)(offered - used->available_event - 1) < (uint16_t)(offered - kicked))
        write16(doorbell, 0);
    kicked = offered;
}

/* Sleep until something came back. */
static inline void wait(void)
{
    for (;;) {
        available->used_event = seen;
        __asm__ volatile("mfence; cli" : : : "memory");
        if (used->index != seen)
            break;
        __asm__ volatile("sti; hlt" : : : "memory");
    }
    __asm__ volatile("sti" : : : "memory");
}

/* The slot of a request that came back, or -1; its status in *status. */
static inline int take(uint8_t *status)
{
    if (used->index == seen)
        return -1;
    unsigned slot = used->ring[seen++ % QUEUE_SIZE].head / 3;
    *status = *(volatile uint8_t *)(uint64_t)(STATUSES + slot);
    return (int)slot;
}

static inline void start_driver(void)
{
    start_interrupts();
    start_disk();
    for (unsigned slot = 0; slot < SLOTS; slot++)
        describe(slot);
}

#endif
