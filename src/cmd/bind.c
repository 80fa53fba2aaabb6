/* bind.c: igdvm bind: hands the GPU to vfio-pci, now or at every boot. */
#include "cmd/host_commands.h"

#include "base/error.h"          /* errors */
#include "cmd/bind_at_boot.h"    /* --at-boot */
#include "cmd/bind_for.h"        /* --for */
#include "cmd/bind_options.h"    /* the options */
#include "cmd/command_line.h"    /* ending with an error */
#include "cmd/handover_report.h" /* what is told */
#include "host/display_users.h"  /* who has the GPU open */
#include "host/find_gpu.h"       /* the default device */
#include "host/handover.h"       /* the steps */

#include <signal.h> /* kill */
#include <stddef.h> /* offsetof */
#include <stdio.h>  /* help */
#include <string.h> /* memcpy */
#include <time.h>   /* nanosleep */
#include <unistd.h> /* isatty */

#define USERS_PATIENCE 100 /* tenths of a second for programs to let go */
#define USERS_KILL     50  /* after so many of them, SIGTERM becomes SIGKILL */

static const char help_text[] =
    "usage: igdvm bind [OPTIONS]\n"
    "\n"
    "Hands the Intel GPU to vfio-pci, in the order that works: display manager, "
    "audio,\n"
    "virtual terminals, firmware frame buffer, driver. Each step is written to a "
    "journal\n"
    "before it is taken; when one fails, those before it are undone. 'igdvm unbind' "
    "puts\n"
    "the host back.\n"
    "\n"
    "  --device 00:02.0        which device (default: the Intel GPU)\n"
    "  --for legacy|upt|uefi   the mode it is meant for: refuse what cannot serve it\n"
    "  --with ADDRESS          hand over this device too; repeatable\n"
    "  --with-audio            hand over the audio function that the GPU's driver "
    "serves\n"
    "  --stop-display-manager  stop the display manager when it has the GPU open (on "
    "a\n"
    "                          terminal it is asked)\n"
    "  --kill-users            end programs that have the GPU open\n"
    "  --timeout SECONDS       how long the kernel may take for a step (default 60;\n"
    "                          0: no limit)\n"
    "  --dry-run               only say what would be done\n"
    "  --at-boot               make it so at every boot: shows the difference to this\n"
    "                          distribution's module and initramfs configuration "
    "first\n"
    "  --remove                with --at-boot: take that away again\n"
    "  --yes                   with --at-boot: do not ask\n"
    "  --no-initramfs          with --at-boot: do not make the initramfs anew\n"
    "  --json                  tell it as one JSON object\n"
    "  --help                  this text\n"
    "\n"
    "Exit status: 0 done, 1 not possible as asked, 2 bad usage or input, 3 the host "
    "failed.\n";

static void pause_tenth(void)
{
    struct timespec step = { .tv_nsec = 100 * 1000 * 1000 };
    nanosleep(&step, NULL);
}

/* Wait until nobody has the GPU open; how many still do. */
static unsigned await_users(const char *device,
                            struct display_user users[DISPLAY_USERS_MAX], bool end_them)
{
    unsigned count = display_users_find("", device, users);
    for (unsigned tenth = 0; count && tenth < USERS_PATIENCE; tenth++) {
        int signal = tenth < USERS_KILL ? SIGTERM : SIGKILL;
        for (unsigned i = 0; end_them && i < count; i++) {
            /* The session manager closes its files when the session ends. */
            if (strcmp(users[i].name, "systemd-logind") != 0)
                kill(users[i].pid, signal);
        }
        pause_tenth();
        count = display_users_find("", device, users);
    }
    return count;
}

static bool ask(const char *question)
{
    char answer[16] = "";
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return false;
    printf("%s [y/N] ", question);
    fflush(stdout);
    return fgets(answer, sizeof(answer), stdin) &&
           (answer[0] == 'y' || answer[0] == 'Y');
}

/* May the display manager be stopped? Asked only when somebody has the GPU open. */
static bool may_stop_manager(const struct bind_options *options, unsigned users)
{
    char state[HANDOVER_VALUE_SIZE];
    if (options->stop_manager)
        return true;
    if (!users || options->json || options->dry_run ||
        !handover_state_read("", HANDOVER_SERVICE, HANDOVER_MANAGER, state) || !*state)
        return false;
    return ask("The GPU is in use. Stop the display manager? Every graphical session "
               "ends with it.");
}

/* What a step has to wait for. */
struct gate {
    const struct bind_options *options;
    struct handover_report report;
    bool open;
};

/*
 * Once the display manager is stopped, and before anything is taken from the GPU's
 * driver, its programs have to let go of it.
 */
static int may_take(void *opaque, const struct handover_step *step, struct error *err)
{
    /* The report is what it is told through, and so its opaque. */
    struct gate *gate = (struct gate *)((char *)opaque - offsetof(struct gate, report));
    struct display_user users[DISPLAY_USERS_MAX];
    const char *device = gate->options->device;
    if (gate->open || step->kind == HANDOVER_SERVICE)
        return 0;
    unsigned count = await_users(device, users, gate->options->kill_users);
    gate->open = count == 0;
    if (!count)
        return 0;
    handover_report_users(&gate->report, users, count);
    return error_set(err, ERROR_IMPOSSIBLE, -EBUSY,
                     "%s is in use by %s (process %d)%s: end %s, or use "
                     "--stop-display-manager or --kill-users",
                     device, users[0].name, users[0].pid,
                     count > 1 ? " and others" : "", count > 1 ? "them" : "it");
}

/* What an earlier igdvm left half done is undone first. */
static int clean_up(struct handover_journal **journal, struct handover_record *record,
                    struct handover_report *report, struct error *err)
{
    if (!record->device[0])
        return 0;
    if (record->complete)
        return error_set(err, ERROR_IMPOSSIBLE, -EALREADY,
                         "%s is handed over already; 'igdvm unbind' puts it back",
                         record->device);
    handover_report_note(report, "an earlier handover was interrupted; it is undone "
                                 "first");
    int result = handover_put_back(&report->host, *journal, record, err);
    handover_journal_close(*journal);
    *journal = NULL;
    return result < 0 ? result : handover_journal_open("", journal, record, err);
}

static int make_plan(const struct bind_options *options, struct handover_plan *plan,
                     struct error *err)
{
    struct display_user users[DISPLAY_USERS_MAX];
    struct handover_wishes wishes = { .root = "",
                                      .device = options->device,
                                      .companion_count = options->companion_count,
                                      .with_audio = options->with_audio };
    for (unsigned i = 0; i < options->companion_count; i++)
        wishes.companions[i] = options->companions[i];
    wishes.stop_manager =
        may_stop_manager(options, display_users_find("", options->device, users));
    return handover_plan_make(&wishes, plan, err);
}

static int only_tell(const struct bind_options *options, struct handover_report *report,
                     const char **outcome, struct error *err)
{
    struct handover_plan plan;
    int result = make_plan(options, &plan, err);
    if (result < 0)
        return result;
    *outcome = plan.count ? "planned" : "nothing";
    for (unsigned i = 0; i < plan.note_count; i++)
        handover_report_note(report, plan.notes[i]);
    for (unsigned i = 0; i < plan.count; i++)
        handover_report_planned(report, &plan.steps[i]);
    return 0;
}

static int carry_out(const struct bind_options *options, struct handover_report *report,
                     const char **outcome, struct error *err)
{
    struct handover_journal *journal = NULL;
    struct handover_record record = { 0 };
    struct handover_plan plan = { 0 };
    int result = handover_journal_open("", &journal, &record, err);
    if (result == 0)
        result = clean_up(&journal, &record, report, err);
    if (result < 0) {
        handover_journal_close(journal);
        return result;
    }
    result = make_plan(options, &plan, err);
    for (unsigned i = 0; result == 0 && i < plan.note_count; i++)
        handover_report_note(report, plan.notes[i]);
    if (result == 0 && plan.count) {
        result = handover_take(&report->host, journal, &plan, err);
    } else { /* nothing was begun: an empty journal would mean nothing */
        *outcome = "nothing";
        handover_journal_remove(journal, NULL);
    }
    handover_journal_close(journal);
    return result;
}

static const char *last_line(const char *outcome)
{
    if (strcmp(outcome, "nothing") == 0)
        return "nothing to do: vfio-pci has the device already";
    if (strcmp(outcome, "planned") == 0)
        return "nothing was changed (--dry-run)";
    return "handed over; 'igdvm unbind' puts the host back";
}

int cmd_bind(int argc, char **argv)
{
    struct bind_options options;
    struct error err = { 0 };
    const char *outcome = "done";
    if (bind_options_parse(BIND_COMMAND, argc, argv, &options, &err) < 0)
        return command_fail("bind", &err);
    if (options.help) {
        fputs(help_text, stdout);
        return STATUS_DONE;
    }
    if (options.at_boot && options.remove)
        return bind_at_boot(&options); /* the GPU may be gone, or switched off */
    int result = options.device[0] ? 0 : find_gpu("/sys", options.device, &err);
    if (result == 0 && options.mode)
        result = bind_for_mode(options.mode, &err);
    if (result == 0 && options.at_boot)
        return bind_at_boot(&options);
    struct gate gate = { .options = &options };
    struct handover_report *report = &gate.report;
    handover_report_start(report, options.json, "bind", options.seconds);
    report->host.may = may_take;
    if (result == 0) {
        handover_report_device(report, options.device);
        result = options.dry_run ? only_tell(&options, report, &outcome, &err)
                                 : carry_out(&options, report, &outcome, &err);
    }
    handover_report_end(report, result < 0 ? "failed" : outcome, last_line(outcome),
                        result < 0 ? &err : NULL);
    if (result == 0)
        return STATUS_DONE;
    return command_fail("bind", &err);
}
