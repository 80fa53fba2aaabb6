/* mode.S: VGA text mode 3: 80 by 25 characters of 9 by 16 pixels, colour. */
#include "vbios.inc"

    .code16
    .text

/* Set mode 3, load the font, clear the screen, show the banner. Preserves all. */
    .globl set_text_mode
set_text_mode:
    pushal
    push %ds
    push %es
    cld
    push %cs
    pop %ds
    call set_registers
    call set_palette
    call load_font
    call set_bios_data
    call clear_screen
    call show_banner
    pop %es
    pop %ds
    popal
    ret

/* As set_text_mode, with the screen's contents kept. */
    .globl set_text_mode_keep
set_text_mode_keep:
    pushal
    push %ds
    push %es
    cld
    push %cs
    pop %ds
    call set_registers
    call set_palette
    call load_font
    call set_bios_data
    pop %es
    pop %ds
    popal
    ret

/* CX registers from index 0 on of the index/data pair at DX; values at SI. */
load_indexed:
    xor %ax, %ax
1:  mov %al, %ah
    push %ax
    lodsb
    xchg %al, %ah               /* AL: index, AH: value */
    outw %ax, %dx
    pop %ax
    inc %al
    loop 1b
    ret

set_registers:
    mov $VGA_SEQUENCER, %dx
    mov $0x0100, %ax            /* hold it in reset while the clock changes */
    outw %ax, %dx
    mov $VGA_MISC, %dx
    mov $0x67, %al
    outb %al, %dx
    mov $VGA_SEQUENCER, %dx
    mov $sequencer_values, %si
    mov $5, %cx
    call load_indexed
    mov $0x0300, %ax            /* and let it run */
    outw %ax, %dx
    mov $VGA_CRTC, %dx
    mov $0x0e11, %ax            /* registers 0 to 7 are protected by bit 7 of 11 */
    outw %ax, %dx
    mov $crtc_values, %si
    mov $25, %cx
    call load_indexed
    mov $VGA_GRAPHICS, %dx
    mov $graphics_values, %si
    mov $9, %cx
    call load_indexed

    mov $VGA_STATUS, %dx
    inb %dx, %al                /* the next write to 3C0 is an index */
    mov $VGA_ATTRIBUTE, %dx
    mov $attribute_values, %si
    mov $21, %cx
    xor %ah, %ah
1:  mov %ah, %al
    outb %al, %dx
    lodsb
    outb %al, %dx
    inc %ah
    loop 1b
    mov $0x20, %al              /* palette on */
    outb %al, %dx
    ret

/* 64 colours, numbered rgbRGB: a capital weighs two thirds, a small letter one. */
set_palette:
    mov $VGA_DAC_MASK, %dx
    mov $0xff, %al
    outb %al, %dx
    mov $VGA_DAC_INDEX, %dx
    xor %al, %al
    outb %al, %dx
    mov $VGA_DAC_DATA, %dx
    xor %bx, %bx
1:  mov $0x2004, %cx            /* red: bit 5 and bit 2 */
    call put_colour
    mov $0x1002, %cx            /* green: bits 4 and 1 */
    call put_colour
    mov $0x0801, %cx            /* blue: bits 3 and 0 */
    call put_colour
    inc %bl
    cmp $64, %bl
    jb 1b
    ret

put_colour:
    xor %al, %al
    test %cl, %bl
    jz 1f
    add $0x2a, %al
1:  test %ch, %bl
    jz 2f
    add $0x15, %al
2:  outb %al, %dx
    ret

/* The font goes to plane 2, 32 bytes apart, 16 of them used. */
load_font:
    mov $font_access, %si
    call set_access
    mov $FONT_SEGMENT, %ax
    mov %ax, %es
    xor %di, %di
    mov $font, %si
    mov $256, %dx
1:  mov $4, %cx
    rep movsl
    add $16, %di
    dec %dx
    jnz 1b
    mov $text_access, %si
    /* falls through */

/* Six index/value pairs: three for the sequencer, three for the graphics controller. */
set_access:
    mov $VGA_SEQUENCER, %dx
    mov $3, %cx
    call 1f
    mov $VGA_GRAPHICS, %dx
    mov $3, %cx
1:  lodsw
    outw %ax, %dx
    loop 1b
    ret

set_bios_data:
    mov $BDA_SEGMENT, %ax
    mov %ax, %es
    movb $3, %es:BDA_MODE
    movw $COLUMNS, %es:BDA_COLUMNS
    movw $PAGE_SIZE, %es:BDA_PAGE_SIZE
    movw $0, %es:BDA_PAGE_START
    movb $0, %es:BDA_PAGE
    movw $0x0d0e, %es:BDA_CURSOR_TYPE
    movw $VGA_CRTC, %es:BDA_CRTC
    movb $0x29, %es:BDA_MODE_SELECT
    movb $0x30, %es:BDA_PALETTE
    movb $ROWS - 1, %es:BDA_ROWS
    movw $16, %es:BDA_CHAR_HEIGHT
    movb $0x60, %es:BDA_CONTROL
    movb $0xf9, %es:BDA_SWITCHES
    movb $0x51, %es:BDA_FLAGS
    movb $8, %es:BDA_DCC        /* VGA with an analogue colour display */
    movl $0, %es:BDA_SAVE_TABLE
    mov %es:BDA_EQUIPMENT, %ax
    and $0xffcf, %ax
    or $0x0020, %ax             /* 80 by 25 in colour */
    mov %ax, %es:BDA_EQUIPMENT
    mov $BDA_CURSOR, %di
    mov $8, %cx
    xor %ax, %ax
    rep stosw
    ret

/* The page that is shown, and no more: each of these writes may be a trap. */
clear_screen:
    mov $TEXT_SEGMENT, %ax
    mov %ax, %es
    xor %di, %di
    mov $0x07200720, %eax
    mov $COLUMNS * ROWS / 2, %cx
    rep stosl
    ret

show_banner:
    mov $banner, %si
    cmpb $0, (%si)
    je 3f
1:  lodsb
    test %al, %al
    jz 2f
    call show_character
    jmp 1b
2:  mov $'\r', %al
    call show_character
    mov $'\n', %al
show_character:
    mov $0x0e, %ah
    mov $ATTRIBUTE, %bx
    int $0x10
3:  ret

    .section .rodata
/* Values of mode 3 (IBM VGA; VESA and Intel PRM "VGA registers"). */
sequencer_values:
    .byte 0x01, 0x00, 0x03, 0x00, 0x02
crtc_values:
    .byte 0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f
    .byte 0x00, 0x4f, 0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00
    .byte 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff
graphics_values:
    .byte 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x0f, 0xff
attribute_values:
    .byte 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07
    .byte 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f
    .byte 0x0c, 0x00, 0x0f, 0x08, 0x00

/* Word values: index in the low byte. */
font_access:
    .word 0x0402, 0x0704, 0x0300    /* write plane 2, addresses not interleaved */
    .word 0x0204, 0x0005, 0x0406    /* read plane 2, A0000 to AFFFF */
text_access:
    .word 0x0302, 0x0204, 0x0300    /* planes 0 and 1, interleaved */
    .word 0x0004, 0x1005, 0x0e06    /* odd and even, B8000 to BFFFF */
