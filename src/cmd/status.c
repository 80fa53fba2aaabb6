/* status.c: igdvm status: who has the GPU, and what igdvm changed on this host. */
#include "cmd/host_commands.h"

#include "base/error.h"            /* errors */
#include "cmd/bind_options.h"      /* the options */
#include "cmd/command_line.h"      /* ending with an error */
#include "cmd/json_print.h"        /* the JSON twin */
#include "host/boot_config.h"      /* what happens at boot */
#include "host/display_users.h"    /* who has the GPU open */
#include "host/find_gpu.h"         /* the GPUs */
#include "host/handover.h"         /* the journal */
#include "host/handover_outputs.h" /* monitors */

#include <json-c/json.h> /* the twin */
#include <stdio.h>       /* printf */
#include <string.h>      /* strcspn */

static const char help_text[] =
    "usage: igdvm status [OPTIONS]\n"
    "\n"
    "Shows this computer's display devices: their drivers, IOMMU groups and the "
    "programs\n"
    "that use them; and what 'igdvm bind' changed, now and for every boot.\n"
    "\n"
    "  --json   tell it as one JSON object\n"
    "  --help   this text\n"
    "\n"
    "Exit status: 0 done, 2 bad usage or a damaged journal, 3 the host failed.\n";

static void add_text(struct json_object *object, const char *key, const char *text)
{
    json_object_object_add(object, key, *text ? json_object_new_string(text) : NULL);
}

static struct json_object *device_object(const struct display_device *device)
{
    char id[16], class_code[8];
    struct display_user users[DISPLAY_USERS_MAX];
    struct json_object *object = json_object_new_object();
    struct json_object *list = json_object_new_array();
    snprintf(id, sizeof(id), "%04x:%04x", device->vendor, device->device);
    snprintf(class_code, sizeof(class_code), "%04x", device->class_code);
    add_text(object, "address", device->address);
    add_text(object, "id", id);
    add_text(object, "class", class_code);
    add_text(object, "driver", device->driver);
    add_text(object, "driver_override", device->override);
    add_text(object, "iommu_group", device->group);
    unsigned count = display_users_find("", device->address, users);
    for (unsigned i = 0; i < count; i++) {
        struct json_object *user = json_object_new_object();
        json_object_object_add(user, "pid", json_object_new_int(users[i].pid));
        add_text(user, "name", users[i].name);
        add_text(user, "node", users[i].node);
        json_object_array_add(list, user);
    }
    json_object_object_add(object, "users", list);
    return object;
}

/* The connectors a monitor was plugged into; NULL: not known. */
static struct json_object *monitors_object(const char *device)
{
    struct handover_outputs outputs;
    handover_outputs_recall("", device, &outputs);
    if (outputs.monitor == IGD_MONITOR_UNKNOWN)
        return NULL;
    struct json_object *list = json_object_new_array();
    for (const char *name = outputs.names; *name;) {
        size_t size = strcspn(name, " ");
        json_object_array_add(list, json_object_new_string_len(name, (int)size));
        name += size + (name[size] == ' ');
    }
    return list;
}

static struct json_object *record_object(const struct handover_record *record)
{
    struct json_object *object = json_object_new_object();
    struct json_object *steps = json_object_new_array();
    char text[256];
    add_text(object, "device", record->device);
    json_object_object_add(object, "complete",
                           json_object_new_boolean(record->complete));
    for (unsigned i = 0; i < record->count; i++) {
        const struct handover_step *step = &record->steps[i];
        struct json_object *row = json_object_new_object();
        handover_state_tell(step->kind, step->subject, step->before, step->after, text,
                            sizeof(text));
        add_text(row, "text", text);
        add_text(row, "before", step->before);
        json_object_object_add(row, "done", json_object_new_boolean(step->done));
        json_object_object_add(row, "undone", json_object_new_boolean(step->undone));
        json_object_array_add(steps, row);
    }
    json_object_object_add(object, "steps", steps);
    json_object_object_add(object, "monitors", monitors_object(record->device));
    return object;
}

static void print_device(const struct display_device *device)
{
    struct display_user users[DISPLAY_USERS_MAX];
    printf("%s  %04x:%04x, class %04x, driver %s%s%s, %s%s\n", device->address,
           device->vendor, device->device, device->class_code,
           *device->driver ? device->driver : "none",
           *device->override ? ", reserved for " : "", device->override,
           *device->group ? "IOMMU group " : "in no IOMMU group", device->group);
    unsigned count = display_users_find("", device->address, users);
    for (unsigned i = 0; i < count; i++)
        printf("  /dev/%s is open in %s (process %d)\n", users[i].node, users[i].name,
               users[i].pid);
}

static void print_record(const struct handover_record *record)
{
    char text[256];
    if (record->complete)
        printf("%s is handed over; 'igdvm unbind' puts the host back\n",
               record->device);
    else
        printf("a handover of %s was interrupted; 'igdvm unbind' puts the host back\n",
               record->device);
    for (unsigned i = 0; i < record->count; i++) {
        const struct handover_step *step = &record->steps[i];
        handover_state_tell(step->kind, step->subject, step->before, step->after, text,
                            sizeof(text));
        printf("  %s: %s\n",
               step->undone ? "undone"
               : step->done ? "done"
                            : "begun",
               text);
    }
}

static void print_monitors(const char *device)
{
    struct handover_outputs outputs;
    handover_outputs_recall("", device, &outputs);
    if (outputs.monitor != IGD_MONITOR_UNKNOWN)
        printf("  outputs with a monitor before: %s\n",
               outputs.names[0] ? outputs.names : "none");
}

/* record: NULL there is none, or, as hidden tells, this user may not read it. */
static int show(bool json, const struct handover_record *record, bool hidden)
{
    struct display_device devices[FIND_GPU_MAX];
    unsigned count = find_displays("/sys", devices);
    bool at_boot = boot_config_present("");
    if (!json) {
        for (unsigned i = 0; i < count; i++)
            print_device(&devices[i]);
        if (!count)
            puts("this computer shows no display device on PCI");
        if (record) {
            print_record(record);
            print_monitors(record->device);
        }
        if (hidden)
            puts("what 'igdvm bind' changed now is in a journal that only root may "
                 "read");
        if (at_boot)
            puts("vfio-pci gets a GPU at every boot ('igdvm bind --at-boot --remove' "
                 "ends that)");
        return STATUS_DONE;
    }
    struct json_object *whole = json_object_new_object();
    struct json_object *list = json_object_new_array();
    for (unsigned i = 0; i < count; i++)
        json_object_array_add(list, device_object(&devices[i]));
    json_object_object_add(whole, "devices", list);
    if (!hidden)
        json_object_object_add(whole, "handover",
                               record ? record_object(record) : NULL);
    json_object_object_add(whole, "at_boot", json_object_new_boolean(at_boot));
    json_print(stdout, whole);
    return STATUS_DONE;
}

int cmd_status(int argc, char **argv)
{
    struct bind_options options;
    struct handover_record record;
    struct error err = { 0 };
    if (bind_options_parse(STATUS_COMMAND, argc, argv, &options, &err) < 0)
        return command_fail("status", &err);
    if (options.help) {
        fputs(help_text, stdout);
        return STATUS_DONE;
    }
    int result = handover_journal_read("", &record, &err);
    if (result < 0 && result != -ENOENT && result != -EACCES)
        return command_fail("status", &err);
    return show(options.json, result == 0 && record.device[0] ? &record : NULL,
                result == -EACCES);
}
