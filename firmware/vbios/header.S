/* header.S: the option ROM header and the PCI data structure. */
#include "vbios.inc"

    .code16
    .section .header, "ax"
    .globl rom_start, rom_end_of_header
rom_start:
    .byte 0x55, 0xaa
    .byte 0                     /* size / 512: set when the image is finished */
    .byte 0xe9                  /* offset 3: called by the firmware, AX = bus, devfn */
    .word init - 1f
1:
    .globl rom_checksum
rom_checksum:
    .byte 0                     /* makes all bytes sum to 0 */
    .org 0x18
    .word pcir
    .word 0

/*
 * What a copy for another board or chip is told. saved_bdsm is what a VBIOS of Gen6 to
 * Gen9 keeps: once not zero, the register is never read again, and a shadow carries
 * it to wherever it is run next.
 */
    .org 0x20
    .ascii "IGDVMCFG"
    .globl lpc_id, saved_bdsm, gms_shift, gms_mask, pte_size, gms_codes
lpc_id:
    .long 0x29188086            /* device and vendor of 00:1f.0 */
saved_bdsm:
    .long 0
gms_shift:                      /* of the GMS field in GGC */
    .byte 8
gms_mask:
    .byte 0xff
pte_size:                       /* bytes of a GTT entry */
    .byte 8
gms_codes:                      /* GMS codes of small steps: GMS_LARGE and so on */
    .byte GMS_FROM_F0
    .word font                  /* where the text font is, for who draws the screen */
    .globl plane_form
plane_form:                     /* of the planes' registers: 0 up to Gen8, 1 Gen9 */
    .byte 1

    .balign 4
    .globl pcir, pcir_device
pcir:
    .ascii "PCIR"
    .word 0x8086
pcir_device:
    .word 0x1912
    .word 0                     /* no device list */
    .word 0x18                  /* length of this structure */
    .byte 0                     /* revision */
    .byte 0x00, 0x00, 0x03      /* class: VGA compatible display */
    .word 0                     /* image length / 512: set when finished */
    .word 1                     /* revision of the code */
    .byte 0                     /* code type: PC-AT */
    .byte 0x80                  /* last image */
    .word 0
    .asciz "igdvm GPU model VBIOS"
