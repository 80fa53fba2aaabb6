/* doctor.c: `igdvm doctor`. */
#include "base/error.h"        /* errors */
#include "cmd/doctor_report.h" /* the outcome in words and as JSON */
#include "cmd/host_commands.h" /* what is implemented */
#include "doctor/doctor.h"     /* the examination */
#include "host/root.h"         /* the host's files */

#include <getopt.h> /* options */
#include <stdio.h>  /* help, messages */
#include <string.h> /* names */

static const char help_text[] =
    "usage: igdvm doctor [OPTIONS]\n"
    "\n"
    "Says for each mode whether this computer can assign its Intel GPU, what is in "
    "the\n"
    "way and what to do. Changes nothing, and needs no root.\n"
    "\n"
    "  --snapshot FILE  look at a capture that 'igdvm snapshot' wrote\n"
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

static int set_mode(struct arguments *arguments, const char *value, struct error *err)
{
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

static int set_vmm(struct arguments *arguments, const char *value, struct error *err)
{
    if (strcmp(value, "igdvm") != 0 && strcmp(value, "qemu") != 0)
        return error_set(err, ERROR_INPUT, -EINVAL, "--vmm %s: expected igdvm or qemu",
                         value);
    arguments->doctor.vmm_given = true;
    arguments->doctor.vmm = !strcmp(value, "qemu") ? DOCTOR_QEMU : DOCTOR_IGDVM;
    return 0;
}

enum { SNAPSHOT, ROOT, FOR, VMM, EVERYTHING, JSON, HELP };

static const struct option long_options[] = {
    { "snapshot", required_argument, NULL, SNAPSHOT },
    { "root", required_argument, NULL, ROOT },
    { "for", required_argument, NULL, FOR },
    { "vmm", required_argument, NULL, VMM },
    { "all", no_argument, NULL, EVERYTHING },
    { "json", no_argument, NULL, JSON },
    { "help", no_argument, NULL, HELP },
    { NULL, 0, NULL, 0 },
};

static int take_option(struct arguments *arguments, int option, struct error *err)
{
    switch (option) {
    case SNAPSHOT:
    case ROOT:
        if (arguments->root)
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "--snapshot and --root: give one of them, once");
        arguments->root = optarg;
        return 0;
    case FOR:
        return set_mode(arguments, optarg, err);
    case VMM:
        return set_vmm(arguments, optarg, err);
    case EVERYTHING:
        arguments->all = true;
        return 0;
    case JSON:
        arguments->json = true;
        return 0;
    default:
        arguments->help = true;
        return 0;
    }
}

static int parse(struct arguments *arguments, int argc, char **argv, struct error *err)
{
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == '?')
            return error_set(err, ERROR_INPUT, -EINVAL,
                             "%s: no such option, or its value is missing; see 'igdvm "
                             "doctor --help'",
                             argv[optind - 1]);
        int result = take_option(arguments, option, err);
        if (result < 0)
            return result;
    }
    if (optind < argc)
        return error_set(err, ERROR_INPUT, -EINVAL,
                         "%s: unexpected argument; see 'igdvm doctor --help'",
                         argv[optind]);
    return 0;
}

static int fail(const struct error *err)
{
    fprintf(stderr, "igdvm doctor: %s\n", err->text);
    return err->kind ? (int)err->kind : STATUS_SYSTEM;
}

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
        fail(&err);
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
    if (parse(&arguments, argc, argv, &err) < 0)
        return fail(&err);
    if (arguments.help) {
        fputs(help_text, stdout);
        return STATUS_DONE;
    }
    if (host_root_open(&root, arguments.root, &err) < 0)
        return fail(&err);
    int status = examine(&arguments, root);
    host_root_close(root);
    return status;
}
