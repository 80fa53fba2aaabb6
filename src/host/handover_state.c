/* handover_state.c: the kernel's and systemd's side of handing the GPU over. */
#include "host/handover_state.h"

#include "base/bytes.h"        /* ARRAY_SIZE */
#include "base/error.h"        /* error_set */
#include "host/kernel_write.h" /* writes that may block */
#include "host/sysfs.h"        /* reads */

#include <limits.h> /* PATH_MAX */
#include <stdarg.h> /* the parts of a path */
#include <stdio.h>  /* snprintf */
#include <string.h> /* strcmp */

/* Read, set and tell for one kind. */
struct kind {
    const char *name;
    bool (*read)(const char *root, const char *subject, char *value);
    int (*set)(const char *root, const char *subject, const char *value,
               const struct kernel_patience *patience, struct error *err);
    /* "BEFORE subject JOIN value": when it is set, and when it is taken away. */
    const char *made, *made_join, *undone, *undone_join;
};

/* Write text to the file "ROOT/FORMAT...". */
static int write_file(const char *root, const char *text,
                      const struct kernel_patience *patience, struct error *err,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));

static int write_file(const char *root, const char *text,
                      const struct kernel_patience *patience, struct error *err,
                      const char *format, ...)
{
    char path[PATH_MAX];
    va_list args;
    int start = snprintf(path, sizeof(path), "%s/", root);
    if (start < 0 || (size_t)start >= sizeof(path))
        return error_system(err, -ENAMETOOLONG, "%s", root);
    va_start(args, format);
    int more = vsnprintf(path + start, sizeof(path) - (size_t)start, format, args);
    va_end(args);
    if (more < 0 || (size_t)start + (size_t)more >= sizeof(path))
        return error_system(err, -ENAMETOOLONG, "%s", path);
    return kernel_write(path, text, patience, err);
}

/* Modules: names have '-' on command lines and '_' in sysfs. */
static bool read_module(const char *root, const char *subject, char *value)
{
    char name[HANDOVER_VALUE_SIZE];
    snprintf(name, sizeof(name), "%s", subject);
    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : *c;
    bool loaded = sysfs_exists(root, "sys/module/%s", name);
    snprintf(value, HANDOVER_VALUE_SIZE, "%s", loaded ? "loaded" : "");
    return true;
}

static int set_module(const char *root, const char *subject, const char *value,
                      const struct kernel_patience *patience, struct error *err)
{
    const char *load[] = { "modprobe", subject, NULL };
    const char *unload[] = { "modprobe", "-r", subject, NULL };
    int status = kernel_run(*value ? load : unload, patience, err);
    if (status <= 0)
        return status;
    return error_set(err, ERROR_SYSTEM, -EIO,
                     "modprobe %s%s failed with status %d; the kernel has no such "
                     "module, or does not let go of it",
                     *value ? "" : "-r ", subject, status);
}

static bool read_service(const char *root, const char *subject, char *value)
{
    struct kernel_patience patience = { .seconds = 20 };
    const char *ask[] = { "systemctl", "--quiet", "is-active", subject, NULL };
    struct error ignored;
    int status = kernel_run(ask, &patience, &ignored);
    snprintf(value, HANDOVER_VALUE_SIZE, "%s", status == 0 ? "active" : "");
    return status >= 0;
}

static int set_service(const char *root, const char *subject, const char *value,
                       const struct kernel_patience *patience, struct error *err)
{
    const char *change[] = { "systemctl", *value ? "start" : "stop", subject, NULL };
    int status = kernel_run(change, patience, err);
    if (status <= 0)
        return status;
    return error_set(err, ERROR_SYSTEM, -EIO,
                     "systemctl %s %s failed with status %d; see systemctl status %s",
                     change[1], subject, status, subject);
}

/* The number of a console driver may change when it comes back: found by its name. */
static bool find_console(const char *root, const char *subject, char *found,
                         size_t size)
{
    char **names, title[HANDOVER_VALUE_SIZE];
    bool there = false;
    if (sysfs_list(&names, root, "sys/class/vtconsole") < 0)
        return false;
    for (char **name = names; *name && !there; name++) {
        there = sysfs_read_line(title, sizeof(title), root,
                                "sys/class/vtconsole/%s/name", *name) &&
                strstr(title, subject);
        if (there)
            snprintf(found, size, "%s", *name);
    }
    sysfs_list_free(names);
    return there;
}

static bool read_console(const char *root, const char *subject, char *value)
{
    char console[64], bound[8];
    if (!find_console(root, subject, console, sizeof(console)) ||
        !sysfs_read_line(bound, sizeof(bound), root, "sys/class/vtconsole/%s/bind",
                         console))
        return false;
    snprintf(value, HANDOVER_VALUE_SIZE, "%s", strcmp(bound, "1") == 0 ? "bound" : "");
    return true;
}

static int set_console(const char *root, const char *subject, const char *value,
                       const struct kernel_patience *patience, struct error *err)
{
    char console[64];
    if (!find_console(root, subject, console, sizeof(console)))
        return error_set(err, ERROR_SYSTEM, -ENODEV,
                         "the console \"%s\" is not there any more", subject);
    return write_file(root, *value ? "1" : "0", patience, err,
                      "sys/class/vtconsole/%s/bind", console);
}

static bool read_driver(const char *root, const char *bus, const char *subject,
                        char *value)
{
    if (!sysfs_exists(root, "sys/bus/%s/devices/%s", bus, subject))
        return false;
    if (!sysfs_link_name(value, HANDOVER_VALUE_SIZE, root,
                         "sys/bus/%s/devices/%s/driver", bus, subject))
        *value = '\0';
    return true;
}

static int set_driver(const char *root, const char *bus, const char *subject,
                      const char *value, const struct kernel_patience *patience,
                      struct error *err)
{
    char present[HANDOVER_VALUE_SIZE];
    if (!read_driver(root, bus, subject, present))
        return error_set(err, ERROR_SYSTEM, -ENODEV, "there is no device %s any more",
                         subject);
    if (*present && strcmp(present, value) != 0) {
        int status = write_file(root, subject, patience, err,
                                "sys/bus/%s/devices/%s/driver/unbind", bus, subject);
        if (status < 0)
            return status;
    }
    if (!*value || !strcmp(present, value))
        return 0;
    return write_file(root, subject, patience, err, "sys/bus/%s/drivers/%s/bind", bus,
                      value);
}

static bool read_platform(const char *root, const char *subject, char *value)
{
    return read_driver(root, "platform", subject, value);
}

static int set_platform(const char *root, const char *subject, const char *value,
                        const struct kernel_patience *patience, struct error *err)
{
    return set_driver(root, "platform", subject, value, patience, err);
}

static bool read_pci(const char *root, const char *subject, char *value)
{
    return read_driver(root, "pci", subject, value);
}

static int set_pci(const char *root, const char *subject, const char *value,
                   const struct kernel_patience *patience, struct error *err)
{
    return set_driver(root, "pci", subject, value, patience, err);
}

static bool read_override(const char *root, const char *subject, char *value)
{
    if (!sysfs_read_line(value, HANDOVER_VALUE_SIZE, root,
                         "sys/bus/pci/devices/%s/driver_override", subject))
        return false;
    if (!strcmp(value, "(null)"))
        *value = '\0';
    return true;
}

static int set_override(const char *root, const char *subject, const char *value,
                        const struct kernel_patience *patience, struct error *err)
{
    char line[HANDOVER_VALUE_SIZE + 1];
    snprintf(line, sizeof(line), "%s\n", value);
    return write_file(root, line, patience, err,
                      "sys/bus/pci/devices/%s/driver_override", subject);
}

static const struct kind kinds[HANDOVER_KINDS] = {
    [HANDOVER_MODULE] = { "module", read_module, set_module, "load the module", NULL,
                          "unload the module", NULL },
    [HANDOVER_SERVICE] = { "service", read_service, set_service, "start", NULL, "stop",
                           NULL },
    [HANDOVER_CONSOLE] = { "console", read_console, set_console,
                           "give the virtual terminals to the", NULL,
                           "take the virtual terminals from the", NULL },
    [HANDOVER_PLATFORM] = { "platform", read_platform, set_platform, "bind", "to",
                            "unbind", "from" },
    [HANDOVER_OVERRIDE] = { "override", read_override, set_override, "reserve", "for",
                            "reserve no longer", "for" },
    [HANDOVER_DRIVER] = { "driver", read_pci, set_pci, "bind", "to", "unbind", "from" },
};

const char *handover_kind_name(enum handover_kind kind)
{
    return kinds[kind].name;
}

int handover_kind_find(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (!strcmp(kinds[i].name, name))
            return (int)i;
    }
    return -1;
}

bool handover_state_read(const char *root, enum handover_kind kind, const char *subject,
                         char value[HANDOVER_VALUE_SIZE])
{
    return kinds[kind].read(root, subject, value);
}

int handover_state_set(const char *root, enum handover_kind kind, const char *subject,
                       const char *value, const struct kernel_patience *patience,
                       struct error *err)
{
    return kinds[kind].set(root, subject, value, patience, err);
}

void handover_state_tell(enum handover_kind kind, const char *subject,
                         const char *before, const char *after, char *text,
                         unsigned size)
{
    const struct kind *row = &kinds[kind];
    bool made = *after;
    const char *join = made ? row->made_join : row->undone_join;
    snprintf(text, size, "%s %s%s%s%s%s", made ? row->made : row->undone, subject,
             join ? " " : "", join ? join : "", join ? " " : "",
             !join  ? ""
             : made ? after
                    : before);
}
