/* unbind.c: igdvm unbind: puts the host back as it was before `igdvm bind`. */
#include "cmd/host_commands.h"

#include "base/error.h"          /* errors */
#include "cmd/bind_options.h"    /* the options */
#include "cmd/command_line.h"    /* ending with an error */
#include "cmd/handover_report.h" /* what is told */
#include "host/find_gpu.h"       /* the default device */
#include "host/handover.h"       /* the steps */

#include <stdio.h>  /* help */
#include <string.h> /* strcmp */

static const char help_text[] =
    "usage: igdvm unbind [OPTIONS]\n"
    "\n"
    "Puts the host back as it was before 'igdvm bind', from its journal, also when "
    "that\n"
    "was interrupted. Without a journal, a GPU that vfio-pci has is given to the "
    "driver\n"
    "the kernel finds for it.\n"
    "\n"
    "  --device 00:02.0   which device, when there is no journal (default: the Intel "
    "GPU)\n"
    "  --timeout SECONDS  how long the kernel may take for a step (default 60; 0: no\n"
    "                     limit)\n"
    "  --dry-run          only say what would be done\n"
    "  --json             tell it as one JSON object\n"
    "  --help             this text\n"
    "\n"
    "Exit status: 0 done, 1 not possible as asked, 2 bad usage or input, 3 the host "
    "failed.\n";

/* i915 was not made to take over a device that another system used. */
static void warn_of_rebinding(struct handover_report *report,
                              const struct handover_record *record)
{
    for (unsigned i = 0; i < record->count; i++) {
        const struct handover_step *step = &record->steps[i];
        if (step->kind == HANDOVER_DRIVER &&
            (!strcmp(step->before, "i915") || !strcmp(step->before, "xe")) &&
            !step->undone)
            handover_report_note(
                report, "the GPU's own driver takes it back from a guest, which "
                        "on some kernels fails or hangs; save your work, and "
                        "reboot if the screen stays dark");
    }
}

/* Nothing was written down: leave the choice of the driver to the kernel. */
static int without_journal(const struct bind_options *options,
                           struct handover_report *report, const char **outcome,
                           struct error *err)
{
    struct handover_host *host = &report->host;
    char device[VFIO_ADDRESS_SIZE], driver[HANDOVER_VALUE_SIZE];
    int result = 0;
    memcpy(device, options->device, sizeof(device));
    if (!device[0])
        result = find_gpu("/sys", device, err);
    if (result < 0)
        return result;
    handover_report_device(report, device);
    if (!host->read("", HANDOVER_DRIVER, device, driver) ||
        strcmp(driver, HANDOVER_DRIVER_NAME) != 0) {
        *outcome = "nothing";
        return 0;
    }
    handover_report_note(report,
                         "there is no journal of how vfio-pci got the device: the "
                         "kernel chooses its driver");
    if (options->dry_run) {
        *outcome = "planned";
        return 0;
    }
    result = host->set("", HANDOVER_DRIVER, device, "", host->patience, err);
    if (result == 0)
        result = host->set("", HANDOVER_OVERRIDE, device, "", host->patience, err);
    if (result == 0)
        result =
            kernel_write("/sys/bus/pci/drivers_probe", device, host->patience, err);
    return result;
}

static int put_back(const struct bind_options *options, struct handover_report *report,
                    const char **outcome, struct error *err)
{
    struct handover_journal *journal = NULL;
    struct handover_record record;
    int result = handover_journal_read("", &record, err);
    if (result == -ENOENT)
        return without_journal(options, report, outcome, err);
    if (result == 0 && !options->dry_run)
        result = handover_journal_open("", &journal, &record, err);
    if (result < 0)
        return result;
    handover_report_device(report, record.device);
    warn_of_rebinding(report, &record);
    if (options->dry_run) {
        *outcome = "planned";
        for (unsigned i = record.count; i-- > 0;) {
            struct handover_step back = record.steps[i];
            memcpy(back.before, record.steps[i].after, sizeof(back.before));
            memcpy(back.after, record.steps[i].before, sizeof(back.after));
            handover_report_planned(report, &back);
        }
        return 0;
    }
    result = handover_put_back(&report->host, journal, &record, err);
    handover_journal_close(journal);
    return result;
}

static const char *last_line(const char *outcome, bool something_gone)
{
    if (strcmp(outcome, "nothing") == 0)
        return "nothing to do: vfio-pci does not have the device";
    if (strcmp(outcome, "planned") == 0)
        return "nothing was changed (--dry-run)";
    return something_gone ? "the host is as it was, but for what is not there any more"
                          : "the host is as it was";
}

int cmd_unbind(int argc, char **argv)
{
    struct bind_options options;
    struct error err = { 0 };
    struct handover_report report;
    const char *outcome = "done";
    if (bind_options_parse(UNBIND_COMMAND, argc, argv, &options, &err) < 0)
        return command_fail("unbind", &err);
    if (options.help) {
        fputs(help_text, stdout);
        return STATUS_DONE;
    }
    handover_report_start(&report, options.json, "unbind", options.seconds);
    int result = put_back(&options, &report, &outcome, &err);
    handover_report_end(&report, result < 0 ? "failed" : outcome,
                        last_line(outcome, report.something_gone),
                        result < 0 ? &err : NULL);
    if (result == 0)
        return STATUS_DONE;
    return command_fail("unbind", &err);
}
