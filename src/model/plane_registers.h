/* plane_registers.h: a plane's registers, from its base on, and what they have in
 * common. */
#ifndef MODEL_PLANE_REGISTERS_H
#define MODEL_PLANE_REGISTERS_H

#include <stdint.h> /* registers */

#define PLANE_ENABLE       0x80000000u
#define PLANE_SURFACE_MASK 0xfffff000u

/* Linux i915 i915_reg.h; the older planes and sprites have most of them, too. */
enum {
    PLANE_CONTROL = 0x00,
    PLANE_LINEAR_OFFSET = 0x04, /* old */
    PLANE_STRIDE = 0x08,
    PLANE_POSITION = 0x0c,
    PLANE_SIZE = 0x10,
    PLANE_KEY_MASK = 0x18,
    PLANE_SURFACE = 0x1c,
    PLANE_KEY_MAX = 0x20,
    PLANE_OFFSET = 0x24,
    PLANE_CHROMA_DISTANCE = 0x40,
    PLANE_CHROMA_OFFSET = 0x44,
    PLANE_CHROMA_CONTROL = 0x48,
    PLANE_COLOUR_CONTROL = 0x4c,
    PLANE_INPUT_MATRIX = 0x60, /* Gen11 on: of YUV; two a row */
    PLANE_INPUT_BEFORE = 0x78,
    PLANE_INPUT_AFTER = 0x84,
    PLANE_SCALE = 0x84, /* Sandy and Ivy Bridge's sprites: size of the source */
};

/* Columns are in the low half of a register, rows in the high half. */
static inline uint32_t plane_low(uint32_t value)
{
    return value & 0x3fff;
}

static inline uint32_t plane_high(uint32_t value)
{
    return value >> 16 & 0x3fff;
}

#endif
