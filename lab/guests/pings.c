/*
 * pings.c: a guest that pings 10.77.0.1 through the virtio NIC at 00:0c.0, one at a
 * time and many, and sends frames that nobody takes, and tells on the serial line how
 * long each of the patterns took: time stamps in hexadecimal, a line each; "bad" when
 * an answer is not what was sent. It sleeps until it is interrupted. Then it resets the
 * PC.
 */
#include "internet.h"   /* frames, and the NIC */
#include "time_stamp.h" /* how long it took */

#ifndef COUNT
#define COUNT 1000u /* frames of each pattern */
#endif

#define DEPTH     32u
#define ICMP      8u
#define ECHO      8u
#define SMALL     60u /* a frame's bytes */
#define LARGE     1514u
#define SEGMENTED 64054u /* 14 + 20 + 20 + 64000 */
#define SEGMENT   1460u

static const uint8_t guest_mac[6] = { 2, 0, 0, 0, 0, 7 };
static const uint8_t guest_ip[4] = { 10, 77, 0, 2 }, host_ip[4] = { 10, 77, 0, 1 };
static uint8_t host_mac[6];

static int same(const uint8_t *a, const uint8_t *b, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        if (a[i] != b[i])
            return 0;
    }
    return 1;
}

/* An echo request in a slot, of so many bytes as a frame. */
static void make_ping(unsigned slot, unsigned bytes)
{
    uint8_t *at = begin_frame(slot, guest_mac, host_mac, 0x0800), *icmp = at + IP;
    unsigned size = bytes - ETHERNET - IP;
    begin_ip(at, guest_ip, host_ip, 1, bytes - ETHERNET);
    for (unsigned i = 0; i < size; i++)
        icmp[i] = (uint8_t)(i + slot);
    icmp[0] = ECHO;
    icmp[1] = 0;
    put16(icmp + 2, 0);
    put16(icmp + 4, 7);
    put16(icmp + 6, slot);
    put16(icmp + 2, checksum(icmp, size));
}

/* A TCP segment that the device is to cut: nobody has its address. */
static void make_segments(unsigned slot)
{
    static const uint8_t nobody[6] = { 2, 0, 0, 0, 0, 99 };
    uint8_t *at = begin_frame(slot, guest_mac, nobody, 0x0800), *header = to_send(slot);
    begin_ip(at, guest_ip, host_ip, 6, SEGMENTED - ETHERNET);
    for (unsigned i = 0; i < 20; i++)
        at[IP + i] = 0;
    at[IP + 12] = 0x50; /* a header of 20 bytes */
    at[IP + 13] = 0x10;
    header[0] = HEADER_CSUM;
    header[1] = HEADER_TSO4;
    write16((uint64_t)(header + 2), ETHERNET + IP + 20);
    write16((uint64_t)(header + 4), SEGMENT);
    write16((uint64_t)(header + 6), ETHERNET + IP);
    write16((uint64_t)(header + 8), 16);
}

static void make_small(unsigned slot)
{
    static const uint8_t nobody[6] = { 2, 0, 0, 0, 0, 99 };
    uint8_t *at = begin_frame(slot, guest_mac, nobody, 0x0800);
    begin_ip(at, guest_ip, host_ip, 17, SMALL - ETHERNET);
}

/* Ask who has the host's address; the answer tells the host's, the question ours. */
static void resolve(void)
{
    static const uint8_t all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
                         question[] = { 0, 1, 8, 0, 6, 4, 0, 1 };
    uint8_t *at = begin_frame(0, guest_mac, all, 0x0806);
    uint32_t length;
    copy(at, question, sizeof(question));
    copy(at + 8, guest_mac, 6);
    copy(at + 14, guest_ip, 4);
    copy(at + 24, host_ip, 4);
    send(0, SMALL);
    kick(&queues[TRANSMIT], TRANSMIT);
    for (int answered = 0; !answered;) {
        wait(&queues[RECEIVE]);
        for (int head; (head = take(&queues[RECEIVE], &length)) >= 0;) {
            const uint8_t *frame = received(head) + HEADER;
            if (frame[12] == 8 && frame[13] == 6 && frame[21] == 2) {
                copy(host_mac, frame + 6, 6);
                answered = 1;
            }
            give_buffer(head);
        }
        kick(&queues[RECEIVE], RECEIVE);
    }
    while (take(&queues[TRANSMIT], &length) < 0)
        ;
}

/* What the device is done with, without being told by interrupts. */
static void reap(void)
{
    uint32_t length;
    while (take(&queues[TRANSMIT], &length) >= 0)
        ;
    queues[TRANSMIT].available->used_event = (uint16_t)(queues[TRANSMIT].seen + 0x4000);
}

/* An answer to one of our pings: its slot; -1: something else; -2: it is wrong. */
static int answered(const uint8_t *frame, uint32_t length, unsigned bytes)
{
    const uint8_t *icmp = frame + ETHERNET + IP;
    if (length < HEADER + ETHERNET + IP + ICMP || frame[12] != 8 || frame[13] != 0 ||
        frame[ETHERNET + 9] != 1 || icmp[0] != 0)
        return -1;
    unsigned slot = icmp[7];
    const uint8_t *asked = to_send(slot) + HEADER + ETHERNET + IP;
    return length == HEADER + bytes &&
                   same(icmp + 4, asked + 4, bytes - ETHERNET - IP - 4)
               ? (int)slot
               : -2;
}

/* COUNT pings, so many at a time: how long it took, 0 when an answer was wrong. */
static uint64_t ping(unsigned bytes, unsigned depth)
{
    unsigned sent = 0, done = 0, wrong = 0;
    uint32_t length;
    for (unsigned slot = 0; slot < depth; slot++)
        make_ping(slot, bytes);
    uint64_t from = time_stamp();
    for (; sent < depth; sent++)
        send(sent, bytes);
    kick(&queues[TRANSMIT], TRANSMIT);
    while (done < COUNT) {
        wait(&queues[RECEIVE]);
        reap();
        for (int head; (head = take(&queues[RECEIVE], &length)) >= 0;) {
            int slot = answered(received(head) + HEADER, length, bytes);
            give_buffer(head);
            wrong += slot == -2;
            done += slot != -1;
            if (slot >= 0 && sent < COUNT) {
                send((unsigned)slot, bytes);
                sent++;
            }
        }
        kick(&queues[RECEIVE], RECEIVE);
        kick(&queues[TRANSMIT], TRANSMIT);
    }
    uint64_t took = time_stamp() - from;
    reap();
    return wrong ? 0 : took;
}

/* COUNT frames of so many bytes that nobody takes, DEPTH at a time. */
static uint64_t flood(unsigned bytes, void (*make)(unsigned slot))
{
    unsigned sent = 0, done = 0;
    uint32_t length;
    for (unsigned slot = 0; slot < DEPTH; slot++)
        make(slot);
    uint64_t from = time_stamp();
    for (; sent < DEPTH; sent++)
        send(sent, bytes);
    kick(&queues[TRANSMIT], TRANSMIT);
    while (done < COUNT) {
        wait(&queues[TRANSMIT]);
        for (int slot; (slot = take(&queues[TRANSMIT], &length)) >= 0; done++) {
            if (sent < COUNT) {
                send((unsigned)slot, bytes);
                sent++;
            }
        }
        kick(&queues[TRANSMIT], TRANSMIT);
    }
    return time_stamp() - from;
}

void guest_main(void)
{
    start_nic(F_CSUM | F_HOST_TSO4);
    resolve();
    ping(SMALL, DEPTH); /* what happens once is not counted */
    flood(SMALL, make_small);
    tell(ping(SMALL, 1));
    tell(ping(SMALL, DEPTH));
    tell(ping(LARGE, DEPTH));
    tell(flood(SMALL, make_small));
    tell(flood(SEGMENTED, make_segments));
    out8(0xcf9, 6);
    for (;;)
        __asm__ volatile("hlt");
}
