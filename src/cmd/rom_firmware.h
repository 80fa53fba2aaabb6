/* rom_firmware.h: `igdvm rom extract --firmware`. */
#ifndef CMD_ROM_FIRMWARE_H
#define CMD_ROM_FIRMWARE_H

struct error;
struct rom_arguments;

/*
 * Write the GOP driver, or the VBT, of the dump arguments->firmware to
 * arguments->output. 0, or a negative errno with err set: -ENOENT there is none.
 */
int rom_extract_from_firmware(const struct rom_arguments *arguments, struct error *err);

#endif
