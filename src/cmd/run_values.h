/* run_values.h: reading the values of options. */
#ifndef CMD_RUN_VALUES_H
#define CMD_RUN_VALUES_H

#include <stdint.h> /* sizes */

struct error;

/* Each returns 0, or -EINVAL with err naming the option, its value and what is good. */

/* "--OPTION VALUE: expected EXPECTED"; always -EINVAL. */
int run_value_bad(struct error *err, const char *option, const char *value,
                  const char *expected);

/* A size in bytes: "512M", "4G"; without a letter, MiB. */
int run_value_size(const char *option, const char *text, uint64_t *size,
                   struct error *err);

int run_value_number(const char *option, const char *text, unsigned least,
                     unsigned most, unsigned *number, struct error *err);

/* Where an output goes: "stdio", "none" or "file:PATH". */
int run_value_output(const char *option, const char *text, struct error *err);

/* Where a serial port goes: as an output, or "pty" or "unix:PATH". */
int run_value_serial(const char *option, const char *text, struct error *err);

/* An address on the guest's bus: "00:02.0" or "0000:00:02.0". */
int run_value_address(const char *option, const char *text, uint8_t *bus,
                      uint8_t *devfn, struct error *err);

/* A place on the guest's bus: "17" or "17.1", hexadecimal. */
int run_value_place(const char *option, const char *text, uint8_t *devfn,
                    struct error *err);

#endif
