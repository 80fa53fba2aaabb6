/*
 * vga_modes.S: a boot sector that goes through modes of the VGA. At each byte on the serial
 * port it sets the next, draws into it as programs do, and answers with its letter.
 */
    .code16
    .globl _start

    .set COM1, 0x3f8
    .set TEXT, 0                /* cells without blinking */
    .set CGA, 1                 /* bytes at B8000 */
    .set PLANES, 2              /* bytes of each plane at A0000, then write modes */
    .set BYTES, 3               /* bytes at A0000 */
    .set MODE_X, 4              /* mode 13h without chain 4 */
    .set BANKS, 5               /* VBE: two windows of 64 KiB */

    .macro mode number kind chunks
    .word \number
    .byte \kind, \chunks        /* chunks of 256 bytes */
    .endm

_start:
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %ss
    mov $0x7c00, %sp
    cld
    mov $modes, %si
    mov $'a', %bl
next:
    call receive
    mov (%si), %ax
    push %bx
    test %ah, %ah
    jz 1f
    mov %ax, %bx
    mov $0x4f02, %ax
1:  int $0x10
    mov $0x0103, %ax            /* no cursor */
    mov $0x2000, %cx
    int $0x10
    mov $0xa000, %ax
    cmpb $CGA, 2(%si)
    ja 2f
    mov $0xb800, %ax
2:  mov %ax, %es
    movzbw 2(%si), %bx
    add %bx, %bx
    call *draw(%bx)
    pop %bx
    mov %bl, %al
    call send
    inc %bx
    add $4, %si
    cmp $modes_end, %si
    jb next
    call receive
    mov $0x2000, %ax            /* power off: PIIX4, where SeaBIOS puts it */
    mov $0x604, %dx
    out %ax, %dx
halt:
    hlt
    jmp halt

draw:
    .word draw_text, draw_bytes, draw_planes, draw_bytes, draw_mode_x, draw_banks

/* EAX from here on, another in each chunk of 256 bytes at ES:0. */
draw_text:
    mov $0x1f411e42, %eax
    mov $0x7fff7fff, %ebp
    jmp fill
draw_bytes:
    mov $0x1b6d4e27, %eax
fill_all:
    mov $0xffffffff, %ebp
fill:
    xor %di, %di
    movzbw 3(%si), %dx
1:  and %ebp, %eax
    mov $64, %cx
    rep stosl
    add $0x11030507, %eax
    dec %dx
    jnz 1b
    ret

each_plane:
    mov $0x0102, %bx
1:  mov $0x3c4, %dx
    mov %bx, %ax
    xchg %ah, %al
    mov %bh, %ah
    mov $2, %al
    out %ax, %dx
    movzbl %bh, %eax
    imul $0x1b2d4e27, %eax, %eax
    call fill_all
    shl $1, %bh
    cmp $0x10, %bh
    jb 1b
    mov $0x0f02, %ax
    mov $0x3c4, %dx
    out %ax, %dx
    ret

draw_mode_x:
    mov $0x3c4, %dx
    mov $0x0604, %ax
    out %ax, %dx
    mov $0x3d4, %dx
    mov $0x0014, %ax
    out %ax, %dx
    mov $0xe317, %ax
    out %ax, %dx
    jmp each_plane

draw_planes:
    call each_plane
    mov $0x3ce, %dx
    mov $0x0105, %ax            /* write mode 1: copy */
    mov $1000, %di
    call some
    mov $0x0205, %ax            /* write mode 2, some bits, exclusive or */
    out %ax, %dx
    mov $0x1803, %ax
    out %ax, %dx
    mov $0x5a08, %ax
    mov $2000, %di
    call some
    mov $0x0305, %ax            /* write mode 3, rotated */
    out %ax, %dx
    mov $0x0300, %ax
    out %ax, %dx
    mov $0x0303, %ax
    mov $3000, %di
    call some
    mov $0x0005, %ax            /* write mode 0, set and reset, and */
    out %ax, %dx
    mov $0x0601, %ax
    out %ax, %dx
    mov $0x0903, %ax
    mov $4000, %di
some:
    out %ax, %dx
    mov $200, %cx
1:  mov %es:-1000(%di), %al     /* into the latches */
    mov %cl, %al
    stosb
    loop 1b
    ret

draw_banks:
    xor %bx, %bx
1:  mov $0x1ce, %dx
    mov $5, %ax
    out %ax, %dx
    inc %dx
    mov %bx, %ax
    out %ax, %dx
    mov $0x1b6d4e27, %eax
    call fill_all
    inc %bx
    cmp $2, %bx
    jb 1b
    ret

receive:
    mov $COM1 + 5, %dx
1:  in %dx, %al
    test $1, %al
    jz 1b
    mov $COM1, %dx
    in %dx, %al
    ret
send:
    mov $COM1, %dx
    out %al, %dx
    ret

modes:
    mode 0x003, TEXT, 15
    mode 0x001, TEXT, 7
    mode 0x004, CGA, 64
    mode 0x006, CGA, 64
    mode 0x00d, PLANES, 31
    mode 0x010, PLANES, 109
    mode 0x012, PLANES, 150
    mode 0x013, BYTES, 250
    mode 0x013, MODE_X, 62
    mode 0x101, BANKS, 255
    mode 0x102, BANKS, 255
    mode 0x110, BANKS, 255
    mode 0x111, BANKS, 255
    mode 0x112, BANKS, 255
    mode 0x142, BANKS, 255
    mode 0x003, TEXT, 15
modes_end:
    .org 510
    .word 0xaa55
