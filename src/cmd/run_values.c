/* run_values.c: reading the values of options. */
#include "cmd/run_values.h"

#include "base/bytes.h" /* MIB */
#include "base/error.h" /* error_set */
#include "pci/regs.h"   /* PCI_DEVFN */

#include <stdio.h>  /* sscanf */
#include <string.h> /* strcmp */

int run_value_bad(struct error *err, const char *option, const char *value,
                  const char *expected)
{
    return error_set(err, ERROR_INPUT, -EINVAL, "--%s %s: expected %s", option, value,
                     expected);
}

/*
 * Digits alone, without the sign and the spaces strtoull takes; every start reads some,
 * and strtoull is in pages of libc that nothing else of it needs. False when there are
 * none, or the number is too large.
 */
static bool read_digits(const char **at, uint64_t *number)
{
    const char *from = *at;
    for (*number = 0; **at >= '0' && **at <= '9'; ++*at) {
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, (uint64_t)(**at - '0'), number))
            return false;
    }
    return *at != from;
}

int run_value_size(const char *option, const char *text, uint64_t *size,
                   struct error *err)
{
    static const struct {
        char letter;
        uint64_t unit;
    } units[] = { { 'K', KIB }, { 'M', MIB }, { 'G', GIB }, { 'T', GIB * 1024 } };
    const char *end = text;
    uint64_t number, unit = MIB;
    bool good = read_digits(&end, &number);
    for (unsigned i = 0; *end && i < ARRAY_SIZE(units); i++) {
        if ((*end & ~0x20) == units[i].letter) {
            unit = units[i].unit;
            end++;
            break;
        }
    }
    if (!good || *end || number > UINT64_MAX / unit)
        return run_value_bad(err, option, text, "a size such as 512M or 4G");
    *size = number * unit;
    return 0;
}

int run_value_number(const char *option, const char *text, unsigned least,
                     unsigned most, unsigned *number, struct error *err)
{
    const char *end = text;
    uint64_t value;
    if (!read_digits(&end, &value) || *end || value < least || value > most) {
        char expected[64];
        snprintf(expected, sizeof(expected), "a number from %u to %u", least, most);
        return run_value_bad(err, option, text, expected);
    }
    *number = (unsigned)value;
    return 0;
}

static bool is_output(const char *text)
{
    return !strcmp(text, "stdio") || !strcmp(text, "none") ||
           (!strncmp(text, "file:", 5) && text[5]);
}

int run_value_serial(const char *option, const char *text, struct error *err)
{
    if (is_output(text) || !strcmp(text, "pty") ||
        (!strncmp(text, "unix:", 5) && text[5]))
        return 0;
    return run_value_bad(err, option, text, "stdio, none, file:PATH, pty or unix:PATH");
}

int run_value_output(const char *option, const char *text, struct error *err)
{
    if (is_output(text))
        return 0;
    return run_value_bad(err, option, text, "stdio, none or file:PATH");
}

int run_value_address(const char *option, const char *text, uint8_t *bus,
                      uint8_t *devfn, struct error *err)
{
    unsigned on_bus = 0, slot = 0, function = 0;
    int used = 0;
    const char *from = !strncmp(text, "0000:", 5) ? text + 5 : text;

    if (sscanf(from, "%2x:%2x.%1u%n", &on_bus, &slot, &function, &used) != 3 ||
        from[used] || slot > 0x1f || function > 7)
        return run_value_bad(err, option, text, "an address on bus 0, such as 00:02.0");
    *bus = (uint8_t)on_bus;
    *devfn = PCI_DEVFN(slot, function);
    return 0;
}

int run_value_place(const char *option, const char *text, uint8_t *devfn,
                    struct error *err)
{
    unsigned slot = 0, function = 0;
    int used = 0;
    if (sscanf(text, "%2x.%1u%n", &slot, &function, &used) != 2 || text[used])
        used = 0;
    if (!used && sscanf(text, "%2x%n", &slot, &used) == 1)
        function = 0;
    if (!used || text[used] || slot < 2 || slot > 0x1f || function > 7)
        return run_value_bad(err, option, text,
                             "a slot from 02 to 1f, or with a function, such as 17.1");
    *devfn = PCI_DEVFN(slot, function);
    return 0;
}
