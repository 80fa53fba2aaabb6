/* piix4_smbus.h: the SMBus host controller of PIIX4, with an empty bus behind it. */
#ifndef DEVICES_PIIX4_SMBUS_H
#define DEVICES_PIIX4_SMBUS_H

#include "devices/byte_ports.h" /* struct byte_ports */

#define PIIX4_SMBUS_PORTS 16

/* Part of the power-management function; placed by its owner. */
struct piix4_smbus {
    struct byte_ports ports;
    uint8_t registers[PIIX4_SMBUS_PORTS];
};

/* Fill in the ports' handlers and the power-on state; ports are in no space yet. */
void piix4_smbus_init(struct piix4_smbus *smbus);
void piix4_smbus_reset(struct piix4_smbus *smbus);

#endif
