/* doctor.c: `igdvm doctor`. */
#include "base/bytes.h"        /* ARRAY_SIZE */
#include "base/error.h"        /* errors */
#include "cmd/command_line.h"  /* options */
#include "cmd/doctor_report.h" /* the outcome in words and as JSON */
#include "cmd/host_commands.h" /* what is implemented */
#include "doctor/doctor.h"     /* the examination */
#include "host/root.h"         /* the host's files */

#include <stddef.h> /* offsetof */
#include <stdio.h>  /* help, messages */
#include <string.h> /* names */

static const char help_text[] =
    "usage: igdvm doctor [OPTIONS]\n"
    "\n"
    "Says for each mode whether this computer can assign its Intel GPU, what is in "
    "the\n"
    "way and what to do. Changes nothing, and needs no root.\n"
    "\n"
    "  --snapshot FILE  look at a capture that 'igdvm snapshot' wrote ('-': standard "
    "input)\n"
    "  --root DIR       look at a capture unpacked in a directory\n"
    "  --for MODE       look at one mode: legacy, upt or uefi\n"
    "  --vmm VMM        igdvm, or qemu: also what QEMU and the guest's configuration\n"
    "                   need (default: qemu when a guest of libvirt's or Proxmox's "
    "was\n"
    "                   given the GPU)\n"
    "  --all            tell what is in order, too\n"
    "  --json           print JSON; see igdvm-doctor(1)\n"
    "  --help           this text\n"
    "\n"
    "Exit status: 0 a mode (the one asked for) is ready or bindable, 1 none is, 2 bad\n"
    "usage or input, 3 the host failed.\n";

struct arguments {
    const char *root;
    struct doctor_options doctor;
    bool all, json, help;
};

static int set_mode(void *opaque, const char *value, struct error *err)
{
    struct arguments *arguments = opaque;
    for (unsigned mode = 0; mode < DOCTOR_MODES; mode++) {
        if (!strcmp(value, doctor_mode_name(mode))) {
            arguments->doctor.one_mode = true;
            arguments->doctor.mode = mode;
            return 0;
        }
    }
    return error_set(err, ERROR_INPUT, -EINVAL,
                     "--for %s: expected legacy, upt or uefi", value);
}

static int set_vmm(void *opaque, const char *value, struct error *err)
{
    struct arguments *arguments = opaque;
    if (strcmp(value, "igdvm") != 0 && strcmp(value, "qemu") != 0)
        return error_set(err, ERROR_INPUT, -EINVAL, "--vmm %s: expected igdvm or qemu",
                         value);
    arguments->doctor.vmm_given = true;
    arguments->doctor.vmm = !strcmp(value, "qemu") ? DOCTOR_QEMU : DOCTOR_IGDVM;
    return 0;
}

static int set_root(void *opaque, const char *value, struct error *err)
{
    struct arguments *arguments = opaque;
    if (arguments->root)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "--snapshot and --root: give one of them, once");
    arguments->root = value;
    return 0;
}

#define MEMBER(name) offsetof(struct arguments, name)

/* clang-format off */
static const struct command_option option_rows[] = {
    { "snapshot", OPTION_TAKE, 0, set_root },
    { "root", OPTION_TAKE, 0, set_root },
    { "for", OPTION_TAKE, 0, set_mode },
    { "vmm", OPTION_TAKE, 0, set_vmm },
    { "all", OPTION_FLAG, MEMBER(all) },
    { "json", OPTION_FLAG, MEMBER(json) },
    { "help", OPTION_FLAG, MEMBER(help) },
};
/* clang-format on */

static const struct command_line command_line = { "doctor", option_rows,
                                                  ARRAY_SIZE(option_rows), 0 };

/* Is any mode that was looked at within reach? */
static bool within_reach(const struct doctor_report *report,
                         const struct doctor_options *options)
{
    for (unsigned mode = 0; mode < DOCTOR_MODES; mode++) {
        if ((!options->one_mode || options->mode == mode) &&
            report->verdict[mode] <= DOCTOR_BINDABLE)
            return true;
    }
    return false;
}

static int examine(const struct arguments *arguments, struct host_root *root)
{
    struct error err = { 0 };
    struct host_facts *facts = host_facts_read(root);
    struct doctor_report *report =
        facts ? doctor_examine(facts, &arguments->doctor) : NULL;
    int status = STATUS_SYSTEM;
    if (!report) {
        error_system(&err, -ENOMEM, "%s", host_root_name(root));
        command_fail("doctor", &err);
    } else {
        if (arguments->json)
            doctor_report_json(report, &arguments->doctor, stdout);
        else
            doctor_report_text(report, &arguments->doctor, arguments->all, stdout);
        status =
            within_reach(report, &arguments->doctor) ? STATUS_DONE : STATUS_IMPOSSIBLE;
    }
    doctor_report_free(report);
    host_facts_free(facts);
    return status;
}

int cmd_doctor(int argc, char **argv)
{
    struct arguments arguments = { 0 };
    struct error err = { 0 };
    struct host_root *root;
    if (command_line_read(&command_line, argc, argv, &arguments, &err) < 0)
        return command_fail("doctor", &err);
    if (arguments.help) {
        fputs(help_text, stdout);
        return STATUS_DONE;
    }
    if (host_root_open(&root, arguments.root, &err) < 0)
        return command_fail("doctor", &err);
    int status = examine(&arguments, root);
    host_root_close(root);
    return status;
}
