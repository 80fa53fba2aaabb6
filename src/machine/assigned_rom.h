/* assigned_rom.h: the array that firmware/assigned becomes when it is built. */
#ifndef MACHINE_ASSIGNED_ROM_H
#define MACHINE_ASSIGNED_ROM_H

#include <stddef.h> /* size_t */

extern const unsigned char assigned_rom[];
extern const size_t assigned_rom_size; /* a multiple of 512 */

#endif
