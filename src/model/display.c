/* display.c: pipe A's frame clock and the interrupt it raises. */
#include "model/display.h"

#include "base/bytes.h"  /* loads and stores */
#include "model/state.h" /* struct model */

static uint32_t stored(const struct model *model, uint32_t offset)
{
    return load32(model->registers + offset);
}

void display_reset(struct model *model)
{
    model->frame = 0;
    display_pipe_changed(model);
    display_update_interrupt(model);
}

/* The pipe follows its enable bit at once; the frame counter starts at 0. */
void display_pipe_changed(struct model *model)
{
    bool enable = stored(model, PIPE_A_CONF) & PIPE_ENABLE;
    if (enable == model->pipe_running)
        return;
    model->pipe_running = enable;
    model->frame = 0;
    if (model->bus)
        model->bus->frame_timer(model->opaque, enable ? FRAME_PERIOD : 0);
}

/*
 * Bits of the master control register: computed, never stored, so that a driver which
 * finds one set always finds the identity bit behind it.
 */
uint32_t display_master_pending(const struct model *model)
{
    return stored(model, PIPE_A_IIR) & stored(model, PIPE_A_IER) ? MASTER_PIPE_A : 0;
}

bool model_interrupt_pending(const struct model *model)
{
    return (stored(model, MASTER_CONTROL) & MASTER_ENABLE) &&
           display_master_pending(model) != 0;
}

void display_update_interrupt(struct model *model)
{
    bool condition = model_interrupt_pending(model);
    bool off = load16(model->config + PCI_COMMAND) & PCI_COMMAND_INTX_OFF ||
               model->config[model->chip->msi_control] & 1;
    bool pin = condition && !off;
    if (condition == model->interrupt && pin == model->pin)
        return;
    model->interrupt = condition;
    model->pin = pin;
    if (model->bus)
        model->bus->interrupt(model->opaque, condition, pin);
}

void model_frame(struct model *model)
{
    if (!model->pipe_running)
        return;
    model->frame++;
    model->counters.frames++;
    if (!(stored(model, PIPE_A_IMR) & PIPE_VBLANK)) {
        uint32_t iir = stored(model, PIPE_A_IIR) | PIPE_VBLANK;
        store32(model->registers + PIPE_A_IIR, iir);
    }
    display_update_interrupt(model);
}
