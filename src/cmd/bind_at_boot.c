/* bind_at_boot.c: igdvm bind --at-boot: shows the difference, asks, writes it. */
#include "cmd/bind_at_boot.h"

#include "base/error.h"        /* errors */
#include "cmd/bind_options.h"  /* the options */
#include "cmd/commands.h"      /* exit statuses */
#include "cmd/json_print.h"    /* the JSON twin */
#include "host/boot_config.h"  /* the files */
#include "host/kernel_write.h" /* kernel_run */
#include "host/sysfs.h"        /* identifiers of the devices */

#include <json-c/json.h> /* the twin */
#include <stdio.h>       /* printf */
#include <string.h>      /* strcspn */
#include <unistd.h>      /* isatty */

static int add_id(struct boot_wishes *wishes, const char *device, struct error *err)
{
    uint64_t vendor, id;
    if (!sysfs_read_number(&vendor, wishes->root, "sys/bus/pci/devices/%s/vendor",
                           device) ||
        !sysfs_read_number(&id, wishes->root, "sys/bus/pci/devices/%s/device", device))
        return error_set(err, ERROR_IMPOSSIBLE, -ENODEV, "there is no PCI device %s",
                         device);
    wishes->ids[wishes->id_count++] = (uint32_t)(vendor << 16 | (id & 0xffff));
    return 0;
}

static int add_ids(const struct bind_options *options, struct boot_wishes *wishes,
                   struct error *err)
{
    int result = add_id(wishes, options->device, err);
    for (unsigned i = 0; i < options->companion_count && result == 0; i++)
        result = add_id(wishes, options->companions[i], err);
    return result;
}

/* Lines that only one of the two has; both keep the order of the others. */
static void print_lines(char sign, const char *text, const char *other)
{
    while (text && *text) {
        size_t length = strcspn(text, "\n");
        char line[512];
        snprintf(line, sizeof(line), "%.*s\n", (int)length, text);
        if (!other || !strstr(other, line))
            printf("%c%s", sign, line);
        text += length + (text[length] == '\n');
    }
}

static void print_change(const struct boot_change *change)
{
    printf("--- /%s%s\n", change->path, change->before ? "" : " (new)");
    print_lines('-', change->before, change->after);
    print_lines('+', change->after, change->before);
}

static void print_json(const struct boot_plan *plan, const char *result,
                       const struct error *error)
{
    struct json_object *whole = json_object_new_object();
    struct json_object *files = json_object_new_array();
    for (unsigned i = 0; i < plan->count; i++) {
        const struct boot_change *change = &plan->changes[i];
        struct json_object *file = json_object_new_object();
        char path[sizeof(change->path) + 1];
        snprintf(path, sizeof(path), "/%s", change->path);
        json_object_object_add(file, "path", json_object_new_string(path));
        json_object_object_add(file, "before",
                               change->before ? json_object_new_string(change->before)
                                              : NULL);
        json_object_object_add(file, "after",
                               change->after ? json_object_new_string(change->after)
                                             : NULL);
        json_object_array_add(files, file);
    }
    json_object_object_add(whole, "action", json_object_new_string("at-boot"));
    json_object_object_add(whole, "initramfs",
                           plan->maker ? json_object_new_string(plan->maker) : NULL);
    json_object_object_add(whole, "files", files);
    json_object_object_add(whole, "result", json_object_new_string(result));
    json_object_object_add(whole, "error",
                           error ? json_object_new_string(error->text) : NULL);
    json_print(stdout, whole);
}

static bool agreed(const struct bind_options *options)
{
    char answer[16] = "";
    if (options->yes)
        return true;
    if (options->json || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return false;
    printf("Write this? [y/N] ");
    fflush(stdout);
    return fgets(answer, sizeof(answer), stdin) &&
           (answer[0] == 'y' || answer[0] == 'Y');
}

static void tell_waiting(void *opaque, const char *what, unsigned seconds)
{
    if (seconds % 5 == 0)
        fprintf(stderr, "  %s: %u s\n", what, seconds);
}

static int make_initramfs(const struct boot_plan *plan, struct error *err)
{
    const struct kernel_patience patience = { .waiting = tell_waiting };
    if (!plan->command[0])
        return 0;
    fprintf(stderr, "making the initramfs anew: %s\n", plan->command[0]);
    int status = kernel_run(plan->command, &patience, err);
    if (status <= 0)
        return status;
    return error_set(err, ERROR_SYSTEM, -EIO,
                     "%s failed with status %d; its words are above. The files are "
                     "written, the initramfs is the old one",
                     plan->command[0], status);
}

static int carry_out(const struct bind_options *options, const struct boot_plan *plan,
                     const char **outcome, struct error *err)
{
    if (!plan->count) {
        *outcome = "nothing";
        return 0;
    }
    for (unsigned i = 0; i < plan->count && !options->json; i++)
        print_change(&plan->changes[i]);
    if (options->dry_run || !agreed(options)) {
        *outcome = "planned";
        if (options->dry_run)
            return 0;
        return error_set(err, ERROR_IMPOSSIBLE, -EPERM,
                         "nothing was changed; --yes writes it without asking");
    }
    int result = boot_plan_apply("", plan, err);
    if (result == 0 && !options->no_initramfs)
        result = make_initramfs(plan, err);
    return result;
}

int bind_at_boot(const struct bind_options *options)
{
    struct boot_wishes wishes = { .root = "",
                                  .with_audio = options->with_audio,
                                  .remove = options->remove };
    struct boot_plan plan = { 0 };
    struct error err = { 0 };
    const char *outcome = "done";
    int result = options->remove ? 0 : add_ids(options, &wishes, &err);
    if (result == 0)
        result = boot_plan_make(&wishes, &plan, &err);
    if (result == 0)
        result = carry_out(options, &plan, &outcome, &err);
    if (options->json)
        print_json(&plan, result < 0 ? "failed" : outcome, result < 0 ? &err : NULL);
    else if (result == 0 && strcmp(outcome, "nothing") == 0)
        puts("nothing to do: it is so already");
    else if (result == 0 && strcmp(outcome, "done") == 0)
        puts(options->remove ? "taken away; the next boot is as before"
                             : "written; from the next boot on vfio-pci gets the GPU");
    boot_plan_free(&plan);
    if (result == 0)
        return STATUS_DONE;
    fprintf(stderr, "igdvm bind: %s\n", err.text);
    return (int)err.kind;
}
