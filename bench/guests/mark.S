/*
 * mark.S: a boot sector that writes to port 0xf4, which no PC has, to say that it was
 * reached, and triple-faults.
 */
        .set MARK, 0xf4

        .code16
        .global _start
_start:
        ljmp    $0, $1f
1:      cli
        xorw    %ax, %ax
        movw    %ax, %ds
        movb    $0x5a, %al
        outb    %al, $MARK
        lidt    no_vectors
        int3

no_vectors:
        .word   0
        .long   0

        .org    510
        .word   0xaa55
        .org    0x100000                /* below a cylinder a BIOS reads nothing */
