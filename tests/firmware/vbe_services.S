/* vbe_services.S: a boot sector that uses the video BIOS's VBE services and resets. */
    .code16
    .globl _start
_start:
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $0x7c00, %sp
    cld
    mov $0x4f00, %ax            /* the controller */
    mov $buffer, %di
    int $0x10
    call keep
    mov buffer, %eax
    call keep
    mov buffer + 18, %ax        /* memory */
    call keep
    mov buffer + 14, %si        /* the first mode */
    mov buffer + 16, %es
    mov %es:(%si), %ax
    push %ds
    pop %es
    call keep

    mov $0x4f01, %ax            /* a mode that is not there */
    mov $0x0107, %cx
    mov $buffer, %di
    int $0x10
    call keep
    mov $0x4f01, %ax
    mov $0x0118, %cx
    mov $buffer, %di
    int $0x10
    call keep
    mov buffer, %ax             /* attributes, bytes a line, height, depth */
    call keep
    mov buffer + 16, %ax
    call keep
    mov buffer + 20, %ax
    call keep
    movzbw buffer + 25, %ax
    call keep

    mov $0x4f02, %ax            /* not without its linear frame buffer */
    mov $0x0118, %bx
    int $0x10
    call keep
    mov $0x4f02, %ax
    mov $0x4118, %bx
    int $0x10
    call keep
    mov $0x4f03, %ax
    int $0x10
    mov %bx, %ax
    call keep
    mov $0x4f15, %ax            /* a service that is not there */
    int $0x10
    call keep
    mov $0x4f02, %ax            /* text again */
    mov $0x0003, %bx
    int $0x10
    call keep
    mov $0x4f03, %ax
    int $0x10
    mov %bx, %ax
    call keep

    mov $kept, %si              /* all of it on the screen */
1:  lodsl
    call print_long
    cmp next, %si
    jb 1b
    mov $0xcf9, %dx
    mov $0x06, %al
    outb %al, %dx
2:  hlt
    jmp 2b

keep:                           /* EAX, of which only AX counts but for the signature */
    push %di
    mov next, %di
    stosl
    mov %di, next
    pop %di
    xor %eax, %eax
    ret

print_long:
    mov $8, %cx
1:  rol $4, %eax
    push %eax
    and $0x0f, %al
    add $'0', %al
    cmp $'9', %al
    jbe 2f
    add $'A' - '9' - 1, %al
2:  mov $0x0e, %ah
    mov $0x0007, %bx
    int $0x10
    pop %eax
    loop 1b
    mov $0x0e20, %ax
    int $0x10
    ret

next:
    .word kept

    .org 510
    .word 0xaa55
kept = 0x8000
buffer = 0x9000
