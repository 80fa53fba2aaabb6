/*
 * interrupts.S: a boot sector that takes vertical blank interrupts of the GPU at 00:02.0:
 * COUNT by INTx through the PIC, COUNT by MSI through the local APIC, COUNT by INTx
 * again, and then makes sure that none comes any more. The GPU's registers are reached
 * through its I/O BAR. It writes a line for each of the four to the serial port,
 * "INTx 50 ok" or "FAIL ...", and powers off.
 *
 * With GEN12 for a GPU that has masks for its messages: after those by MSI it masks them,
 * sees that one waits and shows as pending, and takes it and COUNT more unmasked.
 */
        .code16
        .global _start

#define COUNT 50
#define TEXT_OF(n) #n
#define TEXT(n) TEXT_OF(n)

        .set SECTORS,      5      /* this program, with the boot sector */
        .set TICKS,        0x46c  /* the BIOS counts the timer's interrupts here, 18.2 Hz */
        .set LONGEST_WAIT, 1100   /* ticks: a minute */
        .set QUIET_WAIT,   15     /* ticks: in which about 50 vertical blanks pass */

        .set GPU,          0x80001000 /* configuration address of 00:02.0 */
        .set COMMAND,      0x04
        .set IO_BAR,       0x20
        .set CAPABILITIES, 0x34
        .set INTERRUPT,    0x3c
        .set CAPABILITY_MSI, 0x05
        .set MSI_ENABLE,   0x00010000 /* in the dword with the control register */
        .set MSI_64,       0x00800000
        .set MSI_MASKS,    0x01000000

        /* Intel graphics PRMs: interrupts of pipe A, Gen8 and later. */
        .set MASTER_CONTROL, 0x44200
        .set GEN11_MASTER,   0x190010 /* above it, from Gen11 on */
        .set PIPE_A_IMR,     0x44404
        .set PIPE_A_IIR,     0x44408
        .set PIPE_A_IER,     0x4440c
        .set PIPE_A_CONF,    0x70008
        .set VBLANK,         0x00000001
        .set ENABLE,         0x80000000

        .set PIC_MASTER,   0x20
        .set PIC_SLAVE,    0xa0
        .set PIC_EOI,      0x20

        .set MESSAGE_VECTOR, 0x61
        .set APIC_BASE,    0x1b       /* MSR */
        .set X2APIC_ON,    0xc00      /* in it: APIC on, in x2APIC mode */
        .set X2APIC_EOI,   0x80b      /* MSR */
        .set APIC_EOI,     0xfee000b0
        .set APIC_ADDRESS, 0xfee00000 /* of messages, for CPU 0 */
        .set CPUID_X2APIC, 1 << 21    /* leaf 1, ECX */

/* ---- the boot sector: load the rest ---- */

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
        movb    $0x42, %ah              /* extended read; DL is the boot drive */
        movw    $packet, %si
        int     $0x13
        jnc     main
        movw    $text_disk, %si
        call    print
        jmp     power_off

packet: .byte   16, 0
        .word   SECTORS - 1             /* sectors, to 0:7e00, from sector 1 */
        .word   0x7e00, 0
        .quad   1

#include "pc16.inc"

/* Print AL (0 to 99) as two digits. */
print_number:
        aam                             /* AH tens, AL ones */
        addw    $0x3030, %ax
        pushw   %ax
        movb    %ah, %al
        call    print_character
        popw    %ax
        jmp     print_character

power_off:
        call    soft_off
1:      hlt
        jmp     1b

text_disk:     .asciz "FAIL the rest of the program cannot be read\n"

        .org    510
        .word   0xaa55

/* ---- the program ---- */

main:
        cli
        call    find_gpu
        call    set_up_line
        call    set_up_apic
        call    start_vblanks

        movw    $text_intx, %si
        call    take_interrupts

        call    pause
        call    message_on
        call    resume
        movw    $text_msi, %si
        call    take_interrupts
#ifdef GEN12
        call    masked_messages
#endif

        call    pause
        call    message_off
        call    resume
        movw    $text_again, %si
        call    take_interrupts

        /* The pipe runs on, but may not interrupt. */
        call    pause
        movl    $PIPE_A_IER, %ebx
        xorl    %ecx, %ecx
        call    register_write
        call    resume
        call    expect_none
        jmp     power_off

/* The I/O BAR of the GPU, switched on. */
find_gpu:
        xorb    %al, %al
        call    config_read
        cmpw    $0x8086, %ax
        movw    $text_no_gpu, %si
        jne     fail
        movb    $COMMAND, %al
        movl    $0x0007, %ecx           /* I/O, memory, bus master; INTx not off */
        call    config_write
        movb    $IO_BAR, %al
        call    config_read
        andw    $0xfffc, %ax
        movw    %ax, io_bar
        movw    $text_no_bar, %si
        jz      fail
        ret

/* Hook the interrupt firmware chose, and let it through the PIC. */
set_up_line:
        movb    $INTERRUPT, %al
        call    config_read
        movw    $text_no_line, %si
        movzbw  %al, %cx
        cmpb    $8, %cl                 /* PCI interrupts are on the slave */
        jb      fail
        cmpb    $15, %cl
        ja      fail
        movw    %cx, %bx
        addw    $0x70 - 8, %bx          /* where the BIOS put the slave's vectors */
        shlw    $2, %bx
        movw    $on_line, (%bx)
        movw    $0, 2(%bx)
        subb    $8, %cl
        movb    $1, %ah
        shlb    %cl, %ah
        notb    %ah
        inb     $PIC_SLAVE + 1, %al
        andb    %ah, %al
        outb    %al, $PIC_SLAVE + 1
        inb     $PIC_MASTER + 1, %al
        andb    $0xfb, %al              /* the slave's input */
        outb    %al, $PIC_MASTER + 1
        ret

/*
 * Hook the message's vector and find a way to the local APIC: its MSRs in x2APIC mode,
 * or its page, through FS with a limit of 4 GiB ("unreal mode").
 */
set_up_apic:
        movw    $on_message, MESSAGE_VECTOR * 4
        movw    $0, MESSAGE_VECTOR * 4 + 2
        movl    $1, %eax
        cpuid
        shrl    $24, %ebx               /* the APIC ID */
        shll    $12, %ebx
        addl    $APIC_ADDRESS, %ebx
        movl    %ebx, message_address
#ifndef NO_X2APIC
        testl   $CPUID_X2APIC, %ecx
        jz      1f
        movl    $APIC_BASE, %ecx
        rdmsr
        orl     $X2APIC_ON, %eax
        wrmsr
        movb    $1, x2apic
        ret
1:
#endif
        lgdt    gdt_register
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        jmp     1f
1:      movw    $8, %bx
        movw    %bx, %fs
        andb    $0xfe, %al
        movl    %eax, %cr0
        jmp     1f
1:      ret

/* Let pipe A run and interrupt at its vertical blank. */
start_vblanks:
        movl    $PIPE_A_IMR, %ebx
        movl    $~VBLANK, %ecx
        call    register_write
        movl    $PIPE_A_IER, %ebx
        movl    $VBLANK, %ecx
        call    register_write
        movl    $PIPE_A_CONF, %ebx
        movl    $ENABLE, %ecx
        call    register_write

/* Interrupt from now on; what was pending is forgotten, so that the next is an edge. */
resume:
        movl    $PIPE_A_IIR, %ebx
        movl    $0xffffffff, %ecx
        call    register_write
#ifdef GEN12
        movl    $GEN11_MASTER, %ebx
        movl    $ENABLE, %ecx
        call    register_write
#endif
        movl    $MASTER_CONTROL, %ebx
        movl    $ENABLE, %ecx
        jmp     register_write

/* No interrupt from now on; what is on its way arrives. */
pause:
        movl    $MASTER_CONTROL, %ebx
        xorl    %ecx, %ecx
        call    register_write
        movl    TICKS, %edi
        addl    $3, %edi
1:      sti
        hlt
        cli
        cmpl    %edi, TICKS
        jb      1b
        ret

/* Take COUNT interrupts of the kind SI names, by its own counter; say so. */
take_interrupts:
        movw    %si, phase
        movw    $0, lines
        movw    $0, messages
        movw    $lines, %bx
        cmpw    $text_msi, %si
        jne     wait_for_them
take_messages:
        movw    %si, phase
        movw    $0, lines
        movw    $0, messages
        movw    $messages, %bx
wait_for_them:
        movl    TICKS, %edi
        addl    $LONGEST_WAIT, %edi
2:      sti
        hlt                             /* until the timer's interrupt at the latest */
        cli
        cmpw    $COUNT, (%bx)
        jae     3f
        cmpl    %edi, TICKS
        jb      2b
        jmp     too_few
3:      /* And none of the other kind. */
        movw    lines, %ax
        addw    messages, %ax
        subw    (%bx), %ax
        jnz     other_kind
        movw    phase, %si
        call    print
        movw    $text_ok, %si
        jmp     print

too_few:
        pushw   (%bx)
        movw    $text_fail, %si
        call    print
        movw    phase, %si
        call    print
        movw    $text_came, %si
        call    print
        popw    %ax
        call    print_number
        movw    $text_newline, %si
        call    print
        jmp     power_off

other_kind:
        movw    $text_fail, %si
        call    print
        movw    phase, %si
        call    print
        movw    $text_other, %si
        call    print
        jmp     power_off

/* Make sure that no interrupt comes for a while. */
expect_none:
        movw    $0, lines
        movw    $0, messages
        movl    TICKS, %edi
        addl    $QUIET_WAIT, %edi
1:      sti
        hlt
        cli
        cmpl    %edi, TICKS
        jb      1b
        movw    lines, %ax
        addw    messages, %ax
        movw    $text_not_quiet, %si
        jnz     fail
        movw    $text_quiet, %si
        jmp     print

/* Print "FAIL " and the string at SI, and stop. */
fail:
        pushw   %si
        movw    $text_fail, %si
        call    print
        popw    %si
        call    print
        jmp     power_off

/* ---- interrupts ---- */

on_line:
        pushal
        pushw   %ds
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    $lines, %si
        call    acknowledge
        movb    $PIC_EOI, %al
        outb    %al, $PIC_SLAVE
        outb    %al, $PIC_MASTER
        popw    %ds
        popal
        iretw

on_message:
        pushal
        pushw   %ds
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    $messages, %si
        call    acknowledge
        call    apic_end
        popw    %ds
        popal
        iretw

apic_end:
        xorl    %eax, %eax
        cmpb    $0, x2apic
        je      1f
        xorl    %edx, %edx
        movl    $X2APIC_EOI, %ecx
        wrmsr
        ret
1:      movl    $APIC_EOI, %ebx
        movl    %eax, %fs:(%ebx)
        ret

/* If it was the vertical blank, clear it and count at SI. */
acknowledge:
        movl    $PIPE_A_IIR, %ebx
        call    register_read
        andl    $VBLANK, %eax
        jz      1f
        movl    %eax, %ecx
        call    register_write
        incw    (%si)
1:      ret

/* ---- the message ---- */

/* BP: the place of the MSI capability. */
find_message:
        movb    $CAPABILITIES, %al
        call    config_read
        movw    $48, %di                /* no list is longer */
1:      movzbw  %al, %bp
        andb    $0xfc, %al
        jz      2f
        call    config_read             /* AL: what it is, AH: the next */
        cmpb    $CAPABILITY_MSI, %al
        je      3f
        movb    %ah, %al
        decw    %di
        jnz     1b
2:      movw    $text_no_msi, %si
        jmp     fail
3:      ret

#ifdef GEN12
/* Mask the message; one must wait, and come when it is unmasked. */
masked_messages:
        call    pause
        call    find_message
        movw    $text_no_masks, %si
        testl   $MSI_MASKS, %eax
        jz      fail
        movl    $1, %ecx
        call    mask_write
        call    resume
        movw    $0, messages
        movl    TICKS, %edi
        addl    $QUIET_WAIT, %edi
1:      sti
        hlt
        cli
        cmpl    %edi, TICKS
        jb      1b
        movw    $text_not_masked, %si
        cmpw    $0, messages
        jne     fail
        call    find_message
        movw    %bp, %ax
        addb    $0x10, %al              /* the pending bits, of 32-bit MSI */
        call    config_read
        movw    $text_not_pending, %si
        cmpl    $1, %eax
        jne     fail
        xorl    %ecx, %ecx
        call    mask_write
        /* Nothing was acknowledged since, so the next is the one that waited. */
        movw    $text_unmasked, %si
        jmp     take_messages

/* Write ECX to the mask bits. */
mask_write:
        pushl   %ecx
        call    find_message
        popl    %ecx
        movw    %bp, %ax
        addb    $0x0c, %al
        jmp     config_write
#endif

message_on:
        call    find_message
        movl    %eax, %esi              /* capability and control */
        movw    %bp, %ax
        addb    $4, %al
        movl    message_address, %ecx
        call    config_write
        addw    $8, %bp                 /* the data, or the upper half of the address */
        testl   $MSI_64, %esi
        jz      1f
        movw    %bp, %ax
        xorl    %ecx, %ecx
        call    config_write
        addw    $4, %bp
1:      movw    %bp, %ax
        movl    $MESSAGE_VECTOR, %ecx
        call    config_write
        call    find_message
        orl     $MSI_ENABLE, %eax
        jmp     1f

message_off:
        call    find_message
        andl    $~MSI_ENABLE, %eax
1:      movl    %eax, %ecx
        movw    %bp, %ax
        jmp     config_write

/* ---- registers ---- */

/* EAX: the dword at AL of the GPU's config space. */
config_read:
        call    config_address
        inl     %dx, %eax
        ret

/* Write ECX to the dword at AL. */
config_write:
        call    config_address
        movl    %ecx, %eax
        outl    %eax, %dx
        ret

config_address:
        movzbl  %al, %eax
        andb    $0xfc, %al
        orl     $GPU, %eax
        movw    $0xcf8, %dx
        outl    %eax, %dx
        movw    $0xcfc, %dx
        ret

/* EAX: the register at EBX, by the I/O BAR's index and data. */
register_read:
        call    register_index
        inl     %dx, %eax
        ret

/* Write ECX to it. */
register_write:
        call    register_index
        movl    %ecx, %eax
        outl    %eax, %dx
        ret

register_index:
        movw    io_bar, %dx
        movl    %ebx, %eax
        outl    %eax, %dx
        addw    $4, %dx
        ret

/* ---- data ---- */

io_bar:        .word 0
phase:         .word 0  /* the text of what is waited for */
lines:         .word 0  /* interrupts by INTx and by MSI */
messages:      .word 0
x2apic:        .byte 0
        .balign 8
message_address: .long 0
gdt_register:
        .word   15
        .long   gdt
        .balign 8
gdt:    .quad   0
        .quad   0x00cf92000000ffff      /* data, 0 to 4 GiB */

text_intx:     .asciz "INTx"
text_msi:      .asciz "MSI"
text_again:    .asciz "INTx again"
#ifdef GEN12
text_unmasked: .asciz "MSI unmasked"
text_no_masks: .asciz "the GPU's MSI has no masks\n"
text_not_masked: .asciz "masked: messages still came\n"
text_not_pending: .asciz "masked: none is pending\n"
#endif
text_ok:       .asciz " " TEXT(COUNT) " ok\n"
text_quiet:    .asciz "quiet ok\n"
text_fail:     .asciz "FAIL "
text_came:     .asciz ": in a minute only "
text_newline:  .asciz "\n"
text_other:    .asciz ": interrupts of the other kind came\n"
text_no_gpu:   .asciz "no Intel device at 00:02.0\n"
text_no_bar:   .asciz "the GPU has no I/O BAR\n"
text_no_line:  .asciz "firmware chose no interrupt line\n"
text_no_msi:   .asciz "the GPU has no MSI capability\n"
text_not_quiet: .asciz "quiet: interrupts still came\n"

        .org    SECTORS * 512
