/* memory.c: what the compiler calls for large assignments, without a C library. */
#include <stddef.h> /* size_t */

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *at, int value, size_t size);

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *next = to;
    __asm__ volatile("rep movsb" : "+D"(next), "+S"(from), "+c"(size)::"memory");
    return to;
}

void *memset(void *at, int value, size_t size)
{
    void *next = at;
    __asm__ volatile("rep stosb" : "+D"(next), "+c"(size) : "a"(value) : "memory");
    return at;
}
