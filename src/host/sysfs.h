/* sysfs.h: small reads of the kernel's files, under any root. */
#ifndef HOST_SYSFS_H
#define HOST_SYSFS_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* values */

/* The path "ROOT/FORMAT..." exists (a symbolic link need not lead anywhere). */
bool sysfs_exists(const char *root, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * The last part of where the symbolic link "ROOT/FORMAT..." leads: the driver's or
 * group's name. False when there is no such link or it does not fit.
 */
bool sysfs_link_name(char *name, size_t size, const char *root, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The first line of the file "ROOT/FORMAT...", without its newline. */
bool sysfs_read_line(char *line, size_t size, const char *root, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The number in the file "ROOT/FORMAT...": decimal, or hexadecimal after 0x. */
bool sysfs_read_number(uint64_t *value, const char *root, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * The names in the directory "ROOT/FORMAT...", sorted, without those that begin with a
 * dot. *names: NULL-terminated; free with sysfs_list_free. The count, or a negative
 * errno.
 */
int sysfs_list(char ***names, const char *root, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void sysfs_list_free(char **names);

#endif
