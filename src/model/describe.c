/* describe.c: what there is to know of a model from outside, as JSON. */
#include "model/state.h"

#include "base/bytes.h" /* MIB */

#include <inttypes.h> /* PRIu64 */
#include <stdio.h>    /* asprintf */

char *model_describe(const struct model *model)
{
    const struct igd_platform *platform = model->platform;
    char generation[8], *text;
    int result = asprintf(
        &text,
        "{\"name\": \"%s\", \"title\": \"%s\", \"generation\": \"%s\",\n"
        " \"vendor\": \"8086\", \"device\": \"%04x\", \"class\": \"03%02x\", "
        "\"has_vbios\": %s,\n"
        " \"ggc\": %u, \"stolen_size\": %" PRIu64 ", \"gtt_stolen_size\": %" PRIu64
        ",\n"
        " \"bdsm_offset\": %u, \"bdsm_size\": %u,\n"
        " \"bar0_size\": %u, \"gtt_offset\": %u, \"pte_size\": %u, "
        "\"aperture_size\": %" PRIu64 "}",
        platform->name, platform->title,
        igd_generation_text(platform, generation, sizeof(generation)),
        model->chip->device_id, model->options.subclass,
        platform->has_vbios ? "true" : "false", model->ggc_raw, model->ggc.stolen_size,
        model->ggc.gtt_size, model->bdsm_offset, model->bdsm_size, platform->bar0_size,
        platform->gtt_offset, platform->pte_size, model->chip->aperture_size);
    return result < 0 ? NULL : text;
}
