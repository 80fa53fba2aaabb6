/* run_disk.c: reading the value of --disk. */
#include "cmd/run_disk.h"

#include "base/bytes.h"         /* ARRAY_SIZE */
#include "base/error.h"         /* error_set */
#include "cmd/run_values.h"     /* run_value_number */
#include "cmd/value_parts.h"    /* parts */
#include "devices/virtio_blk.h" /* limits */
#include "machine/machine.h"    /* struct machine_disk */

#include <string.h> /* strcmp */

static int take_ro(struct machine_disk *disk, const char *text, struct error *err)
{
    (void)text;
    (void)err;
    disk->read_only = true;
    return 0;
}

static int take_format(struct machine_disk *disk, const char *text, struct error *err)
{
    disk->raw = !strcmp(text, "raw");
    disk->format = !strcmp(text, "qcow2") ? "qcow2" : NULL;
    if (!disk->raw && !disk->format && strcmp(text, "auto") != 0)
        return run_value_bad(err, "disk format", text, "raw, qcow2 or auto");
    return 0;
}

static int take_cache(struct machine_disk *disk, const char *text, struct error *err)
{
    if (!strcmp(text, "direct"))
        disk->direct = true;
    else if (strcmp(text, "writeback") != 0)
        return run_value_bad(err, "disk cache", text, "writeback or direct");
    return 0;
}

static int take_discard(struct machine_disk *disk, const char *text, struct error *err)
{
    if (!strcmp(text, "off"))
        disk->no_discard = true;
    else if (strcmp(text, "on") != 0)
        return run_value_bad(err, "disk discard", text, "on or off");
    return 0;
}

static int take_queues(struct machine_disk *disk, const char *text, struct error *err)
{
    return run_value_number("disk queues", text, 1, VIRTIO_BLK_QUEUES_MAX,
                            &disk->queues, err);
}

static int take_serial(struct machine_disk *disk, const char *text, struct error *err)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (text[i] < ' ' || text[i] > '~')
            length = 0;
    }
    if (length < 1 || length > VIRTIO_BLK_SERIAL_MAX)
        return run_value_bad(err, "disk serial", text, "1 to 20 printable characters");
    disk->serial = text;
    return 0;
}

static const struct {
    const char *name;
    bool has_text;
    int (*take)(struct machine_disk *disk, const char *text, struct error *err);
} keys[] = {
    { "ro", false, take_ro },        { "format", true, take_format },
    { "cache", true, take_cache },   { "discard", true, take_discard },
    { "queues", true, take_queues }, { "serial", true, take_serial },
};

#define SERVER "vhost-user:"
#define KEYS   "ro, format=, cache=, discard=, queues= and serial="

static int take_key(struct machine_disk *disk, char *part, struct error *err)
{
    const char *text = value_part_text(part);
    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
        if (strcmp(part, keys[i].name) != 0)
            continue;
        if (keys[i].has_text == !text)
            return error_set(err, ERROR_INPUT, -EINVAL, "--disk %s: '%s' %s",
                             disk->path, part,
                             text ? "takes no value" : "needs a value: KEY=VALUE");
        return keys[i].take(disk, text, err);
    }
    return error_set(err, ERROR_INPUT, -EINVAL,
                     "--disk %s: no key '%s': there are " KEYS
                     "; a comma of the file's name is written twice",
                     disk->path, part);
}

int run_disk_read(struct machine_disk *disk, char *value, struct error *err)
{
    char *rest = value;
    *disk = (struct machine_disk){ .path = value_part_next(&rest) };
    if (!strncmp(disk->path, SERVER, strlen(SERVER))) {
        disk->vhost_user = true;
        disk->path += strlen(SERVER);
    }
    if (!disk->path[0])
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--disk needs the name of a file or socket");
    for (char *part; (part = value_part_next(&rest));) {
        int result = take_key(disk, part, err);
        if (result < 0)
            return result;
    }
    if (disk->vhost_user &&
        (disk->read_only || disk->raw || disk->format || disk->direct))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--disk " SERVER "%s: ro, format= and cache= are the server's "
                         "to choose",
                         disk->path);
    return 0;
}
