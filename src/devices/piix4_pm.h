/* piix4_pm.h: the power-management function of PIIX4 at 00:01.3. */
#ifndef DEVICES_PIIX4_PM_H
#define DEVICES_PIIX4_PM_H

#include <stdbool.h> /* bool */

struct board;
struct device;
struct error;

/* Fixed by the ACPI tables of this machine. */
#define PIIX4_PM_BASE        0x600  /* the PM1 block, where SeaBIOS puts it */
#define PIIX4_PM_SCI_GSI     9      /* active high level, as the MADT must say */
#define PIIX4_PM_APM_CONTROL 0xb2   /* SMI_CMD of the FADT; status at 0xb3 */
#define PIIX4_PM_ACPI_ON     0xf1   /* ACPI_ENABLE */
#define PIIX4_PM_ACPI_OFF    0xf0   /* ACPI_DISABLE */
#define PIIX4_PM_GPE0        0xafe0 /* GPE0_BLK: 2 bytes status, 2 bytes enable */
#define PIIX4_PM_SLEEP_S5    0      /* SLP_TYP of \_S5 */

/*
 * PCI function 8086:7113. The firmware puts the PM1 block (status, enable, control,
 * timer) where it writes to config 0x40, the SMBus controller by 0x90; placed: the
 * block is at PIIX4_PM_BASE from the start, where OVMF, which would put it elsewhere,
 * leaves it (OvmfPkg/Library/PlatformInitLib). Soft-off with PIIX4_PM_SLEEP_S5 asks for
 * power off; other sleep types are logged and ignored. NULL with err on failure.
 */
struct device *piix4_pm_new(struct board *board, bool placed, struct error *err);

/*
 * Press the power button: sets PWRBTN_STS and, where the guest enabled it, raises the
 * SCI. Takes board->lock itself. Returns 1 when the guest (by PM1 enable) listens to
 * the button, else 0.
 */
int piix4_pm_power_button(struct device *device);

#endif
