/* piix4_smbus.c: the SMBus host controller of PIIX4, with an empty bus behind it. */
#include "devices/piix4_smbus.h"

#include <string.h> /* memset */

/* Registers: 82371AB (PIIX4) datasheet, order 290562, section 7.2. */
enum {
    SMB_HOST_STATUS = 0x00, /* write 1 to clear */
    SMB_SLAVE_STATUS = 0x01,
    SMB_HOST_CONTROL = 0x02,
};

#define SMB_STATUS_DEVICE_ERROR 0x04
#define SMB_STATUS_CLEARABLE    0x1e
#define SMB_CONTROL_START       0x40 /* reads as 0 */

static uint8_t smbus_read(void *opaque, unsigned offset)
{
    const struct piix4_smbus *smbus = opaque;
    return smbus->registers[offset % PIIX4_SMBUS_PORTS];
}

static void smbus_write(void *opaque, unsigned offset, uint8_t value)
{
    struct piix4_smbus *smbus = opaque;
    switch (offset) {
    case SMB_HOST_STATUS:
    case SMB_SLAVE_STATUS:
        smbus->registers[offset] &= (uint8_t) ~(value & SMB_STATUS_CLEARABLE);
        break;
    case SMB_HOST_CONTROL:
        smbus->registers[offset] = value & (uint8_t)~SMB_CONTROL_START;
        /* Nobody acknowledges the address: every transaction ends at once. */
        if (value & SMB_CONTROL_START)
            smbus->registers[SMB_HOST_STATUS] |= SMB_STATUS_DEVICE_ERROR;
        break;
    default:
        smbus->registers[offset % PIIX4_SMBUS_PORTS] = value;
    }
}

void piix4_smbus_reset(struct piix4_smbus *smbus)
{
    memset(smbus->registers, 0, sizeof(smbus->registers));
}

void piix4_smbus_init(struct piix4_smbus *smbus)
{
    byte_ports_init(&smbus->ports, "smbus");
    smbus->ports.read = smbus_read;
    smbus->ports.write = smbus_write;
    smbus->ports.opaque = smbus;
    piix4_smbus_reset(smbus);
}
