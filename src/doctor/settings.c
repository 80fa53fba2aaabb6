/* settings.c: present settings that do nothing, or harm: what guides copy from guides.
 */
#include "doctor/check.h"  /* the table */
#include "doctor/remedy.h" /* remedies */

#include "base/bytes.h" /* ARRAY_SIZE */
#include "host/lines.h" /* words */

#include <stdio.h>  /* snprintf */
#include <string.h> /* names */

struct setting;
typedef bool setting_function(const struct patient *patient,
                              const struct setting *setting, char *text, size_t size);

/* A setting: looks whether it is there and says so in text. */
struct setting {
    const char *id;
    setting_function *is_set;
    const char *parameter, *word; /* what to look for */
    const char *judgement;        /* "useless", "harmful", "not needed" */
};

static bool truthy(const char *value)
{
    return value[0] && strchr("1yYtT", value[0]);
}

/* A parameter, whatever its value, or with this word among its values. */
static bool on_command_line(const struct patient *patient,
                            const struct setting *setting, char *text, size_t size)
{
    const struct host_kernel *kernel = &patient->facts->kernel;
    char value[160] = "";
    bool there =
        setting->word
            ? host_kernel_parameter_has(kernel, setting->parameter, setting->word)
            : host_kernel_parameter(kernel, setting->parameter, value, sizeof(value));
    if (setting->word)
        snprintf(value, sizeof(value), "%s", setting->word);
    snprintf(text, size, "%s%s%s", setting->parameter, value[0] ? "=" : "", value);
    return there;
}

/* A module's parameter that is on: "vfio_pci disable_vga". */
static bool module_option(const struct patient *patient, const struct setting *setting,
                          char *text, size_t size)
{
    char value[64], where[96];
    if (!host_kernel_module_option(&patient->facts->kernel, setting->parameter,
                                   setting->word, value, sizeof(value), where,
                                   sizeof(where)) ||
        !strcmp(value, "0") || !strcasecmp(value, "n"))
        return false;
    snprintf(text, size, "%s.%s=%s (%s)", setting->parameter, setting->word, value,
             where);
    return true;
}

/* allow_unsafe_interrupts where interrupts are remapped. */
static bool unneeded_unsafe(const struct patient *patient,
                            const struct setting *setting, char *text, size_t size)
{
    char value[64], where[96];
    return host_log_has(&patient->facts->log, LOG_REMAPPING_READY) &&
           host_kernel_module_option(&patient->facts->kernel, setting->parameter,
                                     setting->word, value, sizeof(value), where,
                                     sizeof(where)) &&
           truthy(value) && module_option(patient, setting, text, size);
}

/* Does the kernel give the firmware's picture to simpledrm or simplefb? */
static bool has_simple_framebuffer(const struct patient *patient)
{
    const struct host_facts *facts = patient->facts;
    const char *owner = host_console_firmware_fb(&facts->console);
    return (owner && (!strncmp(owner, "simple", 6) || !strcmp(owner, "BOOTFB"))) ||
           host_kernel_config(&facts->kernel, "CONFIG_SYSFB_SIMPLEFB") == FACT_YES ||
           host_kernel_config(&facts->kernel, "CONFIG_X86_SYSFB") == FACT_YES;
}

/* video=efifb:off where another driver has the framebuffer; "vesafb:off,efifb:off" is
 * one option of vesafb's, too. */
static bool useless_video(const struct patient *patient, const struct setting *setting,
                          char *text, size_t size)
{
    char word[LINE_SIZE];
    (void)setting;
    for (const char *cursor = patient->facts->kernel.command_line;
         next_word(&cursor, word, sizeof(word));) {
        if (strncmp(word, "video=", 6) != 0 || !strstr(word, "fb:off"))
            continue;
        bool joined = strstr(word, ",efifb:off") || strstr(word, ",vesafb:off") ||
                      strstr(word, ",simplefb:off");
        if (!joined && !has_simple_framebuffer(patient))
            continue;
        snprintf(text, size, "%s (%s)", word,
                 joined ? "one video= takes one driver; the second is not read"
                        : "simpledrm has the framebuffer here, not efifb or vesafb");
        return true;
    }
    return false;
}

/* vfio-pci.ids= without the GPU's own identifier. */
static bool other_ids(const struct patient *patient, const struct setting *setting,
                      char *text, size_t size)
{
    char value[256], where[96], id[16];
    (void)setting;
    if (!patient->igd || igd_driven_by(patient, "vfio-pci") ||
        !host_kernel_module_option(&patient->facts->kernel, "vfio_pci", "ids", value,
                                   sizeof(value), where, sizeof(where)))
        return false;
    snprintf(id, sizeof(id), "8086:%04x", patient->igd->device);
    if (!strcasestr(value, "8086:") || strcasestr(value, id))
        return false;
    snprintf(text, size, "vfio-pci.ids=%.80s (%s) does not name %s", value, where, id);
    return true;
}

/* Options in modprobe.d of what is no module of this kernel. */
static bool unread_options(const struct patient *patient, const struct setting *setting,
                           char *text, size_t size)
{
    const struct host_kernel *kernel = &patient->facts->kernel;
    (void)setting;
    for (unsigned i = 0; i < kernel->modprobe_count; i++) {
        const struct modprobe_line *line = &kernel->modprobe[i];
        if (line->kind != MODPROBE_OPTIONS ||
            !host_kernel_built_in(kernel, line->module))
            continue;
        snprintf(text, size, "options %s %.100s in /%s: %s is built into this kernel",
                 line->module, line->rest, line->file, line->module);
        return true;
    }
    return false;
}

/* vfio_virqfd became a part of vfio in 6.2. */
static bool gone_module(const struct patient *patient, const struct setting *setting,
                        char *text, size_t size)
{
    const struct host_kernel *kernel = &patient->facts->kernel;
    for (unsigned i = 0; i < kernel->modprobe_count; i++) {
        if (kernel->modprobe[i].kind == MODPROBE_LOAD &&
            !strcmp(kernel->modprobe[i].module, setting->parameter) &&
            host_kernel_at_least(kernel, 6, 2)) {
            snprintf(text, size, "%s in /%s: this kernel has no such module",
                     setting->parameter, kernel->modprobe[i].file);
            return true;
        }
    }
    return false;
}

#define USELESS  "useless"
#define HARMFUL  "harmful"
#define UNNEEDED "not needed"

static const struct setting settings[] = {
    { "setting-acs-override", on_command_line, "pcie_acs_override", NULL, HARMFUL },
    { "setting-unsafe-interrupts", unneeded_unsafe, "vfio_iommu_type1",
      "allow_unsafe_interrupts", HARMFUL },
    { "setting-noiommu", module_option, "vfio", "enable_unsafe_noiommu_mode", HARMFUL },
    { "setting-disable-vga", module_option, "vfio_pci", "disable_vga", HARMFUL },
    { "setting-video-off", useless_video, NULL, NULL, USELESS },
    { "setting-ids-spelling", on_command_line, "vfio-pci-ids", NULL, USELESS },
    { "setting-nofb", on_command_line, "nofb", NULL, USELESS },
    { "setting-nomodeset", on_command_line, "nomodeset", NULL, UNNEEDED },
    { "setting-amd-iommu", on_command_line, "amd_iommu", NULL, USELESS },
    { "setting-iommu-on", on_command_line, "iommu", "on", USELESS },
    { "setting-iommu-one", on_command_line, "iommu", "1", USELESS },
    { "setting-iommu-pt", on_command_line, "iommu", "pt", UNNEEDED },
    { "setting-gvt", module_option, "i915", "enable_gvt", UNNEEDED },
    { "setting-max-vfs", module_option, "i915", "max_vfs", HARMFUL },
    { "setting-xe-max-vfs", module_option, "xe", "max_vfs", HARMFUL },
    { "setting-ignore-msrs", module_option, "kvm", "ignore_msrs", UNNEEDED },
    { "setting-other-ids", other_ids, NULL, NULL, USELESS },
    { "setting-built-in", unread_options, NULL, NULL, USELESS },
    { "setting-virqfd", gone_module, "vfio_virqfd", NULL, USELESS },
};

void check_settings(const struct patient *patient, enum doctor_mode mode,
                    struct finding *finding)
{
    char text[280];
    (void)mode;
    for (unsigned i = 0; i < ARRAY_SIZE(settings); i++) {
        if (strcmp(settings[i].id, finding->check->id) != 0)
            continue;
        if (settings[i].is_set(patient, &settings[i], text, sizeof(text)))
            warned(finding, "%s: %s", settings[i].judgement, text);
        else
            skipped(finding);
        return;
    }
    skipped(finding);
}
