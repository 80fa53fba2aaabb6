/* smbios_fields.c: the texts of SMBIOS structures that a user can set, and their names.
 */
#include "machine/smbios_fields.h"

#include "base/bytes.h" /* ARRAY_SIZE */
#include "base/error.h" /* error_set */

#include <ctype.h>  /* tolower */
#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* strtoul */
#include <string.h> /* strchr */

#define MOST_TEXT 1024 /* bytes */
#define MAKER     "igdvm"

const struct smbios_field smbios_fields[] = {
    { 0, 0x04, "vendor", "SeaBIOS" },
    { 0, 0x05, "version", "igdvm" },
    { 0, 0x08, "date", "04/01/2014" },
    { 1, 0x04, "manufacturer", MAKER },
    { 1, 0x05, "product", "Virtual PC (440FX)" },
    { 1, 0x06, "version", "1" },
    { 1, 0x07, "serial", NULL },
    { 1, 0x19, "sku", NULL },
    { 1, 0x1a, "family", "Virtual machine" },
    { 2, 0x04, "manufacturer", MAKER },
    { 2, 0x05, "product", "440FX" },
    { 2, 0x06, "version", NULL },
    { 2, 0x07, "serial", NULL },
    { 2, 0x08, "asset", NULL },
    { 3, 0x04, "manufacturer", MAKER },
    { 3, 0x06, "version", NULL },
    { 3, 0x07, "serial", NULL },
    { 3, 0x08, "asset", NULL },
    { 3, 0x15, "sku", NULL },
    { 4, 0x07, "manufacturer", NULL },
    { 4, 0x10, "version", NULL },
    { 4, 0x20, "serial", NULL },
    { 4, 0x21, "asset", NULL },
    { 4, 0x22, "part", NULL },
    { SMBIOS_OEM_STRINGS, 0, "value", NULL },
    { 17, 0x17, "manufacturer", MAKER },
    { 17, 0x18, "serial", NULL },
    { 17, 0x19, "asset", NULL },
    { 17, 0x1a, "part", NULL },
};

const unsigned smbios_field_count = ARRAY_SIZE(smbios_fields);

static bool is_text(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    }
    return length > 0 && length <= MOST_TEXT;
}

/* "manufacturer, product, ..." of a type; "" when it has none. */
static void list_fields(unsigned long type, char *list, size_t size)
{
    size_t used = 0;
    list[0] = '\0';
    for (unsigned i = 0; i < smbios_field_count && used < size; i++) {
        if (smbios_fields[i].type == type)
            used += (size_t)snprintf(list + used, size - used, "%s%s", used ? ", " : "",
                                     smbios_fields[i].name);
    }
}

int smbios_set(struct smbios_options *options, char *text, struct error *err)
{
    char *name = NULL, list[256];
    unsigned long type = strtoul(text, &name, 10);
    char *value = strchr(text, '=');

    if (name == text || *name != '.' || !value)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "expected TYPE.FIELD=VALUE, such as 1.product=PC");
    name++;
    list_fields(type, list, sizeof(list));
    if (!list[0])
        return error_set(
            err, ERROR_INPUT, -EINVAL,
            "type %lu has nothing to set: expected 0, 1, 2, 3, 4, 11 or 17", type);
    if (options->count == SMBIOS_MAX_VALUES)
        return error_set(err, ERROR_INPUT, -EINVAL, "more than %d values",
                         SMBIOS_MAX_VALUES);
    unsigned field = 0;
    size_t length = (size_t)(value - name);
    while (field < smbios_field_count &&
           (smbios_fields[field].type != type ||
            strlen(smbios_fields[field].name) != length ||
            memcmp(smbios_fields[field].name, name, length) != 0))
        field++;
    if (field == smbios_field_count)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "type %lu has no field %.*s: expected %s", type,
                         (int)(length < 64 ? length : 64), name, list);
    if (!is_text(value + 1))
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "expected 1 to %d printable ASCII characters", MOST_TEXT);
    options->values[options->count++] = (struct smbios_value){ field, value + 1 };
    return 0;
}

int smbios_set_uuid(struct smbios_options *options, const char *text, struct error *err)
{
    /* The first three groups are numbers, stored little-endian (DSP0134, 7.2.1). */
    static const uint8_t places[SMBIOS_UUID_SIZE] = { 3, 2, 1,  0,  5,  4,  7,  6,
                                                      8, 9, 10, 11, 12, 13, 14, 15 };
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    static const char digits[] = "0123456789abcdef";
    unsigned nibble = 0;
    bool good = strlen(text) == strlen(shape);

    for (unsigned i = 0; good && shape[i]; i++) {
        if (shape[i] == '-') {
            good = text[i] == '-';
            continue;
        }
        const char *digit = strchr(digits, tolower((unsigned char)text[i]));
        good = digit != NULL;
        if (!good)
            break;
        uint8_t *byte = &options->uuid[places[nibble / 2]];
        *byte = (uint8_t)(*byte << 4 | (digit - digits));
        nibble++;
    }
    if (!good)
        return error_set(
            err, ERROR_INPUT, -EINVAL,
            "expected a UUID such as 12345678-9abc-def0-1234-56789abcdef0");
    return 0;
}

const char *smbios_text(const struct smbios_options *options, unsigned field)
{
    const char *text = smbios_fields[field].standard;
    for (unsigned i = 0; i < options->count; i++) {
        if (options->values[i].field == field)
            text = options->values[i].text;
    }
    return text;
}

bool smbios_type_asked(const struct smbios_options *options, uint8_t type)
{
    for (unsigned i = 0; i < options->count; i++) {
        if (smbios_fields[options->values[i].field].type == type)
            return true;
    }
    return false;
}
