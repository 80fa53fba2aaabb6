/* vbios_rom.h: the array that firmware/vbios becomes when it is built. */
#ifndef MODEL_VBIOS_ROM_H
#define MODEL_VBIOS_ROM_H

#include <stddef.h> /* size_t */

extern const unsigned char vbios_rom[];
extern const size_t vbios_rom_size; /* a multiple of 512 */

#endif
