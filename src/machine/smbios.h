/* smbios.h: what the guest's operating system is told of its PC (SMBIOS 2.8, DSP0134).
 */
#ifndef MACHINE_SMBIOS_H
#define MACHINE_SMBIOS_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* bytes */

struct cpu_topology;
struct error;
struct fw_cfg;
struct guest_memory;

#define SMBIOS_MAX_VALUES 64
#define SMBIOS_UUID_SIZE  16

/* What the user asked for. Zero: the defaults. Strings stay the caller's. */
struct smbios_options {
    unsigned count;
    struct smbios_value {
        unsigned field; /* a row of the table of fields */
        const char *text;
    } values[SMBIOS_MAX_VALUES];
    uint8_t uuid[SMBIOS_UUID_SIZE]; /* as SMBIOS stores it; zero: none */
};

/*
 * Take "TYPE.FIELD=VALUE", such as "1.product=Desk PC"; text is changed and kept.
 * 0, or -EINVAL with err, which does not name an option.
 */
int smbios_set(struct smbios_options *options, char *text, struct error *err);

/* A UUID as text, 8-4-4-4-12 hexadecimal digits. 0 or -EINVAL with err. */
int smbios_set_uuid(struct smbios_options *options, const char *text,
                    struct error *err);

/*
 * Add etc/smbios/smbios-tables and -anchor, from which SeaBIOS and OVMF make the
 * guest's tables. Both add type 0, which tells of themselves, where it is not asked
 * for. 0 or a negative errno with err.
 */
int smbios_build(struct fw_cfg *fw_cfg, const struct smbios_options *options,
                 const struct guest_memory *memory, const struct cpu_topology *topology,
                 struct error *err);

#endif
