/* user_version.c: reads and writes the JSON capabilities of vfio-user's VERSION. */
#include "vfio/user_version.h"

#include "base/error.h" /* error_set */

#include <inttypes.h>    /* PRId64 */
#include <json-c/json.h> /* json_tokener_parse_ex */
#include <string.h>      /* memcpy, strlen */

/* A client's or server's capabilities need a few hundred bytes. */
#define JSON_MAX   65536
#define JSON_DEPTH 8

size_t vfio_user_version_write(void *payload, size_t capacity,
                               const struct vfio_user_limits *limits)
{
    struct vfio_user_version version = { .major = limits->major,
                                         .minor = limits->minor };
    size_t size = 0;
    json_object *root = json_object_new_object();
    json_object *capabilities = json_object_new_object();
    if (!root || !capabilities ||
        json_object_object_add(root, "capabilities", capabilities)) {
        json_object_put(capabilities);
        json_object_put(root);
        return 0;
    }
    json_object_object_add(capabilities, "max_msg_fds",
                           json_object_new_int64(limits->max_fds));
    json_object_object_add(capabilities, "max_data_xfer_size",
                           json_object_new_int64(limits->max_data));
    json_object_object_add(capabilities, "max_dma_maps",
                           json_object_new_int64(limits->max_maps));
    json_object_object_add(capabilities, "pgsizes",
                           json_object_new_int64((int64_t)limits->page_sizes));
    const char *text = json_object_to_json_string_ext(root, JSON_C_TO_STRING_PLAIN);
    if (text && sizeof(version) + strlen(text) + 1 <= capacity) {
        memcpy(payload, &version, sizeof(version));
        memcpy((char *)payload + sizeof(version), text, strlen(text) + 1);
        size = sizeof(version) + strlen(text) + 1;
    }
    json_object_put(root);
    return size;
}

/*
 * The number `key` names, into *value; untouched when it is absent. Must lie within
 * [least, most].
 */
static int read_number(json_object *object, const char *key, int64_t least,
                       int64_t most, int64_t *value, struct error *err)
{
    json_object *number;
    if (!json_object_object_get_ex(object, key, &number))
        return 0;
    if (!json_object_is_type(number, json_type_int))
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "vfio-user VERSION: \"%s\" is not an integer", key);
    int64_t found = json_object_get_int64(number);
    if (found < least || found > most)
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "vfio-user VERSION: \"%s\" is %" PRId64 ", expected %" PRId64
                         " to %" PRId64,
                         key, found, least, most);
    *value = found;
    return 0;
}

static int read_capabilities(json_object *root, struct vfio_user_limits *limits,
                             struct error *err)
{
    json_object *capabilities;
    if (!json_object_is_type(root, json_type_object))
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "vfio-user VERSION: the text is not a JSON object");
    if (!json_object_object_get_ex(root, "capabilities", &capabilities))
        return 0;
    if (!json_object_is_type(capabilities, json_type_object))
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "vfio-user VERSION: \"capabilities\" is not an object");

    int64_t fds = limits->max_fds, data = limits->max_data, maps = limits->max_maps;
    int64_t pages = (int64_t)limits->page_sizes;
    int status = read_number(capabilities, "max_msg_fds", 0, INT32_MAX, &fds, err);
    if (!status)
        status =
            read_number(capabilities, "max_data_xfer_size", 1, INT64_MAX, &data, err);
    if (!status)
        status = read_number(capabilities, "max_dma_maps", 0, INT64_MAX, &maps, err);
    if (!status)
        status = read_number(capabilities, "pgsizes", 1, INT64_MAX, &pages, err);
    if (status)
        return status;
    limits->max_fds = fds < VFIO_USER_MAX_FDS ? (unsigned)fds : VFIO_USER_MAX_FDS;
    limits->max_data = data < VFIO_USER_MAX_DATA ? (uint32_t)data : VFIO_USER_MAX_DATA;
    limits->max_maps = maps < UINT32_MAX ? (uint32_t)maps : UINT32_MAX;
    limits->page_sizes = (uint64_t)pages;
    return 0;
}

int vfio_user_version_read(const void *payload, size_t size,
                           struct vfio_user_limits *limits, struct error *err)
{
    struct vfio_user_version version;
    if (size < sizeof(version) || size - sizeof(version) > JSON_MAX)
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "vfio-user VERSION has %zu bytes, expected %zu to %zu", size,
                         sizeof(version), sizeof(version) + JSON_MAX);
    memcpy(&version, payload, sizeof(version));
    *limits = (struct vfio_user_limits){
        .major = version.major,
        .minor = version.minor,
        .max_fds = VFIO_USER_DEFAULT_MAX_FDS,
        .max_data = VFIO_USER_DEFAULT_MAX_DATA,
        .max_maps = VFIO_USER_DEFAULT_MAX_MAPS,
        .page_sizes = VFIO_USER_DEFAULT_PAGES,
    };
    const char *text = (const char *)payload + sizeof(version);
    size_t length = size - sizeof(version);
    if (!length)
        return 0;
    if (text[length - 1] != '\0')
        return error_set(err, ERROR_SYSTEM, -EPROTO,
                         "vfio-user VERSION: the JSON text does not end with a NUL");
    length = strlen(text);
    if (!length)
        return 0;

    json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH);
    if (!tokener)
        return error_system(err, -ENOMEM, "vfio-user VERSION");
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    json_object *root = json_tokener_parse_ex(tokener, text, (int)length + 1);
    int status;
    if (json_tokener_get_error(tokener) != json_tokener_success)
        status = error_set(err, ERROR_SYSTEM, -EPROTO,
                           "vfio-user VERSION: bad JSON at byte %zu: %s",
                           json_tokener_get_parse_end(tokener),
                           json_tokener_error_desc(json_tokener_get_error(tokener)));
    else
        status = read_capabilities(root, limits, err);
    json_object_put(root);
    json_tokener_free(tokener);
    return status;
}
