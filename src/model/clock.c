/* clock.c: the device's time, and what is to happen at a time. */
#include "model/clock.h"

#include "base/bytes.h"  /* ARRAY_SIZE */
#include "model/fault.h" /* the faults' timer */
#include "model/gt.h"    /* the GT's timer */
#include "model/pipes.h" /* the pipes' timer */
#include "model/state.h" /* struct model */

/* Whose function is called when a timer rings. */
static void (*const rings[TIMER_COUNT])(struct model *model) = {
    [TIMER_PIPES] = pipes_timer,
    [TIMER_GT] = gt_timer,
    [TIMER_FAULTS] = faults_timer,
};

static uint64_t first_deadline(const struct model *model)
{
    uint64_t first = 0;
    for (unsigned i = 0; i < TIMER_COUNT; i++) {
        uint64_t when = model->deadlines[i];
        if (when && (!first || when < first))
            first = when;
    }
    return first;
}

/* Have the bus call at the first deadline, if that is not what it was asked already. */
static void arm(struct model *model)
{
    uint64_t first = first_deadline(model);
    if (first == model->armed)
        return;
    model->armed = first;
    if (!model->bus)
        return;
    uint64_t now = clock_now(model);
    uint64_t delay = first > now ? first - now : 1;
    model->bus->frame_timer(model->opaque, first ? delay : 0);
}

uint64_t clock_now(struct model *model)
{
    if (model->bus && model->bus->now) {
        uint64_t now = model->bus->now(model->opaque);
        if (now > model->time)
            model->time = now;
    }
    return model->time;
}

void clock_set(struct model *model, enum model_timer timer, uint64_t when)
{
    model->deadlines[timer] = when;
    arm(model);
}

void clock_reset(struct model *model)
{
    for (unsigned i = 0; i < TIMER_COUNT; i++)
        model->deadlines[i] = 0;
    arm(model);
}

void model_frame(struct model *model)
{
    /* The bus says the time has come: then it has, whatever its clock reads. */
    if (model->armed > model->time)
        model->time = model->armed;
    model->armed = 0;
    uint64_t now = clock_now(model);
    for (unsigned i = 0; i < TIMER_COUNT; i++) {
        if (!model->deadlines[i] || model->deadlines[i] > now)
            continue;
        model->deadlines[i] = 0;
        rings[i](model);
    }
    arm(model);
}
