/*
 * start.S: what is under the guests written in C: a boot sector that loads the program
 * and the sector with its parameters, maps the first 4 GiB one to one, goes to long mode
 * and calls guest_main. An exception ends in a reset: there is no vector for any.
 */
        .code16
        .globl _start
        .section .start, "ax"

        .set SECTORS,    64           /* after this one; the last are the parameters */
        .set TABLES,     0x10000      /* PML4, PDPT, 4 page directories */
        .set STACK,      0x80000
        .set PRESENT_WRITABLE, 3
        .set LARGE,      0x80
        .set EFER,       0xc0000080
        .set EFER_LME,   0x100
        .set CR4_PAE,    0x20

_start:
        ljmp    $0, $1f
1:      cli
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7c00, %sp
        cld
        sti
        movb    $0x42, %ah            /* extended read; DL is the boot drive */
        movw    $packet, %si
        int     $0x13
        cli
        jc      failed

        movw    $TABLES >> 4, %ax
        movw    %ax, %es
        xorw    %di, %di
        xorl    %eax, %eax
        movw    $0x6000 / 4, %cx
        rep stosl
        movl    $TABLES + 0x1000 + PRESENT_WRITABLE, %es:0
        xorl    %edi, %edi
        movl    $TABLES + 0x2000 + PRESENT_WRITABLE, %eax
2:      movl    %eax, %es:0x1000(%di)
        addl    $0x1000, %eax
        addw    $8, %di
        cmpw    $32, %di
        jb      2b
        movl    $PRESENT_WRITABLE + LARGE, %eax
        movw    $0x2000, %di
3:      movl    %eax, %es:(%di)
        addl    $0x200000, %eax
        addw    $8, %di
        cmpw    $0x6000, %di
        jb      3b

        lidt    no_vectors
        lgdt    table
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        ljmp    $0x18, $4f

        .code32
4:      movw    $0x10, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movl    %cr4, %eax
        orl     $CR4_PAE, %eax
        movl    %eax, %cr4
        movl    $TABLES, %eax
        movl    %eax, %cr3
        movl    $EFER, %ecx
        rdmsr
        orl     $EFER_LME, %eax
        wrmsr
        movl    %cr0, %eax
        orl     $0x80000000, %eax
        movl    %eax, %cr0
        ljmp    $0x08, $5f

        .code64
5:      movl    $STACK, %esp
        call    guest_main
6:      hlt
        jmp     6b

        .code16
failed: movw    $0x3f8, %dx
        movb    $'!', %al
        outb    %al, %dx
7:      hlt
        jmp     7b

packet: .byte   16, 0
        .word   SECTORS
        .word   0x7e00, 0
        .quad   1

        .balign 8
gdt:    .quad   0
        .quad   0x00af9b000000ffff    /* 08: 64-bit code */
        .quad   0x00cf93000000ffff    /* 10: data */
        .quad   0x00cf9b000000ffff    /* 18: 32-bit code */
table:  .word   . - gdt - 1
        .long   gdt
no_vectors:
        .word   0
        .long   0

        .org    510
        .word   0xaa55
