/* interrupts.h: events of the display and the GT, through the chip's registers. */
#ifndef MODEL_INTERRUPTS_H
#define MODEL_INTERRUPTS_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* bits */

struct model;

/*
 * Engines, by instance. Where the chip has fewer, nothing happens for those it lacks.
 */
enum model_engine {
    ENGINE_RENDER,
    ENGINE_BLITTER,
    ENGINE_VIDEO_0,
    ENGINE_VIDEO_1,
    ENGINE_VIDEO_2,
    ENGINE_VIDEO_3,
    ENGINE_VIDEO_ENHANCE_0,
    ENGINE_VIDEO_ENHANCE_1,
    ENGINE_COUNT,
};

/* Bits of interrupt_gt, laid out as every Gen8+ engine has them. */
#define ENGINE_USER_INTERRUPT 0x0001u
#define ENGINE_ERROR          0x0008u
#define ENGINE_FLUSH_NOTIFY   0x0010u
#define ENGINE_CONTEXT_SWITCH 0x0100u
#define ENGINE_SEMAPHORE_WAIT 0x0800u

/*
 * An engine has events: put them into the chip's interrupt identity registers, as far
 * as its interrupt mask registers let them through, and tell the bus. An engine's own
 * mask (IMR at engine base + a8) is the caller's to look at before.
 *
 * Gen6, Gen7: GT group at 44010 (bits where the engine has them there). Gen8 to 10:
 * groups at 44300. Gen11 on: identity registers behind 190018 and 19001c.
 * (Linux i915 i915_reg.h, gt/intel_gt_regs.h; Intel PRMs, volume 2c of each chip.)
 */
void interrupt_gt(struct model *model, enum model_engine engine, uint32_t bits);

/* Power management events (Gen6 to 10: PM group). */
void interrupt_gt_pm(struct model *model, uint32_t bits);

/* Events of pipe 0 to 3, in the layout of Gen8's pipe groups. */
#define PIPE_EVENT_VBLANK           0x00000001u
#define PIPE_EVENT_FLIP_DONE(plane) (0x8u << (plane)) /* Gen9 on: plane 0 to 3 */
#define PIPE_EVENT_CRC_DONE         0x10000000u
void interrupt_pipe(struct model *model, unsigned pipe, uint32_t bits);

/* Events of the south display engine (the PCH's hot-plug, GMBUS and AUX bits). */
void interrupt_pch(struct model *model, uint32_t bits);

/* Events of the ports: AUX channels, Gen11's own hot-plug. */
void interrupt_port(struct model *model, uint32_t bits);
void interrupt_display_hotplug(struct model *model, uint32_t bits);

/* Events of the display group of Sandy Bridge to Haswell, as it has them. */
void interrupt_display(struct model *model, uint32_t bits);

/* Something that decides on the interrupt was changed: tell the bus if it matters. */
void interrupt_update(struct model *model);

#endif
