/* guest.h: ports, config space and the serial line, for the guests written in C. */
#ifndef LAB_GUEST_H
#define LAB_GUEST_H

#include <stdint.h> /* registers */

#define PARAMETERS    0xfc00u /* where start.S puts the last sector */
#define GPU           0x10u   /* 00:02.0, as device and function */
#define PIIX4_PM      0x0bu   /* 00:01.3 */
#define SERIAL        0x3f8
#define SERIAL_STATUS 5
#define SERIAL_READY  0x20

static inline void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void out16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline void out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint16_t in16(uint16_t port)
{
    uint16_t value;
    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint32_t in32(uint16_t port)
{
    uint32_t value;
    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

/* Configuration mechanism 1, bus 0. */
static inline void config_select(unsigned devfn, unsigned offset)
{
    out32(0xcf8, 0x80000000u | devfn << 8 | (offset & 0xfcu));
}

static inline uint32_t config_read32(unsigned devfn, unsigned offset)
{
    config_select(devfn, offset);
    return in32(0xcfc);
}

static inline uint8_t config_read8(unsigned devfn, unsigned offset)
{
    config_select(devfn, offset);
    return in8((uint16_t)(0xcfc + (offset & 3)));
}

static inline void config_write32(unsigned devfn, unsigned offset, uint32_t value)
{
    config_select(devfn, offset);
    out32(0xcfc, value);
}

static inline uint64_t read64(uint64_t address)
{
    return *(volatile uint64_t *)address;
}

static inline void print_character(char character)
{
    for (unsigned i = 0; i < 0x10000 && !(in8(SERIAL + SERIAL_STATUS) & SERIAL_READY);
         i++)
        ;
    out8(SERIAL, (uint8_t)character);
}

static inline void print(const char *text)
{
    while (*text)
        print_character(*text++);
}

/* In hexadecimal, with this many digits. */
static inline void print_hex(uint64_t value, unsigned digits)
{
    while (digits--)
        print_character("0123456789abcdef"[value >> (4 * digits) & 15]);
}

static inline void power_off(void)
{
    uint16_t base = config_read32(PIIX4_PM, 0x40) & 0xffc0;
    out16((uint16_t)(base + 4), 0x2000);
    for (;;)
        __asm__ volatile("hlt");
}

#endif
