/*
 * internet.h: Ethernet frames and IP packets through the virtio NIC, for guests written
 * in C. Numbers lie in them in network byte order.
 */
#ifndef LAB_INTERNET_H
#define LAB_INTERNET_H

#include "virtio_nic.h" /* where frames go */

#define ETHERNET 14u /* bytes of the headers */
#define IP       20u

static inline void copy(uint8_t *to, const uint8_t *from, unsigned size)
{
    while (size--)
        *to++ = *from++;
}

static inline void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* RFC 1071 */
static inline unsigned checksum(const uint8_t *at, unsigned size)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < size; i += 2)
        sum += (uint32_t)at[i] << 8 | (i + 1 < size ? at[i + 1] : 0);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

/* A frame of this type in a slot, behind an empty header of the NIC's: what is in it.
 */
static inline uint8_t *begin_frame(unsigned slot, const uint8_t *from,
                                   const uint8_t *to, unsigned type)
{
    uint8_t *at = to_send(slot);
    for (unsigned i = 0; i < HEADER; i++)
        at[i] = 0;
    at += HEADER;
    copy(at, to, 6);
    copy(at + 6, from, 6);
    put16(at + 12, type);
    return at + ETHERNET;
}

/* The header of an IP packet of so many bytes, with it. */
static inline void begin_ip(uint8_t *at, const uint8_t *from, const uint8_t *to,
                            unsigned protocol, unsigned bytes)
{
    static const uint8_t fixed[] = { 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64 };
    copy(at, fixed, sizeof(fixed));
    put16(at + 2, bytes);
    at[9] = (uint8_t)protocol;
    put16(at + 10, 0);
    copy(at + 12, from, 4);
    copy(at + 16, to, 4);
    put16(at + 10, checksum(at, IP));
}

#endif
