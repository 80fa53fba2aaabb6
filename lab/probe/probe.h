/* probe.h: the parts of the probe; each writes one member of the JSON object. */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* bytes */
#include <stdio.h>   /* FILE */

/* json.c: a writer that keeps track of commas; name is NULL inside an array. */
void json_open(const char *name, char bracket);
void json_close(char bracket);
void json_string(const char *name, const char *value);
void json_format(const char *name, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void json_number(const char *name, double value);
void json_bool(const char *name, bool value);
void json_hex(const char *name, const uint8_t *bytes, size_t size);

/* files.c: whole small files. */
#define PCI_DEVICES "/sys/bus/pci/devices"

/* Bytes read, at most size, or -1. */
int read_bytes(const char *path, void *bytes, size_t size);
/* The first line of a file without its end, "" when it cannot be read. */
void read_line(const char *path, char *line, size_t size);
/* A file of lines as an array of strings. */
void json_lines(const char *name, const char *path);

/* memory.c: physical memory through /dev/mem. */

/*
 * Map [address, address + size), page aligned, of /dev/mem. NULL and errno. Release
 * with munmap.
 */
volatile uint8_t *map_physical(uint64_t address, size_t size, bool writable);
/* Copy out of physical memory by 32-bit reads; address and size multiples of 4. */
bool copy_physical(uint64_t address, void *bytes, size_t size);
/* Type of the firmware's memory map covering all of [address, address + size), or "".
 */
void firmware_type(uint64_t address, uint64_t size, char *type, size_t type_size);
void probe_memory_map(void);

/* One file each. */
void probe_system(void);
void probe_pci(void);
void probe_opregion(void);
void probe_stolen(bool write);
void probe_bar0(unsigned long reads);
void probe_leaks(void);
void probe_rom(void);
void probe_vga(void);
void probe_disk(void);
void probe_rng(void);

/* Replace this program by a command that finds itself on Linux 2.6; 2 or 3 on failure.
 */
int run_on_old_kernel(char **command);

#endif
