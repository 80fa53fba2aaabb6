/* io.S: configuration reads, the debug port, and text put together. DS = ES = CS. */
#include "vbios.inc"

    .code16
    .text

/* AH: devfn on bus 0, AL: register. Selects it; DX is the data port. */
select_config:
    push %eax
    movzwl %ax, %eax
    or $0x80000000, %eax
    and $0xfffffffc, %eax
    mov $CONFIG_ADDRESS, %dx
    outl %eax, %dx
    pop %eax
    mov $CONFIG_DATA, %dx
    and $3, %ax
    add %ax, %dx
    ret

/* AX as above; the value to AX, and EAX's upper half is 0. */
    .globl config_read16
config_read16:
    push %dx
    call select_config
    xor %eax, %eax
    inw %dx, %ax
    pop %dx
    ret

    .globl config_read32
config_read32:
    push %dx
    call select_config
    inl %dx, %eax
    pop %dx
    ret

/* The string at SI and a newline to the debug port. */
    .globl debug_line
debug_line:
    mov $DEBUG_PORT, %dx
1:  lodsb
    test %al, %al
    jz 2f
    outb %al, %dx
    jmp 1b
2:  mov $'\n', %al
    outb %al, %dx
    ret

/* The rest append to DI. */

    .globl put_text
put_text:
    lodsb
    test %al, %al
    jz 1f
    stosb
    jmp put_text
1:  ret

/* EAX: device in the upper, vendor in the lower half. */
    .globl put_identifier
put_identifier:
    call put_hex16
    push %eax
    mov $':', %al
    stosb
    pop %eax
    shr $16, %eax
    jmp put_hex16

    .globl put_hex32
put_hex32:
    rol $16, %eax
    call put_hex16
    rol $16, %eax
    /* falls through */
    .globl put_hex16
put_hex16:
    push %eax
    push %cx
    mov $4, %cx
1:  rol $4, %ax
    push %ax
    and $0x0f, %al
    add $'0', %al
    cmp $'9', %al
    jbe 2f
    add $'A' - '9' - 1, %al
2:  stosb
    pop %ax
    loop 1b
    pop %cx
    pop %eax
    ret

/* AX in decimal. */
    .globl put_decimal
put_decimal:
    push %bx
    push %cx
    push %dx
    mov $10, %bx
    xor %cx, %cx
1:  xor %dx, %dx
    div %bx
    push %dx
    inc %cx
    test %ax, %ax
    jnz 1b
2:  pop %ax
    add $'0', %al
    stosb
    loop 2b
    pop %dx
    pop %cx
    pop %bx
    ret
