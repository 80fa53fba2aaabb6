/* config_fuzz.c: a guest that does anything to the configuration ports, with a function
 * behind them that has every kind of window. */
#include "fuzz.h" /* must */

#include "devices/device.h" /* reset, free */
#include "devices/i440fx.h" /* targets */
#include "devices/piix3.h"
#include "pci/bus.h"

#include "base/bytes.h"    /* loads */
#include "base/error.h"    /* struct error */
#include "devices/board.h" /* struct board */
#include "pci/space.h"     /* ports and memory */

#define GPU PCI_DEVFN(2, 0)

/* A step: kind and size, port or register, function, 4 bytes of value; 1 spare. */
#define STEP_SIZE 8

struct pc {
    struct board board;
    struct pci_function function;
    struct range ranges[PCI_WINDOW_COUNT];
    unsigned resets, pam_changes;
    bool levels[24];
};

static void set_gsi(struct board *board, unsigned gsi, bool level)
{
    must(gsi < 24);
    ((struct pc *)board->opaque)->levels[gsi] = level;
}

static void request_reset(struct board *board)
{
    ((struct pc *)board->opaque)->resets++;
}

static const struct board_ops board_ops = { .set_gsi = set_gsi,
                                            .request_reset = request_reset };

static void pam_changed(void *opaque, const uint8_t modes[PAM_SEGMENTS])
{
    for (unsigned i = 0; i < PAM_SEGMENTS; i++)
        must(modes[i] <= PAM_RAM);
    ((struct pc *)opaque)->pam_changes++;
}

static uint64_t read_window(void *opaque, uint64_t offset, unsigned size)
{
    must(range_inside(offset, size, ((struct pci_window *)opaque)->size));
    return 0x5a;
}

static const struct range_ops window_ops = { read_window, NULL, NULL };

/* What the bus is told of windows is what the registers say. */
static void window_changed(struct pci_function *function, unsigned index)
{
    const struct pci_window *window = &function->windows[index];
    if (window->mapped)
        must(window->address % window->size == 0 || index == PCI_ROM_SLOT);
}

static const struct pci_function_ops function_ops = { .window_changed =
                                                          window_changed };

static void make_function(struct pc *pc)
{
    static const struct pci_window windows[PCI_WINDOW_COUNT] = {
        { .size = 0x1000000, .flags = PCI_BAR_64 },
        { 0 },
        { .size = 0x10000000, .flags = PCI_BAR_64 | PCI_BAR_PREFETCH },
        { 0 },
        { .size = 0x40, .flags = PCI_BAR_IO },
        { .size = 0x1000 },
        { .size = 0x10000 },
    };
    struct pci_function *function = &pc->function;

    function->name = "GPU";
    function->devfn = GPU;
    function->ops = &function_ops;
    pci_function_identify(function, 0x8086, 0x1912, 6, 0x030000, 0x17aa, 0x1234);
    function->config[PCI_INTERRUPT_PIN] = 1;
    must(pci_function_add_capability(function, PCI_CAP_PM, 0, 8) > 0);
    int vendor = pci_function_add_capability(function, PCI_CAP_VENDOR, 0, 8);
    must(vendor > 0);
    function->write_mask[vendor + 4] = 0x0f;
    function->write_mask[vendor + 5] = function->clear_mask[vendor + 5] = 0xf0;
    for (unsigned i = 0; i < PCI_WINDOW_COUNT; i++) {
        function->windows[i] = windows[i];
        pc->ranges[i] = (struct range){ .name = "window",
                                        .ops = &window_ops,
                                        .opaque = &function->windows[i] };
        function->windows[i].range = &pc->ranges[i];
    }
    must(pci_bus_add(pc->board.pci, function, NULL) == 0);
}

/* Bits that no write may change stay; what is decoded answers, and nothing else. */
static void check(struct pc *pc)
{
    const struct pci_function *function = &pc->function;
    uint16_t command = load16(function->config + PCI_COMMAND);

    for (unsigned i = 0; i < PCI_CONFIG_SIZE; i++) {
        uint8_t fixed = (uint8_t)~function->write_mask[i];
        if (i == PCI_STATUS)
            fixed &= (uint8_t)~PCI_STATUS_INTERRUPT;
        must(((function->config[i] ^ function->reset_config[i]) & fixed) == 0);
    }
    for (unsigned i = 0; i < PCI_WINDOW_COUNT; i++) {
        const struct pci_window *window = &function->windows[i];
        struct space *space =
            window->flags & PCI_BAR_IO ? pc->board.ports : pc->board.memory;
        must(window->mapped == (pc->ranges[i].space == space));
        if (!window->mapped)
            continue;
        must(command &
             (window->flags & PCI_BAR_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY));
        must(window->size && pc->ranges[i].base == window->address);
        must(space_find(space, window->address) != NULL);
    }
}

static void do_step(struct pc *pc, const uint8_t *step)
{
    unsigned size = 1u << (step[0] >> 4) % 3;
    uint32_t value = load32(step + 3);
    struct space *ports = pc->board.ports;

    switch (step[0] % 7) {
    case 0: /* anything around the ports */
        space_write(ports, 0xcf4 + step[1] % 16, value, size);
        break;
    case 1:
        space_read(ports, 0xcf4 + step[1] % 16, size);
        break;
    case 2: /* a register, as a driver does it; any function */
        space_write(ports, 0xcf8, 0x80000000u | step[2] << 8 | (step[1] & 0xfc), 4);
        space_write(ports, 0xcfc + (step[1] & 3), value, size);
        break;
    case 3: /* the GPU's */
        space_write(ports, 0xcf8, 0x80000000u | GPU << 8 | (step[1] & 0xfc), 4);
        space_write(ports, 0xcfc + (step[1] & 3), value, size);
        break;
    case 4: /* through the ports reads the same as past them */
        space_write(ports, 0xcf8, 0x80000000u | GPU << 8 | (step[1] & 0xfc), 4);
        must(space_read(ports, 0xcf8, 4) ==
             (0x80000000u | GPU << 8 | (step[1] & 0xfc)));
        unsigned at = step[1] & ~(size - 1);
        must(space_read(ports, 0xcfc + (at & 3), size) ==
             pci_bus_config_read(pc->board.pci, GPU, at, size));
        break;
    case 5:
        pci_function_set_intx(&pc->function, step[1] & 1);
        break;
    case 6:
        pci_bus_reset(pc->board.pci);
        must(memcmp(pc->function.config, pc->function.reset_config, PCI_CONFIG_SIZE) ==
             0);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pc pc = { 0 };
    struct error err = { 0 };

    must(board_init(&pc.board, &board_ops, &pc, NULL, NULL) == 0);
    struct device *host = i440fx_new(&pc.board, pam_changed, &pc, &err);
    struct device *isa = piix3_new(&pc.board, &err);
    must(host && isa);
    make_function(&pc);
    for (; size >= STEP_SIZE; data += STEP_SIZE, size -= STEP_SIZE) {
        do_step(&pc, data);
        check(&pc);
    }
    pci_bus_remove(pc.board.pci, &pc.function);
    for (unsigned i = 0; i < PCI_WINDOW_COUNT; i++)
        must(pc.ranges[i].space == NULL);
    isa->free(isa);
    host->free(host);
    board_finish(&pc.board);
    return 0;
}
