/* kernel.h: a host's kernel: version, command line, configuration, modules. */
#ifndef HOST_KERNEL_H
#define HOST_KERNEL_H

#include "host/fact.h" /* enum fact */

#include <stddef.h> /* size_t */

struct host_root;

#define MAX_MODPROBE_LINES 512

enum modprobe_kind {
    MODPROBE_OPTIONS,
    MODPROBE_BLACKLIST,
    MODPROBE_SOFTDEP,
    MODPROBE_LOAD, /* a line of modules-load.d */
};

struct modprobe_line {
    enum modprobe_kind kind;
    char module[48]; /* with underscores */
    char rest[200];
    char file[80]; /* "etc/modprobe.d/vfio.conf" */
};

struct host_kernel {
    unsigned major, minor; /* 0.0: not known */
    char release[96];      /* "6.8.12-4-pve"; "": not known */
    char *command_line;    /* NULL: not known */
    char *config;          /* NULL: not known */
    bool config_whole;     /* an option it does not name is off */
    char config_file[128];
    char *modules; /* proc/modules */
    unsigned modprobe_count;
    struct modprobe_line *modprobe;
    char lockdown[32]; /* "none", "integrity"...; "": not known */
};

void host_kernel_read(struct host_kernel *kernel, const struct host_root *root,
                      const char *log);
void host_kernel_free(struct host_kernel *kernel);

/* Is the kernel known and older than this? */
bool host_kernel_older(const struct host_kernel *kernel, unsigned major,
                       unsigned minor);

/* Is it known and at least this? */
bool host_kernel_at_least(const struct host_kernel *kernel, unsigned major,
                          unsigned minor);

/*
 * The last value given to a parameter on the command line, '-' and '_' being the same:
 * "" when it stands without one; false when it is not there.
 */
bool host_kernel_parameter(const struct host_kernel *kernel, const char *name,
                           char *value, size_t size);

/* Does one of the parameter's values, over all its mentions and split at commas, equal
 * this word? */
bool host_kernel_parameter_has(const struct host_kernel *kernel, const char *name,
                               const char *word);

/* "CONFIG_VFIO_PCI": built in or as a module? */
enum fact host_kernel_config(const struct host_kernel *kernel, const char *option);

/* Is a module loaded? From proc/modules or sys/module. */
enum fact host_kernel_module(const struct host_kernel *kernel,
                             const struct host_root *root, const char *module);

/* The value of a loaded module's parameter, from sys/module. */
bool host_kernel_module_value(const struct host_root *root, const char *module,
                              const char *parameter, char *value, size_t size);

/* Is a module ("vfio_pci") a part of the kernel, as its configuration has it? */
bool host_kernel_built_in(const struct host_kernel *kernel, const char *module);

/*
 * The value that modprobe.d gives a module's parameter, or the command line
 * ("module.parameter="); where tells the file, or "the kernel command line". What is
 * built in takes the command line's only.
 */
bool host_kernel_module_option(const struct host_kernel *kernel, const char *module,
                               const char *parameter, char *value, size_t size,
                               char *where, size_t where_size);

#endif
