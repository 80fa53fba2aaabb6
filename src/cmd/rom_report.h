/* rom_report.h: what `igdvm rom` tells, as text or as JSON. */
#ifndef CMD_ROM_REPORT_H
#define CMD_ROM_REPORT_H

#include "vfio/address.h" /* VFIO_ADDRESS_SIZE */

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* identifiers */

struct igd_rom_changes;
struct igd_rom_report;

struct rom_arguments {
    const char *source; /* file or address */
    const char *output, *firmware;
    char address[VFIO_ADDRESS_SIZE]; /* the source when none was given */
    uint16_t device_id;              /* 0: not known */
    bool vbt, json, help;
};

/* The images; with `check` the findings and the verdict, too. */
void rom_report_print(const struct rom_arguments *arguments, const char *name,
                      size_t size, const struct igd_rom_report *report, bool check);
void rom_report_fixed(const struct rom_arguments *arguments, const char *name,
                      size_t size, const struct igd_rom_changes *changes);
/* what: "ROM", "GOP driver", "VBT". */
void rom_report_written(const struct rom_arguments *arguments, const char *name,
                        size_t size, const char *what);

#endif
