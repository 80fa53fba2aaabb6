/* output_file.h: writes files a command was asked for. */
#ifndef CMD_OUTPUT_FILE_H
#define CMD_OUTPUT_FILE_H

#include <stddef.h> /* size_t */

struct error;

/*
 * Write a file anew, whole. "-" is refused: commands tell there what they wrote. 0 or
 * negative errno, with err naming the file.
 */
int output_file_write(const char *path, const void *data, size_t size,
                      struct error *err);

/*
 * Can the file be made that is written only later, beside it first, and then takes its
 * place? 0, or negative errno with err
 * (ERROR_INPUT) naming the option and the file.
 */
int output_file_check(const char *option, const char *path, struct error *err);

#endif
