/* handover_plan.c: looks at who holds the GPU and puts their release in order. */
#include "host/handover_plan.h"

#include "base/bytes.h" /* ARRAY_SIZE */
#include "base/error.h" /* error_set */
#include "host/sysfs.h" /* the kernel's files */

#include <stdarg.h> /* notes */
#include <stdio.h>  /* snprintf */
#include <string.h> /* strcmp */

#define DEVICES       "sys/bus/pci/devices"
#define CLASS_DISPLAY 0x03
#define CLASS_AUDIO   0x0403
#define FRAME_CONSOLE "frame buffer device"
#define VGA_CONSOLE   "VGA+"
#define VENDOR_INTEL  0x8086
#define AUDIO_DRIVER  "snd_hda_intel"

static void note(struct handover_plan *plan, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void note(struct handover_plan *plan, const char *format, ...)
{
    va_list args;
    if (plan->note_count == HANDOVER_NOTES_MAX)
        return;
    va_start(args, format);
    vsnprintf(plan->notes[plan->note_count++], sizeof(plan->notes[0]), format, args);
    va_end(args);
}

static int add(struct handover_plan *plan, enum handover_kind kind, const char *subject,
               const char *before, const char *after, struct error *err)
{
    if (plan->count == HANDOVER_STEPS_MAX)
        return error_set(err, ERROR_IMPOSSIBLE, -E2BIG,
                         "more than %d steps are needed; hand over fewer devices",
                         HANDOVER_STEPS_MAX);
    struct handover_step *step = &plan->steps[plan->count++];
    *step = (struct handover_step){ .kind = kind };
    snprintf(step->subject, sizeof(step->subject), "%s", subject);
    snprintf(step->before, sizeof(step->before), "%s", before);
    snprintf(step->after, sizeof(step->after), "%s", after);
    return 0;
}

static uint64_t number_of(const char *root, const char *device, const char *file)
{
    uint64_t value = 0;
    sysfs_read_number(&value, root, DEVICES "/%s/%s", device, file);
    return value;
}

static int check_device(const struct handover_wishes *wishes, struct error *err)
{
    const char *root = wishes->root, *device = wishes->device;
    if (!sysfs_exists(root, DEVICES "/%s", device))
        return error_set(err, ERROR_IMPOSSIBLE, -ENODEV,
                         "there is no PCI device %s; 'igdvm status' lists the GPUs",
                         device);
    uint64_t class_code = number_of(root, device, "class");
    if (class_code >> 16 != CLASS_DISPLAY)
        return error_set(err, ERROR_IMPOSSIBLE, -ENODEV,
                         "%s is no display device (class %04x); give the GPU's address",
                         device, (unsigned)(class_code >> 8));
    uint64_t functions = number_of(root, device, "sriov_numvfs");
    if (functions)
        return error_set(err, ERROR_IMPOSSIBLE, -EBUSY,
                         "%s has %u virtual functions switched on, which need its "
                         "driver: stop the guests that use them, then echo 0 > "
                         "/" DEVICES "/%s/sriov_numvfs",
                         device, (unsigned)functions, device);
    return 0;
}

/* Is the frame buffer console on this device? Also when a firmware's buffer is. */
static bool has_frame_buffer(const char *root, const char *device)
{
    char **names;
    int count = sysfs_list(&names, root, DEVICES "/%s/graphics", device);
    sysfs_list_free(names);
    return count > 0;
}

static bool is_boot_display(const char *root, const char *device)
{
    return number_of(root, device, "boot_vga") == 1;
}

static int plan_module(const struct handover_wishes *wishes, struct handover_plan *plan,
                       struct error *err)
{
    if (sysfs_exists(wishes->root, "sys/bus/pci/drivers/" HANDOVER_DRIVER_NAME))
        return 0;
    return add(plan, HANDOVER_MODULE, HANDOVER_DRIVER_NAME, "", "loaded", err);
}

static int plan_manager(const struct handover_wishes *wishes,
                        struct handover_plan *plan, struct error *err)
{
    char state[HANDOVER_VALUE_SIZE];
    if (!wishes->stop_manager ||
        !handover_state_read(wishes->root, HANDOVER_SERVICE, HANDOVER_MANAGER, state) ||
        !*state)
        return 0;
    return add(plan, HANDOVER_SERVICE, HANDOVER_MANAGER, state, "", err);
}

static bool goes_along(const struct handover_wishes *wishes, const char *device)
{
    for (unsigned i = 0; i < wishes->companion_count; i++) {
        if (!strcmp(wishes->companions[i], device))
            return true;
    }
    return false;
}

/*
 * The audio functions that the display's driver serves: they hold on to it, and have to
 * let go first. (Linux: the audio component of i915 and xe.)
 */
static int plan_audio(const struct handover_wishes *wishes, struct handover_plan *plan,
                      struct error *err)
{
    char **devices, driver[HANDOVER_VALUE_SIZE], gpu[HANDOVER_VALUE_SIZE];
    int result = 0;
    if (!handover_state_read(wishes->root, HANDOVER_DRIVER, wishes->device, gpu) ||
        (strcmp(gpu, "i915") != 0 && strcmp(gpu, "xe") != 0))
        return 0;
    if (sysfs_list(&devices, wishes->root, DEVICES) < 0)
        return 0;
    for (char **device = devices; *device && result == 0; device++) {
        if (strncmp(*device, "0000:00:", 8) != 0 ||
            number_of(wishes->root, *device, "class") >> 8 != CLASS_AUDIO ||
            number_of(wishes->root, *device, "vendor") != VENDOR_INTEL ||
            !handover_state_read(wishes->root, HANDOVER_DRIVER, *device, driver) ||
            strcmp(driver, AUDIO_DRIVER) != 0)
            continue;
        result = add(plan, HANDOVER_DRIVER, *device, driver, "", err);
        if (!wishes->with_audio && !goes_along(wishes, *device))
            note(plan,
                 "the audio function %s has no driver until 'igdvm unbind': with "
                 "the GPU in other hands its driver may block",
                 *device);
    }
    sysfs_list_free(devices);
    return result;
}

/*
 * Linux gives terminals back to a console driver only from the one it booted with,
 * which
 * "(S)" marks. Where that is gone (i915 removes the VGA console), what is taken from
 * the frame buffer could not be put back; the GPU's driver then sees to it as it
 * leaves. (Linux drivers/tty/vt/vt.c, vt_bind.)
 */
static bool console_can_come_back(const char *root)
{
    char **names, title[HANDOVER_VALUE_SIZE];
    bool can = false;
    if (sysfs_list(&names, root, "sys/class/vtconsole") < 0)
        return false;
    for (char **name = names; *name && !can; name++)
        can = sysfs_read_line(title, sizeof(title), root, "sys/class/vtconsole/%s/name",
                              *name) &&
              strncmp(title, "(S)", 3) == 0;
    sysfs_list_free(names);
    return can;
}

static int plan_console(const struct handover_wishes *wishes,
                        struct handover_plan *plan, struct error *err)
{
    char state[HANDOVER_VALUE_SIZE];
    if (!has_frame_buffer(wishes->root, wishes->device) &&
        !is_boot_display(wishes->root, wishes->device))
        return 0;
    if (!handover_state_read(wishes->root, HANDOVER_CONSOLE, FRAME_CONSOLE, state) ||
        !*state || !console_can_come_back(wishes->root))
        return 0;
    return add(plan, HANDOVER_CONSOLE, FRAME_CONSOLE, state, "", err);
}

bool handover_step_changes(const struct handover_step *step)
{
    return strcmp(step->before, step->after) != 0;
}

/*
 * The VGA console needs nothing of the GPU but VGA's ports and memory, and may stay.
 * (Linux 6.0: vga_remove_vgacon, called by vfio_pci_vga_init.)
 */
static int plan_vga_console(const struct handover_wishes *wishes,
                            struct handover_plan *plan, struct error *err)
{
    char state[HANDOVER_VALUE_SIZE];
    if (!is_boot_display(wishes->root, wishes->device) ||
        !handover_state_read(wishes->root, HANDOVER_CONSOLE, VGA_CONSOLE, state) ||
        !*state)
        return 0;
    note(plan, "since Linux 6.0 vfio-pci removes the VGA console for good: text comes "
               "back to the screen at the next boot, or with the GPU's driver");
    return add(plan, HANDOVER_CONSOLE, VGA_CONSOLE, state, state, err);
}

/* What firmware drew on, and Linux kept: it lies in the BARs of the boot display. */
static int plan_firmware_buffers(const struct handover_wishes *wishes,
                                 struct handover_plan *plan, struct error *err)
{
    static const char *const kinds[] = { "efi-framebuffer.", "simple-framebuffer.",
                                         "vesa-framebuffer.", "vesadrm.", "efidrm." };
    char **devices, driver[HANDOVER_VALUE_SIZE];
    int result = 0;
    if (!is_boot_display(wishes->root, wishes->device) ||
        sysfs_list(&devices, wishes->root, "sys/bus/platform/devices") < 0)
        return 0;
    for (char **device = devices; *device && result == 0; device++) {
        for (unsigned i = 0; i < ARRAY_SIZE(kinds) && result == 0; i++) {
            if (strncmp(*device, kinds[i], strlen(kinds[i])) != 0 ||
                !handover_state_read(wishes->root, HANDOVER_PLATFORM, *device,
                                     driver) ||
                !*driver)
                continue;
            result = add(plan, HANDOVER_PLATFORM, *device, driver, "", err);
            note(plan,
                 "since Linux 6.0 vfio-pci removes %s for good: the firmware's "
                 "picture comes back at the next boot only",
                 *device);
        }
    }
    sysfs_list_free(devices);
    return result;
}

/* Take a device from its driver, reserve it, bind it; once, however often it is wished
 * for. */
static int plan_device(const struct handover_wishes *wishes, struct handover_plan *plan,
                       const char *device, struct error *err)
{
    char driver[HANDOVER_VALUE_SIZE], override[HANDOVER_VALUE_SIZE];
    bool released = false, taken = false;
    if (!handover_state_read(wishes->root, HANDOVER_DRIVER, device, driver))
        return error_set(err, ERROR_IMPOSSIBLE, -ENODEV, "there is no PCI device %s",
                         device);
    if (!strcmp(driver, HANDOVER_DRIVER_NAME))
        return 0;
    for (unsigned i = 0; i < plan->count; i++) {
        const struct handover_step *step = &plan->steps[i];
        if (step->kind != HANDOVER_DRIVER || strcmp(step->subject, device) != 0)
            continue;
        released = true;
        taken |= !strcmp(step->after, HANDOVER_DRIVER_NAME);
    }
    if (taken)
        return 0;
    if (!handover_state_read(wishes->root, HANDOVER_OVERRIDE, device, override))
        override[0] = '\0';
    int result = 0;
    if (*driver && !released)
        result = add(plan, HANDOVER_DRIVER, device, driver, "", err);
    if (result == 0 && strcmp(override, HANDOVER_DRIVER_NAME) != 0)
        result =
            add(plan, HANDOVER_OVERRIDE, device, override, HANDOVER_DRIVER_NAME, err);
    if (result == 0)
        result = add(plan, HANDOVER_DRIVER, device, "", HANDOVER_DRIVER_NAME, err);
    return result;
}

/* The audio functions that were released go along. */
static int plan_audio_along(const struct handover_wishes *wishes,
                            struct handover_plan *plan, struct error *err)
{
    int result = 0;
    unsigned released = plan->count; /* what is added below is not looked at */
    for (unsigned i = 0; i < released && wishes->with_audio && result == 0; i++) {
        if (plan->steps[i].kind == HANDOVER_DRIVER &&
            !strcmp(plan->steps[i].before, AUDIO_DRIVER))
            result = plan_device(wishes, plan, plan->steps[i].subject, err);
    }
    return result;
}

int handover_plan_make(const struct handover_wishes *wishes, struct handover_plan *plan,
                       struct error *err)
{
    memset(plan, 0, sizeof(*plan));
    snprintf(plan->device, sizeof(plan->device), "%s", wishes->device);
    int result = check_device(wishes, err);
    if (result == 0)
        handover_outputs_look(wishes->root, wishes->device, &plan->outputs);
    char driver[HANDOVER_VALUE_SIZE] = "";
    if (result == 0)
        handover_state_read(wishes->root, HANDOVER_DRIVER, wishes->device, driver);
    bool has_gpu = !strcmp(driver, HANDOVER_DRIVER_NAME);
    static int (*const parts[])(const struct handover_wishes *, struct handover_plan *,
                                struct error *) = {
        plan_manager, plan_module,      plan_audio,
        plan_console, plan_vga_console, plan_firmware_buffers,
    };
    for (unsigned i = 0; i < ARRAY_SIZE(parts) && result == 0 && !has_gpu; i++)
        result = parts[i](wishes, plan, err);
    if (result == 0)
        result = plan_device(wishes, plan, wishes->device, err);
    if (result == 0)
        result = plan_audio_along(wishes, plan, err);
    for (unsigned i = 0; i < wishes->companion_count && result == 0; i++)
        result = plan_device(wishes, plan, wishes->companions[i], err);
    return result;
}
