/* i440fx.h: the 440FX host bridge at 00:00.0: configuration ports and PAM. */
#ifndef DEVICES_I440FX_H
#define DEVICES_I440FX_H

#include "devices/device.h" /* struct device */

#include <stdint.h> /* addresses */

struct board;
struct error;

/* What a PAM segment does; bit 0: reads come from RAM, bit 1: writes go to RAM. */
enum pam_mode { PAM_ROM = 0, PAM_READ_RAM = 1, PAM_WRITE_RAM = 2, PAM_RAM = 3 };

#define PAM_SEGMENTS 13 /* 12 of 16 KiB from 0xc0000, then 64 KiB at 0xf0000 */

/*
 * The machine's side of PAM: modes[0..11] are the 16 KiB segments from 0xc0000 up,
 * modes[12] is 0xf0000 to 0xfffff. Called with all modes whenever one changed.
 */
typedef void pam_handler(void *opaque, const uint8_t modes[PAM_SEGMENTS]);

/*
 * The host bridge (8086:1237) on board->pci, with configuration mechanism 1 at ports
 * 0xcf8 and 0xcfc. handler is called on changes and on reset (all PAM_ROM).
 */
struct device *i440fx_new(struct board *board, pam_handler *handler, void *opaque,
                          struct error *err);

#endif
