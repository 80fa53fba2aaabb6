/* platform_table.h: the rows of the platform table, for the device table. */
#ifndef IGD_PLATFORM_TABLE_H
#define IGD_PLATFORM_TABLE_H

#include "igd/platform.h" /* struct igd_platform */

/* One row each, in the order of igd_platforms. */
enum igd_platform_row {
    SANDY_BRIDGE,
    IVY_BRIDGE,
    BAY_TRAIL,
    HASWELL,
    BROADWELL,
    CHERRYVIEW,
    SKYLAKE,
    APOLLO_LAKE,
    GEMINI_LAKE,
    KABY_LAKE,
    AMBER_LAKE,
    COFFEE_LAKE,
    COMET_LAKE,
    CANNON_LAKE,
    ICE_LAKE,
    ELKHART_LAKE,
    JASPER_LAKE,
    TIGER_LAKE,
    ROCKET_LAKE,
    ALDER_LAKE_S,
    ALDER_LAKE_P,
    ALDER_LAKE_N,
    RAPTOR_LAKE_S,
    RAPTOR_LAKE_P,
    METEOR_LAKE,
    ARROW_LAKE,
    LUNAR_LAKE,
    PANTHER_LAKE,
    WILDCAT_LAKE,
    NOVA_LAKE_S,
    NOVA_LAKE_P,
    IGD_PLATFORM_COUNT,
};

extern const struct igd_platform igd_platforms[IGD_PLATFORM_COUNT];

#endif
