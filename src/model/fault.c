/* fault.c: the table of faults, and how they are switched. */
#include "model/fault.h"

#include "base/bytes.h"  /* ARRAY_SIZE */
#include "base/error.h"  /* errors */
#include "model/state.h" /* struct model */

#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* strtoull */
#include <string.h> /* strcmp */

#define NAME_MAX_SIZE 64 /* of one part of a list */

static const struct model_fault_row rows[FAULT_COUNT] = {
    [FAULT_FORCEWAKE_STUCK] = { .name = "forcewake-stuck",
                                .text = "no forcewake request is acknowledged" },
    [FAULT_POWER_WELL_STUCK] = { .name = "power-well-stuck",
                                 .text = "no power well of the display comes on" },
    [FAULT_PLL_UNLOCKED] = { .name = "pll-unlocked",
                             .text = "no PLL of the display locks" },
    [FAULT_PCODE_BUSY] = { .name = "pcode-busy",
                           .text = "the power controller's mailbox stays busy" },
    [FAULT_RESET_STUCK] = { .name = "reset-stuck",
                            .text = "a reset of the engines never ends" },
    [FAULT_EDID_NAK] = { .name = "edid-nak",
                         .text = "monitors do not acknowledge reads of their EDID" },
    [FAULT_EDID_CORRUPT] = { .name = "edid-corrupt",
                             .text = "each block of an EDID has a wrong byte" },
    [FAULT_AUX_TIMEOUT] = { .name = "aux-timeout",
                            .text = "DisplayPort sinks do not answer on AUX" },
    [FAULT_LINK_TRAINING] = { .name = "link-training",
                              .text = "no DisplayPort lane ever locks" },
    [FAULT_HOTPLUG_STORM] = { .name = "hotplug-storm",
                              .text = "the first monitor's plug has a loose contact",
                              .value_text = "changes a second",
                              .value = 100,
                              .least = 1,
                              .most = 1000 },
    [FAULT_VBLANK_STOP] = { .name = "vblank-stop",
                            .text = "no vertical blank comes, frames stand still" },
    [FAULT_IRQ_LOST] = { .name = "irq-lost",
                         .text = "interrupts get lost",
                         .value_text = "one in so many (1: all)",
                         .value = 1,
                         .least = 1,
                         .most = UINT32_MAX },
    [FAULT_IRQ_STORM] = { .name = "irq-storm",
                          .text = "interrupts without a cause",
                          .value_text = "so many a second",
                          .value = 10000,
                          .least = 1,
                          .most = 1000000 },
    [FAULT_DMA_STRAY] = { .name = "dma-stray",
                          .text = "writes to memory that is not the guest's, 100 times "
                                  "a second",
                          .value_text = "bus address",
                          .value = 0x7ffffffff000,
                          .least = 0,
                          .most = UINT64_MAX - 3 },
    [FAULT_GPU_HANG] = { .name = "gpu-hang",
                         .text = "engines execute nothing any more" },
    [FAULT_DEVICE_LOST] = { .name = "device-lost",
                            .text = "all registers read as ones, writes go nowhere" },
};

const struct model_fault_row *model_fault_row(enum model_fault fault)
{
    return &rows[fault];
}

const char *model_fault_text(enum model_fault fault, uint64_t value, char *buffer,
                             size_t size)
{
    const struct model_fault_row *row = &rows[fault];
    const char *format = value > UINT32_MAX ? "%s=0x%llx" : "%s=%llu";
    snprintf(buffer, size, row->value_text ? format : "%s", row->name,
             (unsigned long long)value);
    return buffer;
}

bool fault_is_on(const struct model *model, enum model_fault fault)
{
    return model->options.faults.on & 1u << fault;
}

uint64_t fault_value(const struct model *model, enum model_fault fault)
{
    return model->options.faults.values[fault];
}

/* "a, b, c" of all names. */
static const char *list_names(char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < FAULT_COUNT && used < size; i++) {
        int more =
            snprintf(text + used, size - used, "%s%s", i ? ", " : "", rows[i].name);
        used += more > 0 ? (size_t)more : 0;
    }
    return text;
}

static int parse_value(enum model_fault fault, const char *text, uint64_t *value,
                       struct error *err)
{
    const struct model_fault_row *row = &rows[fault];
    char *end;
    if (!row->value_text)
        return error_set(err, ERROR_INPUT, -EINVAL, "%s takes no value", row->name);
    errno = 0;
    *value = strtoull(text, &end, 0);
    if (errno || end == text || *end || *text == '-' || *value < row->least ||
        *value > row->most)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%s=%s: expected a number (%s), %llu to %llu", row->name, text,
                         row->value_text, (unsigned long long)row->least,
                         (unsigned long long)row->most);
    return 0;
}

/* "NAME" or "NAME=VALUE". */
static int parse_one(const char *text, size_t length, enum model_fault *fault,
                     uint64_t *value, struct error *err)
{
    char part[NAME_MAX_SIZE], known[512];
    if (length >= sizeof(part))
        length = sizeof(part) - 1;
    memcpy(part, text, length);
    part[length] = '\0';
    char *equals = strchr(part, '=');
    if (equals)
        *equals = '\0';
    for (unsigned i = 0; i < FAULT_COUNT; i++) {
        if (strcmp(part, rows[i].name) != 0)
            continue;
        *fault = (enum model_fault)i;
        *value = rows[i].value;
        return equals ? parse_value(*fault, equals + 1, value, err) : 0;
    }
    return error_set(err, ERROR_INPUT, -EINVAL, "%s: no such fault; known are: %s",
                     part, list_names(known, sizeof(known)));
}

int model_faults_parse(struct model_faults *faults, const char *list, struct error *err)
{
    for (;;) {
        size_t length = strcspn(list, ",");
        enum model_fault fault;
        uint64_t value;
        if (parse_one(list, length, &fault, &value, err) < 0)
            return -EINVAL;
        faults->on |= 1u << fault;
        faults->values[fault] = value;
        if (!list[length])
            return 0;
        list += length + 1;
    }
}

int model_fault_set(struct model *model, const char *name, bool on, struct error *err)
{
    struct model_faults *faults = &model->options.faults;
    enum model_fault fault;
    uint64_t value;
    if (parse_one(name, strlen(name), &fault, &value, err) < 0)
        return -EINVAL;
    faults->values[fault] = value;
    faults->on = on ? faults->on | 1u << fault : faults->on & ~(1u << fault);
    faults_start(model);
    return 0;
}
