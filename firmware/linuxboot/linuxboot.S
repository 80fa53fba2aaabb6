/*
 * linuxboot.S: an option ROM that starts the Linux kernel fw_cfg holds.
 *
 * The firmware finds it as a boot device (PnP option ROM header with a bootstrap
 * entry vector; Plug and Play BIOS Specification 1.0A) and calls it in real mode. It
 * fetches the parts of the kernel by fw_cfg DMA (QEMU docs/specs/fw_cfg), each to the
 * address the machine chose for it, and enters the kernel's real-mode code (Linux
 * Documentation/arch/x86/boot.rst). All decisions are the machine's: see
 * src/machine/linux_boot.c.
 */

    .set FW_CFG_DMA, 0x514
    .set DMA_SELECT_READ, 0x0a          /* control bits 3 and 1 */
    .set DMA_ERROR, 1
    .set DEBUG_PORT, 0x402

    .set KEY_SETUP_ADDR, 0x16
    .set KEY_SETUP_SIZE, 0x17

    .set SCRATCH, 0x7c00                /* where a boot sector would be: free */
    .set REQUEST, SCRATCH               /* control, length, address; big-endian */
    .set VALUE, SCRATCH + 16            /* what fetch_value fetches to */

    .set SETUP_STACK, 0xfff0            /* linux_boot.c sets heap_end_ptr to match */

    .code16
    .text
rom:
    .byte 0x55, 0xaa
    .byte 0                             /* length / 512: set by pack_rom */
    xorw %ax, %ax                       /* initialisation: nothing to do */
    lretw

    .org 0x18
    .word 0                             /* no PCI data structure */
    .word pnp_header

    .balign 16
pnp_header:
    .ascii "$PnP"
    .byte 1                             /* revision */
    .byte 2                             /* length / 16 */
    .word 0                             /* no further header */
    .byte 0
    .byte 0                             /* checksum: set by pack_rom */
    .long 0                             /* device identifier */
    .word vendor
    .word product
    .byte 2, 0, 0                       /* mass storage, as bootable things are */
    .byte 0x14                          /* may be shadowed; initial program load */
    .word 0                             /* no boot connection vector */
    .word 0                             /* no disconnect vector */
    .word start                         /* bootstrap entry vector */
    .word 0
    .word 0                             /* no static resources */

vendor:
    .asciz "igdvm"
product:
    .asciz "Linux kernel given to igdvm"

start:
    cli
    cld
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movl $SCRATCH, %esp

    movw $FW_CFG_DMA, %dx
    inl %dx, %eax
    cmpl $0x554d4551, %eax              /* "QEMU" */
    movw $no_dma, %si
    jne fail

    movw $KEY_SETUP_SIZE, %ax
    call fetch_value
    testl %eax, %eax
    movw $no_kernel, %si
    jz fail

    movw $parts, %bx
next_part:
    movzbw %cs:1(%bx), %ax              /* the size; 0: no such part */
    call fetch_value
    testl %eax, %eax
    jz part_done
    movl %eax, %ecx
    movzbw %cs:0(%bx), %ax
    call fetch_value
    movl %eax, %edi
    movzbw %cs:2(%bx), %ax
    call fetch
part_done:
    addw $3, %bx
    cmpw $parts_end, %bx
    jb next_part

    movw $starting, %si
    call print_debug

    movw $KEY_SETUP_ADDR, %ax
    call fetch_value
    shrl $4, %eax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %fs
    movw %ax, %gs
    movw %ax, %ss
    movl $SETUP_STACK, %esp
    addw $0x20, %ax                     /* the entry is 0x200 bytes in */
    pushw %ax
    pushw $0
    lretw

/*
 * Fetch the 32-bit item with key %ax into %eax. Changes %dx.
 */
fetch_value:
    pushl %ecx
    pushl %edi
    movl $4, %ecx
    movl $VALUE, %edi
    call fetch
    movl VALUE, %eax
    popl %edi
    popl %ecx
    ret

/*
 * Fetch %ecx bytes of the item with key %ax to linear address %edi. Does not return
 * when the device says it failed. Changes %eax, %ecx, %dx, %edi.
 */
fetch:
    xchgb %al, %ah
    movw %ax, REQUEST
    movw $(DMA_SELECT_READ << 8), REQUEST + 2
    bswapl %ecx
    movl %ecx, REQUEST + 4
    movl $0, REQUEST + 8
    bswapl %edi
    movl %edi, REQUEST + 12

    movw $FW_CFG_DMA, %dx
    xorl %eax, %eax
    outl %eax, %dx
    addw $4, %dx
    movl $REQUEST, %eax
    bswapl %eax
    outl %eax, %dx

fetch_wait:                             /* done when the control field is 0 */
    movl REQUEST, %eax
    testl %eax, %eax
    jz fetch_done
    bswapl %eax
    testb $DMA_ERROR, %al
    jz fetch_wait
    movw $failed, %si
    jmp fail
fetch_done:
    ret

/*
 * Say why (%cs:%si) on the screen and on the debug port, and let the firmware go on
 * with its next boot device.
 */
fail:
    sti
    pushw %si
    call print_debug
    popw %si
fail_next:
    movb %cs:(%si), %al
    incw %si
    testb %al, %al
    jz give_up
    movb $0x0e, %ah                     /* teletype */
    movw $7, %bx
    pushw %si
    int $0x10
    popw %si
    jmp fail_next
give_up:
    int $0x18
    hlt
    jmp give_up

/* Write %cs:%si to the debug port. Changes %al, %dx, %si. */
print_debug:
    movw $DEBUG_PORT, %dx
print_next:
    movb %cs:(%si), %al
    incw %si
    testb %al, %al
    jz print_done
    outb %al, %dx
    jmp print_next
print_done:
    ret

/* The parts: keys of the address, the size and the data. */
parts:
    .byte 0x16, 0x17, 0x18              /* setup */
    .byte 0x13, 0x14, 0x15              /* command line */
    .byte 0x07, 0x08, 0x11              /* kernel */
    .byte 0x0a, 0x0b, 0x12              /* initrd */
parts_end:

starting:
    .asciz "igdvm: starting Linux\n"
no_dma:
    .asciz "igdvm: no fw_cfg DMA, cannot load the kernel\r\n"
no_kernel:
    .asciz "igdvm: no kernel was given\r\n"
failed:
    .asciz "igdvm: loading the kernel failed: it does not fit in RAM\r\n"
