/* pci_rom.h: the expansion ROM of an emulated function. */
#ifndef DEVICES_PCI_ROM_H
#define DEVICES_PCI_ROM_H

#include "pci/space.h" /* struct range */

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* bytes */

struct board;
struct error;
struct pci_function;

#define PCI_ROM_LARGEST (1u << 20)

/* Zeroed until pci_rom_init. */
struct pci_rom {
    struct board *board;
    uint8_t *bytes; /* page aligned; NULL: there is none */
    uint32_t size;  /* a power of two */
    struct range range;
    bool mapped; /* the guest reads it without exits */
};

/*
 * Give function a copy of this ROM, each image in it made one for the function's vendor
 * and device, as firmware wants it. After pci_function_identify, before pci_bus_add;
 * the device calls pci_rom_window_changed from its own window_changed. 0, or a negative
 * errno with err: what it holds is no ROM, or too large.
 */
int pci_rom_init(struct pci_rom *rom, struct board *board,
                 struct pci_function *function, const uint8_t *bytes, size_t size,
                 struct error *err);
void pci_rom_window_changed(struct pci_rom *rom, const struct pci_function *function);
void pci_rom_free(struct pci_rom *rom);

#endif
