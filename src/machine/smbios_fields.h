/* smbios_fields.h: the texts of SMBIOS structures that a user can set, and their names.
 */
#ifndef MACHINE_SMBIOS_FIELDS_H
#define MACHINE_SMBIOS_FIELDS_H

#include "machine/smbios.h" /* struct smbios_options */

/* A text of a structure. */
struct smbios_field {
    uint8_t type;         /* of the structure (DSP0134, 7) */
    uint8_t offset;       /* of the byte that holds the text's number */
    const char *name;     /* as the user writes it */
    const char *standard; /* what it is by itself; NULL: none */
};

#define SMBIOS_OEM_STRINGS 11 /* the type whose texts have no offsets */

extern const struct smbios_field smbios_fields[];
extern const unsigned smbios_field_count;

/* The text of a field as asked for, or its standard; NULL: none. */
const char *smbios_text(const struct smbios_options *options, unsigned field);

/* Was any field of this type asked for? */
bool smbios_type_asked(const struct smbios_options *options, uint8_t type);

#endif
