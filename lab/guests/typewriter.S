/*
 * typewriter.S: a boot sector that shows what is typed, by the firmware's services: a
 * login's looks without a login. Escape sets a graphics mode of 800 x 600, and back.
 */
    .code16
    .globl _start
_start:
    ljmp $0, $begin
begin:
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw $0x7c00, %sp
    cld
    movw $0x0003, %ax       /* 80 x 25 text */
    int $0x10
prompt:
    movw $text, %si
1:  lodsb
    testb %al, %al
    jz next
    call put
    jmp 1b

next:
    xorb %ah, %ah           /* INT 16h, 00: wait for a key */
    int $0x16
    cmpb $0x1b, %al
    je graphics
    cmpb $0x0d, %al
    je newline
    testb %al, %al
    jz next                 /* a key that types nothing */
    call put
    jmp next

newline:
    call put
    movb $0x0a, %al
    call put
    jmp prompt

/* AL on the screen, and on the first serial line. */
put:
    movb $0x0e, %ah
    movw $0x0007, %bx
    int $0x10
    movb $0x01, %ah         /* INT 14h, 01: send */
    xorw %dx, %dx
    int $0x14
    ret

graphics:
    movw $0x4f02, %ax       /* VBE: set mode 103h, 800 x 600 */
    movw $0x0103, %bx
    int $0x10
    xorb %ah, %ah
    int $0x16
    jmp begin

text:
    .asciz "typewriter: "

    .org 510
    .word 0xaa55
