/*
 * vbe.S: VESA BIOS extensions: linear frame buffers at the start of the aperture,
 * shown by pipe A. (VESA BIOS Extension Core Functions Standard 2.0; Intel graphics
 * PRMs, display registers.)
 */
#include "vbios.inc"

    .code16
    .text

/* What AX says at the end. */
#define VBE_DONE   0x004f
#define VBE_FAILED 0x014f

/* Attributes of the modes: there, colour, graphics, linear only, not VGA's. */
#define MODE_ATTRIBUTES 0xfb
#define DIRECT_COLOUR   6
#define WITH_LINEAR     0x4000 /* of a mode number */

/* A mode in the table. */
#define MODE_NUMBER 0
#define MODE_WIDTH  2
#define MODE_HEIGHT 4
#define MODE_TIMING 6 /* six registers' values */
#define MODE_BYTES  30

/* 4F: AL names the service; AX stays where there is none, which means so. */
    .globl service_vbe
service_vbe:
    cmp $(vbe_services_end - vbe_services) / 2, %al
    jae 1f
    movzbw %al, %di
    shl $1, %di
    mov %cs:vbe_services(%di), %si
    mov FRAME_ES(%bp), %es
    mov FRAME_DI(%bp), %di
    push %cs
    pop %ds
    call *%si
    mov %ax, FRAME_AX(%bp)
1:  ret

/* The services: caller's ES:DI, BX and CX, DS = CS; AX: how it went. */

/* 00: what there is, to ES:DI. */
vbe_controller:
    mov $vbe_information, %si
    mov $(vbe_information_end - vbe_information) / 2, %cx
    rep movsw
    mov FRAME_DI(%bp), %di
    mov %cs, %es:8(%di)         /* segments of the two pointers */
    mov %cs, %es:16(%di)
    mov $VBE_DONE, %ax
    ret

/* 01: mode CX, to ES:DI: 256 bytes. */
vbe_mode_information:
    mov %cx, %bx
    call find_mode
    jne vbe_failed
    call frame_buffer
    jne vbe_failed
    push %eax
    push %si
    push %di
    mov $128, %cx
    xor %ax, %ax
    rep stosw
    pop %di
    push %di
    mov $mode_information, %si
    mov $(mode_information_end - mode_information) / 2, %cx
    rep movsw
    pop %di
    pop %si
    mov MODE_WIDTH(%si), %ax
    mov %ax, %es:0x12(%di)
    shl $2, %ax
    mov %ax, %es:0x10(%di)      /* bytes from line to line */
    mov MODE_HEIGHT(%si), %ax
    mov %ax, %es:0x14(%di)
    pop %eax
    mov %eax, %es:0x28(%di)     /* where the frame buffer is */
    mov $VBE_DONE, %ax
    ret

vbe_failed:
    mov $VBE_FAILED, %ax
    ret

/*
 * 02: set mode BX. Bit 15 asks that memory is kept, and it always is: it lies where
 * 16-bit code does not reach. Numbers below 100 are VGA's modes.
 */
vbe_set_mode:
    test $0x3f, %bh             /* bits 8 to 13: a VBE mode, or flags not known */
    jz vbe_set_vga
    test $WITH_LINEAR >> 8, %bh
    jz vbe_failed
    call find_mode
    jne vbe_failed
    call frame_buffer
    jne vbe_failed
    cmpw $text_ok, gtt_result   /* else the aperture leads nowhere */
    jne vbe_failed
    push %bx
    push %si
    call stop_pipe
    pop %si
    mov $VGA_SEQUENCER, %dx     /* VGA's picture off */
    mov $0x2101, %ax
    outw %ax, %dx
    mov $VGA_PLANE, %edi
    mov $PIPE_ENABLE, %eax      /* set, it disables that one */
    call write_register
    call start_pipe
    pop %bx
    and $0x1ff, %bx
    push $BDA_SEGMENT
    pop %ds
    mov %bx, BDA_VBE_MODE
    mov $VBE_DONE, %ax
    ret

vbe_set_vga:
    mov %bl, %al
    shr $8, %bx
    and $0x80, %bl
    or %bl, %al
    xor %ah, %ah
    int $0x10
    mov $VBE_DONE, %ax
    ret

/* 03: the mode that is set, to BX. */
vbe_get_mode:
    push $BDA_SEGMENT
    pop %ds
    mov BDA_VBE_MODE, %bx
    or $WITH_LINEAR, %bx
    cmpw $0, BDA_VBE_MODE
    jne 1f
    movzbw BDA_MODE, %bx
1:  mov %bx, FRAME_BX(%bp)
    mov $VBE_DONE, %ax
    ret

/* Before a VGA mode is set: pipe A stops if VBE started it. DS: BIOS data area. */
    .globl leave_vbe
leave_vbe:
    cmpw $0, BDA_VBE_MODE
    je 1f
    movw $0, BDA_VBE_MODE
    pushal
    push %ds
    push %cs
    pop %ds
    call stop_pipe
    pop %ds
    popal
1:  ret

/* SI: the row of mode BX; ZF when there is one. */
find_mode:
    push %bx
    and $0x1ff, %bx
    mov $modes, %si
1:  cmp MODE_NUMBER(%si), %bx
    je 2f
    add $MODE_BYTES, %si
    cmp $modes_end, %si
    jb 1b
    test %si, %si               /* never 0: clears ZF */
2:  pop %bx
    ret

/* EAX: where the aperture is; ZF when it is there and below 4 GiB. */
frame_buffer:
    mov $CONFIG(GPU, GPU_APERTURE + 4), %ax
    call config_read32
    test %eax, %eax
    jnz 1f
    mov $CONFIG(GPU, GPU_APERTURE), %ax
    call config_read32
    and $0xfffffff0, %eax
    jz 2f
    cmp %eax, %eax              /* sets ZF */
1:  ret
2:  or $1, %ax                  /* clears it */
    ret

/* EAX to the register EDI. Changes DX. */
write_register:
    push %eax
    mov $CONFIG(GPU, GPU_IOBAR), %ax
    call config_read16
    and $0xffc0, %ax
    mov %ax, %dx
    mov %edi, %eax
    outl %eax, %dx
    add $IO_DATA - IO_INDEX, %dx
    pop %eax
    outl %eax, %dx
    ret

/* Plane and pipe off. */
stop_pipe:
    mov $stopping, %si
    mov $stopping_end, %cx
    /* falls through */

/* Pairs from SI to CX: a register, its value. */
write_pairs:
1:  lodsl
    mov %eax, %edi
    lodsl
    call write_register
    cmp %cx, %si
    jb 1b
    ret

/* Pipe A shows the mode at SI from the start of graphics memory. */
start_pipe:
    push %si
    mov MODE_WIDTH(%si), %bx
    mov MODE_HEIGHT(%si), %cx
    add $MODE_TIMING, %si
    mov $PIPE_TIMING, %edi
1:  lodsl
    call write_register
    add $4, %di
    cmp $PIPE_TIMING + 24, %edi
    jb 1b
    pop %si

    movzwl %bx, %eax            /* the pipe's source: width above */
    dec %eax
    shl $16, %eax
    mov %cx, %ax
    dec %ax
    mov $PIPE_SOURCE, %edi
    call write_register
    rol $16, %eax               /* the plane's size: height above */
    mov $PLANE_SIZE, %edi
    call write_register

    movzwl %bx, %eax            /* the stride: bytes, or units of 64 */
    shl $2, %eax
    cmpb $0, plane_form
    je 2f
    shr $6, %eax
2:  mov $PLANE_STRIDE, %edi
    call write_register
    mov $OLD_PLANE, %eax
    cmpb $0, plane_form
    je 3f
    mov $UNIVERSAL_PLANE, %eax
3:  mov $PLANE_CONTROL, %edi
    call write_register
    mov $starting, %si
    mov $starting_end, %cx
    jmp write_pairs

    .section .rodata
    .balign 4
/* The last write is the one that lets the plane change. */
starting:
    .long PIPE_CONF, PIPE_ENABLE
    .long PLANE_POSITION, 0
    .long PLANE_OFFSET, 0
    .long PLANE_SURFACE, 0
starting_end:
stopping:
    .long PLANE_CONTROL, 0
    .long PLANE_SURFACE, 0
    .long PIPE_CONF, 0
stopping_end:

vbe_services:
    .word vbe_controller        /* 00 */
    .word vbe_mode_information
    .word vbe_set_mode
    .word vbe_get_mode
vbe_services_end:

vbe_information:
    .ascii "VESA"
    .word 0x0200
    .word vbe_name, 0           /* the segment is added */
    .long 0                     /* nothing to choose: no DAC, no VGA */
    .word vbe_modes, 0
    .word PTE_COUNT / 16        /* memory in 64 KiB */
vbe_information_end:
vbe_name:
    .asciz "igdvm GPU model VBIOS"
    .balign 2
vbe_modes:
    .word 0x112, 0x115, 0x118, 0xffff

/* What all modes have in common; the rest is filled in. */
mode_information:
    .word MODE_ATTRIBUTES
    .byte 0, 0                  /* no windows */
    .word 0, 0, 0, 0
    .long 0
    .word 0, 0, 0               /* bytes a line, width, height */
    .byte 8, 16                 /* a character */
    .byte 1, 32, 1              /* planes, bits a pixel, banks */
    .byte DIRECT_COLOUR, 0, 0, 1
    .byte 8, 16, 8, 8, 8, 0, 8, 24 /* red, green, blue, unused: size, place */
    .byte 2                     /* the unused ones can be used */
    .balign 2
mode_information_end:

/* Totals and pulses in pixels and lines (VESA DMT), as the six registers have them. */
    .macro axis active, start, end, total
    .long (\total - 1) << 16 | (\active - 1) /* total */
    .long (\total - 1) << 16 | (\active - 1) /* blanking */
    .long (\end - 1) << 16 | (\start - 1)    /* pulse */
    .endm
modes:
    .word 0x112, 640, 480
    axis 640, 656, 752, 800
    axis 480, 490, 492, 525
    .word 0x115, 800, 600
    axis 800, 840, 968, 1056
    axis 600, 601, 605, 628
    .word 0x118, 1024, 768
    axis 1024, 1048, 1184, 1344
    axis 768, 771, 777, 806
modes_end:
