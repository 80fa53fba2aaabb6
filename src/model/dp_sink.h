/* dp_sink.h: a DisplayPort sink: its DPCD, link training and I2C over AUX. */
#ifndef MODEL_DP_SINK_H
#define MODEL_DP_SINK_H

#include "model/ddc.h" /* struct ddc */

#include <stddef.h> /* size_t */
#include <stdint.h> /* bytes */

struct model_monitor;

#define DP_SINK_STORED 0x800u /* DPCD addresses below are kept */

/* What a sink remembers. */
struct dp_sink {
    uint8_t dpcd[DP_SINK_STORED];      /* what the source wrote */
    uint8_t clock_lanes, symbol_lanes; /* lanes locked so far, a bit each */
    struct ddc ddc;
    uint8_t i2c_address; /* of the transaction under way */
};

/* As after power-on: nothing trained. */
void dp_sink_reset(struct dp_sink *sink);

/* The source's main link went dark: locks are lost. */
void dp_sink_link_lost(struct dp_sink *sink);

#define DP_AUX_MAX 20u /* bytes of a request or a reply: header and 16 of data */

/*
 * Answer one AUX request of size bytes; reply has room for DP_AUX_MAX. Returns the size
 * of the reply; 0: none comes, for nothing is plugged in or the request is no request.
 * (VESA DisplayPort 1.2, 2.7; addresses as in Linux include/drm/display/drm_dp.h.)
 */
size_t dp_sink_answer(struct dp_sink *sink, const struct model_monitor *monitor,
                      const uint8_t *request, size_t size, uint8_t *reply);

#endif
