/* samples.h: small valid inputs that tests then damage. */
#ifndef IGD_SAMPLES_H
#define IGD_SAMPLES_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* bytes */

/* A VBT of 124 bytes, "$VBT SKYLAKE", with two data blocks' worth of room. */
#define SAMPLE_VBT_SIZE 124
void sample_vbt(uint8_t *vbt);

/* Version 2.0, mailboxes 1 to 4, lid closed, the VBT in mailbox 4. 8 KiB. */
void sample_opregion(uint8_t *image);

/* Version 2.1, the VBT of rvds bytes appended; 8 KiB and rvds bytes. */
void sample_opregion_extended(uint8_t *image, uint32_t rvds);

/* A PC-AT image of 2 KiB for 8086:0406, with a saved BDSM, sum not zero. */
#define SAMPLE_ROM_SIZE  2048
#define SAMPLE_ROM_PCIR  0x40
#define SAMPLE_ROM_CODE  0x100 /* where the saved BDSM is loaded */
#define SAMPLE_ROM_SAVED 0x80
void sample_rom(uint8_t *rom);
/* The same as one UEFI image, of SAMPLE_ROM_SIZE bytes. */
void sample_uefi_rom(uint8_t *rom);

/* Config space of a Skylake 8086:1912, 64 MiB at 0x8b800000; 256 bytes each. */
#define SAMPLE_BDSM 0x8b800000U
#define SAMPLE_GGC  0x02c1 /* locked, 8 MiB of GTT, 64 MiB of stolen memory */
void sample_gpu_config(uint8_t *config);
void sample_host_config(uint8_t *config);
void sample_lpc_config(uint8_t *config);

/* Firmware that names both files; nothing else is in it. */
#define SAMPLE_FIRMWARE_SIZE     512
#define SAMPLE_FIRMWARE_OPREGION 100
void sample_firmware(uint8_t *firmware);

#endif
