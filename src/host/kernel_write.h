/* kernel_write.h: writes to the kernel's files that may take long, or for ever. */
#ifndef HOST_KERNEL_WRITE_H
#define HOST_KERNEL_WRITE_H

struct error;

/* How long to wait, and whom to tell that it still takes. */
struct kernel_patience {
    unsigned seconds; /* 0: as long as it takes */
    void (*waiting)(void *opaque, const char *what, unsigned seconds); /* may be NULL */
    void *opaque;
};

/*
 * Write `text` to the file `path`, in a child: unbinding a graphics driver can block
 * for ever, and then only the child is lost. 0, -ETIMEDOUT when the kernel had not
 * answered in time (the child is left behind), or the errno of the write with err set.
 */
int kernel_write(const char *path, const char *text,
                 const struct kernel_patience *patience, struct error *err);

/*
 * Run a program (looked for in PATH) with no standard input and wait likewise. What it
 * prints goes to standard error. 0, the positive exit status, or a negative errno with
 * err set (-ENOENT: there is no such program; -ETIMEDOUT).
 */
int kernel_run(const char *const argv[], const struct kernel_patience *patience,
               struct error *err);

#endif
