/* isa_misc.c: ports every PC has and nobody needs: DMA controllers, POST, delay. */
#include "devices/isa_misc.h"

#include "base/bytes.h"         /* ARRAY_SIZE */
#include "base/error.h"         /* error_system */
#include "devices/board.h"      /* ports */
#include "devices/byte_ports.h" /* ports */
#include "devices/device.h"     /* struct device */

#include <stdlib.h> /* calloc */
#include <string.h> /* memset */

#define LATCHES 32 /* of the largest run below */

/* Runs of ports. Port 0x92 in the middle of the page registers' mirror is not here. */
static const struct {
    const char *name;
    uint16_t base, count;
    bool latch;
} isa_runs[] = {
    { "dma1", 0x00, 0x20, true },     { "post-code", 0x80, 1, false },
    { "dma-page", 0x81, 0x0f, true }, { "dma2", 0xc0, 0x20, true },
    { "io-delay", 0xed, 1, false },
};

struct isa_run {
    struct byte_ports ports;
    uint8_t latches[LATCHES];
};

struct isa_misc {
    struct device device;
    struct isa_run runs[ARRAY_SIZE(isa_runs)];
};

static uint8_t latch_read(void *opaque, unsigned offset)
{
    const struct isa_run *run = opaque;
    return run->latches[offset % LATCHES];
}

static void latch_write(void *opaque, unsigned offset, uint8_t value)
{
    struct isa_run *run = opaque;
    run->latches[offset % LATCHES] = value;
}

static void isa_misc_reset(struct device *device)
{
    struct isa_misc *misc = (struct isa_misc *)device;
    for (unsigned i = 0; i < ARRAY_SIZE(isa_runs); i++)
        memset(misc->runs[i].latches, 0, LATCHES);
}

static void isa_misc_free(struct device *device)
{
    struct isa_misc *misc = (struct isa_misc *)device;
    for (unsigned i = 0; i < ARRAY_SIZE(isa_runs); i++)
        space_remove(&misc->runs[i].ports.range);
    free(misc);
}

struct device *isa_misc_new(struct board *board, struct error *err)
{
    struct isa_misc *misc = calloc(1, sizeof(*misc));
    if (!misc) {
        error_system(err, -ENOMEM, "ISA ports");
        return NULL;
    }
    misc->device = (struct device){ "isa-misc", isa_misc_reset, isa_misc_free };
    for (unsigned i = 0; i < ARRAY_SIZE(isa_runs); i++) {
        struct byte_ports *ports = &misc->runs[i].ports;
        if (isa_runs[i].latch) {
            ports->read = latch_read;
            ports->write = latch_write;
            ports->opaque = &misc->runs[i];
        }
        ports->range.unlocked = !isa_runs[i].latch;
        if (byte_ports_add(board, ports, isa_runs[i].name, isa_runs[i].base,
                           isa_runs[i].count, err) < 0) {
            isa_misc_free(&misc->device);
            return NULL;
        }
    }
    return &misc->device;
}
