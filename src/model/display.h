/* display.h: the display and interrupt registers the model brings to life. */
#ifndef MODEL_DISPLAY_H
#define MODEL_DISPLAY_H

/* Offsets in BAR0 (Intel graphics PRMs, Skylake; Linux i915 register headers). */
#define MASTER_CONTROL 0x44200
#define MASTER_ENABLE  0x80000000u
#define MASTER_PIPE_A  0x00010000u
#define PIPE_A_ISR     0x44400
#define PIPE_A_IMR     0x44404
#define PIPE_A_IIR     0x44408
#define PIPE_A_IER     0x4440c
#define PIPE_VBLANK    0x00000001u
#define PIPE_A_CONF    0x70008
#define PIPE_ENABLE    0x80000000u
#define PIPE_STATE     0x40000000u
#define PIPE_A_FRAME   0x70040 /* frames since the pipe was enabled */

#define FRAME_PERIOD 16666667 /* nanoseconds: 60 Hz */

#endif
