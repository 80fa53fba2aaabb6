/* bytes.h: little-endian loads and stores, rounding, and range checks. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* fixed-width integers */
#include <string.h>  /* memcpy */

#define KIB (1ULL << 10)
#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* x86 only: the host's byte order is the guest's and the hardware's. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "igdvm is for x86 hosts");

static inline uint16_t load16(const void *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof(value));
    return value;
}

static inline uint32_t load32(const void *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof(value));
    return value;
}

static inline uint64_t load64(const void *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof(value));
    return value;
}

static inline void store16(void *at, uint16_t value)
{
    memcpy(at, &value, sizeof(value));
}

static inline void store32(void *at, uint32_t value)
{
    memcpy(at, &value, sizeof(value));
}

static inline void store64(void *at, uint64_t value)
{
    memcpy(at, &value, sizeof(value));
}

/* The low size bytes at `at`; size 1 to 8. */
static inline uint64_t load_sized(const void *at, unsigned size)
{
    uint64_t value = 0;
    /* With a constant size a copy is one instruction, and these are almost all. */
    switch (size) {
    case 1:
        return *(const uint8_t *)at;
    case 2:
        memcpy(&value, at, 2);
        return value;
    case 4:
        memcpy(&value, at, 4);
        return value;
    default:
        memcpy(&value, at, size > 8 ? 8 : size);
        return value;
    }
}

static inline void store_sized(void *at, uint64_t value, unsigned size)
{
    switch (size) {
    case 1:
        *(uint8_t *)at = (uint8_t)value;
        break;
    case 2:
        memcpy(at, &value, 2);
        break;
    case 4:
        memcpy(at, &value, 4);
        break;
    default:
        memcpy(at, &value, size > 8 ? 8 : size);
        break;
    }
}

/* All ones in the low size bytes: what a bus answers where nobody is. */
static inline uint64_t all_ones(unsigned size)
{
    return size >= 8 ? UINT64_MAX : (1ULL << (size * 8)) - 1;
}

/* alignment: a power of two. */
static inline uint64_t round_up(uint64_t value, uint64_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

static inline uint64_t round_down(uint64_t value, uint64_t alignment)
{
    return value & ~(alignment - 1);
}

static inline bool is_power_of_two(uint64_t value)
{
    return value && !(value & (value - 1));
}

/* Does [offset, offset + length) lie inside [0, size)? Overflow counts as no. */
static inline bool range_inside(uint64_t offset, uint64_t length, uint64_t size)
{
    return offset <= size && length <= size - offset;
}

/* Do [a, a + a_size) and [b, b + b_size) share a byte? Sums must not overflow. */
static inline bool ranges_overlap(uint64_t a, uint64_t a_size, uint64_t b,
                                  uint64_t b_size)
{
    return a < b + b_size && b < a + a_size;
}

/* 8-bit sum of size bytes: firmware's checksum of ROMs, ACPI tables and the VBT. */
static inline uint8_t byte_sum(const void *at, size_t size)
{
    const uint8_t *bytes = at;
    uint8_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return sum;
}

#endif
