/* snapshot.c: `igdvm snapshot`. */
#include "base/bytes.h"        /* ARRAY_SIZE */
#include "base/error.h"        /* errors */
#include "cmd/command_line.h"  /* options */
#include "cmd/host_commands.h" /* what is implemented */
#include "cmd/json_print.h"    /* the JSON twin */
#include "cmd/words.h"         /* lines of a terminal's width */
#include "host/root.h"         /* the host's files */
#include "host/snapshot.h"     /* the capture */

#include <json-c/json.h> /* --json */
#include <stddef.h>      /* offsetof */
#include <stdio.h>       /* help, messages */
#include <stdlib.h>      /* free */
#include <string.h>      /* names */

#define DEFAULT_FILE "igdvm-snapshot.tar.gz"

static const char help_text[] =
    "usage: igdvm snapshot [OPTIONS]\n"
    "\n"
    "Writes what 'igdvm doctor' reads to one file that can be shown to others: serial\n"
    "numbers, MAC addresses, host names, UUIDs and disk identifiers are taken out. "
    "Tells\n"
    "what is in it and what could not be read; as root, more can.\n"
    "\n"
    "  --output, -o FILE  where to write (default: " DEFAULT_FILE "; '-': standard\n"
    "                     output; gzip'ed when it ends in .gz)\n"
    "  --root DIR         take it of a capture unpacked in a directory\n"
    "  --json             tell what is in it as JSON\n"
    "  --help             this text\n";

struct arguments {
    const char *output, *root;
    bool json, help;
};

#define MEMBER(name) offsetof(struct arguments, name)

static const struct command_option option_rows[] = {
    { "output", OPTION_TEXT, MEMBER(output), NULL, 'o' },
    { "root", OPTION_TEXT, MEMBER(root) },
    { "json", OPTION_FLAG, MEMBER(json) },
    { "help", OPTION_FLAG, MEMBER(help) },
};

static const struct command_line command_line = { "snapshot", option_rows,
                                                  ARRAY_SIZE(option_rows), 0 };

static void tell_text(const struct host_facts *facts, const char *path,
                      const struct snapshot_summary *summary, FILE *to)
{
    fprintf(to, "%s: %u file%s and %u link%s, %llu KiB before packing\n", path,
            summary->files, summary->files == 1 ? "" : "s", summary->links,
            summary->links == 1 ? "" : "s", (unsigned long long)summary->bytes / 1024);
    if (summary->log_lines)
        fprintf(to, "of %u lines of the kernel log those that concern the GPU: %u\n",
                summary->log_lines, summary->log_kept);
    fputs("taken out:\n", to);
    for (unsigned i = 0; i < SCRUB_KINDS; i++)
        fprintf(to, "  %-36s %u\n", scrub_kind_name(i), summary->scrubber.counts[i]);
    if (summary->failure_count)
        fputs("not read:\n", to);
    for (unsigned i = 0; i < summary->failure_count; i++)
        fprintf(to, "  /%s: %s\n", summary->failures[i].path, summary->failures[i].why);
    if (facts->user.root == FACT_NO)
        words_print(
            to, "root",
            "as root it would also have: GGC, BDSM and ASLS of the GPU, the kernel "
            "log, addresses in /proc/iomem, and guests of libvirt's",
            10);
    fputs("look through it before you post it: tar tvf FILE\n", to);
}

static void add_number(json_object *to, const char *key, uint64_t number)
{
    json_object_object_add(to, key, json_object_new_uint64(number));
}

static void add_text(json_object *to, const char *key, const char *text)
{
    json_object_object_add(to, key, json_object_new_string(text));
}

static void tell_json(const char *path, const struct snapshot_summary *summary,
                      FILE *to)
{
    json_object *root = json_object_new_object();
    json_object *taken = json_object_new_object();
    json_object *failures = json_object_new_array();
    for (unsigned i = 0; i < SCRUB_KINDS; i++)
        add_number(taken, scrub_kind_name(i), summary->scrubber.counts[i]);
    for (unsigned i = 0; i < summary->failure_count; i++) {
        json_object *failure = json_object_new_object();
        add_text(failure, "path", summary->failures[i].path);
        add_text(failure, "why", summary->failures[i].why);
        json_object_array_add(failures, failure);
    }
    add_text(root, "file", path);
    add_number(root, "files", summary->files);
    add_number(root, "links", summary->links);
    add_number(root, "bytes", summary->bytes);
    add_number(root, "log_lines", summary->log_lines);
    add_number(root, "log_lines_kept", summary->log_kept);
    json_object_object_add(root, "taken_out", taken);
    json_object_object_add(root, "not_read", failures);
    json_print(to, root);
}

static int write_snapshot(const struct arguments *arguments, struct host_root *root,
                          struct error *err)
{
    struct snapshot_summary *summary = calloc(1, sizeof(*summary));
    struct host_facts *facts = host_facts_read(root);
    if (!facts || !summary) {
        host_facts_free(facts);
        free(summary);
        return error_system(err, -ENOMEM, "snapshot");
    }
    int result = snapshot_write(facts, arguments->output, summary, err);
    bool standard = !strcmp(arguments->output, "-");
    if (result == 0 && arguments->json)
        tell_json(arguments->output, summary, standard ? stderr : stdout);
    else if (result == 0)
        tell_text(facts, arguments->output, summary, standard ? stderr : stdout);
    host_facts_free(facts);
    free(summary);
    return result;
}

int cmd_snapshot(int argc, char **argv)
{
    struct arguments arguments = { .output = DEFAULT_FILE };
    struct error err = { 0 };
    struct host_root *root;
    if (command_line_read(&command_line, argc, argv, &arguments, &err) < 0)
        return command_fail("snapshot", &err);
    if (arguments.help) {
        fputs(help_text, stdout);
        return STATUS_DONE;
    }
    if (host_root_open(&root, arguments.root, &err) < 0)
        return command_fail("snapshot", &err);
    int result = write_snapshot(&arguments, root, &err);
    host_root_close(root);
    return result < 0 ? command_fail("snapshot", &err) : STATUS_DONE;
}
