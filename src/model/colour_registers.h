/* colour_registers.h: where a pipe's look-up tables and its matrix are. */
#ifndef MODEL_COLOUR_REGISTERS_H
#define MODEL_COLOUR_REGISTERS_H

/* Offsets in BAR0 (Linux i915 i915_reg.h). */
#define PALETTE_STRIDE 0x800u
#define PALETTE_AT(pipe) \
    (0x4a000u + PALETTE_STRIDE * (pipe))              /* 256 entries of 8 bits */
#define OLD_TABLE(pipe) (0x4b000u + 0x1000u * (pipe)) /* Gen6: 1024 of 10 bits */
#define TABLE_DATA      0x404u /* from the palette on; before each its index */
#define SEGMENT_DATA    0x40cu
#define DEGAMMA_DATA    0x488u
#define TABLE_MAX       0x410u /* red, green, blue at full intensity */
#define MODE_REGISTER   0x480u
#define MATRIX(pipe)    (0x49010u + 0x100u * (pipe))
#define MATRIX_MODE     0x18u /* from the matrix on */
#define OFFSET_BEFORE   0x20u
#define OFFSET_AFTER    0x30u

#endif
