/* viewer_keys.c: what a viewer types, as keys of the guest's keyboard. */
#include "display/viewer_keys.h"

#include "display/keysyms.h"  /* which key types what */
#include "display/protocol.h" /* lights */

#include <linux/input-event-codes.h> /* KEY_* */

static const uint16_t shifts[2] = { KEY_LEFTSHIFT, KEY_RIGHTSHIFT };

/* Where a key is held by what was typed (keysym), or by its code where that is 0. */
static int find_held(const struct viewer_keys *keys, uint32_t keysym, uint16_t code)
{
    for (int i = 0; i < VIEWER_KEYS_HELD; i++) {
        if (keysym ? keys->held[i].code && keys->held[i].keysym == keysym
                   : keys->held[i].code == code)
            return i;
    }
    return -1;
}

static void press_shift(struct viewer_keys *keys, unsigned side, bool down)
{
    if (keys->shift_pressed[side] == down)
        return;
    keys->shift_pressed[side] = down;
    keys->sink->key(keys->sink->opaque, shifts[side], down);
}

/* As the viewer itself holds them. */
static void restore_shifts(struct viewer_keys *keys)
{
    for (unsigned side = 0; side < 2; side++)
        press_shift(keys, side, find_held(keys, 0, shifts[side]) >= 0);
}

static void want_shift(struct viewer_keys *keys, bool shift)
{
    if (shift == (keys->shift_pressed[0] || keys->shift_pressed[1]))
        return;
    press_shift(keys, 0, shift);
    press_shift(keys, 1, false);
}

/* The guest's word comes later, and corrects this if need be. */
static void want_num_lock(struct viewer_keys *keys, bool on, uint32_t *lights)
{
    if (on == !!(*lights & DISPLAY_LIGHT_NUM))
        return;
    keys->sink->key(keys->sink->opaque, KEY_NUMLOCK, true);
    keys->sink->key(keys->sink->opaque, KEY_NUMLOCK, false);
    *lights ^= DISPLAY_LIGHT_NUM;
}

static void prepare(struct viewer_keys *keys, enum keysym_needs needs, uint32_t *lights)
{
    bool caps = *lights & DISPLAY_LIGHT_CAPS;
    switch (needs) {
    case KEYSYM_NEEDS_NO_SHIFT:
    case KEYSYM_NEEDS_SHIFT:
        want_shift(keys, needs == KEYSYM_NEEDS_SHIFT);
        break;
    case KEYSYM_IS_SMALL:
    case KEYSYM_IS_CAPITAL:
        want_shift(keys, (needs == KEYSYM_IS_CAPITAL) != caps);
        break;
    case KEYSYM_NEEDS_NUM_LOCK:
    case KEYSYM_NEEDS_NO_NUM_LOCK:
        restore_shifts(keys);
        want_num_lock(keys, needs == KEYSYM_NEEDS_NUM_LOCK, lights);
        break;
    case KEYSYM_NEEDS_NOTHING:
        restore_shifts(keys);
        break;
    }
}

static void press(struct viewer_keys *keys, uint32_t keysym, uint32_t *lights)
{
    struct keysym_key found = keysym_find(keysym);
    int at = find_held(keys, keysym, 0);
    bool repeats = at >= 0;
    if (!repeats)
        at = find_held(keys, 0, 0);
    if (!found.code || at < 0)
        return;
    keys->held[at].keysym = keysym;
    keys->held[at].code = found.code;
    if (found.code == shifts[0] || found.code == shifts[1]) {
        restore_shifts(keys);
        return;
    }
    prepare(keys, found.needs, lights);
    keys->sink->key(keys->sink->opaque, found.code, true);
    if (found.code == KEY_CAPSLOCK && !repeats)
        *lights ^= DISPLAY_LIGHT_CAPS;
    else if (found.code == KEY_NUMLOCK && !repeats)
        *lights ^= DISPLAY_LIGHT_NUM;
}

static void release(struct viewer_keys *keys, int at)
{
    uint16_t code = keys->held[at].code;
    keys->held[at].code = 0;
    keys->held[at].keysym = 0;
    bool shift = code == shifts[0] || code == shifts[1];
    /* A key that two keysyms hold (a, then A) goes up with the second. */
    if (!shift && find_held(keys, 0, code) < 0)
        keys->sink->key(keys->sink->opaque, code, false);
    restore_shifts(keys);
}

/*
 * A key went up under another name than it went down: shift changed in between (1 went
 * down, ! goes up).
 */
static int find_by_key(const struct viewer_keys *keys, uint32_t keysym)
{
    uint16_t code = keysym_find(keysym).code;
    return code ? find_held(keys, 0, code) : -1;
}

void viewer_keys_typed(struct viewer_keys *keys, uint32_t keysym, bool down,
                       uint32_t *lights)
{
    if (!keysym)
        return;
    if (down) {
        press(keys, keysym, lights);
        return;
    }
    int at = find_held(keys, keysym, 0);
    if (at < 0)
        at = find_by_key(keys, keysym);
    if (at >= 0)
        release(keys, at);
}

void viewer_keys_release(struct viewer_keys *keys)
{
    for (int i = 0; i < VIEWER_KEYS_HELD; i++) {
        if (keys->held[i].code)
            release(keys, i);
    }
}
