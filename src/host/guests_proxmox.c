/* guests_proxmox.c: reads Proxmox's configuration of a guest. */
#include "host/guests_xml.h" /* what readers share */

#include "host/lines.h" /* lines */
#include "host/pci.h"   /* the GPU's address */

#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* strtoul */
#include <string.h> /* text */

struct proxmox_place {
    unsigned slot; /* 0: no GPU given */
    bool behind_port;
};

/* Where Proxmox puts hostpci0 (PVE/QemuServer/PCI.pm), unless told otherwise. */
#define PROXMOX_FIRST_SLOT 0x10

/*
 * The device of a name, of mapping/pci.cfg: under a line with the name lines "map
 * id=8086:46a6,path=0000:00:02.0,...", one a computer and device. The first that is the
 * GPU, else the first; mappings may be NULL. false: not told.
 */
static bool find_mapped(const char *mappings, const char *name, char *address,
                        size_t size)
{
    char line[LINE_SIZE], path[64];
    bool ours = false, found = false;
    for (const char *cursor = mappings; next_line(&cursor, line, sizeof(line));) {
        const char *text = trimmed(line);
        if (*text && text == line)
            ours = !strcmp(text, name);
        if (!ours || strncmp(text, "map", 3) != 0 ||
            !host_guest_option(text + 3, "path", path, sizeof(path)))
            continue;
        bool is_gpu = strstr(path, "00:02") != NULL;
        if (!found || is_gpu)
            snprintf(address, size, "%s", path);
        found = true;
        if (is_gpu)
            break;
    }
    return found;
}

/* hostpciNUMBER of Proxmox's configuration; place: in the guest, if it is the GPU. */
static void take_hostpci(struct host_guest *guest, unsigned number, const char *value,
                         const char *mappings, struct proxmox_place *place)
{
    char word[160], mapped[64];
    bool legacy = host_guest_option(value, "legacy-igd", word, sizeof(word)) &&
                  host_guest_is_on(word);
    const char *address = strncmp(value, "host=", 5) == 0 ? value + 5 : value;
    if (strstr(value, "mdev=")) {
        guest->mdev |= strstr(address, "00:02") != NULL;
        return; /* a share of the device, not the device */
    }
    if (host_guest_option(value, "mapping", word, sizeof(word))) {
        if (find_mapped(mappings, word, mapped, sizeof(mapped)))
            address = mapped;
        else if (legacy) /* that is for the GPU alone */
            address = HOST_IGD_ADDRESS;
    }
    if (!host_guest_take_address(guest, address))
        return;
    *place = (struct proxmox_place){
        .slot = PROXMOX_FIRST_SLOT + number,
        .behind_port = host_guest_option(value, "pcie", word, sizeof(word)) &&
                       host_guest_is_on(word),
    };
    if (legacy) {
        guest->legacy_asked = guest->slot_known = true;
        guest->slot = 2;
    }
    if (host_guest_option(value, "rombar", word, sizeof(word)))
        guest->rom_bar_off = host_guest_is_off(word);
    if (host_guest_option(value, "romfile", word, sizeof(word)))
        snprintf(guest->rom_file, sizeof(guest->rom_file), "%s", word);
}

bool host_guest_parse_proxmox(struct host_guest *guest, const char *config,
                              const char *mappings)
{
    char line[LINE_SIZE];
    bool asked_of_qemu = false;
    struct proxmox_place place = { 0 };
    guest->machine = MACHINE_I440FX; /* Proxmox's default */
    guest->emulated_video = FACT_YES;
    for (const char *cursor = config; next_line(&cursor, line, sizeof(line));) {
        char *value = strchr(line, ':');
        if (line[0] == '[')
            break; /* snapshots of the guest follow */
        if (!value || line[0] == '#')
            continue;
        *value++ = '\0';
        value = trimmed(value);
        if (!strncmp(line, "hostpci", 7))
            take_hostpci(guest, (unsigned)strtoul(line + 7, NULL, 10) & 0xf, value,
                         mappings, &place);
        else if (!strcmp(line, "machine"))
            host_guest_take_machine(guest, value);
        else if (!strcmp(line, "bios"))
            guest->uefi = fact_from(!strcmp(value, "ovmf"));
        else if (!strcmp(line, "vga"))
            guest->emulated_video = fact_from(strncmp(value, "none", 4) != 0);
        else if (!strcmp(line, "memory"))
            guest->ram_size = host_guest_size(value, 'M');
        else if (!strcmp(line, "args")) {
            host_guest_take_command_line(guest, value);
            asked_of_qemu |= strstr(value, "x-igd-legacy-mode=on") != NULL;
        }
    }
    if (place.slot && !guest->slot_known) {
        guest->slot_known = true;
        guest->slot = place.behind_port ? 0 : place.slot;
        guest->bus = place.behind_port;
    }
    /* legacy-igd=1 is a place in the guest: with OVMF it asks for no VBIOS. */
    if (guest->uefi == FACT_YES && !asked_of_qemu)
        guest->legacy_asked = false;
    return guest->host_address[0] || guest->mdev;
}
