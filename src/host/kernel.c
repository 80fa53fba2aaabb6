/* kernel.c: a host's kernel: version, command line, configuration, modules. */
#include "host/kernel.h"

#include "host/lines.h"     /* lines and words */
#include "host/printable.h" /* the release */
#include "host/root.h"      /* the files */

#include <stdio.h>  /* sscanf */
#include <stdlib.h> /* memory */
#include <string.h> /* text */

#define WHOLE_CONFIG   1500 /* lines; a distribution's has thousands */
#define MAX_FILES      256
#define MAX_MODULE_LEN 47

/* "Linux version 6.8.12-4-pve (build@proxmox) ..." */
static void take_version(struct host_kernel *kernel, const char *text)
{
    const char *at = text ? strstr(text, "Linux version ") : NULL;
    if (kernel->major || !at)
        return;
    at += strlen("Linux version ");
    char release[96];
    const char *cursor = at;
    if (!next_word(&cursor, release, sizeof(release)) ||
        sscanf(release, "%4u.%4u", &kernel->major, &kernel->minor) != 2)
        return;
    make_printable(release);
    memcpy(kernel->release, release, sizeof(release));
}

/* The release named by the one boot/config-RELEASE there is. */
static void take_config_name(struct host_kernel *kernel, const struct host_root *root)
{
    char **names;
    unsigned major, minor;
    if (kernel->major || host_root_list(root, &names, "boot") < 0)
        return;
    unsigned found = 0;
    for (char **name = names; *name; name++) {
        if (sscanf(*name, "config-%4u.%4u", &major, &minor) != 2)
            continue;
        found++;
        kernel->major = major;
        kernel->minor = minor;
        snprintf(kernel->release, sizeof(kernel->release), "%s", *name + 7);
    }
    if (found != 1)
        kernel->major = kernel->minor = 0, kernel->release[0] = '\0';
    host_root_list_free(names);
}

static void read_version(struct host_kernel *kernel, const struct host_root *root,
                         const char *log)
{
    char *text;
    size_t size;
    if (host_root_read(root, &text, &size, "proc/version") == 0) {
        take_version(kernel, text);
        free(text);
    }
    if (!kernel->major &&
        host_root_line(root, kernel->release, sizeof(kernel->release),
                       "proc/sys/kernel/osrelease") &&
        sscanf(kernel->release, "%4u.%4u", &kernel->major, &kernel->minor) != 2)
        kernel->major = kernel->minor = 0;
    take_version(kernel, log);
    take_config_name(kernel, root);
}

static void read_config(struct host_kernel *kernel, const struct host_root *root)
{
    static const char *const places[] = {
        "boot/config-%s",
        "lib/modules/%s/config",
        "usr/lib/modules/%s/config",
        "usr/lib/kernel/config-%s",
    };
    char *packed;
    size_t size;
    if (host_root_read(root, &packed, &size, "proc/config.gz") == 0) {
        kernel->config = host_root_unpack(packed, size);
        free(packed);
        snprintf(kernel->config_file, sizeof(kernel->config_file), "proc/config.gz");
    }
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        char path[160];
        if (kernel->config || !kernel->release[0])
            break;
        /* The table's formats take one string each. */
        snprintf(path, sizeof(path), places[i], kernel->release);
        if (host_root_read(root, &kernel->config, &size, "%s", path) == 0)
            snprintf(kernel->config_file, sizeof(kernel->config_file), "%.127s", path);
    }
    unsigned lines = 0;
    for (const char *at = kernel->config; at && (at = strchr(at, '\n')); at++)
        lines++;
    kernel->config_whole = lines >= WHOLE_CONFIG;
}

static void normalise(char *module)
{
    for (; *module; module++)
        *module = *module == '-' ? '_' : *module;
}

static void add_modprobe(struct host_kernel *kernel, enum modprobe_kind kind,
                         const char *module, const char *rest, const char *file)
{
    if (kernel->modprobe_count >= MAX_MODPROBE_LINES)
        return;
    if (!kernel->modprobe)
        kernel->modprobe = calloc(MAX_MODPROBE_LINES, sizeof(*kernel->modprobe));
    if (!kernel->modprobe)
        return;
    struct modprobe_line *line = &kernel->modprobe[kernel->modprobe_count++];
    line->kind = kind;
    snprintf(line->module, sizeof(line->module), "%.*s", MAX_MODULE_LEN, module);
    snprintf(line->rest, sizeof(line->rest), "%.199s", rest);
    snprintf(line->file, sizeof(line->file), "%.79s", file);
    normalise(line->module);
}

static void take_modprobe_line(struct host_kernel *kernel, char *line, const char *file)
{
    static const struct {
        const char *word;
        enum modprobe_kind kind;
    } kinds[] = {
        { "options", MODPROBE_OPTIONS },
        { "blacklist", MODPROBE_BLACKLIST },
        { "softdep", MODPROBE_SOFTDEP },
    };
    char word[16], module[64];
    const char *cursor = trimmed(line);
    if (*cursor == '#' || !next_word(&cursor, word, sizeof(word)) ||
        !next_word(&cursor, module, sizeof(module)))
        return;
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (!strcmp(word, kinds[i].word))
            add_modprobe(kernel, kinds[i].kind, module, cursor + strspn(cursor, " \t"),
                         file);
    }
}

static void take_load_line(struct host_kernel *kernel, char *line, const char *file)
{
    char module[64];
    const char *cursor = trimmed(line);
    if (*cursor != '#' && *cursor != ';' && next_word(&cursor, module, sizeof(module)))
        add_modprobe(kernel, MODPROBE_LOAD, module, cursor, file);
}

static void read_lines(struct host_kernel *kernel, const struct host_root *root,
                       const char *file,
                       void (*take)(struct host_kernel *, char *, const char *))
{
    char *text, line[LINE_SIZE];
    size_t size;
    if (host_root_read(root, &text, &size, "%s", file) < 0)
        return;
    for (const char *cursor = text; next_line(&cursor, line, sizeof(line));)
        take(kernel, line, file);
    free(text);
}

static void read_directory(struct host_kernel *kernel, const struct host_root *root,
                           const char *directory,
                           void (*take)(struct host_kernel *, char *, const char *))
{
    char **names, path[256];
    int count = host_root_list(root, &names, "%s", directory);
    for (int i = 0; i < count && i < MAX_FILES; i++) {
        size_t length = strlen(names[i]);
        if (length < 5 || strcmp(names[i] + length - 5, ".conf") != 0)
            continue;
        if (snprintf(path, sizeof(path), "%s/%s", directory, names[i]) <
            (int)sizeof(path))
            read_lines(kernel, root, path, take);
    }
    if (count >= 0)
        host_root_list_free(names);
}

/* What follows "--" is for init, not for the kernel. */
static void end_at_dashes(char *line)
{
    char word[LINE_SIZE];
    for (const char *cursor = line; next_word(&cursor, word, sizeof(word));) {
        if (!strcmp(word, "--")) {
            line[cursor - line - 2] = '\0';
            return;
        }
    }
}

void host_kernel_read(struct host_kernel *kernel, const struct host_root *root,
                      const char *log)
{
    size_t size;
    *kernel = (struct host_kernel){ 0 };
    read_version(kernel, root, log);
    if (host_root_read(root, &kernel->command_line, &size, "proc/cmdline") < 0) {
        /* The log repeats it, where it begins at the boot. */
        const char *at = log ? strstr(log, "Command line: ") : NULL;
        if (at)
            kernel->command_line = strndup(at + 14, strcspn(at + 14, "\n"));
    }
    if (kernel->command_line)
        end_at_dashes(kernel->command_line);
    read_config(kernel, root);
    if (host_root_read(root, &kernel->modules, &size, "proc/modules") < 0)
        kernel->modules = NULL;
    read_directory(kernel, root, "etc/modprobe.d", take_modprobe_line);
    read_directory(kernel, root, "etc/modules-load.d", take_load_line);
    read_lines(kernel, root, "etc/modules", take_load_line);
    /* "none [integrity] confidentiality" */
    char line[96];
    if (host_root_line(root, line, sizeof(line), "sys/kernel/security/lockdown") &&
        sscanf(line, "%*[^[][%31[a-z]", kernel->lockdown) != 1 &&
        sscanf(line, "[%31[a-z]", kernel->lockdown) != 1)
        snprintf(kernel->lockdown, sizeof(kernel->lockdown), "%.31s", trimmed(line));
}

void host_kernel_free(struct host_kernel *kernel)
{
    free(kernel->command_line);
    free(kernel->config);
    free(kernel->modules);
    free(kernel->modprobe);
}

static bool older(const struct host_kernel *kernel, unsigned major, unsigned minor)
{
    return kernel->major < major || (kernel->major == major && kernel->minor < minor);
}

bool host_kernel_older(const struct host_kernel *kernel, unsigned major, unsigned minor)
{
    return kernel->major && older(kernel, major, minor);
}

bool host_kernel_at_least(const struct host_kernel *kernel, unsigned major,
                          unsigned minor)
{
    return kernel->major && !older(kernel, major, minor);
}

/* "vfio-pci.ids=x" against "vfio_pci.ids"; the value's place, or NULL. */
static const char *value_of(const char *word, const char *name)
{
    for (; *name; word++, name++) {
        char have = *word == '-' ? '_' : *word;
        char want = *name == '-' ? '_' : *name;
        if (have != want)
            return NULL;
    }
    return *word == '=' ? word + 1 : *word ? NULL : word;
}

bool host_kernel_parameter(const struct host_kernel *kernel, const char *name,
                           char *value, size_t size)
{
    char word[LINE_SIZE];
    bool found = false;
    for (const char *cursor = kernel->command_line;
         next_word(&cursor, word, sizeof(word));) {
        const char *given = value_of(word, name);
        if (!given)
            continue;
        found = true;
        if (size)
            snprintf(value, size, "%s", given);
    }
    return found;
}

bool host_kernel_parameter_has(const struct host_kernel *kernel, const char *name,
                               const char *word)
{
    char whole[LINE_SIZE];
    size_t length = strlen(word);
    for (const char *cursor = kernel->command_line;
         next_word(&cursor, whole, sizeof(whole));) {
        const char *value = value_of(whole, name);
        while (value && *value) {
            size_t part = strcspn(value, ",");
            if (part == length && !strncmp(value, word, length))
                return true;
            value += part + (value[part] == ',');
        }
    }
    return false;
}

enum fact host_kernel_config(const struct host_kernel *kernel, const char *option)
{
    char line[LINE_SIZE];
    size_t length = strlen(option);
    for (const char *cursor = kernel->config; next_line(&cursor, line, sizeof(line));) {
        if (!strncmp(line, option, length) && line[length] == '=')
            return fact_from(line[length + 1] != 'n');
        if (!strncmp(line, "# ", 2) && !strncmp(line + 2, option, length) &&
            line[2 + length] == ' ')
            return FACT_NO;
    }
    return kernel->config_whole ? FACT_NO : FACT_UNKNOWN;
}

enum fact host_kernel_module(const struct host_kernel *kernel,
                             const struct host_root *root, const char *module)
{
    char line[LINE_SIZE];
    size_t length = strlen(module);
    if (host_root_kind(root, "sys/module/%s", module) != HOST_PATH_ABSENT)
        return FACT_YES;
    for (const char *cursor = kernel->modules;
         next_line(&cursor, line, sizeof(line));) {
        if (!strncmp(line, module, length) && line[length] == ' ')
            return FACT_YES;
    }
    return kernel->modules ? FACT_NO : FACT_UNKNOWN;
}

bool host_kernel_module_value(const struct host_root *root, const char *module,
                              const char *parameter, char *value, size_t size)
{
    return host_root_line(root, value, size, "sys/module/%s/parameters/%s", module,
                          parameter);
}

bool host_kernel_built_in(const struct host_kernel *kernel, const char *module)
{
    static const struct {
        const char *module, *line;
    } modules[] = {
        { "vfio_pci", "CONFIG_VFIO_PCI=y" },
        { "vfio_iommu_type1", "CONFIG_VFIO_IOMMU_TYPE1=y" },
        { "i915", "CONFIG_DRM_I915=y" },
        { "xe", "CONFIG_DRM_XE=y" },
    };
    char line[LINE_SIZE];
    for (unsigned i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
        if (strcmp(modules[i].module, module) != 0)
            continue;
        for (const char *cursor = kernel->config;
             next_line(&cursor, line, sizeof(line));) {
            if (!strcmp(line, modules[i].line))
                return true;
        }
    }
    return false;
}

bool host_kernel_module_option(const struct host_kernel *kernel, const char *module,
                               const char *parameter, char *value, size_t size,
                               char *where, size_t where_size)
{
    char name[96], word[256];
    bool found = false;
    unsigned count = host_kernel_built_in(kernel, module) ? 0 : kernel->modprobe_count;
    for (unsigned i = 0; i < count; i++) {
        const struct modprobe_line *line = &kernel->modprobe[i];
        if (line->kind != MODPROBE_OPTIONS || strcmp(line->module, module) != 0)
            continue;
        for (const char *cursor = line->rest; next_word(&cursor, word, sizeof(word));) {
            const char *given = value_of(word, parameter);
            if (!given)
                continue;
            snprintf(value, size, "%s", given);
            snprintf(where, where_size, "/%s", line->file);
            found = true;
        }
    }
    snprintf(name, sizeof(name), "%s.%s", module, parameter);
    if (host_kernel_parameter(kernel, name, value, size)) {
        snprintf(where, where_size, "the kernel command line");
        found = true;
    }
    return found;
}
