/*
 * hostile.c: a guest that writes random values to every port, config register, BAR and
 * queue it finds, and to what else answers, until it has done enough and resets itself.
 * What it does follows from a seed alone: that of its parameters, and how often it was
 * booted since. It tells the seed and, with a dot in so many steps, that it is alive,
 * on the debug console, which nothing can be done to.
 */
#include "guest.h"
#include "random.h"

#define DEBUG_CONSOLE 0x402
#define CMOS_COUNTER  0x70       /* two bytes: boots so far; CMOS outlives a reset */
#define SCRATCH       0x1000000u /* RAM for rings and the like; nothing else is there */
#define SCRATCH_SIZE  0x2000000u
#define RAM_END       0x10000000u
#define STEPS_A_DOT   256
#define MAX_FUNCTIONS 16
#define MAX_BARS      24

struct parameters {
    uint32_t seed;
    uint32_t steps; /* in one boot */
};

struct bar {
    uint32_t devfn, offset, size, base;
    int is_io;
};

static uint8_t functions[MAX_FUNCTIONS];
static struct bar bars[MAX_BARS];
static unsigned function_count, bar_count;

static void debug(const char *text)
{
    while (*text)
        out8(DEBUG_CONSOLE, (uint8_t)*text++);
}

static void debug_hex(uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4)
        out8(DEBUG_CONSOLE, (uint8_t) "0123456789abcdef"[value >> shift & 15]);
}

/* Values that matter, as often as any. */
static uint32_t value32(void)
{
    switch (below(6)) {
    case 0:
        return 0;
    case 1:
        return 0xffffffff;
    case 2:
        return 1u << below(32);
    case 3:
        return below(256);
    case 4:
        return SCRATCH + below(SCRATCH_SIZE);
    default:
        return random();
    }
}

/* An address for a device to use: mostly in the scratch memory, or the guest ends at
 * once. */
static uint64_t address64(void)
{
    if (below(16))
        return SCRATCH + below(SCRATCH_SIZE);
    return (uint64_t)value32() << 32 * below(2) | random() >> below(32);
}

static void out_any(uint16_t port)
{
    uint32_t value = value32();
    switch (below(3)) {
    case 0:
        out8(port, (uint8_t)value);
        break;
    case 1:
        out16(port, (uint16_t)value);
        break;
    default:
        out32(port, value);
    }
}

static void in_any(uint16_t port)
{
    switch (below(3)) {
    case 0:
        in8(port);
        break;
    case 1:
        in16(port);
        break;
    default:
        in32(port);
    }
}

/* First port and number of those a PC has. */
static const struct {
    uint16_t first, count;
} ports[] = {
    { 0x00, 32 },   { 0x20, 2 },    { 0x40, 4 },    { 0x60, 5 },   { 0x70, 8 },
    { 0x80, 32 },   { 0xa0, 2 },    { 0xb2, 2 },    { 0xc0, 32 },  { 0xf0, 16 },
    { 0x170, 8 },   { 0x1f0, 8 },   { 0x2f8, 8 },   { 0x3b0, 48 }, { 0x3f0, 16 },
    { 0x402, 1 },   { 0x4d0, 2 },   { 0x510, 12 },  { 0x600, 64 }, { 0x700, 64 },
    { 0xae00, 32 }, { 0xaf00, 32 }, { 0xb000, 64 }, { 0xcf8, 8 },
};

#define PORTS (sizeof(ports) / sizeof(ports[0]))

static int is_ending_port(uint16_t port)
{
    return port == 0xcf9 || port == 0x92 || port == 0x64 || (port & 0xffc3) == 0x600 ||
           (port & 0xffc0) == 0xb000;
}

/* Ports whose access, of 4 bytes at most, may end the boot: not too often. */
static int ends_boot(uint16_t port)
{
    int ends = 0;
    for (unsigned i = 0; i < 4; i++)
        ends |= is_ending_port((uint16_t)(port + i));
    return ends;
}

static uint16_t any_port(void)
{
    uint16_t port;
    do {
        unsigned range = below(PORTS + 1);
        port =
            (uint16_t)(range == PORTS ? random()
                                      : ports[range].first + below(ports[range].count));
    } while (ends_boot(port) && below(200));
    return port;
}

static uint8_t any_function(void)
{
    if (!function_count || !below(8))
        return (uint8_t)random();
    /* The GPU is what this is about. */
    return below(3) ? functions[below(function_count)] : GPU;
}

static void write_config(void)
{
    config_select(any_function(), below(256));
    out_any((uint16_t)(0xcfc + below(4)));
}

static void read_config(void)
{
    config_select(any_function(), below(256));
    in_any((uint16_t)(0xcfc + below(4)));
}

static void write_memory(uint64_t address)
{
    uint64_t value = (uint64_t)value32() << 32 | value32();
    switch (below(4)) {
    case 0:
        *(volatile uint8_t *)address = (uint8_t)value;
        break;
    case 1:
        *(volatile uint16_t *)address = (uint16_t)value;
        break;
    case 2:
        *(volatile uint32_t *)address = (uint32_t)value;
        break;
    default:
        *(volatile uint64_t *)address = value;
    }
}

static void read_memory(uint64_t address)
{
    switch (below(4)) {
    case 0:
        (void)*(volatile uint8_t *)address;
        break;
    case 1:
        (void)*(volatile uint16_t *)address;
        break;
    case 2:
        (void)*(volatile uint32_t *)address;
        break;
    default:
        (void)*(volatile uint64_t *)address;
    }
}

/* Somewhere in a BAR, wherever it is now; most registers are near its start. */
static void use_bar(int write)
{
    if (!bar_count)
        return;
    const struct bar *bar = &bars[below(bar_count)];
    uint32_t offset =
        below(3) ? below(bar->size) : below(bar->size < 256 ? bar->size : 256);
    uint32_t base = config_read32(bar->devfn, bar->offset);
    if (bar->is_io) {
        uint16_t port = (uint16_t)((base & ~3u) + offset);
        if (write)
            out_any(port);
        else
            in_any(port);
        return;
    }
    base &= ~0xfu;
    if (base < RAM_END && below(200)) /* moved over memory, perhaps this program */
        return;
    if ((uint64_t)base + offset + 8 > 0x100000000ull)
        return;
    if (write)
        write_memory((uint64_t)base + offset);
    else
        read_memory((uint64_t)base + offset);
}

/* The firmware's shadow, VGA memory, flash and the interrupt controllers. */
static void use_chipset_memory(void)
{
    static const struct {
        uint32_t first, size;
    } ranges[] = { { 0xa0000, 0x20000 }, { 0xc0000, 0x40000 },  { 0xfffc0000, 0x3fff8 },
                   { 0xfec00000, 0x40 }, { 0xfee00000, 0x400 }, { 0xfed00000, 0x400 } };
    unsigned range = below(sizeof(ranges) / sizeof(ranges[0]));
    uint64_t address = ranges[range].first + below(ranges[range].size);
    if (below(2))
        read_memory(address);
    else if (range < 3 || !below(50))
        write_memory(address);
}

/* Big-endian, as fw_cfg's DMA wants it. */
static uint64_t swap64(uint64_t value)
{
    return __builtin_bswap64(value);
}

static void use_fw_cfg_dma(void)
{
    uint32_t at = SCRATCH + (below(SCRATCH_SIZE - 64) & ~15u);
    volatile uint32_t *control = (volatile uint32_t *)(uintptr_t)at;
    control[0] = __builtin_bswap32(random() & (below(2) ? 0xffff001f : value32()));
    control[1] = __builtin_bswap32(below(4) ? below(0x4000) : value32());
    *(volatile uint64_t *)(uintptr_t)(at + 8) = swap64(address64());
    uint64_t where = below(8) ? at : address64();
    out32(0x514, __builtin_bswap32((uint32_t)(where >> 32)));
    out32(0x518, __builtin_bswap32((uint32_t)where));
}

/* A table of descriptors, valid or nearly so, and the ring that offers them. */
static void fill_ring(uint32_t table, uint32_t available)
{
    volatile uint64_t *descriptors = (volatile uint64_t *)(uintptr_t)table;
    unsigned count = 1 + below(16);
    for (unsigned i = 0; i < count; i++) {
        uint64_t length = below(4) ? 512 * below(16) + 16 * below(2) : value32();
        uint64_t flags = below(4) ? below(4) : random() & 0xffff;
        uint64_t next = below(8) ? (i + 1) % count : random() & 0xffff;
        descriptors[2 * i] = address64();
        descriptors[2 * i + 1] = length | flags << 32 | next << 48;
        /* Perhaps a request of a disk. */
        if (below(2) && descriptors[2 * i] >= SCRATCH &&
            descriptors[2 * i] < SCRATCH + SCRATCH_SIZE - 16) {
            volatile uint64_t *request =
                (volatile uint64_t *)(uintptr_t)descriptors[2 * i];
            request[0] = below(4) ? below(5) : random();
            request[1] = below(4) ? below(4096) : address64();
        }
    }
    volatile uint16_t *ring = (volatile uint16_t *)(uintptr_t)available;
    for (unsigned i = 0; i < 16; i++)
        ring[2 + i] = (uint16_t)(below(8) ? below(count) : random());
    ring[0] = (uint16_t)below(2);
    ring[1] = (uint16_t)(ring[1] + (below(8) ? below(4) : random()));
}

/*
 * A virtio function's capability of this kind: the address it names, 0 if there is
 * none. (Virtual I/O Device specification 1.1, 4.1.4.)
 */
static uint32_t virtio_place(uint8_t devfn, unsigned kind)
{
    unsigned at = config_read8(devfn, 0x34), bar;
    for (unsigned i = 0; at && i < 16; i++, at = config_read8(devfn, at + 1)) {
        if (config_read8(devfn, at) != 9 || config_read8(devfn, at + 3) != kind)
            continue;
        bar = config_read8(devfn, at + 4);
        uint32_t base = bar < 6 ? config_read32(devfn, 0x10 + 4 * bar) & ~0xfu : 0;
        return base >= RAM_END ? base + config_read32(devfn, at + 8) : 0;
    }
    return 0;
}

static void use_queue(void)
{
    uint8_t devfn = functions[below(function_count)];
    if ((config_read32(devfn, 0) & 0xffff) != 0x1af4)
        return;
    config_write32(devfn, 4, 6);
    uint32_t common = virtio_place(devfn, 1), notify = virtio_place(devfn, 2);
    if (!common || !notify)
        return;
    volatile uint8_t *registers = (volatile uint8_t *)(uintptr_t)common;
    uint32_t table = SCRATCH + (below(SCRATCH_SIZE / 2) & ~0xfffu);
    if (!below(4)) { /* as a driver would, so that the queue is used at all */
        registers[0x14] = 0;
        for (uint8_t status = 1; status < 16; status = (uint8_t)(2 * status + 1)) {
            *(volatile uint32_t *)(registers + 0x08) = 1;
            *(volatile uint32_t *)(registers + 0x0c) = 1;
            if (status == 15) {
                *(volatile uint16_t *)(registers + 0x16) = 0;
                *(volatile uint16_t *)(registers + 0x18) = 16;
                *(volatile uint64_t *)(registers + 0x20) = table;
                *(volatile uint64_t *)(registers + 0x28) = table + 0x1000;
                *(volatile uint64_t *)(registers + 0x30) = table + 0x2000;
                *(volatile uint16_t *)(registers + 0x1c) = 1;
            }
            registers[0x14] = status == 7 ? 11 : status;
        }
    }
    uint32_t set = *(volatile uint32_t *)(registers + 0x20);
    if (set >= SCRATCH && set < SCRATCH + SCRATCH_SIZE - 0x10000)
        table = set;
    fill_ring(table, table + 0x1000);
    if (!below(4))
        write_memory((uint64_t)common + below(0x38));
    *(volatile uint16_t *)(uintptr_t)(notify + 4 * below(2)) = (uint16_t)below(2);
}

static void use_index_pair(void)
{
    uint32_t base = config_read32(GPU, 0x20);
    if (!(base & 1))
        return;
    out32((uint16_t)(base & ~3u), value32());
    if (below(2))
        out32((uint16_t)((base & ~3u) + 4), value32());
    else
        in32((uint16_t)((base & ~3u) + 4));
}

static void use_string(void)
{
    uint16_t port = any_port();
    uint64_t at = SCRATCH + below(SCRATCH_SIZE - 0x1000), count = 1 + below(64);
    if (ends_boot(port))
        return;
    switch (below(4)) {
    case 0:
        __asm__ volatile("rep outsb" : "+S"(at), "+c"(count) : "d"(port) : "memory");
        break;
    case 1:
        __asm__ volatile("rep outsl" : "+S"(at), "+c"(count) : "d"(port) : "memory");
        break;
    case 2:
        __asm__ volatile("rep insb" : "+D"(at), "+c"(count) : "d"(port) : "memory");
        break;
    default:
        __asm__ volatile("rep insl" : "+D"(at), "+c"(count) : "d"(port) : "memory");
    }
}

/* Give a BAR back its place, so that there is something to be hostile to. */
static void repair(void)
{
    const struct bar *bar = &bars[below(bar_count)];
    config_write32(bar->devfn, bar->offset, bar->base);
    config_write32(bar->devfn, 4, 7);
}

static void step(void)
{
    if (bar_count && !below(40))
        repair();
    switch (below(16)) {
    case 0:
    case 1:
    case 2:
        out_any(any_port());
        break;
    case 3:
        in_any(any_port());
        break;
    case 4:
    case 5:
        write_config();
        break;
    case 6:
        read_config();
        break;
    case 7:
    case 8:
    case 9:
        use_bar(1);
        break;
    case 10:
        use_bar(0);
        break;
    case 11:
        use_chipset_memory();
        break;
    case 12:
        use_fw_cfg_dma();
        break;
    case 13:
        use_queue();
        break;
    case 14:
        use_index_pair();
        break;
    default:
        use_string();
    }
}

/* Note a function's BARs with their sizes, before anything is spoilt. */
static void find_bars(uint8_t devfn)
{
    for (unsigned offset = 0x10; offset < 0x28 && bar_count < MAX_BARS; offset += 4) {
        uint32_t base = config_read32(devfn, offset);
        config_write32(devfn, offset, 0xffffffff);
        uint32_t mask = config_read32(devfn, offset);
        config_write32(devfn, offset, base);
        if (!mask)
            continue;
        int is_io = mask & 1;
        uint32_t size = is_io ? ~(mask & 0xfffcu) + 1 : ~(mask & ~0xfu) + 1;
        bars[bar_count++] =
            (struct bar){ devfn, offset, is_io ? size & 0xffff : size, base, is_io };
        if (!is_io && (mask & 4))
            offset += 4;
    }
}

static void find_functions(void)
{
    for (unsigned devfn = 0; devfn < 256 && function_count < MAX_FUNCTIONS; devfn++) {
        if (config_read32(devfn, 0) == 0xffffffff)
            continue;
        functions[function_count++] = (uint8_t)devfn;
        find_bars((uint8_t)devfn);
        if (devfn == GPU)
            config_write32(devfn, 4, 7);
    }
}

static uint32_t count_boots(void)
{
    uint32_t boots = 0;
    for (unsigned i = 0; i < 2; i++) {
        out8(0x70, (uint8_t)(CMOS_COUNTER + i));
        boots |= (uint32_t)in8(0x71) << (8 * i);
    }
    boots++;
    for (unsigned i = 0; i < 2; i++) {
        out8(0x70, (uint8_t)(CMOS_COUNTER + i));
        out8(0x71, (uint8_t)(boots >> (8 * i)));
    }
    return boots;
}

void guest_main(void)
{
    const struct parameters *parameters = (const void *)(uintptr_t)PARAMETERS;
    uint32_t boots = count_boots();

    random_state =
        ((uint64_t)parameters->seed << 32 | boots) * 0x9e3779b97f4a7c15ULL | 1;
    debug("\nhostile seed ");
    debug_hex(parameters->seed);
    debug(" boot ");
    debug_hex(boots);
    debug(": ");
    find_functions();
    for (uint32_t i = 0; i < parameters->steps; i++) {
        if (i % STEPS_A_DOT == 0)
            out8(DEBUG_CONSOLE, '.');
        step();
    }
    debug(" done\n");
    for (;;)
        out8(0xcf9, 6);
}
