/* text_services.S: a boot sector that uses the video BIOS's text services and resets. */
    .code16
    .globl _start
_start:
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $0x7c00, %sp
    cld
    mov $0x0003, %ax            /* mode 3: clears, shows the banner */
    int $0x10

    mov $27, %cx                /* 27 numbered lines: the screen scrolls */
1:  push %cx
    mov $28, %al
    sub %cl, %al
    call print_byte
    mov $0x0e0d, %ax
    int $0x10
    mov $0x0e0a, %ax
    int $0x10
    pop %cx
    loop 1b

    mov $0x0605, %ax            /* rows 0 to 9 up by 5 */
    mov $0x07, %bh
    xor %cx, %cx
    mov $0x094f, %dx
    int $0x10
    mov $0x0702, %ax            /* rows 12 to 15, columns 0 and 1, down by 2 */
    mov $0x0c00, %cx
    mov $0x0f01, %dx
    int $0x10

    mov $0x02, %ah              /* cursor to row 6, column 20 */
    xor %bh, %bh
    mov $0x0614, %dx
    int $0x10
    mov $0x0941, %ax            /* five A's with an attribute */
    mov $0x001e, %bx
    mov $5, %cx
    int $0x10
    mov $0x08, %ah              /* what is there */
    int $0x10
    mov %ax, read_back

    mov $0x1301, %ax            /* a string, the cursor behind it */
    mov $0x0007, %bx
    mov $5, %cx
    mov $0x0820, %dx
    mov $hello, %bp
    int $0x10
    mov $0x03, %ah
    xor %bh, %bh
    int $0x10
    mov %dx, cursor

    mov $0x02, %ah              /* the results on row 9 */
    mov $0x0900, %dx
    int $0x10
    mov read_back, %ax
    call print_word
    mov cursor, %ax
    call print_word
    mov $0x0f, %ah
    int $0x10
    call print_word
    mov $0x1a00, %ax
    int $0x10
    mov %bx, %ax
    call print_word
    mov $0x1210, %ax
    mov $0x10, %bl
    int $0x10
    mov %bx, %ax
    call print_word
    mov $0x1130, %ax            /* the font: the A of it, third row */
    mov $0x06, %bh
    int $0x10
    mov %es:0x41 * 16 + 3(%bp), %al
    mov %cl, %ah
    call print_word
    mov $0x0e08, %ax            /* a backspace, and over the blank */
    int $0x10
    mov $0x0e2a, %ax
    int $0x10

    mov $0xcf9, %dx
    mov $0x06, %al
    outb %al, %dx
2:  hlt
    jmp 2b

print_word:
    push %ax
    mov %ah, %al
    call print_byte
    pop %ax
    call print_byte
    mov $0x0e20, %ax
    int $0x10
    ret

print_byte:
    push %ax
    shr $4, %al
    call print_digit
    pop %ax
print_digit:
    and $0x0f, %al
    add $'0', %al
    cmp $'9', %al
    jbe 1f
    add $'A' - '9' - 1, %al
1:  mov $0x0e, %ah
    mov $0x0007, %bx
    int $0x10
    ret

hello:
    .ascii "hello"
read_back:
    .word 0
cursor:
    .word 0

    .org 510
    .word 0xaa55
