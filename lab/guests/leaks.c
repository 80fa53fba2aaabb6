/*
 * leaks.c: a guest that reads all of the GPU's config space and all of its BAR0, and
 * tells on the serial line every dword that lies in one of the windows its parameters
 * name: "leak PLACE OFFSET VALUE". It also tells all of config space, some registers as
 * they are, and how much it read. Then it powers off.
 */
#include "guest.h"

/* What the lab puts into the last sector. */
struct parameters {
    uint32_t
        stride; /* bytes from one read of BAR0's registers to the next, 8 or more */
    uint32_t gtt_stride; /* likewise of its GTT */
    uint32_t pages;      /* of which every 8 bytes are read all the same */
    uint32_t page[16];
    uint32_t windows;
    struct {
        uint32_t first, last;
    } window[16];
};

/* Told whatever they hold, so that whoever reads it knows the reads are real. */
static const uint32_t told[] = { 0x108040, 0x1080c0, 0x1080c4, 0x108100,
                                 0x108104, 0x1082c0, 0x1082c4, 0x138914 };

static uint64_t count, not_zero;

static int is_hosts(uint32_t value)
{
    const struct parameters *parameters = (const void *)(uintptr_t)PARAMETERS;
    for (unsigned i = 0; i < parameters->windows; i++) {
        if (value >= parameters->window[i].first && value <= parameters->window[i].last)
            return 1;
    }
    return 0;
}

static void tell(const char *place, uint32_t offset, uint32_t value)
{
    print(place);
    print_hex(offset, 6);
    print_character(' ');
    print_hex(value, 8);
    print_character('\n');
}

static void look(const char *place, uint32_t offset, uint32_t value)
{
    count++;
    not_zero += value != 0;
    if (value && is_hosts(value))
        tell(place, offset, value);
}

static void read_config(void)
{
    for (unsigned offset = 0; offset < 256; offset += 4) {
        uint32_t value = config_read32(GPU, offset), bytes = 0;
        for (unsigned i = 0; i < 4; i++)
            bytes |= (uint32_t)config_read8(GPU, offset + i) << (8 * i);
        tell("config ", offset, value);
        look("leak config ", offset, value);
        look("leak config-bytes ", offset, bytes);
    }
}

/* The size of BAR0, as every operating system finds it. */
static uint64_t size_of_bar0(void)
{
    uint32_t bar = config_read32(GPU, 0x10);
    config_write32(GPU, 0x10, 0xffffffff);
    uint32_t size = ~(config_read32(GPU, 0x10) & ~0xfu) + 1;
    config_write32(GPU, 0x10, bar);
    return size;
}

/* A clock that reads like an address for a moment is none: it moves on. */
static void look_at(const char *place, uint64_t base, uint32_t offset, uint32_t value)
{
    if (value && is_hosts(value) && *(volatile uint32_t *)(base + offset) != value)
        value = 0;
    look(place, offset, value);
}

static void look_at_pair(const char *place, uint64_t base, uint32_t offset)
{
    uint64_t value = read64(base + offset);
    look_at(place, base, offset, (uint32_t)value);
    look_at(place, base, offset + 4, (uint32_t)(value >> 32));
}

static void read_bar0(uint64_t base, uint32_t size)
{
    const struct parameters *parameters = (const void *)(uintptr_t)PARAMETERS;
    uint32_t gtt = size / 2;

    for (uint32_t at = 0; at < gtt; at += parameters->stride)
        look_at_pair("leak bar0 ", base, at);
    for (unsigned i = 0; i < parameters->pages; i++) {
        for (uint32_t at = parameters->page[i]; at < parameters->page[i] + 0x1000;
             at += 8)
            look_at_pair("leak bar0 ", base, at);
    }
    for (uint32_t at = gtt; at < size; at += parameters->gtt_stride)
        look_at_pair("leak gtt ", base, at);
    for (unsigned i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        uint32_t value = *(volatile uint32_t *)(base + told[i]);
        tell("register ", told[i], value);
        look("leak dword ", told[i], value);
        for (unsigned width = 1; width < 3; width++) { /* bytes, words */
            uint32_t joined = 0;
            for (unsigned part = 0; part < 4; part += width)
                joined |= (width == 1 ? *(volatile uint8_t *)(base + told[i] + part)
                                      : *(volatile uint16_t *)(base + told[i] + part))
                          << (8 * part);
            look(width == 1 ? "leak bytes " : "leak words ", told[i], joined);
        }
    }
}

/* The pages with special registers and the GTT's start, through index and data. */
static void read_through_io(uint16_t port)
{
    static const uint32_t pages[] = { 0x44000, 0x108000, 0x138000 };

    for (unsigned i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        for (uint32_t at = pages[i]; at < pages[i] + 0x1000; at += 4) {
            out32(port, at);
            uint32_t value = in32((uint16_t)(port + 4));
            if (value && is_hosts(value) && in32((uint16_t)(port + 4)) != value)
                value = 0; /* as in look_at */
            look("leak io ", at, value);
        }
    }
    for (uint32_t at = 0; at < 0x400; at += 4) {
        out32(port, at | 1);
        look("leak io-gtt ", at, in32((uint16_t)(port + 4)));
    }
}

void guest_main(void)
{
    read_config();
    uint64_t size = size_of_bar0();
    uint64_t base =
        (uint64_t)config_read32(GPU, 0x14) << 32 | (config_read32(GPU, 0x10) & ~0xfu);
    uint16_t port = (uint16_t)(config_read32(GPU, 0x20) & ~3u);

    config_write32(GPU, 4, (config_read32(GPU, 4) & 0xffff) | 3);
    if (base >> 32)
        print("FAIL BAR0 is above 4 GiB\n");
    else
        read_bar0(base, (uint32_t)size);
    if (port)
        read_through_io(port);
    print("read ");
    print_hex(count, 8);
    print(" not-zero ");
    print_hex(not_zero, 8);
    print(" bar0 ");
    print_hex(size, 8);
    print(port ? " io\n" : " no-io\n");
    power_off();
}
