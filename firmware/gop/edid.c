/*
 * edid.c: the monitor's EDID, read by GMBUS where it is not by AUX. (Intel graphics
 * PRMs, GMBUS; VESA E-EDID standard, release A, 3.10.2: detailed timings.)
 */
#include "gop.h"

#define GMBUS_PIN     0xc5100
#define GMBUS_COMMAND 0xc5104
#define GMBUS_STATUS  0xc5108
#define GMBUS_DATA    0xc510c

#define COMMAND_CLEAR 0x80000000u
#define COMMAND_READY 0x40000000u
#define CYCLE_STOP    0x08000000u
#define CYCLE_INDEX   0x04000000u
#define CYCLE_WAIT    0x02000000u
#define COMMAND_READ  1u
#define STATUS_READY  0x0800u
#define STATUS_NAK    0x0400u
#define USUAL_PORT    1 /* B */
#define DDC_ADDRESS   0x50u
#define TRIES         1000 /* of looking, until a word has to be there */

#define DETAILED        54 /* the first of four descriptions of 18 bytes */
#define FEATURES        17 /* in one */
#define INTERLACED      0x80
#define SEPARATE        0x18 /* of all kinds of synchronisation: pulses of two lines */
#define VERTICAL_HIGH   0x04
#define HORIZONTAL_HIGH 0x02
#define LIMIT           8192

static bool wait_for_data(struct gop *gop)
{
    for (unsigned i = 0; i < TRIES; i++) {
        uint32_t status = register_read(gop, GMBUS_STATUS);
        if (status & STATUS_NAK)
            return false;
        if (status & STATUS_READY)
            return true;
    }
    return false;
}

static bool read_from_pin(struct gop *gop, uint32_t pin, uint8_t *edid)
{
    bool good = true;
    register_write(gop, GMBUS_PIN, pin);
    register_write(gop, GMBUS_COMMAND,
                   COMMAND_READY | CYCLE_WAIT | CYCLE_INDEX | GOP_EDID_SIZE << 16 |
                       DDC_ADDRESS << 1 | COMMAND_READ);
    for (unsigned at = 0; good && at < GOP_EDID_SIZE; at += 4) {
        good = wait_for_data(gop);
        uint32_t word = good ? register_read(gop, GMBUS_DATA) : 0;
        for (unsigned i = 0; i < 4; i++)
            edid[at + i] = (uint8_t)(word >> (8 * i));
    }
    register_write(gop, GMBUS_COMMAND, COMMAND_READY | CYCLE_STOP);
    register_write(gop, GMBUS_COMMAND, COMMAND_CLEAR);
    register_write(gop, GMBUS_COMMAND, 0);
    register_write(gop, GMBUS_PIN, 0);
    return good;
}

bool edid_is_good(const uint8_t edid[GOP_EDID_SIZE])
{
    uint8_t sum = 0;
    for (unsigned i = 0; i < GOP_EDID_SIZE; i++)
        sum = (uint8_t)(sum + edid[i]);
    for (unsigned i = 1; i < 7; i++) {
        if (edid[i] != 0xff)
            return false;
    }
    return sum == 0 && edid[0] == 0 && edid[7] == 0;
}

bool edid_read(struct gop *gop, uint8_t edid[GOP_EDID_SIZE])
{
    const struct gop_port *ports = gop->config->ports;
    unsigned count = gop->config->port_count;
    for (unsigned i = 0; i < count; i++) { /* a panel, if there is one, has port A */
        if (ports[i].has_aux && aux_read_edid(gop, &ports[i], edid)) {
            gop->is_displayport = true;
            gop->port = &ports[i];
            return true;
        }
    }
    for (unsigned i = 0; i < count; i++) {
        if (ports[i].gmbus_pin && read_from_pin(gop, ports[i].gmbus_pin, edid) &&
            edid_is_good(edid)) {
            gop->port = &ports[i];
            return true;
        }
    }
    for (unsigned i = 0; i < count; i++) {
        if (ports[i].letter == USUAL_PORT)
            gop->port = &ports[i];
    }
    return false;
}

/* Times come as what is shown, blanking, and the pulse's place in the blanking. */
static bool set_axis(struct gop_axis *axis, unsigned active, unsigned blanking,
                     unsigned front, unsigned pulse)
{
    *axis = (struct gop_axis){
        .active = (uint16_t)active,
        .sync_start = (uint16_t)(active + front),
        .sync_end = (uint16_t)(active + front + pulse),
        .total = (uint16_t)(active + blanking),
    };
    return active && active + blanking <= LIMIT && pulse && front + pulse <= blanking;
}

bool edid_preferred(const uint8_t edid[GOP_EDID_SIZE], struct gop_mode *mode)
{
    const uint8_t *timing = edid + DETAILED;
    unsigned flags = timing[FEATURES];
    bool separate = (flags & SEPARATE) == SEPARATE;
    mode->clock = 10u * (timing[0] | (unsigned)timing[1] << 8);
    mode->horizontal_high = separate && flags & HORIZONTAL_HIGH;
    mode->vertical_high = separate && flags & VERTICAL_HIGH;
    if (!mode->clock || flags & INTERLACED)
        return false;
    return set_axis(&mode->horizontal, timing[2] | (timing[4] & 0xf0u) << 4,
                    timing[3] | (timing[4] & 0x0fu) << 8,
                    timing[8] | (timing[11] & 0xc0u) << 2,
                    timing[9] | (timing[11] & 0x30u) << 4) &&
           set_axis(&mode->vertical, timing[5] | (timing[7] & 0xf0u) << 4,
                    timing[6] | (timing[7] & 0x0fu) << 8,
                    timing[10] >> 4 | (timing[11] & 0x0cu) << 2,
                    (timing[10] & 0x0fu) | (timing[11] & 0x03u) << 4);
}
