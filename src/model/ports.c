/* ports.c: the table of display ports, one list a family of chips. */
#include "model/ports.h"

#include "base/bytes.h"  /* ARRAY_SIZE */
#include "model/chips.h" /* the chip's name */

#include <ctype.h>  /* tolower */
#include <string.h> /* strcmp */

#define HDMI (1u << MODEL_MONITOR_HDMI)
#define DP   (1u << MODEL_MONITOR_DP)
#define EDP  (1u << MODEL_MONITOR_EDP)

/*
 * Linux i915 display/intel_bios.c (DDC pins and ports of the VBT), intel_gmbus.c
 * (pins), intel_display.c (ports). Type-C ports are left out: they need a PHY that is
 * shared with USB. Columns: letter, kinds, DDI, AUX channel, GMBUS pin, DDC pin in the
 * VBT.
 */
/* clang-format off: one row a port */

/* Sandy and Ivy Bridge: the panel on the CPU, the others on the PCH. */
static const struct model_port pch[] = {
    { 'a', EDP, 0, 0, 0, 0 },
    { 'b', HDMI | DP, 1, 1, 5, 5 },
    { 'c', HDMI | DP, 2, 2, 4, 4 },
    { 'd', HDMI | DP, 3, 3, 6, 6 },
};

static const struct model_port bay_trail[] = {
    { 'b', HDMI | DP, 1, 1, 5, 5 },
    { 'c', EDP | DP, 2, 2, 4, 4 },
};

static const struct model_port cherryview[] = {
    { 'b', HDMI | DP, 1, 1, 5, 5 },
    { 'c', EDP | DP, 2, 2, 4, 4 },
    { 'd', HDMI | DP, 3, 3, 3, 3 },
};

/* Haswell to Kaby Lake: Lynx Point, Wildcat Point, Sunrise Point. */
static const struct model_port lynx_point[] = {
    { 'a', EDP, 0, 0, 0, 0 },
    { 'b', HDMI | DP, 1, 1, 5, 5 },
    { 'c', HDMI | DP, 2, 2, 4, 4 },
    { 'd', HDMI | DP, 3, 3, 6, 6 },
};

static const struct model_port broxton[] = {
    { 'a', EDP, 0, 0, 0, 0 },
    { 'b', HDMI | DP, 1, 1, 1, 1 },
    { 'c', HDMI | DP, 2, 2, 2, 2 },
};

/* Coffee, Comet and Cannon Lake: Cannon Point. */
static const struct model_port cannon_point[] = {
    { 'a', EDP, 0, 0, 0, 0 },
    { 'b', HDMI | DP, 1, 1, 1, 1 },
    { 'c', HDMI | DP, 2, 2, 2, 2 },
    { 'd', HDMI | DP, 3, 3, 4, 3 },
};

/* i915 takes no HDMI on port A before Gen12. */
static const struct model_port ice_lake[] = {
    { 'a', EDP | DP, 0, 0, 1, 1 },
    { 'b', HDMI | DP, 1, 1, 2, 2 },
};

static const struct model_port elkhart_lake[] = {
    { 'a', EDP | DP, 0, 0, 1, 1 },
    { 'b', HDMI | DP, 1, 1, 2, 2 },
    { 'c', HDMI | DP, 2, 2, 9, 4 },
};

static const struct model_port tiger_lake[] = {
    { 'a', EDP | DP | HDMI, 0, 0, 1, 1 },
    { 'b', HDMI | DP, 1, 1, 2, 2 },
};

/* Combination PHYs C and D are on the DDIs of Type-C 1 and 2. */
static const struct model_port rocket_lake[] = {
    { 'a', EDP | DP | HDMI, 0, 0, 1, 1 },
    { 'b', HDMI | DP, 1, 1, 2, 2 },
    { 'c', HDMI | DP, 3, 3, 9, 3 },
    { 'd', HDMI | DP, 4, 4, 10, 4 },
};

/* Here B to E are. */
static const struct model_port alder_lake_s[] = {
    { 'a', EDP | DP | HDMI, 0, 0, 1, 1 }, { 'b', HDMI | DP, 3, 3, 9, 2 },
    { 'c', HDMI | DP, 4, 4, 10, 3 },      { 'd', HDMI | DP, 5, 5, 11, 4 },
    { 'e', HDMI | DP, 6, 6, 12, 5 },
};

static const struct {
    const char *chip;
    const struct model_port *ports;
    size_t count;
} rows[] = {
#define ROW(name, list)              \
    {                                \
        name, list, ARRAY_SIZE(list) \
    }
    ROW("sandy-bridge", pch),           ROW("ivy-bridge", pch),
    ROW("bay-trail", bay_trail),        ROW("haswell", lynx_point),
    ROW("broadwell", lynx_point),       ROW("cherryview", cherryview),
    ROW("skylake", lynx_point),         ROW("apollo-lake", broxton),
    ROW("gemini-lake", broxton),        ROW("kaby-lake", lynx_point),
    ROW("amber-lake", lynx_point),      ROW("coffee-lake", cannon_point),
    ROW("comet-lake", cannon_point),    ROW("cannon-lake", cannon_point),
    ROW("ice-lake", ice_lake),          ROW("elkhart-lake", elkhart_lake),
    ROW("jasper-lake", elkhart_lake),   ROW("tiger-lake", tiger_lake),
    ROW("rocket-lake", rocket_lake),    ROW("alder-lake-s", alder_lake_s),
    ROW("alder-lake-p", tiger_lake),    ROW("alder-lake-n", tiger_lake),
    ROW("raptor-lake-s", alder_lake_s), ROW("raptor-lake-p", tiger_lake),
#undef ROW
};
/* clang-format on */

const char *model_monitor_kind_name(enum model_monitor_kind kind)
{
    static const char *const names[] = { "hdmi", "dp", "edp" };
    return names[kind];
}

const struct model_port *model_port_at(const struct model_chip *chip, size_t index)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (strcmp(rows[i].chip, chip->name) == 0)
            return index < rows[i].count ? &rows[i].ports[index] : NULL;
    }
    /* Meteor Lake on: the combination PHYs are A and B, wired as before. */
    return index < ARRAY_SIZE(tiger_lake) ? &tiger_lake[index] : NULL;
}

const struct model_port *model_port_find(const struct model_chip *chip, char letter)
{
    const struct model_port *port;
    for (size_t i = 0; (port = model_port_at(chip, i)); i++) {
        if (port->letter == tolower((unsigned char)letter))
            return port;
    }
    return NULL;
}
