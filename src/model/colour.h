/* colour.h: what a pipe does to colours once its planes are blended. */
#ifndef MODEL_COLOUR_H
#define MODEL_COLOUR_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* colours */

struct model;

#define COLOUR_ONE   0x10000u /* 1.0: full intensity */
#define COLOUR_STEPS 1024u    /* of intensity, of the table at the end */

/* Tables, a matrix between them, tables: red, green, blue in this order. */
struct colour_transform {
    uint64_t serial;         /* another one for each content of a model; never 0 */
    uint32_t before[3][256]; /* of 8 bits: an intensity */
    bool matrix_on;
    int32_t matrix[3][3];               /* COLOUR_ONE is 1: rows of the result */
    int32_t offset[3];                  /* added to intensities before the matrix */
    uint8_t after[3][COLOUR_STEPS + 1]; /* of an intensity: 8 bits */
};

/*
 * A matrix as registers have it: a coefficient (sign, exponent, nine bits), and what is
 * added before it (two's complement, 12 bits behind the point); COLOUR_ONE is 1.
 */
int32_t colour_coefficient(uint32_t value);
int32_t colour_offset(uint32_t value);

/* Change XRGB8888 colours. */
void colour_apply(const struct colour_transform *transform, uint32_t *pixels,
                  uint32_t count);

/* The registers behind an index of 1024, 32 and 256 entries, and what they come to. */
struct colour {
    uint32_t table[1024], segment[32], degamma[256];
    struct colour_transform transform;
    bool current;  /* transform is what the registers say */
    bool identity; /* and changes nothing */
    bool gamma, matrix;
};

/*
 * What a pipe does to its picture; NULL: nothing. Up to Gen10 planes ask for the tables
 * and the matrix; later they are the pipe's alone. Valid until the model runs on.
 */
const struct colour_transform *colour_of(struct model *model, unsigned pipe, bool gamma,
                                         bool matrix);

/* A register of this pipe changed that is another module's, too. */
void colour_touch(struct model *model, unsigned pipe);

#endif
