/* boot_files.h: the folder whose files a guest may have by TFTP. */
#ifndef NET_BOOT_FILES_H
#define NET_BOOT_FILES_H

#include <limits.h> /* PATH_MAX */

struct error;

/*
 * The absolute path, without symbolic links, of the folder that `tftp=` names. 0, or a
 * negative errno with err when there is none.
 */
int boot_files_find(const char *folder, char path[PATH_MAX], struct error *err);

/*
 * Can this process read the folder and, when boot_file names a file of it, that file?
 * boot_file: NULL or an address ("http://...") is not looked for. 0, or a negative
 * errno with err.
 */
int boot_files_check(const char *folder, const char *boot_file, struct error *err);

#endif
