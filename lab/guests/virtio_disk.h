/*
 * virtio_disk.h: a driver of the virtio disk at 00:05.0, for guests written in C: 4 KiB
 * reads and writes, and flushes, several at a time. It sleeps until it is interrupted.
 */
#ifndef LAB_VIRTIO_DISK_H
#define LAB_VIRTIO_DISK_H

#include "virtio.h" /* the device */

#define DISK  0x28u /* 00:05.0 */
#define BLOCK 4096u
#define SLOTS 32u /* requests at a time */

#define RINGS    0x1000000u /* descriptors, available ring, used ring, a page each */
#define HEADERS  0x1010000u /* 16 bytes a request, and its status behind all headers */
#define STATUSES 0x1011000u
#define BUFFERS  0x1100000u

#define F_FLUSH (1u << 9)

#define descriptors ((volatile struct descriptor *)RINGS)
#define available   ((volatile struct available *)(RINGS + 0x1000))
#define used        ((volatile struct used *)(RINGS + 0x2000))

static uint64_t doorbell;
static uint16_t offered, kicked, seen; /* indices of the rings */

static inline void start_disk(void)
{
    find_parts(DISK);
    accept(F_FLUSH | F_EVENT_IDX);
    doorbell = doorbell_of(0);
    start_queue(RINGS);
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
