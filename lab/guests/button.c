/*
 * button.c: a guest that takes its power button over from the firmware, waits until the
 * system control interrupt tells of it, and powers off; DEAF: only says so.
 */
#include "guest.h"

#define SMI_COMMAND     0xb2 /* SMI_CMD and ACPI_ENABLE of the ACPI tables */
#define ACPI_ENABLE     0xf1
#define PM1_STATUS      0
#define PM1_ENABLE      2
#define PM1_BUTTON      0x0100
#define PIC_SLAVE       0xa0
#define PIC_READ_RAISED 0x0a  /* OCW3: the next read tells what devices ask for */
#define PIC_SCI         0x02  /* IRQ 9 */
#define PIC_SLAVE_LEVEL 0x4d1 /* which of its lines are level-triggered */

static int interrupt_is_raised(void)
{
    out8(PIC_SLAVE, PIC_READ_RAISED);
    return in8(PIC_SLAVE) & PIC_SCI;
}

void guest_main(void)
{
    uint16_t base = config_read32(PIIX4_PM, 0x40) & 0xffc0;

    out8(PIC_SLAVE_LEVEL, in8(PIC_SLAVE_LEVEL) | PIC_SCI);
    out16(base + PM1_STATUS, PM1_BUTTON);
    out8(SMI_COMMAND, ACPI_ENABLE);
    out16(base + PM1_ENABLE, PM1_BUTTON);
    print("guest: listens\n");
    for (;;) {
        while (!interrupt_is_raised())
            __asm__ volatile("pause");
        if (!(in16(base + PM1_STATUS) & PM1_BUTTON)) {
            print("guest: an interrupt without a cause\n");
            continue;
        }
        out16(base + PM1_STATUS, PM1_BUTTON);
        print(interrupt_is_raised() ? "guest: the interrupt stays\n"
                                    : "guest: power button pressed\n");
#ifndef DEAF
        power_off();
#endif
    }
}
