/* init.S: what the VBIOS does when the firmware calls it. */
#include "vbios.inc"

    .code16
    .text

/*
 * Far call from the firmware; the segment is still writable. Everything is preserved.
 * In here DS = ES = CS.
 */
    .globl init
init:
    pushfl
    pushal
    push %ds
    push %es
    cld
    push %cs
    pop %ds
    push %cs
    pop %es

    call check_board
    jne refuse
    call find_stolen_memory
    call program_gtt
    call make_banner
    call hook_interrupt
    call set_text_mode          /* shows the banner */
    mov $banner, %si
    call debug_line
    jmp finished
refuse:
    call make_refusal
    mov $banner, %si
    call debug_line
finished:
    call fix_checksum

    pop %es
    pop %ds
    popal
    popfl
    lret

/* Is 00:1f.0 the bridge this VBIOS was made for? ZF when it is. EAX: what it is. */
check_board:
    mov $CONFIG(LPC_BRIDGE, 0), %ax
    call config_read32
    mov %eax, found_lpc
    cmp lpc_id, %eax
    ret

/*
 * GGC: the size, as the header says, mostly in 32 MiB. BDSM: from the
 * saved copy, or, when that is zero, from the register, and saved. The instructions are
 * the ones real VBIOSes of Gen6 to Gen9 have here, byte by byte, for tools look for
 * them to find the saved copy.
 */
find_stolen_memory:
    mov $CONFIG(GPU, GPU_GGC), %ax
    call config_read16
    mov %ax, ggc
    mov gms_shift, %cl
    shr %cl, %ax
    and gms_mask, %al
    xor %ah, %ah
    cmpb $GMS_FROM_11, gms_codes
    je 5f
    cmpb $GMS_FROM_F0, gms_codes
    jne 1f
    cmp $0xf0, %ax
    jae 4f
1:  shl $5, %ax
    jmp 2f
4:  sub $0xef, %ax
    shl $2, %ax
    jmp 2f
5:  cmp $0x11, %ax
    jb 1b
    cmp $0x17, %ax
    jae 6f
    sub $0x11 - 2, %ax
    shl $2, %ax
    jmp 2f
6:  sub $0x17 - 9, %ax
    shl $2, %ax
2:  mov %ax, stolen_mib

    /*
     * To the byte what tools look for in Intel's images, also the distance of the
     * second jump. Register 5e holds bits 31:16, of which 19:16 are always 0.
     */
    .byte 0x66, 0x2e, 0x83, 0x3e    /* cmpl $0, %cs:saved_bdsm */
    .word saved_bdsm
    .byte 0
    .byte 0x74, read_bdsm - 3f      /* je read_bdsm */
3:  .byte 0x66, 0x2e, 0xa1          /* mov %cs:saved_bdsm, %eax */
    .word saved_bdsm
    .byte 0xeb, have_bdsm - read_bdsm
read_bdsm:
    .byte 0xb8                      /* mov $0x105e, %ax: 00:02.0, register 5e */
    .word CONFIG(GPU, GPU_BDSM + 2)
    call config_read16
    shl $16, %eax
    mov %eax, %cs:saved_bdsm
have_bdsm:
    mov %eax, bdsm
    ret

/*
 * Map the start of the GTT to stolen memory through the IOBAR pair, and read some of it
 * back. gtt_entries and gtt_result say what came of it.
 */
program_gtt:
    movw $0, gtt_entries
    movw $text_no_bdsm, gtt_result
    cmpl $0, bdsm
    je 9f
    movw $text_no_iobar, gtt_result
    mov $CONFIG(GPU, GPU_COMMAND), %ax
    call config_read16
    test $1, %al                /* does it decode I/O? */
    jz 9f
    mov $CONFIG(GPU, GPU_IOBAR), %ax
    call config_read16
    and $0xffc0, %ax
    jz 9f
    mov %ax, iobar
    movw $text_no_stolen, gtt_result
    mov $PTE_COUNT, %cx
    cmpw $4, stolen_mib         /* at least the 4 MiB that are mapped */
    jb 9f
    mov %cx, gtt_entries

    mov bdsm, %ebx
    or $PTE_VALID, %ebx
    mov $INDEX_GTT, %esi
1:  mov %ebx, %eax
    call write_gtt
    add $4, %si
    cmpb $8, pte_size
    jne 2f
    xor %eax, %eax              /* address bits 63:32 */
    call write_gtt
    add $4, %si
2:  add $0x1000, %ebx
    loop 1b

    movw $text_failed, gtt_result
    xor %cx, %cx
    call verify_entry
    jne 9f
    mov $1, %cx
    call verify_entry
    jne 9f
    mov $PTE_COUNT - 1, %cx
    call verify_entry
    jne 9f
    movw $text_ok, gtt_result
9:  ret

/* EAX to the GTT at index ESI. Changes DX. */
write_gtt:
    push %eax
    mov iobar, %dx
    mov %esi, %eax
    outl %eax, %dx
    add $IO_DATA - IO_INDEX, %dx
    pop %eax
    outl %eax, %dx
    ret

/* The GTT at index ESI to EAX. Changes DX. */
read_gtt:
    mov iobar, %dx
    mov %esi, %eax
    outl %eax, %dx
    add $IO_DATA - IO_INDEX, %dx
    inl %dx, %eax
    ret

/* ZF when entry CX is as written. */
verify_entry:
    movzwl %cx, %ebx
    mov %bx, %si
    shl $2, %si
    cmpb $8, pte_size
    jne 2f
    shl $1, %si
2:  movzwl %si, %esi
    add $INDEX_GTT, %si
    shl $12, %ebx
    add bdsm, %ebx
    or $PTE_VALID, %ebx
    call read_gtt
    cmp %ebx, %eax
    jne 1f
    cmpb $8, pte_size
    jne 3f
    add $4, %si
    call read_gtt
    test %eax, %eax
1:  ret
3:  cmp %ebx, %eax
    ret

/* "igdvm VBIOS: 8086:1912 GGC 02C1 stolen 64 MB at 7B800000 GTT 1024 ok" */
make_banner:
    mov $banner, %di
    mov $text_name, %si
    call put_text
    mov $CONFIG(GPU, 0), %ax
    call config_read32
    call put_identifier
    mov $text_ggc, %si
    call put_text
    mov ggc, %ax
    call put_hex16
    mov $text_stolen, %si
    call put_text
    mov stolen_mib, %ax
    call put_decimal
    mov $text_at, %si
    call put_text
    mov bdsm, %eax
    call put_hex32
    mov $text_gtt, %si
    call put_text
    mov gtt_entries, %ax
    call put_decimal
    mov $' ', %al
    stosb
    mov gtt_result, %si
    call put_text
    xor %al, %al
    stosb
    ret

/* "igdvm VBIOS: refused: 00:1f.0 is 8086:7000, not 8086:2918: not on its own board" */
make_refusal:
    mov $banner, %di
    mov $text_name, %si
    call put_text
    mov $text_refused, %si
    call put_text
    mov found_lpc, %eax
    call put_identifier
    mov $text_not, %si
    call put_text
    mov lpc_id, %eax
    call put_identifier
    mov $text_own_board, %si
    call put_text
    xor %al, %al
    stosb
    ret

hook_interrupt:
    push %es
    xor %ax, %ax
    mov %ax, %es
    mov $0x10 * 4, %di
    mov $interrupt_10, %ax
    stosw
    mov %cs, %ax
    stosw
    pop %es
    ret

/* The image has changed: make its bytes sum to 0 again, as shadow copies do. */
fix_checksum:
    movb $0, rom_checksum
    xor %si, %si
    movzbw rom_start + 2, %cx
    shl $9, %cx
    xor %ah, %ah
1:  lodsb
    add %al, %ah
    loop 1b
    neg %ah
    mov %ah, rom_checksum
    ret

    .section .rodata
text_name:      .asciz "igdvm VBIOS: "
text_ggc:       .asciz " GGC "
text_stolen:    .asciz " stolen "
text_at:        .asciz " MB at "
text_gtt:       .asciz " GTT "
text_ok:        .asciz "ok"
text_failed:    .asciz "failed"
text_no_bdsm:   .asciz "no BDSM"
text_no_iobar:  .asciz "no IOBAR"
text_no_stolen: .asciz "no stolen memory"
text_refused:   .asciz "refused: 00:1f.0 is "
text_not:       .asciz ", not "
text_own_board: .asciz ": not on its own board"

    .data
    .balign 4
bdsm:        .long 0
found_lpc:   .long 0
ggc:         .word 0
stolen_mib:  .word 0
iobar:       .word 0
gtt_entries: .word 0
gtt_result:  .word text_no_bdsm
    .globl banner, gtt_result, text_ok
banner:      .fill 120, 1, 0
