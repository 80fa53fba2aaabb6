/*
 * accesses.S: a firmware image of 64 KiB that measures one kind of access.
 *
 * Built with -DTEST_name. After reset it enters flat protected mode, does COUNT equal
 * accesses, and writes the time stamp counter's difference to the serial port, as 8 hex
 * digits and a newline. Then it triple-faults, which ends a VMM told not to reboot.
 * TEST_END triple-faults at once, TEST_HALT halts for ever.
 */
        .set COUNT,       1000
        .set SERIAL,      0x3f8
        .set POST,        0x80
        .set CONFIG_ADDR, 0xcf8
        .set CONFIG_DATA, 0xcfc
        .set NOBODY,      0xe0000000    /* in the PCI hole, where no BAR was placed */

        .code16
        .global _start
_start:
        cli
#ifdef TEST_HALT
1:      hlt
        jmp     1b
#endif
#ifdef TEST_END
        lidtl   %cs:(no_vectors - _start)
        int3
#endif
        lgdtl   %cs:(gdt_pointer - _start)
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        ljmpl   $8, $protected

        .code32
protected:
        movw    $16, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movl    $0x8000, %esp
#ifdef TEST_CONFIG_READ
        movw    $CONFIG_ADDR, %dx
        movl    $0x80000000, %eax       /* 00:00.0, register 0 */
        outl    %eax, %dx
        movw    $CONFIG_DATA, %dx
#endif
#ifdef TEST_SERIAL_READ
        movw    $SERIAL + 5, %dx
#endif
        movl    $COUNT, %ecx
        movl    $NOBODY, %ebx
        call    access                  /* the first one warms up */
        rdtsc
        movl    %eax, %edi
#ifdef TEST_CONFIG_READ
        movw    $CONFIG_DATA, %dx
#endif
#ifdef TEST_SERIAL_READ
        movw    $SERIAL + 5, %dx
#endif
1:      call    access
        decl    %ecx
        jnz     1b
        rdtsc
        subl    %edi, %eax
        movl    %eax, %ebx
        movl    $8, %ecx
        movw    $SERIAL, %dx
2:      roll    $4, %ebx
        movb    %bl, %al
        andb    $15, %al
        addb    $'0', %al
        cmpb    $'9', %al
        jbe     3f
        addb    $'a' - '9' - 1, %al
3:      outb    %al, %dx
        decl    %ecx
        jnz     2b
        movb    $'\n', %al
        outb    %al, %dx
        lidtl   no_vectors
        int3

access:
#ifdef TEST_PORT_WRITE
        outb    %al, $POST
#endif
#ifdef TEST_SERIAL_READ
        inb     %dx, %al
#endif
#ifdef TEST_CONFIG_READ
        inl     %dx, %eax
#endif
#ifdef TEST_MEMORY_READ
        movl    (%ebx), %eax
#endif
#ifdef TEST_MEMORY_WRITE
        movl    %eax, (%ebx)
#endif
        ret

        .balign 8
gdt:    .quad   0
        .quad   0x00cf9b000000ffff      /* code, flat */
        .quad   0x00cf93000000ffff      /* data, flat */
gdt_pointer:
        .word   gdt_pointer - gdt - 1
        .long   gdt
no_vectors:
        .word   0
        .long   0

        /* igdvm assigns a GPU only to firmware that names these. */
        .asciz  "etc/igd-opregion"
        .asciz  "etc/igd-bdsm-size"

        .org    0xfff0
        .code16
        jmp     _start
        .org    0x10000
