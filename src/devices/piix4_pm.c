/* piix4_pm.c: the power-management function of PIIX4: PM1, timer, GPE0, soft-off. */
#include "devices/piix4_pm.h"

#include "base/bytes.h"          /* load32, ranges_overlap */
#include "base/error.h"          /* error_system */
#include "base/event_timer.h"    /* the timer's carry */
#include "base/log.h"            /* refused sleep states */
#include "devices/board.h"       /* interrupts, power off */
#include "devices/byte_ports.h"  /* ports */
#include "devices/device.h"      /* struct device */
#include "devices/irq_line.h"    /* the SCI */
#include "devices/piix4_smbus.h" /* the SMBus part of the function */
#include "devices/pm_timer.h"    /* the counter */
#include "pci/bus.h"             /* the function */

#include <stdlib.h> /* calloc */
#include <string.h> /* memset */
#include <time.h>   /* its clock */

/* Configuration: 82371AB (PIIX4) datasheet, order 290562, section 7.1. */
#define PM_BASE           0x40 /* bits 15:6 */
#define PM_MISC           0x80
#define PM_MISC_IO_ENABLE 0x01
#define SMBUS_BASE        0x90 /* bits 15:4 */
#define SMBUS_CONFIG      0xd2
#define SMBUS_CONFIG_HOST 0x01
#define PM_PORTS          64
#define DEVICE_ACTIVITY_B 0x58 /* bit 25 (APMC_EN): firmware then leaves SMM alone */

static const struct {
    uint8_t offset, reset, writable;
} pm_config[] = {
    { PCI_STATUS, 0x80, 0x00 },        /* fast back-to-back */
    { PCI_STATUS + 1, 0x02, 0x00 },    /* medium DEVSEL timing */
    { PCI_INTERRUPT_PIN, 0x01, 0x00 }, /* INTA, wired to the SCI */
    { PM_BASE, 0x01, 0xc0 },           /* bit 0: an I/O address */
    { PM_BASE + 1, 0x00, 0xff },
    { DEVICE_ACTIVITY_B + 3, 0x02, 0xff }, /* APMC_EN */
    { PM_MISC, 0x00, 0x01 },
    { SMBUS_BASE, 0x01, 0xf0 }, /* bit 0: an I/O address */
    { SMBUS_BASE + 1, 0x00, 0xff },
    { SMBUS_CONFIG, 0x00, 0x0f },
};

/* Ports from PM_BASE. */
enum { PM1_STATUS = 0x00, PM1_ENABLE = 0x02, PM1_CONTROL = 0x04, PM_TIMER = 0x08 };

/* PM1 status and enable. */
#define PM1_TIMER     0x0001
#define PM1_BUTTON    0x0100
#define PM1_CLEARABLE 0x8531
#define PM1_ENABLES   0x0521
/* PM1 control. */
#define PM1_SCI_ENABLE    0x0001
#define PM1_SLEEP_ENABLE  0x2000
#define PM1_CONTROL_KEPT  0x1c03
#define PM1_SLEEP_TYPE(c) (((c) >> 10) & 7)

struct piix4_pm {
    struct device device;
    struct board *board;
    struct pci_function function;
    struct irq_line sci;
    struct range pm_range;
    struct byte_ports apm_ports, gpe_ports;
    struct piix4_smbus smbus;
    struct pm_timer timer;
    struct event_timer carry; /* fires at the next, when the guest wants to be told */
    bool carry_set;
    uint16_t status, enable, control;
    uint16_t gpe_status, gpe_enable;
    uint8_t apm[2]; /* control and status */
    bool sleep_logged;
};

static void arm_timer(struct piix4_pm *pm)
{
    bool wanted = (pm->enable & PM1_TIMER) && !(pm->status & PM1_TIMER);
    uint64_t ns = wanted ? pm_timer_carry_ns(&pm->timer) : 0;
    int result = wanted || pm->carry_set ? event_timer_set(&pm->carry, ns, true) : 0;
    if (result < 0)
        log_warning("piix4-pm", "an interrupt will be late: %s", strerror(-result));
    pm->carry_set = wanted;
}

/* Fold the timer's carry into the status and drive the SCI. */
static void update(struct piix4_pm *pm)
{
    if (pm_timer_carried(&pm->timer, pm_timer_clock()))
        pm->status |= PM1_TIMER;
    bool event =
        (pm->status & pm->enable & PM1_ENABLES) || (pm->gpe_status & pm->gpe_enable);
    irq_line_set(&pm->sci, event && (pm->control & PM1_SCI_ENABLE));
}

static void timer_fired(void *opaque)
{
    struct piix4_pm *pm = opaque;
    pthread_mutex_lock(&pm->board->lock);
    update(pm);
    pthread_mutex_unlock(&pm->board->lock);
}

static void control_write(struct piix4_pm *pm, uint16_t value)
{
    pm->control = value & PM1_CONTROL_KEPT;
    if (!(value & PM1_SLEEP_ENABLE))
        return;
    if (PM1_SLEEP_TYPE(value) == PIIX4_PM_SLEEP_S5) {
        board_request_power_off(pm->board);
    } else if (!pm->sleep_logged) {
        log_warning("piix4-pm",
                    "the guest asked for sleep type %u: only soft-off is "
                    "there, ignored",
                    PM1_SLEEP_TYPE(value));
        pm->sleep_logged = true;
    }
}

static uint8_t pm_read(void *opaque, unsigned offset)
{
    struct piix4_pm *pm = opaque;
    unsigned shift = offset % 2 * 8;
    switch (offset & ~1u) {
    case PM1_STATUS:
        update(pm);
        return (uint8_t)(pm->status >> shift);
    case PM1_ENABLE:
        return (uint8_t)(pm->enable >> shift);
    case PM1_CONTROL:
        return (uint8_t)(pm->control >> shift);
    default:
        return 0;
    }
}

static void pm_write(void *opaque, unsigned offset, uint8_t value)
{
    struct piix4_pm *pm = opaque;
    unsigned shift = offset % 2 * 8;
    uint16_t bits = (uint16_t)(value << shift), kept = (uint16_t)(0xff00 >> shift);
    switch (offset & ~1u) {
    case PM1_STATUS:
        update(pm);
        if (bits & pm->status & PM1_TIMER)
            pm_timer_clear_carry(&pm->timer, pm_timer_clock());
        pm->status &= (uint16_t) ~(bits & PM1_CLEARABLE);
        break;
    case PM1_ENABLE:
        pm->enable = ((pm->enable & kept) | bits) & PM1_ENABLES;
        break;
    case PM1_CONTROL:
        control_write(pm, (pm->control & kept) | bits);
        break;
    default:
        return;
    }
    update(pm);
    arm_timer(pm);
}

/* The timer is one register: its bytes must be of one moment. */
static uint64_t pm_read_sized(void *opaque, uint64_t offset, unsigned size)
{
    struct piix4_pm *pm = opaque;
    if (ranges_overlap(offset, size, PM_TIMER, 4)) {
        uint64_t count = pm_timer_count(&pm->timer, pm_timer_clock());
        return offset < PM_TIMER ? count << (8 * (PM_TIMER - offset))
                                 : count >> (8 * (offset - PM_TIMER));
    }
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)pm_read(pm, (unsigned)offset + i) << (8 * i);
    return value;
}

static void pm_write_sized(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        pm_write(opaque, (unsigned)offset + i, (uint8_t)(value >> (8 * i)));
}

static const struct range_ops pm_range_ops = { pm_read_sized, pm_write_sized };

static uint8_t apm_read(void *opaque, unsigned offset)
{
    const struct piix4_pm *pm = opaque;
    return pm->apm[offset % 2];
}

/* What an SMI handler would do on real boards: hand events to ACPI or take them back.
 */
static void apm_write(void *opaque, unsigned offset, uint8_t value)
{
    struct piix4_pm *pm = opaque;
    pm->apm[offset % 2] = value;
    if (offset != 0)
        return;
    if (value == PIIX4_PM_ACPI_ON)
        pm->control |= PM1_SCI_ENABLE;
    else if (value == PIIX4_PM_ACPI_OFF)
        pm->control &= (uint16_t)~PM1_SCI_ENABLE;
    update(pm);
}

static uint8_t gpe_read(void *opaque, unsigned offset)
{
    const struct piix4_pm *pm = opaque;
    uint16_t value = offset < 2 ? pm->gpe_status : pm->gpe_enable;
    return (uint8_t)(value >> (offset % 2 * 8));
}

static void gpe_write(void *opaque, unsigned offset, uint8_t value)
{
    struct piix4_pm *pm = opaque;
    unsigned shift = offset % 2 * 8;
    uint16_t bits = (uint16_t)(value << shift), kept = (uint16_t)(0xff00 >> shift);
    if (offset < 2)
        pm->gpe_status &= (uint16_t)~bits;
    else
        pm->gpe_enable = (pm->gpe_enable & kept) | bits;
    update(pm);
}

/* Put a block's ports where the function's configuration now says, or nowhere. */
static void place(struct piix4_pm *pm, struct range *range, bool enabled, uint16_t base,
                  unsigned count)
{
    if (range->space && (!enabled || range->base != base))
        space_remove(range);
    if (!range->space && enabled && base &&
        space_add(pm->board->ports, range, base, count) < 0)
        log_warning("piix4-pm", "cannot place %s at port 0x%x", range->name, base);
}

static void update_ports(struct piix4_pm *pm)
{
    const uint8_t *config = pm->function.config;
    place(pm, &pm->pm_range, config[PM_MISC] & PM_MISC_IO_ENABLE,
          load16(config + PM_BASE) & 0xffc0, PM_PORTS);
    place(pm, &pm->smbus.ports.range, config[SMBUS_CONFIG] & SMBUS_CONFIG_HOST,
          load16(config + SMBUS_BASE) & 0xfff0, PIIX4_SMBUS_PORTS);
}

static void pm_config_write(struct pci_function *function, unsigned offset,
                            uint32_t value, unsigned size)
{
    pci_function_default_write(function, offset, value, size);
    update_ports(function->opaque);
}

static void pm_function_reset(struct pci_function *function)
{
    update_ports(function->opaque);
}

static const struct pci_function_ops pm_function_ops = {
    .config_write = pm_config_write,
    .reset = pm_function_reset,
};

int piix4_pm_power_button(struct device *device)
{
    struct piix4_pm *pm = (struct piix4_pm *)device;
    pthread_mutex_lock(&pm->board->lock);
    pm->status |= PM1_BUTTON;
    update(pm);
    int listens = (pm->control & PM1_SCI_ENABLE) && (pm->enable & PM1_BUTTON);
    pthread_mutex_unlock(&pm->board->lock);
    return listens;
}

static void piix4_pm_reset(struct device *device)
{
    struct piix4_pm *pm = (struct piix4_pm *)device;
    pm->status = pm->enable = pm->control = 0;
    pm->gpe_status = pm->gpe_enable = 0;
    memset(pm->apm, 0, sizeof(pm->apm));
    pm->sleep_logged = false;
    piix4_smbus_reset(&pm->smbus);
    pm_timer_start(&pm->timer, pm_timer_clock());
    arm_timer(pm);
    update(pm);
}

static void piix4_pm_free(struct device *device)
{
    struct piix4_pm *pm = (struct piix4_pm *)device;
    space_remove(&pm->pm_range);
    space_remove(&pm->apm_ports.range);
    space_remove(&pm->gpe_ports.range);
    space_remove(&pm->smbus.ports.range);
    if (pm->function.bus)
        pci_bus_remove(pm->board->pci, &pm->function);
    event_timer_end(&pm->carry);
    free(pm);
}

static void init_ports(struct piix4_pm *pm)
{
    pm->pm_range =
        (struct range){ .name = "acpi-pm", .ops = &pm_range_ops, .opaque = pm };
    pm->apm_ports.read = apm_read;
    pm->apm_ports.write = apm_write;
    pm->apm_ports.opaque = pm;
    pm->gpe_ports.read = gpe_read;
    pm->gpe_ports.write = gpe_write;
    pm->gpe_ports.opaque = pm;
    piix4_smbus_init(&pm->smbus);
}

static void init_function(struct piix4_pm *pm, bool placed)
{
    struct pci_function *function = &pm->function;
    function->name = "power management";
    function->ops = &pm_function_ops;
    function->opaque = pm;
    function->devfn = PCI_DEVFN(1, 3);
    pci_function_identify(function, PCI_VENDOR_INTEL, 0x7113, 0x03, 0x068000, 0x1af4,
                          0x1100);
    for (unsigned i = 0; i < ARRAY_SIZE(pm_config); i++) {
        function->config[pm_config[i].offset] = pm_config[i].reset;
        function->write_mask[pm_config[i].offset] = pm_config[i].writable;
    }
    function->write_mask[PCI_COMMAND] = PCI_COMMAND_IO;
    if (placed) {
        store16(function->config + PM_BASE, PIIX4_PM_BASE | 1);
        function->config[PM_MISC] = PM_MISC_IO_ENABLE;
    }
}

struct device *piix4_pm_new(struct board *board, bool placed, struct error *err)
{
    struct piix4_pm *pm = calloc(1, sizeof(*pm));
    if (!pm) {
        error_system(err, -ENOMEM, "power management");
        return NULL;
    }
    pm->device = (struct device){ "piix4-pm", piix4_pm_reset, piix4_pm_free };
    pm->board = board;
    pm->sci = (struct irq_line){ board, PIIX4_PM_SCI_GSI, false };
    init_ports(pm);
    init_function(pm, placed);
    event_timer_init(&pm->carry, board->loop, CLOCK_MONOTONIC, timer_fired, pm);
    if (pci_bus_add(board->pci, &pm->function, err) < 0 ||
        byte_ports_add(board, &pm->apm_ports, "apm", PIIX4_PM_APM_CONTROL, 2, err) <
            0 ||
        byte_ports_add(board, &pm->gpe_ports, "gpe0", PIIX4_PM_GPE0, 4, err) < 0)
        goto fail;
    update_ports(pm);
    piix4_pm_reset(&pm->device);
    return &pm->device;

fail:
    piix4_pm_free(&pm->device);
    return NULL;
}
