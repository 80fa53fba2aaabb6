/* boot_order.c: which devices the firmware boots from, in which order, and its menu. */
#include "machine/boot_order.h"

#include "base/bytes.h"     /* ARRAY_SIZE, stores */
#include "base/error.h"     /* error_set */
#include "devices/fw_cfg.h" /* files for the firmware */
#include "machine/slots.h"  /* where devices are */

#include <stdio.h>  /* snprintf */
#include <string.h> /* strcspn */

#define ORDER_SIZE   4096
#define NETWORK_MOST 4 /* slots */
#define COM1_PORT    0x3f8

/* The Open Firmware paths by which SeaBIOS knows devices; it reads numbers as hex. */
static int disk_path(char *path, size_t size, unsigned index)
{
    return snprintf(path, size, "/pci@i0cf8/scsi@%x/disk@0,0\n", SLOT_DISK + index);
}

static int cdrom_path(char *path, size_t size, unsigned index)
{
    return snprintf(path, size, "/pci@i0cf8/ide@1,1/drive@%x/disk@%x\n", index / 2,
                    index % 2);
}

static int network_path(char *path, size_t size, unsigned index)
{
    return snprintf(path, size, "/pci@i0cf8/ethernet@%x/ethernet-phy@0\n",
                    SLOT_NETWORK + index);
}

/* By enum boot_kind, which is the order without one asked for. */
static const struct {
    const char *name;
    int (*path)(char *path, size_t size, unsigned index);
} kinds[BOOT_KINDS] = {
    { "disk", disk_path },
    { "cdrom", cdrom_path },
    { "network", network_path },
};

static unsigned devices_of(const struct boot_devices *devices, enum boot_kind kind)
{
    const unsigned counts[BOOT_KINDS] = { devices->disks, devices->cdroms,
                                          NETWORK_MOST };
    return counts[kind];
}

/* One word of the list; length counts. */
static bool parse_choice(struct boot_choice *choice, const char *word, size_t length)
{
    for (unsigned kind = 0; kind < BOOT_KINDS; kind++) {
        size_t name = strlen(kinds[kind].name);
        if (length < name || memcmp(word, kinds[kind].name, name) != 0)
            continue;
        choice->kind = (enum boot_kind)kind;
        choice->number = 0;
        if (length == name)
            return true;
        if (length == name + 1 && word[name] >= '1' && word[name] <= '9') {
            choice->number = (unsigned)(word[name] - '0');
            return true;
        }
    }
    return false;
}

int boot_order_parse(struct boot_options *options, const char *text, struct error *err)
{
    options->count = 0;
    for (const char *word = text;; word++) {
        size_t length = strcspn(word, ",");
        if (options->count == BOOT_MAX_CHOICES)
            return error_set(err, ERROR_INPUT, -EINVAL, "more than %d devices",
                             BOOT_MAX_CHOICES);
        if (!parse_choice(&options->choices[options->count++], word, length))
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "'%.*s': expected disk, cdrom or network, or one of them "
                             "with a number, such as cdrom2",
                             (int)length, word);
        word += length;
        if (!*word)
            return 0;
    }
}

/* The order being written: a line a device. */
struct order {
    char text[ORDER_SIZE];
    size_t size;
};

static void put(struct order *order, enum boot_kind kind, unsigned index)
{
    size_t room = sizeof(order->text) - order->size;
    int size = kinds[kind].path(order->text + order->size, room, index);
    if (size > 0 && (size_t)size < room)
        order->size += (size_t)size;
}

static const char *choice_name(const struct boot_choice *choice, char *name,
                               size_t size)
{
    if (choice->number)
        snprintf(name, size, "%s%u", kinds[choice->kind].name, choice->number);
    else
        snprintf(name, size, "%s", kinds[choice->kind].name);
    return name;
}

static int put_choice(struct order *order, const struct boot_choice *choice,
                      const struct boot_devices *devices, struct error *err)
{
    unsigned count = devices_of(devices, choice->kind);
    char name[32];

    if (choice->number > count || !count)
        return error_set(err, ERROR_INPUT, -EINVAL, "boot from %s: there %s %u",
                         choice_name(choice, name, sizeof(name)),
                         count == 1 ? "is" : "are", count);
    if (choice->number)
        put(order, choice->kind, choice->number - 1);
    for (unsigned i = 0; !choice->number && i < count; i++)
        put(order, choice->kind, i);
    return 0;
}

static int add_order(struct fw_cfg *fw_cfg, const struct boot_options *options,
                     const struct boot_devices *devices, struct error *err)
{
    struct order order = { .size = 0 };
    int result = 0;

    if (devices->rom)
        order.size = (size_t)snprintf(order.text, sizeof(order.text), "/rom@%.64s\n",
                                      devices->rom);
    for (unsigned i = 0; result == 0 && i < options->count; i++)
        result = put_choice(&order, &options->choices[i], devices, err);
    /* Left alone, SeaBIOS tries optical drives before disks, OVMF what it found first.
     */
    bool all_told = !options->count && (devices->cdroms || devices->uefi);
    for (unsigned kind = 0; result == 0 && all_told && kind < BOOT_KINDS; kind++) {
        struct boot_choice all = { .kind = (enum boot_kind)kind };
        if (devices_of(devices, all.kind))
            result = put_choice(&order, &all, devices, err);
    }
    if (result < 0 || !order.size)
        return result;
    order.text[order.size] = '\0';
    result = fw_cfg_add_file(fw_cfg, "bootorder", order.text, order.size + 1);
    return result < 0 ? error_system(err, result, "boot order") : 0;
}

/* SeaBIOS reads numbers of up to eight bytes, little-endian; OVMF wants two. */
static int add_number(struct fw_cfg *fw_cfg, const char *name, uint32_t value)
{
    uint8_t bytes[4];
    store32(bytes, value);
    return fw_cfg_add_file(fw_cfg, name, bytes, value > UINT16_MAX ? 4 : 2);
}

int boot_order_add(struct fw_cfg *fw_cfg, const struct boot_options *options,
                   const struct boot_devices *devices, struct error *err)
{
    static const uint8_t shown[2] = { 1, 0 };
    int result = add_order(fw_cfg, options, devices, err);
    if (result < 0)
        return result;
    if (options->menu)
        result = fw_cfg_add_key(fw_cfg, FW_CFG_KEY_BOOT_MENU, shown, sizeof(shown));
    if (result == 0 && options->menu && options->menu_wait)
        result = add_number(fw_cfg, "etc/boot-menu-wait", options->menu_wait);
    if (result == 0 && options->serial_screen)
        result = add_number(fw_cfg, "etc/sercon-port", COM1_PORT);
    if (result == 0 && options->retry)
        result = add_number(fw_cfg, "etc/boot-fail-wait", options->retry_wait);
    return result < 0 ? error_system(err, result, "boot menu") : 0;
}
