/* scanout.h: what each pipe shows, the same for every chip: planes, cursor, sizes. */
#ifndef MODEL_SCANOUT_H
#define MODEL_SCANOUT_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* numbers */

struct colour_transform;
struct model;

/* Pixels in memory, lowest byte or bit last in the name, as DRM's formats are named. */
enum scanout_format {
    SCANOUT_C8, /* index into the pipe's palette */
    SCANOUT_RGB565,
    SCANOUT_XRGB8888, /* blue in bits 7:0 */
    SCANOUT_XBGR8888, /* red in bits 7:0 */
    SCANOUT_ARGB8888,
    SCANOUT_ABGR8888,
    SCANOUT_XRGB2101010,
    SCANOUT_XBGR2101010,
    SCANOUT_ARGB2101010,
    SCANOUT_ABGR2101010,
    SCANOUT_XRGB16161616F,
    SCANOUT_XBGR16161616F,
    SCANOUT_ARGB16161616F,
    SCANOUT_ABGR16161616F,
    SCANOUT_YUYV, /* 4:2:2, two pixels in 32 bits */
    SCANOUT_UYVY,
    SCANOUT_YVYU,
    SCANOUT_VYUY,
    SCANOUT_Y216, /* 4:2:2 of 16 bits each; Y210 and Y212 are this with zeros below */
    SCANOUT_XYUV8888,
    SCANOUT_XVYU2101010,
    SCANOUT_XVYU16161616, /* and of 12 bits */
    SCANOUT_NV12,         /* 4:2:0: luma; chroma in a surface of its own */
    SCANOUT_P016,         /* the same of 16 bits; P010 and P012 likewise */
    SCANOUT_CHROMA_8,     /* that other surface of NV12 and of P016 */
    SCANOUT_CHROMA_16,
    SCANOUT_OTHER, /* a format that is not modelled: its plane shows nothing */
};

enum scanout_tiling {
    SCANOUT_LINEAR,
    SCANOUT_X_TILED,  /* 512 bytes by 8 rows */
    SCANOUT_Y_TILED,  /* 128 bytes by 32 rows, in columns of 16 bytes */
    SCANOUT_YF_TILED, /* Gen9 */
    SCANOUT_4_TILED,  /* Meteor Lake on */
};

enum scanout_alpha {
    SCANOUT_OPAQUE,        /* the format's alpha, if any, is ignored */
    SCANOUT_PREMULTIPLIED, /* colour + (1 - alpha) * what is below */
    SCANOUT_STRAIGHT,      /* alpha * colour + (1 - alpha) * what is below */
};

/* How luma and chroma become colours. */
enum scanout_encoding {
    SCANOUT_BT709,
    SCANOUT_BT601,
    SCANOUT_BT2020,
};

/*
 * A matrix in place of that: of V, Y and U, of which each has 0.5 where there is no
 * colour, red, green and blue. COLOUR_ONE is 1.
 */
struct scanout_matrix {
    int32_t factors[3][3];       /* rows of the result */
    int32_t before[3], after[3]; /* added before and afterwards */
};

/* The second surface of a planar format, of two by two pixels; as of the first. */
struct scanout_chroma {
    uint64_t base;
    uint32_t stride;
    uint32_t source_x, source_y; /* in pixels of its own */
};

/* One plane, or the cursor. */
struct scanout_plane {
    bool enabled;
    bool cursor;
    enum scanout_format format;
    enum scanout_tiling tiling;
    enum scanout_encoding encoding;
    bool full_range; /* luma from 0 to 255, not from 16 to 235 */
    bool has_matrix; /* instead of the encoding */
    struct scanout_matrix matrix_of_plane;
    enum scanout_alpha alpha;
    uint8_t constant_alpha; /* of the whole plane: 255 as a rule */
    uint16_t rotation;      /* degrees, counter-clockwise: 0, 90, 180, 270 */
    bool mirrored;          /* left and right, before the rotation */
    bool gamma, matrix;     /* asks for the pipe's tables and matrix (colour.h) */
    uint64_t base;          /* GGTT address of the surface, a multiple of 4096 */
    uint32_t stride;        /* bytes from one row of pixels to the next */
    /* The part of the surface that is shown, pixels (as rotated on the screen). */
    uint32_t source_x, source_y, source_width, source_height;
    struct scanout_chroma chroma;
    /* Where on the pipe; the size differs from the source's where it is scaled. */
    int32_t x, y;
    uint32_t width, height;
};

#define SCANOUT_PLANES 8 /* the cursor is one of them */

/* One pipe. */
struct scanout_pipe {
    bool running;
    /* The picture's size; it is stretched to the timing's, which is what a viewer sees
     * unless the panel fitter keeps borders. */
    uint32_t width, height;
    uint32_t background; /* XRGB8888, below all planes */
    /* Where the picture goes: bit n is DDI n of struct model_port; 0: nowhere. */
    uint16_t ddis;
    bool blanked; /* running, but the port sends no picture (DPMS, VGA disabled) */
    unsigned plane_count;
    struct scanout_plane planes[SCANOUT_PLANES]; /* the lowest first, the cursor last */
    const uint32_t *palette;                  /* 256 XRGB8888 colours for SCANOUT_C8 */
    const struct colour_transform *transform; /* of the whole picture; NULL: none */
};

/*
 * What the pipe (0 to 3) shows now: planes as they were taken over at the last vertical
 * blank. All values come from a guest: sizes are bounded by 16384, addresses are any.
 */
void scanout_get(struct model *model, unsigned pipe, struct scanout_pipe *shown);

/*
 * A number that changes whenever what scanout_get says for this pipe may have changed,
 * and not otherwise. What lies in the surfaces' memory, or behind GGTT entries, may
 * change with it the same.
 */
uint64_t scanout_serial(const struct model *model, unsigned pipe);

/* What the model keeps of a pipe's planes. */
struct scanout {
    struct scanout_plane planes[SCANOUT_PLANES - 1], cursor;
    uint64_t serial;
    uint8_t armed; /* planes to take over, a bit each; bit 7: the cursor */
    bool running;
};

/* Something the pipe shows changed that is no plane: a new serial. */
void scanout_touch(struct model *model, unsigned pipe);

/*
 * For pipes.c: take over the planes that were armed. Returns the events of the flips
 * that came to pass, as interrupt_pipe takes them.
 */
uint32_t scanout_latch(struct model *model, unsigned pipe);

/* Vertical blanks so far: no need to look at a picture more often than this changes. */
uint32_t scanout_frames(struct model *model, unsigned pipe);

#endif
