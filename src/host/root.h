/* root.h: reads a host's files: this computer's, those below a directory, a capture's.
 */
#ifndef HOST_ROOT_H
#define HOST_ROOT_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* values */

struct error;

/*
 * A host seen through its files. Paths are written without a leading slash, as
 * "sys/bus/pci/devices/0000:00:02.0/vendor". A path that is absent says nothing: what
 * it would have told is not known. A directory that is there and empty says "none".
 */
struct host_root;

/* The largest file that is read; what is larger is refused with -EFBIG. */
#define HOST_ROOT_FILE_MAX (16u << 20)

/*
 * Open a host: path NULL is this computer, a directory holds a capture unpacked, a file
 * is a capture (tar, also compressed), "-" the one that standard input brings. Links of
 * a directory or a capture are followed inside of it only. 0, or a negative errno with
 * err (ERROR_INPUT) set. Close with host_root_close.
 */
int host_root_open(struct host_root **opened, const char *path, struct error *err);

/* As host_root_open with the capture's bytes in memory; name is for messages. */
int host_root_open_memory(struct host_root **opened, const void *bytes, size_t size,
                          const char *name, struct error *err);
void host_root_close(struct host_root *root);

/* Is it this computer? */
bool host_root_is_live(const struct host_root *root);

/* "this computer", or the path it was opened with. */
const char *host_root_name(const struct host_root *root);

/*
 * All of a file: *data is malloc'ed, the caller's, and has a NUL after its *size bytes.
 * 0 or a negative errno: -ENOENT absent, -EACCES not permitted, -EFBIG too large,
 * -ELOOP links without end, -EISDIR, -ENOMEM.
 */
int host_root_read(const struct host_root *root, char **data, size_t *size,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The first line of a file, without its newline; false when it cannot be had. */
bool host_root_line(const struct host_root *root, char *line, size_t size,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The number in a file: decimal, or hexadecimal after 0x. */
bool host_root_number(const struct host_root *root, uint64_t *value, const char *format,
                      ...) __attribute__((format(printf, 3, 4)));

/* Where a symbolic link leads, as it is written. */
bool host_root_target(const struct host_root *root, char *target, size_t size,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The last part of that: the driver's or group's name. */
bool host_root_link(const struct host_root *root, char *name, size_t size,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

enum host_path_kind {
    HOST_PATH_ABSENT, /* or not reachable */
    HOST_PATH_FILE,
    HOST_PATH_DIRECTORY,
    HOST_PATH_LINK, /* a symbolic link, wherever it leads */
};

/* What is at a path; the last part is not followed. */
enum host_path_kind host_root_kind(const struct host_root *root, const char *format,
                                   ...) __attribute__((format(printf, 2, 3)));

/*
 * The names in a directory, sorted, without those that begin with a dot; free with
 * host_root_list_free. The count or a negative errno (*list is NULL then).
 */
int host_root_list(const struct host_root *root, char ***list, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void host_root_list_free(char **names);

/*
 * A gzip file's content, NUL-terminated and malloc'ed; NULL: damaged, or larger than
 * HOST_ROOT_FILE_MAX.
 */
char *host_root_unpack(const char *data, size_t size);

#endif
