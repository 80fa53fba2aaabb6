/* diff.c: `igdvm diff`. */
#include "base/error.h"        /* errors */
#include "cmd/command_line.h"  /* options */
#include "cmd/host_commands.h" /* what is implemented */
#include "cmd/json_print.h"    /* the JSON twin */
#include "cmd/words.h"         /* lines of a terminal's width */
#include "doctor/compare.h"    /* the comparison */
#include "host/root.h"         /* captures */
#include "host/snapshot.h"     /* this computer as a capture */

#include <json-c/json.h> /* --json */
#include <stdio.h>       /* help, messages */
#include <stdlib.h>      /* memory */
#include <sys/mman.h>    /* memfd_create */
#include <unistd.h>      /* lseek */

static const char help_text[] =
    "usage: igdvm diff [OPTIONS] BEFORE [AFTER]\n"
    "\n"
    "Compares two captures of a host in words, what matters to assignment first: \"it\n"
    "worked before the upgrade\". BEFORE and AFTER are files that 'igdvm snapshot' "
    "wrote\n"
    "('-': standard input), or directories; without AFTER this computer is compared.\n"
    "\n"
    "  --json  print JSON\n"
    "  --help  this text\n"
    "\n"
    "Exit status: 0 they are alike, 1 they differ, 2 bad usage or input.\n";

static const struct command_line command_line = { "diff", plain_options, PLAIN_OPTIONS,
                                                  2 };

/* One side: a host, what is known of it, and what doctor says. */
struct side {
    struct host_root *root;
    struct host_facts *facts;
    struct doctor_report *report;
};

/* Read a capture out of a file that is open. */
static int open_written(struct host_root **root, int fd, struct error *err)
{
    off_t size = lseek(fd, 0, SEEK_END);
    void *bytes =
        size > 0 ? mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (bytes == MAP_FAILED)
        return error_system(err, -ENOMEM, "this computer");
    int result = host_root_open_memory(root, bytes, (size_t)size, "this computer", err);
    munmap(bytes, (size_t)size);
    return result;
}

/* This computer as its snapshot tells of it: what was taken out of the one side would
 * be a difference to the other. */
static int open_this_computer(struct host_root **root, struct error *err)
{
    struct snapshot_summary *summary = calloc(1, sizeof(*summary));
    struct host_root *live = NULL;
    char path[32];
    int fd = memfd_create("snapshot", MFD_CLOEXEC);
    int result = !summary || fd < 0 ? error_system(err, -ENOMEM, "this computer")
                                    : host_root_open(&live, NULL, err);
    struct host_facts *facts = result == 0 ? host_facts_read(live) : NULL;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (result == 0)
        result = facts ? snapshot_write(facts, path, summary, err)
                       : error_system(err, -ENOMEM, "this computer");
    if (result == 0)
        result = open_written(root, fd, err);
    host_facts_free(facts);
    host_root_close(live);
    if (fd >= 0)
        close(fd);
    free(summary);
    return result;
}

static int open_side(struct side *side, const char *path, struct error *err)
{
    static const struct doctor_options options = { 0 };
    int result = path ? host_root_open(&side->root, path, err)
                      : open_this_computer(&side->root, err);
    if (result < 0)
        return result;
    side->facts = host_facts_read(side->root);
    side->report = side->facts ? doctor_examine(side->facts, &options) : NULL;
    return side->report ? 0
                        : error_system(err, -ENOMEM, "%s", host_root_name(side->root));
}

static void close_side(struct side *side)
{
    doctor_report_free(side->report);
    host_facts_free(side->facts);
    host_root_close(side->root);
}

static void tell_text(const struct comparison *comparison)
{
    for (unsigned i = 0; i < comparison->count; i++) {
        const struct change *change = &comparison->changes[i];
        if (!change->before[0])
            printf("%s: now %s\n", change->what, change->after);
        else if (!change->after[0])
            printf("%s: no longer %s\n", change->what, change->before);
        else
            printf("%s: was %s, is %s\n", change->what, change->before, change->after);
        words_print(stdout, "why", change->why, 10);
    }
    if (!comparison->count)
        puts("nothing that matters to assignment differs");
    if (comparison->half_known)
        printf("told by one of the two only, and not compared: %u\n",
               comparison->half_known);
}

static void tell_json(const struct comparison *comparison)
{
    json_object *root = json_object_new_object();
    json_object *list = json_object_new_array();
    for (unsigned i = 0; i < comparison->count; i++) {
        const struct change *change = &comparison->changes[i];
        json_object *object = json_object_new_object();
        json_object_object_add(object, "what", json_object_new_string(change->what));
        json_object_object_add(object, "before",
                               json_object_new_string(change->before));
        json_object_object_add(object, "after", json_object_new_string(change->after));
        json_object_object_add(object, "why", json_object_new_string(change->why));
        json_object_object_add(object, "rank", json_object_new_int((int)change->rank));
        json_object_array_add(list, object);
    }
    json_object_object_add(root, "changes", list);
    json_object_object_add(root, "half_known",
                           json_object_new_int((int)comparison->half_known));
    json_print(stdout, root);
}

static int compare(const char *before, const char *after, bool json, struct error *err)
{
    struct side sides[2] = { 0 };
    struct comparison *comparison = calloc(1, sizeof(*comparison));
    if (!comparison)
        return error_system(err, -ENOMEM, "comparison");
    int result = open_side(&sides[0], before, err);
    if (result == 0)
        result = open_side(&sides[1], after, err);
    if (result == 0) {
        compare_reports(sides[0].report, sides[1].report, comparison);
        if (json)
            tell_json(comparison);
        else
            tell_text(comparison);
        result = comparison->count ? STATUS_IMPOSSIBLE : STATUS_DONE;
    }
    close_side(&sides[0]);
    close_side(&sides[1]);
    free(comparison);
    return result;
}

int cmd_diff(int argc, char **argv)
{
    struct plain_arguments arguments = { 0 };
    struct error err = { 0 };
    int operands = command_line_read(&command_line, argc, argv, &arguments, &err);
    if (operands >= 0 && arguments.help) {
        fputs(help_text, stdout);
        return STATUS_DONE;
    }
    if (operands == 0)
        operands = error_set(&err, ERROR_INPUT, -EINVAL,
                             "expected one or two captures; see 'igdvm diff --help'");
    if (operands < 0)
        return command_fail("diff", &err);
    int result = compare(argv[argc - operands], operands == 2 ? argv[argc - 1] : NULL,
                         arguments.json, &err);
    return result < 0 ? command_fail("diff", &err) : result;
}
