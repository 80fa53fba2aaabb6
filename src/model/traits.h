/* traits.h: what kind of chip a register or behaviour belongs to, as bits. */
#ifndef MODEL_TRAITS_H
#define MODEL_TRAITS_H

#include <stdint.h> /* the bits */

/*
 * A chip has one ON_ bit of its kind, one PCH_ bit of the south display it sits beside
 * (none where display and south display are one), and the bits of what else differs.
 * Public source of the kinds: Linux i915 i915_pci.c and soc/intel_pch.c.
 */
#define ON_SANDY_BRIDGE (1ULL << 0)
#define ON_IVY_BRIDGE   (1ULL << 1)
#define ON_BAY_TRAIL    (1ULL << 2)
#define ON_HASWELL      (1ULL << 3)
#define ON_BROADWELL    (1ULL << 4)
#define ON_CHERRYVIEW   (1ULL << 5)
#define ON_SKYLAKE      (1ULL << 6) /* Kaby, Amber, Coffee and Comet Lake, too */
#define ON_APOLLO_LAKE  (1ULL << 7) /* and Gemini Lake */
#define ON_CANNON_LAKE  (1ULL << 8)
#define ON_ICE_LAKE     (1ULL << 9)
#define ON_ELKHART_LAKE (1ULL << 10) /* and Jasper Lake */
#define ON_TIGER_LAKE   (1ULL << 11)
#define ON_ROCKET_LAKE  (1ULL << 12)
#define ON_ALDER_LAKE_S (1ULL << 13) /* and Raptor Lake S */
#define ON_ALDER_LAKE_P (1ULL << 14) /* Alder Lake N and Raptor Lake P, too */
#define ON_METEOR_LAKE  (1ULL << 15) /* and everything later */

#define PCH_COUGAR_POINT  (1ULL << 32) /* and Panther Point */
#define PCH_LYNX_POINT    (1ULL << 33) /* and Wildcat Point */
#define PCH_SUNRISE_POINT (1ULL << 34)
#define PCH_CANNON_POINT  (1ULL << 35) /* and Comet Lake's */
#define PCH_ICE_LAKE      (1ULL << 36) /* and Mule Creek Canyon */
#define PCH_TIGER_LAKE    (1ULL << 37) /* and Jasper Lake's */
#define PCH_ALDER_LAKE    (1ULL << 38)

/* Slices of the display buffer: a chip with four has the bits of two and three. */
#define WITH_DBUF_2 (1ULL << 48)
#define WITH_DBUF_4 (1ULL << 49)
/* Gen9 and Gen10: a plane's alpha and colours are asked for in PLANE_COLOR_CTL. */
#define WITH_COLOUR_CONTROL (1ULL << 50)

/* Several kinds at once. */
#define ON_GEN6       ON_SANDY_BRIDGE
#define ON_GEN7       (ON_IVY_BRIDGE | ON_BAY_TRAIL | ON_HASWELL)
#define ON_GEN8       (ON_BROADWELL | ON_CHERRYVIEW)
#define ON_GEN9       (ON_SKYLAKE | ON_APOLLO_LAKE)
#define ON_GEN11      (ON_ICE_LAKE | ON_ELKHART_LAKE)
#define ON_GEN12      (ON_TIGER_LAKE | ON_ROCKET_LAKE | ON_ALDER_LAKE_S | ON_ALDER_LAKE_P)
#define ON_GEN12_UP   (ON_GEN12 | ON_METEOR_LAKE)
#define ON_GEN11_UP   (ON_GEN11 | ON_GEN12_UP)
#define ON_GEN9_UP    (ON_GEN9 | ON_CANNON_LAKE | ON_GEN11_UP)
#define ON_GEN8_UP    (ON_GEN8 | ON_GEN9_UP)
#define ON_GEN7_DOWN  (ON_GEN6 | ON_GEN7)
#define ON_GEN8_TO_10 (ON_GEN8 | ON_GEN9 | ON_CANNON_LAKE)
/* What the CPU writes through the aperture reaches memory late: has_coherent_ggtt. */
#define APERTURE_LATE (ON_CHERRYVIEW | ON_APOLLO_LAKE | ON_GEN11_UP)
/* Sandy and Ivy Bridge: pipes in the processor, ports in the PCH, FDI between. */
#define ON_FDI (ON_SANDY_BRIDGE | ON_IVY_BRIDGE)
/* Display outputs and interrupts of an Atom of its own design. */
#define ON_VALLEYVIEW (ON_BAY_TRAIL | ON_CHERRYVIEW)
/* Seven planes a pipe; other chips from Gen11 on have five. */
#define PLANES_7 (ON_GEN11 | ON_TIGER_LAKE)
/* Haswell's display (DDI) and everything after it. */
#define ON_DDI (ON_HASWELL | ON_BROADWELL | ON_GEN9_UP)
#define WITH_PCH                                                                \
    (PCH_COUGAR_POINT | PCH_LYNX_POINT | PCH_SUNRISE_POINT | PCH_CANNON_POINT | \
     PCH_ICE_LAKE | PCH_TIGER_LAKE | PCH_ALDER_LAKE)
#define PCH_ICE_LAKE_UP (PCH_ICE_LAKE | PCH_TIGER_LAKE | PCH_ALDER_LAKE)

#endif
