/*
 * start.S: what stands before a Linux kernel that is not packed: entered at 1 MiB as a
 * bzImage's protected-mode code is (Linux boot.rst, 32-bit boot protocol), it goes to long
 * mode and enters the kernel right behind it (64-bit boot protocol). RSI: the boot_params.
 */
        .set KERNEL,     0x200000     /* where the kernel is: its alignment */
        .set PRESENT_WRITABLE, 3
        .set LARGE,      0x80
        .set EFER,       0xc0000080
        .set EFER_LME,   0x100
        .set CR4_PAE,    0x20
        .set CR0_PAGING, 0x80000000

        .code32
        .globl _start
_start:
        cli
        lgdt    table
        movl    %cr4, %eax
        orl     $CR4_PAE, %eax
        movl    %eax, %cr4
        movl    $map, %eax
        movl    %eax, %cr3
        movl    $EFER, %ecx
        rdmsr
        orl     $EFER_LME, %eax
        wrmsr
        movl    %cr0, %eax
        orl     $CR0_PAGING, %eax
        movl    %eax, %cr0
        ljmp    $0x10, $1f

        .code64
1:      movl    $0x18, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    %esi, %esi            /* the upper half is not defined yet */
        movl    $KERNEL, %eax
        jmp     *%rax

        .balign 8
gdt:    .quad   0, 0
        .quad   0x00af9b000000ffff    /* 10: 64-bit code */
        .quad   0x00cf93000000ffff    /* 18: data */
table:  .word   . - gdt - 1
        .long   gdt

        /* The first 4 GiB, one to one. */
        .balign 4096
map:    .quad   pointers + PRESENT_WRITABLE
        .balign 4096
pointers:
        .set    number, 0
        .rept   4
        .quad   directories + number * 4096 + PRESENT_WRITABLE
        .set    number, number + 1
        .endr
        .balign 4096
directories:
        .set    number, 0
        .rept   4 * 512
        .quad   number * 0x200000 + PRESENT_WRITABLE + LARGE
        .set    number, number + 1
        .endr
