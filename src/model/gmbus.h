/* gmbus.h: the state of the I2C controller for monitors' EDIDs. */
#ifndef MODEL_GMBUS_H
#define MODEL_GMBUS_H

#include "model/ddc.h" /* struct ddc */

struct gmbus {
    uint8_t address; /* of the transfer */
    bool active, reading, nak, waiting;
    uint16_t left; /* bytes of the transfer still to come */
    struct ddc ddc;
};

#endif
