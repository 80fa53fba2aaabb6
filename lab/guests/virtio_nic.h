/*
 * virtio_nic.h: a driver of the virtio NIC at 00:0c.0, for guests written in C. Frames
 * are received into buffers of one page each, with the NIC's header before them.
 */
#ifndef LAB_VIRTIO_NIC_H
#define LAB_VIRTIO_NIC_H

#include "virtio.h" /* the device */

#define NIC          0x60u      /* 00:0c.0 */
#define RINGS        0x1000000u /* two queues, three pages each */
#define RECEIVED     0x1100000u /* a page a buffer */
#define TO_SEND      0x1200000u /* NET_SLOTS of the largest frames */
#define SLOT_BYTES   0x20000u
#define BUFFER       4096u
#define HEADER       12u
#define HEADER_COUNT 10u /* in it: buffers of the frame */

/* VIRTIO 1.2, 5.1.3 and 5.1.6. */
#define F_CSUM      (1u << 0)
#define F_HOST_TSO4 (1u << 11)
#define F_MRG_RXBUF (1u << 15)
#define HEADER_CSUM 1u
#define HEADER_TSO4 1u /* at offset 1 */

enum { RECEIVE, TRANSMIT };

/* One queue's rings, and how far they are. */
struct queue {
    uint64_t doorbell;
    volatile struct descriptor *descriptors;
    volatile struct available *available;
    volatile struct used *used;
    uint16_t offered, kicked, seen;
};

static struct queue queues[2];

static inline void offer(struct queue *queue, uint16_t head)
{
    queue->available->ring[queue->offered % QUEUE_SIZE] = head;
    __asm__ volatile("" : : : "memory");
    queue->available->index = ++queue->offered;
}

/* Notify the device, if it asked for that since the last time. */
static inline void kick(struct queue *queue, uint16_t number)
{
    __asm__ volatile("mfence" : : : "memory");
    if ((uint16_t)(queue->offered - queue->used->available_event - 1) <
        (uint16_t)(queue->offered - queue->kicked))
        write16(queue->doorbell, number);
    queue->kicked = queue->offered;
}

/* Sleep until something came back. */
static inline void wait(struct queue *queue)
{
    for (;;) {
        queue->available->used_event = queue->seen;
        __asm__ volatile("mfence; cli" : : : "memory");
        if (queue->used->index != queue->seen)
            break;
        __asm__ volatile("sti; hlt" : : : "memory");
    }
    __asm__ volatile("sti" : : : "memory");
}

/* What came back, or -1; how many bytes were written in *length. */
static inline int take(struct queue *queue, uint32_t *length)
{
    if (queue->used->index == queue->seen)
        return -1;
    __asm__ volatile("" : : : "memory");
    volatile struct used *used = queue->used;
    uint16_t entry = queue->seen++ % QUEUE_SIZE;
    *length = used->ring[entry].length;
    return (int)used->ring[entry].head;
}

static inline uint8_t *received(int head)
{
    return (uint8_t *)(uint64_t)(RECEIVED + BUFFER * (unsigned)head);
}

static inline uint8_t *to_send(unsigned slot)
{
    return (uint8_t *)(uint64_t)(TO_SEND + SLOT_BYTES * slot);
}

/* Send what lies in a slot: this many bytes behind the header. */
static inline void send(unsigned slot, uint32_t bytes)
{
    struct queue *queue = &queues[TRANSMIT];
    queue->descriptors[slot] =
        (struct descriptor){ .address = TO_SEND + (uint64_t)SLOT_BYTES * slot,
                             .length = HEADER + bytes };
    offer(queue, (uint16_t)slot);
}

static inline void give_buffer(int head)
{
    offer(&queues[RECEIVE], (uint16_t)head);
}

/* features: of the NIC's, those of the backend that the guest wants. */
static inline void start_nic(uint32_t features)
{
    start_interrupts();
    find_parts(NIC);
    accept(features | F_MRG_RXBUF | F_EVENT_IDX);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t at = RINGS + 0x3000u * i;
        queues[i] = (struct queue){ .doorbell = doorbell_of((uint16_t)i),
                                    .descriptors = (void *)at,
                                    .available = (void *)(at + 0x1000),
                                    .used = (void *)(at + 0x2000) };
        start_queue(at);
    }
    set_status(0x0f);
    for (unsigned i = 0; i < QUEUE_SIZE; i++) {
        queues[RECEIVE].descriptors[i] = (struct descriptor){
            .address = RECEIVED + BUFFER * i, .length = BUFFER, .flags = 2
        };
        give_buffer((int)i);
    }
    kick(&queues[RECEIVE], RECEIVE);
}

#endif
