/*
 * reboot.S: a boot sector that resets the machine, each time in another way, until it
 * was booted LAST times; then it powers off. It counts its boots in a byte of CMOS,
 * which a reset does not clear, and writes a line a boot to the serial port:
 * "boot NNN: way of the next reset".
 */
        .code16
        .global _start

#ifndef LAST
#define LAST 21                  /* the first boot and 20 reboots; 255 at most */
#endif
        .set CMOS_COUNTER, 0x70

_start:
        ljmp    $0, $1f
1:      cli
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7c00, %sp
        cld

        movb    $CMOS_COUNTER, %al
        outb    %al, $0x70
        inb     $0x71, %al
        incb    %al
        movb    %al, %bl
        movb    $CMOS_COUNTER, %al
        outb    %al, $0x70
        movb    %bl, %al
        outb    %al, $0x71

        movw    $text_boot, %si
        call    print
        movb    %bl, %al
        aam                             /* AH hundreds and tens, AL ones */
        pushw   %ax
        movb    %ah, %al
        aam
        addw    $0x3030, %ax
        pushw   %ax
        movb    %ah, %al
        call    print_character
        popw    %ax
        call    print_character
        popw    %ax
        addb    $0x30, %al
        call    print_character

        cmpb    $LAST, %bl
        jae     power_off
        andw    $3, %bx
        addw    %bx, %bx
        movw    texts(%bx), %si
        call    print
        jmp     *ways(%bx)

by_port_92:
        inb     $0x92, %al
        andb    $0xfe, %al
        outb    %al, $0x92
        orb     $1, %al
        outb    %al, $0x92
        jmp     stuck

by_port_cf9:
        movw    $0xcf9, %dx
        movb    $2, %al
        outb    %al, %dx
        movb    $6, %al
        outb    %al, %dx
        jmp     stuck

by_keyboard_controller:
        movw    $0xffff, %cx
1:      inb     $0x64, %al
        testb   $2, %al
        loopnz  1b
        movb    $0xfe, %al
        outb    %al, $0x64
        jmp     stuck

by_triple_fault:
        lidt    no_vectors
        int3
        jmp     stuck

power_off:
        movw    $text_off, %si
        call    print
        call    soft_off

/* A reset may take effect a little after the write that asks for it. */
stuck:
        movl    $0x04000000, %ecx
1:      decl    %ecx
        jnz     1b
        movw    $text_stuck, %si
        call    print
2:      hlt
        jmp     2b

#include "pc16.inc"

/* Some KVMs interpret code without paging, and have no triple fault there. */
#ifdef NO_TRIPLE_FAULT
#define LAST_WAY  by_port_92
#define LAST_TEXT text_92
#else
#define LAST_WAY  by_triple_fault
#define LAST_TEXT text_fault
#endif
ways:   .word   by_port_92, by_port_cf9, by_keyboard_controller, LAST_WAY
texts:  .word   text_92, text_cf9, text_keyboard, LAST_TEXT
no_vectors:
        .word   0
        .long   0

text_boot:     .asciz "boot "
text_92:       .asciz ": port 92\n"
text_cf9:      .asciz ": port CF9\n"
text_keyboard: .asciz ": keyboard controller\n"
text_fault:    .asciz ": triple fault\n"
text_off:      .asciz ": power off\n"
text_stuck:    .asciz "stuck: nothing happened\n"

        .org    510
        .word   0xaa55
