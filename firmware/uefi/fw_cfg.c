/* fw_cfg.c: files that QEMU, or igdvm run, hands to firmware. (QEMU docs/specs/fw_cfg.)
 */
#include "fw_cfg.h"

#include <stdbool.h> /* bool */

#define SELECTOR  0x510
#define DATA      0x511
#define SIGNATURE 0x00
#define DIRECTORY 0x19
#define NAME_SIZE 56
#define FILES_MAX 1024

static void select_key(uint16_t key)
{
    __asm__ volatile("outw %0, %1" ::"a"(key), "d"((uint16_t)SELECTOR));
}

void fw_cfg_read(void *to, size_t size)
{
    __asm__ volatile("rep insb"
                     : "+D"(to), "+c"(size)
                     : "d"((uint16_t)DATA)
                     : "memory");
}

static uint32_t number(unsigned bytes)
{
    uint8_t read[4];
    uint32_t value = 0;
    fw_cfg_read(read, bytes);
    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | read[i];
    return value;
}

/* The next name of the directory: is it this one? */
static bool name_is(const char *wanted)
{
    char name[NAME_SIZE];
    fw_cfg_read(name, sizeof(name));
    for (unsigned i = 0; i < NAME_SIZE && name[i] == wanted[i]; i++) {
        if (!name[i])
            return true;
    }
    return false;
}

uint32_t fw_cfg_open(const char *name)
{
    select_key(SIGNATURE);
    if (number(4) != 0x51454d55) /* "QEMU" */
        return 0;
    select_key(DIRECTORY);
    uint32_t files = number(4);
    for (uint32_t i = 0; i < files && i < FILES_MAX; i++) {
        uint32_t size = number(4);
        uint16_t key = (uint16_t)number(2);
        number(2); /* reserved */
        if (name_is(name)) {
            select_key(key);
            return size;
        }
    }
    return 0;
}
