/* ddc.c: the I2C devices of a monitor: its EDID and the segment pointer before it. */
#include "model/ddc.h"

#include "model/monitor.h" /* the EDID */

#define ADDRESS_EDID    0x50
#define ADDRESS_SEGMENT 0x30
#define SEGMENT_SIZE    256u
#define GARBLED_BYTE    60 /* of each block, by the fault edid-corrupt */

bool ddc_answers(const struct model_monitor *monitor, uint8_t address)
{
    return monitor && monitor->connected && monitor->edid_size &&
           !(monitor->faults & MODEL_MONITOR_NAKS) &&
           (address == ADDRESS_EDID || address == ADDRESS_SEGMENT);
}

uint8_t ddc_read(struct ddc *ddc, const struct model_monitor *monitor, uint8_t address)
{
    if (address != ADDRESS_EDID)
        return 0xff;
    unsigned at = ddc->segment * SEGMENT_SIZE + ddc->offset++;
    uint8_t byte = at < monitor->edid_size ? monitor->edid[at] : 0xff;
    bool garbled = monitor->faults & MODEL_MONITOR_GARBLES && at % 128 == GARBLED_BYTE;
    return garbled ? (uint8_t)~byte : byte;
}

void ddc_write(struct ddc *ddc, uint8_t address, uint8_t byte)
{
    if (address == ADDRESS_SEGMENT)
        ddc->segment = byte;
    else
        ddc->offset = byte;
}

void ddc_stop(struct ddc *ddc)
{
    ddc->segment = 0;
}
