/* ddc.h: the I2C devices of a monitor: its EDID and the segment pointer before it. */
#ifndef MODEL_DDC_H
#define MODEL_DDC_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* bytes */

struct model_monitor;

/* Where reading is, of one bus; the monitor behind it may come and go. */
struct ddc {
    uint8_t offset, segment;
};

/* Does anything answer to this 7-bit address? monitor may be NULL: nothing there. */
bool ddc_answers(const struct model_monitor *monitor, uint8_t address);
/* A byte from or to an address that answers. (VESA E-DDC 1.2, 2.2.) */
uint8_t ddc_read(struct ddc *ddc, const struct model_monitor *monitor, uint8_t address);
void ddc_write(struct ddc *ddc, uint8_t address, uint8_t byte);
/* A stop condition: the segment is the first again. */
void ddc_stop(struct ddc *ddc);

#endif
