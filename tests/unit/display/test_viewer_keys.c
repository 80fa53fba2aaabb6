/* test_viewer_keys.c: what viewers type, told to a US keyboard that types it back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"          /* ARRAY_SIZE */
#include "display/keysyms.h"     /* under test */
#include "display/protocol.h"    /* lights */
#include "display/viewer_keys.h" /* under test */

#include <linux/input-event-codes.h> /* KEY_* */
#include <rfb/keysym.h>              /* XK_* */
#include <string.h>                  /* strchr */

/* A guest with a US keyboard, as Linux's default keymap has it. */
struct guest {
    bool down[256];
    bool caps, num;
    char typed[64];
    unsigned count;
    struct input_sink sink;
    struct viewer_keys keys;
    uint32_t lights;
};

static const char plain[] =
    "\0\0331234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./";
static const char shifted[] =
    "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?";

static void type(struct guest *guest, char character)
{
    assert_true(guest->count + 1 < sizeof(guest->typed));
    guest->typed[guest->count++] = character;
    guest->typed[guest->count] = '\0';
}

static void key(void *opaque, unsigned code, bool down)
{
    static const char keypad[] = "789-456+1230.";
    struct guest *guest = opaque;
    assert_in_range(code, 1, DISPLAY_KEY_MAX);
    if (!down)
        assert_true(guest->down[code]); /* nothing goes up that was not down */
    bool shift = guest->down[KEY_LEFTSHIFT] || guest->down[KEY_RIGHTSHIFT];
    guest->down[code] = down;
    if (!down)
        return;
    if (code == KEY_CAPSLOCK)
        guest->caps ^= true;
    else if (code == KEY_NUMLOCK)
        guest->num ^= true;
    else if (code == KEY_SPACE)
        type(guest, ' ');
    else if (code >= KEY_KP7 && code <= KEY_KPDOT)
        type(guest, guest->num && !shift ? keypad[code - KEY_KP7] : 'n');
    else if (code < sizeof(plain) - 1 && plain[code]) {
        bool letter = plain[code] >= 'a' && plain[code] <= 'z';
        type(guest, (letter && guest->caps) != shift ? shifted[code] : plain[code]);
    }
}

static struct guest *new_guest(void)
{
    struct guest *guest = test_calloc(1, sizeof(*guest));
    guest->sink = (struct input_sink){ .key = key, .opaque = guest };
    guest->keys.sink = &guest->sink;
    return guest;
}

static void press(struct guest *guest, uint32_t keysym)
{
    viewer_keys_typed(&guest->keys, keysym, true, &guest->lights);
}

static void release(struct guest *guest, uint32_t keysym)
{
    viewer_keys_typed(&guest->keys, keysym, false, &guest->lights);
}

static void tap(struct guest *guest, uint32_t keysym)
{
    press(guest, keysym);
    release(guest, keysym);
}

/* The guest typed this since it was last asked, and no key is down. */
static void expect(struct guest *guest, const char *text)
{
    assert_string_equal(guest->typed, text);
    guest->count = 0;
    guest->typed[0] = '\0';
    for (unsigned i = 0; i < ARRAY_SIZE(guest->down); i++)
        assert_false(guest->down[i]);
}

/* A program that names characters and never presses shift. */
static void test_characters(void **state)
{
    struct guest *guest = new_guest();
    for (uint32_t c = ' '; c <= '~'; c++) {
        const char text[] = { (char)c, '\0' };
        tap(guest, c);
        expect(guest, text);
        tap(guest, 0x01000000 + c);
        expect(guest, text);
        /* Or with shift held all the time, as other layouts need it. */
        press(guest, XK_Shift_R);
        tap(guest, c);
        release(guest, XK_Shift_R);
        expect(guest, text);
    }
    test_free(guest);
}

/* A keyboard on which somebody types fast: keys overlap. */
static void test_overlap(void **state)
{
    struct guest *guest = new_guest();
    press(guest, XK_Shift_L);
    press(guest, 'A');
    release(guest, XK_Shift_L);
    press(guest, 'b');
    release(guest, 'a'); /* it went down as A */
    press(guest, '!');
    release(guest, 'b');
    press(guest, 'c');
    release(guest, '!');
    release(guest, 'c');
    expect(guest, "Ab!c");
    press(guest, 'x');
    press(guest, 'x'); /* it repeats */
    press(guest, 'X');
    release(guest, 'x');
    release(guest, 'X');
    expect(guest, "xxX");
    release(guest, 'q'); /* never pressed */
    tap(guest, 0);
    tap(guest, 0xe4); /* an umlaut, which no key types */
    tap(guest, 0xffffffff);
    expect(guest, "");
    test_free(guest);
}

static void test_locks(void **state)
{
    struct guest *guest = new_guest();
    /* The viewer's own caps lock and the guest's go together. */
    tap(guest, XK_Caps_Lock);
    assert_true(guest->caps && guest->lights == DISPLAY_LIGHT_CAPS);
    tap(guest, 'A');
    tap(guest, 'b');
    tap(guest, '1');
    expect(guest, "Ab1");
    guest->caps = false; /* the guest itself switched it off, and says so */
    guest->lights = 0;
    tap(guest, 'A');
    tap(guest, 'b');
    expect(guest, "Ab");
    /* The keypad: num lock is switched as it is needed. */
    tap(guest, XK_KP_7);
    tap(guest, XK_KP_Decimal);
    assert_true(guest->num);
    tap(guest, XK_KP_Home);
    assert_false(guest->num);
    tap(guest, XK_KP_Add);
    tap(guest, XK_KP_1);
    expect(guest, "7.nn1");
    test_free(guest);
}

static void test_leaving(void **state)
{
    struct guest *guest = new_guest();
    press(guest, XK_Control_L);
    press(guest, XK_Alt_L);
    press(guest, XK_Delete);
    press(guest, XK_Shift_L);
    press(guest, '/'); /* shift is lent away at the moment */
    assert_true(guest->down[KEY_LEFTCTRL] && guest->down[KEY_LEFTALT] &&
                guest->down[KEY_DELETE]);
    viewer_keys_release(&guest->keys);
    expect(guest, "/");
    /* More fingers than anyone has. */
    for (uint32_t c = '!'; c <= '~'; c++)
        press(guest, c);
    viewer_keys_release(&guest->keys);
    for (unsigned i = 0; i < ARRAY_SIZE(guest->down); i++)
        assert_false(guest->down[i]);
    test_free(guest);
}

static void test_other_keys(void **state)
{
    static const struct {
        uint32_t keysym;
        uint16_t code;
    } rows[] = {
        { XK_Return, KEY_ENTER },
        { XK_KP_Enter, KEY_KPENTER },
        { XK_Escape, KEY_ESC },
        { XK_BackSpace, KEY_BACKSPACE },
        { XK_Delete, KEY_DELETE },
        { XK_Page_Down, KEY_PAGEDOWN },
        { XK_F1, KEY_F1 },
        { XK_F12, KEY_F12 },
        { XK_Super_L, KEY_LEFTMETA },
        { XK_Alt_R, KEY_RIGHTALT },
        { XK_Print, KEY_SYSRQ },
        { XK_Pause, KEY_PAUSE },
        { XK_Menu, KEY_COMPOSE },
        { XK_ISO_Left_Tab, KEY_TAB },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(keysym_find(rows[i].keysym).code, rows[i].code);
        assert_int_equal(keysym_find(rows[i].keysym).needs, KEYSYM_NEEDS_NOTHING);
    }
    /* What shifts to a third level has done its work in the viewer. */
    assert_int_equal(keysym_find(XK_ISO_Level3_Shift).code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_characters), cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_locks),      cmocka_unit_test(test_leaving),
        cmocka_unit_test(test_other_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
