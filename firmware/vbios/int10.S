/* int10.S: the video services of INT 10h that text needs; vbe.S has 4F. */
#include "vbios.inc"

    .code16
    .text

/*
 * The ROM is read-only by now: all state is in the BIOS data area. Services get the
 * caller's registers, DS = BIOS data area, and change the caller's through the frame.
 */
    .globl interrupt_10
interrupt_10:
    pushal
    push %ds
    push %es
    mov %sp, %bp
    cld
    push $BDA_SEGMENT
    pop %ds
    push %bx
    mov $service_vbe, %di       /* no service takes DI as it is */
    cmp $0x4f, %ah
    je 3f
    movzbw %ah, %bx
    cmp $(services_end - services) / 2, %bx
    jae 1f
    shl $1, %bx
    mov %cs:services(%bx), %di
3:  pop %bx
    call *%di
    jmp 2f
1:  pop %bx
2:  pop %es
    pop %ds
    popal
    iret

/* 00: set mode AL; bit 7: keep the screen. Only text modes are known. */
service_set_mode:
    mov %al, %ah
    and $0x7f, %al
    cmp $3, %al
    jbe 1f
    cmp $7, %al
    jne 3f
1:  call leave_vbe
    test $0x80, %ah
    jnz 2f
    movb $0x30, FRAME_AX(%bp)   /* what BIOSes leave in AL after a text mode */
    jmp set_text_mode
2:  jmp set_text_mode_keep
3:  ret

/* 01: cursor lines CH to CL. */
service_cursor_type:
    mov %cx, BDA_CURSOR_TYPE
    mov $0x0a, %al
    mov %ch, %ah
    call write_crtc
    mov $0x0b, %al
    mov %cl, %ah
    jmp write_crtc

/* 02: cursor of page BH to row DH, column DL. */
service_set_cursor:
    call cursor_place
    mov %dx, (%di)
    cmp %bh, BDA_PAGE
    jne 1f
    call show_cursor
1:  ret

/* 03: cursor of page BH to DX, its lines to CX. */
service_get_cursor:
    call cursor_place
    mov (%di), %ax
    mov %ax, FRAME_DX(%bp)
    mov BDA_CURSOR_TYPE, %ax
    mov %ax, FRAME_CX(%bp)
    ret

/* 05: show page AL. */
service_set_page:
    and $7, %al
    mov %al, BDA_PAGE
    movzbw %al, %ax
    shl $12, %ax                /* PAGE_SIZE */
    mov %ax, BDA_PAGE_START
    shr $1, %ax
    mov %ax, %cx
    mov $0x0c, %al
    mov %ch, %ah
    call write_crtc
    mov $0x0d, %al
    mov %cl, %ah
    call write_crtc
    jmp show_cursor

/* 06, 07: scroll CL,CH to DL,DH by AL lines up or down (0: clear); BH fills. */
service_scroll_up:
    mov BDA_PAGE, %bl
    jmp scroll_up
service_scroll_down:
    mov BDA_PAGE, %bl
    jmp scroll_down

/* 08: character and attribute at the cursor of page BH. */
service_read:
    call cursor_place
    mov (%di), %dx
    call cell
    mov %es:(%di), %ax
    mov %ax, FRAME_AX(%bp)
    ret

/* 09: write AL with attribute BL CX times at the cursor of page BH. 0A: AL alone. */
service_write:
    mov %bl, %ah
    call write_place
    jcxz 1f
    rep stosw
1:  ret
service_write_plain:
    call write_place
    jcxz 2f
1:  stosb
    inc %di
    loop 1b
2:  ret

/* 0E: teletype. */
service_teletype:
    mov BDA_PAGE, %bh
    xor %ah, %ah                /* the attribute that is there stays */
    jmp teletype

/* 0F: mode, columns, page. */
service_get_mode:
    mov BDA_MODE, %al
    mov BDA_COLUMNS, %ah
    mov %ax, FRAME_AX(%bp)
    mov BDA_PAGE, %al
    mov %al, FRAME_BX + 1(%bp)
    ret

/* 11: of the font services only 30, where the font is and how high. */
service_font:
    cmp $0x30, %al
    jne 1f
    movw $16, FRAME_CX(%bp)
    movb $ROWS - 1, FRAME_DX(%bp)
    mov %cs, FRAME_ES(%bp)
    movw $font, FRAME_BP(%bp)
1:  ret

/* 12: BL = 10: what adapter; 30 to 36: accepted, nothing to choose from. */
service_alternate:
    cmp $0x10, %bl
    jne 1f
    movw $0x0003, FRAME_BX(%bp) /* colour, 256 KiB */
    movw $0x0009, FRAME_CX(%bp)
    ret
1:  cmp $0x30, %bl
    jb 2f
    cmp $0x36, %bl
    ja 2f
    movb $0x12, FRAME_AX(%bp)
2:  ret

/*
 * 13: write CX characters of the caller's ES:BP from row DH, column DL on; attribute
 * BL, or AL bit 1: each is followed by its own. AL bit 0: leave the cursor behind them.
 */
service_string:
    jcxz 9f
    call cursor_place
    push (%di)                  /* the cursor as it was */
    push %di
    mov %dx, (%di)
    mov FRAME_BP(%bp), %si
    mov FRAME_ES(%bp), %es
1:  push %ax
    test $2, %al
    mov %bl, %ah
    mov %es:(%si), %al
    lea 1(%si), %si             /* keeps the flags */
    jz 2f
    mov %es:(%si), %ah
    inc %si
2:  push %es
    push %si
    call teletype
    pop %si
    pop %es
    pop %ax
    loop 1b
    pop %di
    pop %dx
    test $1, %al
    jnz 9f
    mov %dx, (%di)
    cmp %bh, BDA_PAGE
    jne 9f
    call show_cursor
9:  ret

/* 1A: AL = 0: the display combination. */
service_combination:
    test %al, %al
    jnz 1f
    movzbw BDA_DCC, %bx
    mov %bx, FRAME_BX(%bp)
1:  movb $0x1a, FRAME_AX(%bp)
service_none:
    ret

/* Helpers. DS: BIOS data area. */

/* DI: where page BH keeps its cursor. */
cursor_place:
    movzbw %bh, %di
    and $7, %di
    shl $1, %di
    add $BDA_CURSOR, %di
    ret

/* ES:DI: the cell at row DH, column DL of page BH. */
cell:
    push %ax
    push $TEXT_SEGMENT
    pop %es
    movzbw %dh, %di
    imul $COLUMNS, %di, %di
    movzbw %dl, %ax
    add %ax, %di
    shl $1, %di
    movzbw %bh, %ax
    and $7, %ax
    shl $12, %ax
    add %ax, %di
    and $0x7ffe, %di
    pop %ax
    ret

/* ES:DI: the cell under the cursor of page BH. CX is cut to what the screen holds. */
write_place:
    push %dx
    call cursor_place
    mov (%di), %dx
    push %ax
    movzbw %dh, %di
    imul $COLUMNS, %di, %di
    movzbw %dl, %ax
    add %di, %ax
    mov $COLUMNS * ROWS, %di
    sub %ax, %di
    jae 1f
    xor %di, %di
1:  cmp %di, %cx
    jbe 2f
    mov %di, %cx
2:  pop %ax
    call cell
    pop %dx
    ret

/* Program the cursor of the page shown. Preserves all. */
show_cursor:
    pushal
    mov BDA_PAGE, %bh
    call cursor_place
    mov (%di), %dx
    call cell
    shr $1, %di
    mov %di, %cx
    mov $0x0e, %al
    mov %ch, %ah
    call write_crtc
    mov $0x0f, %al
    mov %cl, %ah
    call write_crtc
    popal
    ret

/* CRTC register AL := AH. Changes DX. */
write_crtc:
    mov $VGA_CRTC, %dx
    outw %ax, %dx
    ret

/* Write AL on page BH, attribute AH (0: as is), and move on. Preserves AX, BX, CX. */
teletype:
    push %ax
    push %cx
    push %bx
    call cursor_place
    mov (%di), %dx
    cmp $0x07, %al
    je 8f
    cmp $0x08, %al
    je 3f
    cmp $0x0a, %al
    je 5f
    cmp $0x0d, %al
    je 4f
    push %di
    call cell
    mov %al, %es:(%di)
    test %ah, %ah
    jz 1f
    mov %ah, %es:1(%di)
1:  pop %di
    inc %dl
    cmp $COLUMNS, %dl
    jb 6f
    xor %dl, %dl
    jmp 5f
3:  test %dl, %dl
    jz 6f
    dec %dl
    jmp 6f
4:  xor %dl, %dl
    jmp 6f
5:  inc %dh
    cmp $ROWS, %dh
    jb 6f
    mov $ROWS - 1, %dh
    push %dx
    push %di
    mov %bh, %bl                /* scroll this page */
    mov $ATTRIBUTE, %bh
    mov $1, %al
    xor %cx, %cx
    mov $(ROWS - 1) * 0x100 + COLUMNS - 1, %dx
    call scroll_up
    pop %di
    pop %dx
6:  mov %dx, (%di)
    pop %bx
    cmp %bh, BDA_PAGE
    jne 9f
    call show_cursor
    jmp 9f
8:  pop %bx
9:  pop %cx
    pop %ax
    ret

/*
 * Scroll the window CL,CH to DL,DH of page BL by AL lines (0: all); BH fills what comes
 * in. The window is cut to the screen. May change everything but BP and DS.
 */
scroll_up:
    xor %ah, %ah
    jmp scroll
scroll_down:
    mov $1, %ah
scroll:
    cmp $ROWS - 1, %dh
    jbe 1f
    mov $ROWS - 1, %dh
1:  cmp $COLUMNS - 1, %dl
    jbe 2f
    mov $COLUMNS - 1, %dl
2:  cmp %dh, %ch
    ja 9f
    cmp %dl, %cl
    ja 9f

    push %bp
    push %ds
    /* ES:DI: the line to begin with, the last one when scrolling down. */
    push %bx
    push %dx
    mov %bl, %bh
    mov %cl, %dl
    test %ah, %ah
    jnz 3f
    mov %ch, %dh
3:  call cell
    pop %dx
    pop %bx
    push %es
    pop %ds
    /* DH: lines of the window, DL: columns; BP: bytes to the next line. */
    sub %ch, %dh
    inc %dh
    sub %cl, %dl
    inc %dl
    mov $COLUMNS * 2, %bp
    test %ah, %ah
    jz 4f
    neg %bp
4:  test %al, %al
    jz 5f
    cmp %dh, %al
    jbe 6f
5:  mov %dh, %al
6:  movzbw %al, %si             /* SI: bytes to the line that is copied */
    imul %bp, %si
    sub %al, %dh
    jz 8f
7:  push %si
    push %di
    add %di, %si
    movzbw %dl, %cx
    shr $1, %cx                 /* in double words: each access may be a trap */
    rep movsl
    adc %cx, %cx
    rep movsw
    pop %di
    pop %si
    add %bp, %di
    dec %dh
    jnz 7b
8:  mov %al, %dh                /* DH: lines to fill */
    mov %bh, %ah
    mov $' ', %al
    push %ax
    shl $16, %eax
    pop %ax
81: push %di
    movzbw %dl, %cx
    shr $1, %cx
    rep stosl
    adc %cx, %cx
    rep stosw
    pop %di
    add %bp, %di
    dec %dh
    jnz 81b
    pop %ds
    pop %bp
9:  ret

    .section .rodata
    .balign 2
services:
    .word service_set_mode      /* 00 */
    .word service_cursor_type
    .word service_set_cursor
    .word service_get_cursor
    .word service_none          /* 04: light pen */
    .word service_set_page
    .word service_scroll_up
    .word service_scroll_down
    .word service_read          /* 08 */
    .word service_write
    .word service_write_plain
    .word service_none          /* 0b: CGA palette */
    .word service_none          /* 0c, 0d: pixels */
    .word service_none
    .word service_teletype
    .word service_get_mode      /* 0f */
    .word service_none          /* 10: palette */
    .word service_font
    .word service_alternate
    .word service_string
    .rept 0x1a - 0x14
    .word service_none
    .endr
    .word service_combination   /* 1a */
services_end:
