/* display_setup.c: who looks at the guest's display and types, where anybody does. */
#include "base/error.h"               /* errors */
#include "devices/i8042.h"            /* PS/2 keyboard and mouse */
#include "devices/virtio_input.h"     /* keyboard and tablet */
#include "display/protocol.h"         /* lights */
#include "machine/display_link.h"     /* igdvm-display */
#include "machine/input.h"            /* where keys go */
#include "machine/machine_internal.h" /* struct machine */

#include <linux/input-event-codes.h> /* lights */

int machine_open_display(struct machine *machine, struct error *err)
{
    if (machine->config.display_socket < 0)
        return 0;
    machine->link =
        display_link_new(&machine->board, machine->config.display_socket, err);
    return machine->link ? 0 : err->code;
}

/* The bits of lights are the same on the wire to a PS/2 keyboard. */
_Static_assert(DISPLAY_LIGHT_SCROLL == I8042_LED_SCROLL &&
                   DISPLAY_LIGHT_NUM == I8042_LED_NUM &&
                   DISPLAY_LIGHT_CAPS == I8042_LED_CAPS,
               "lights");

static void ps2_lights_changed(void *opaque, uint8_t lights)
{
    struct machine *machine = opaque;
    display_link_set_lights(machine->link, lights);
}

static void virtio_light_changed(void *opaque, unsigned code, bool on)
{
    static const unsigned lights[] = { [LED_NUML] = DISPLAY_LIGHT_NUM,
                                       [LED_CAPSL] = DISPLAY_LIGHT_CAPS,
                                       [LED_SCROLLL] = DISPLAY_LIGHT_SCROLL };
    struct machine *machine = opaque;
    machine->virtio_lights = on ? machine->virtio_lights | lights[code]
                                : machine->virtio_lights & ~lights[code];
    display_link_set_lights(machine->link, machine->virtio_lights);
}

int machine_connect_display(struct machine *machine, struct error *err)
{
    const struct input_devices *inputs = &machine->inputs;
    if (!machine->link)
        return 0;
    machine->input = input_new(machine->board.loop, inputs, err);
    if (!machine->input)
        return err->code;
    i8042_watch_leds(inputs->i8042, ps2_lights_changed, machine);
    virtio_input_watch_leds(inputs->keyboard, virtio_light_changed, machine);
    display_link_set_devices(machine->link, machine->vga, machine->input);
    return 0;
}

void machine_close_display(struct machine *machine)
{
    display_link_free(machine->link);
    input_free(machine->input);
    machine->link = NULL;
    machine->input = NULL;
}

int machine_display_start(struct machine *machine, struct error *err)
{
    return machine->link ? display_link_start(machine->link, err) : 0;
}

void machine_display_finish(struct machine *machine)
{
    if (machine->link)
        display_link_finish(machine->link);
}

static int check_link(const struct machine *machine, const char *path,
                      struct error *err)
{
    if (machine->link)
        return 0;
    return error_set(err, ERROR_IMPOSSIBLE, -ENODEV,
                     "screenshot %s: nobody looks at this machine's display; it was "
                     "started without --vnc and --screenshot",
                     path);
}

int machine_screenshot(struct machine *machine, const char *path,
                       machine_screenshot_done *done, void *opaque, struct error *err)
{
    int result = check_link(machine, path, err);
    return result < 0 ? result
                      : display_link_screenshot(machine->link, path, done, opaque, err);
}

int machine_screenshot_now(struct machine *machine, int fd, const char *name,
                           struct error *err)
{
    int result = check_link(machine, name, err);
    return result < 0 ? result
                      : display_link_screenshot_now(machine->link, fd, name, err);
}
