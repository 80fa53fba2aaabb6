/* gop_rom.h: the array that firmware/gop becomes when it is built. */
#ifndef MODEL_GOP_ROM_H
#define MODEL_GOP_ROM_H

#include <stddef.h> /* size_t */

extern const unsigned char gop_rom[];
extern const size_t gop_rom_size; /* a multiple of 512 */

#endif
