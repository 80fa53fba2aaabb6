/* error.h: an error that says which thing, what was found and what to do. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <errno.h> /* callers pass errno values */

/* Who has to act, and so which exit status a command gives for it. */
enum error_kind {
    ERROR_IMPOSSIBLE = 1, /* not possible as asked; the reasons are in the text */
    ERROR_INPUT = 2,      /* bad usage or bad input */
    ERROR_SYSTEM = 3,     /* the host or the kernel failed */
};

/*
 * Filled by the function that fails, printed only by src/cmd. Callers own the
 * struct (usually on the stack); there is nothing to free.
 */
struct error {
    int code; /* negative errno, 0 when nothing failed */
    enum error_kind kind;
    char text[1024]; /* one line, no trailing newline */
};

/*
 * Record an error. code: negative errno. Returns code, so that callers can
 * write `return error_set(err, ERROR_INPUT, -EINVAL, "...")`. err may be NULL.
 */
int error_set(struct error *err, enum error_kind kind, int code, const char *format,
              ...) __attribute__((format(printf, 4, 5)));

/* As error_set with kind ERROR_SYSTEM; appends ": " and strerror(-code). */
int error_system(struct error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put text (and ": ") before what is recorded; context for an inner error. */
void error_prefix(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
