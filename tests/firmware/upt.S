/*
 * upt.S: a boot sector that tells, on the serial port, what it sees of the GPU at 00:10.0:
 * identity, class, GGC, BDSM, ASLS, DFSM (through the I/O BAR), and what the OpRegion
 * begins with. Then it spoils the OpRegion and resets; the second time it powers off.
 */
    .code16
    .globl _start

    .set COM1, 0x3f8
    .set CMOS, 0x70             /* a byte that a reset keeps */
    .set GPU, 0x80008000        /* configuration of 00:10.0 */
    .set IOBAR, 0x20            /* in it: MMIO_Index, MMIO_Data */
    .set DFSM, 0x51000

_start:
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $0x7c00, %sp
    cld
    mov $registers, %si
1:  lodsb
    movzbl %al, %eax
    add $GPU, %eax
    mov $0xcf8, %dx
    out %eax, %dx
    mov $0xcfc, %dx
    in %dx, %eax
    call print
    cmp $registers_end, %si
    jb 1b
    push %eax                   /* ASLS */
    mov $GPU + IOBAR, %eax
    mov $0xcf8, %dx
    out %eax, %dx
    mov $0xcfc, %dx
    in %dx, %eax
    and $0xfffc, %ax
    mov %ax, %dx
    mov $DFSM, %eax
    out %eax, %dx
    add $4, %dx
    in %dx, %eax
    call print
    pop %eax
    test %eax, %eax
    jz done
    mov %eax, source + 2
    movb $0x93, source + 5
    rol $8, %eax
    mov %al, source + 7
    call move
    mov $signature, %si
    mov $16, %cx
2:  lodsb
    call send
    loop 2b
    /* The other way round: nothing of it stays. */
    mov source + 2, %eax
    mov destination + 2, %ebx
    mov %eax, destination + 2
    mov %ebx, source + 2
    mov source + 7, %al
    xchg %al, destination + 7
    mov %al, source + 7
    mov $signature, %di
    mov $16, %cx
    xor %al, %al
    rep stosb
    call move
done:
    mov $'\n', %al
    call send
    mov $CMOS, %al
    out %al, $0x70
    in $0x71, %al
    cmp $0xa5, %al
    je power_off
    mov $CMOS, %al
    out %al, $0x70
    mov $0xa5, %al
    out %al, $0x71
    mov $0xcf9, %dx
    mov $2, %al
    out %al, %dx
    mov $6, %al
    out %al, %dx
halt:
    hlt
    jmp halt
power_off:
    mov $0x2000, %ax            /* PIIX4, where SeaBIOS puts it */
    mov $0x604, %dx
    out %ax, %dx
    jmp halt

/* 16 bytes by the firmware, which reaches all memory. */
move:
    mov $table, %si
    mov $8, %cx
    mov $0x87, %ah
    int $0x15
    ret

/* EAX and a blank; keeps it. */
print:
    push %eax
    mov $8, %cx
1:  rol $4, %eax
    push %eax
    and $15, %al
    add $'0', %al
    cmp $'9', %al
    jbe 2f
    add $'a' - '9' - 1, %al
2:  call send
    pop %eax
    loop 1b
    mov $' ', %al
    call send
    pop %eax
    ret

send:
    push %dx
    push %ax
    mov $COM1 + 5, %dx
1:  in %dx, %al
    test $0x20, %al
    jz 1b
    pop %ax
    mov $COM1, %dx
    out %al, %dx
    pop %dx
    ret

registers:
    .byte 0x00, 0x08, 0x50, 0x5c, 0xfc
registers_end:

    .balign 8
table:                          /* INT 15h, AH = 87h */
    .fill 16, 1, 0
source:
    .word 15, 0
    .byte 0, 0x93, 0, 0
destination:
    .word 15, signature
    .byte 0, 0x93, 0, 0
    .fill 16, 1, 0
    .org 510
    .word 0xaa55
    .set signature, 0x7e00
