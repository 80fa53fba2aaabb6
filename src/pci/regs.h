/* regs.h: PCI configuration registers and identifiers (PCI Local Bus 3.0, chapter 6).
 */
#ifndef PCI_REGS_H
#define PCI_REGS_H

#define PCI_VENDOR_ID           0x00
#define PCI_DEVICE_ID           0x02
#define PCI_COMMAND             0x04
#define PCI_COMMAND_IO          0x0001
#define PCI_COMMAND_MEMORY      0x0002
#define PCI_COMMAND_MASTER      0x0004
#define PCI_COMMAND_INTX_OFF    0x0400
#define PCI_STATUS              0x06
#define PCI_STATUS_INTERRUPT    0x0008
#define PCI_STATUS_CAPABILITIES 0x0010
#define PCI_REVISION            0x08
#define PCI_PROG_IF             0x09
#define PCI_SUBCLASS            0x0a
#define PCI_CLASS               0x0b
#define PCI_CACHE_LINE_SIZE     0x0c
#define PCI_LATENCY_TIMER       0x0d
#define PCI_HEADER_TYPE         0x0e
#define PCI_HEADER_MULTI        0x80
#define PCI_BAR(n)              (0x10 + 4 * (n))
#define PCI_BAR_IO              0x1
#define PCI_BAR_64              0x4
#define PCI_BAR_PREFETCH        0x8
#define PCI_SUBSYSTEM_VENDOR    0x2c
#define PCI_SUBSYSTEM_ID        0x2e
#define PCI_ROM                 0x30
#define PCI_ROM_ENABLE          0x1
#define PCI_CAPABILITIES        0x34
#define PCI_INTERRUPT_LINE      0x3c
#define PCI_INTERRUPT_PIN       0x3d

#define PCI_CAP_PM      0x01
#define PCI_CAP_MSI     0x05
#define PCI_CAP_VENDOR  0x09
#define PCI_CAP_EXPRESS 0x10
#define PCI_CAP_MSIX    0x11
#define PCI_CAP_AF      0x13

#define PCI_VENDOR_INTEL 0x8086

#define PCI_CONFIG_SIZE  256
#define PCI_BAR_COUNT    6
#define PCI_ROM_SLOT     6 /* the expansion ROM, counted after the BARs */
#define PCI_WINDOW_COUNT 7

#define PCI_DEVFN(slot, function) ((((slot)&0x1f) << 3) | ((function)&7))
#define PCI_SLOT(devfn)           (((devfn) >> 3) & 0x1f)
#define PCI_FUNCTION(devfn)       ((devfn)&7)

#endif
