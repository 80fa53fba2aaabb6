/*
 * aux.c: the EDID of a DisplayPort monitor or panel, read over its AUX channel. (VESA
 * DisplayPort 1.2, 2.7: I2C over AUX; Intel graphics PRMs, Skylake, volume 2c,
 * DDI_AUX_CTL, DDI_AUX_DATA.)
 */
#include "gop.h"

#define CHANNEL_A   0x64010 /* the others follow by 100 each from Gen9 on */
#define PCH_CHANNEL 0xe4010 /* up to Gen8: of B, 100 further, C and D */
#define STRIDE      0x100

#define SEND       0x80000000u
#define DONE       0x40000000u
#define TIMED_OUT  0x10000000u
#define ERROR      0x02000000u
#define SIZE_SHIFT 20
#define SIZE_MASK  0x1fu
#define TRIES      1000 /* of looking, until a reply has to be there */

#define DPCD_WRITE 0x80
#define DPCD_READ  0x90
#define WRITE_MORE 0x40 /* more of this transaction follows */
#define READ_MORE  0x50
#define READ_LAST  0x10
#define DDC        0x50
#define PART       16 /* bytes a read */

/* Send the first `size` bytes; the size of the reply that came in their place, 0: none.
 */
static uint32_t exchange(struct gop *gop, uint32_t channel, uint8_t *bytes,
                         uint32_t size)
{
    uint32_t status = SEND;
    for (uint32_t at = 0; at < size; at += 4)
        register_write(gop, channel + 4 + at,
                       (uint32_t)bytes[at] << 24 | bytes[at + 1] << 16 |
                           bytes[at + 2] << 8 | bytes[at + 3]);
    register_write(gop, channel, SEND | DONE | TIMED_OUT | ERROR | size << SIZE_SHIFT);
    for (unsigned i = 0; status & SEND && i < TRIES; i++)
        status = register_read(gop, channel);
    if (status & (SEND | TIMED_OUT | ERROR) || !(status & DONE))
        return 0;
    size = status >> SIZE_SHIFT & SIZE_MASK;
    if (size > 1 + PART)
        return 0;
    for (uint32_t at = 0; at < size; at += 4) {
        uint32_t word = register_read(gop, channel + 4 + at);
        for (unsigned i = 0; i < 4; i++)
            bytes[at + i] = (uint8_t)(word >> (24 - 8 * i));
    }
    return size;
}

static uint32_t channel_of(const struct gop *gop, const struct gop_port *port)
{
    bool in_pch = gop->config->display <= GOP_HASWELL && port->aux_channel;
    return (in_pch ? PCH_CHANNEL : CHANNEL_A) + port->aux_channel * STRIDE;
}

static bool read_from(struct gop *gop, uint32_t channel, uint8_t *edid)
{
    /* Requests of 4 or 5 bytes, replies of 17; whole words. */
    uint8_t bytes[20] = { WRITE_MORE, 0, DDC, 0, 0 };
    if (exchange(gop, channel, bytes, 5) != 1 || bytes[0])
        return false;
    for (unsigned at = 0; at < GOP_EDID_SIZE; at += PART) {
        bytes[0] = at + PART < GOP_EDID_SIZE ? READ_MORE : READ_LAST;
        bytes[1] = 0;
        bytes[2] = DDC;
        bytes[3] = PART - 1;
        if (exchange(gop, channel, bytes, 4) != 1 + PART || bytes[0])
            return false;
        for (unsigned i = 0; i < PART; i++)
            edid[at + i] = bytes[1 + i];
    }
    return true;
}

bool aux_read_edid(struct gop *gop, const struct gop_port *port,
                   uint8_t edid[GOP_EDID_SIZE])
{
    return read_from(gop, channel_of(gop, port), edid) && edid_is_good(edid);
}

bool aux_read(struct gop *gop, uint16_t address, uint8_t *value)
{
    uint8_t bytes[20] = { DPCD_READ, (uint8_t)(address >> 8), (uint8_t)address, 0 };
    if (exchange(gop, channel_of(gop, gop->port), bytes, 4) != 2 || bytes[0])
        return false;
    *value = bytes[1];
    return true;
}

bool aux_write(struct gop *gop, uint16_t address, uint8_t value)
{
    uint8_t bytes[20] = { DPCD_WRITE, (uint8_t)(address >> 8), (uint8_t)address, 0,
                          value };
    return exchange(gop, channel_of(gop, gop->port), bytes, 5) && !bytes[0];
}
