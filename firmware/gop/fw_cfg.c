/* fw_cfg.c: files that QEMU, or igdvm run, hands to firmware. (QEMU docs/specs/fw_cfg.)
 */
#include "gop.h"

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

uint8_t fw_cfg_byte(void)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "d"((uint16_t)DATA));
    return value;
}

static uint32_t number(unsigned bytes)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | fw_cfg_byte();
    return value;
}

/* The next name of the directory; all of it is read. */
static bool name_is(const char *wanted)
{
    bool same = true, ended = false;
    for (unsigned i = 0; i < NAME_SIZE; i++) {
        uint8_t byte = fw_cfg_byte();
        if (!ended && byte != (uint8_t)*wanted)
            same = false;
        if (!ended && !*wanted++)
            ended = true;
    }
    return same && ended;
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
