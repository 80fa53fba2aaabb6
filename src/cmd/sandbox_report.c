/* sandbox_report.c: what the sandbox left to igdvm and the programs beside it, for
 * --stats. */
#include "cmd/sandbox_report.h"

#include "base/sandbox.h"       /* struct sandbox */
#include "base/sandbox_calls.h" /* how many calls */
#include "cmd/helper_facts.h"   /* programs beside */

#include <inttypes.h> /* PRIx64 */
#include <stdio.h>    /* fprintf */

static void helpers_text(const struct helper_list *helpers)
{
    for (unsigned i = 0; i < helpers->count; i++) {
        const struct helper_facts *facts = &helpers->list[i];
        fprintf(stderr, "  %s (%d): user %u, capabilities %" PRIx64 ", filter %s\n",
                facts->program, (int)facts->process, facts->user, facts->capabilities,
                facts->filter ? "on" : "off");
    }
}

static json_object *helpers_json(const struct helper_list *helpers)
{
    json_object *all = json_object_new_array();
    for (unsigned i = 0; i < helpers->count; i++) {
        const struct helper_facts *facts = &helpers->list[i];
        json_object *one = json_object_new_object();
        json_object_object_add(one, "program", json_object_new_string(facts->program));
        json_object_object_add(one, "process", json_object_new_int(facts->process));
        json_object_object_add(one, "user", json_object_new_int64(facts->user));
        json_object_object_add(one, "capabilities",
                               json_object_new_uint64(facts->capabilities));
        json_object_object_add(one, "no_new_privileges",
                               json_object_new_boolean(facts->no_new_privileges));
        json_object_object_add(one, "filter", json_object_new_boolean(facts->filter));
        json_object_array_add(all, one);
    }
    return all;
}

void sandbox_report_text(const struct sandbox *sandbox,
                         const struct helper_list *helpers)
{
    fprintf(stderr, "sandbox: %s\n", sandbox_mode_name(sandbox->mode));
    helpers_text(helpers);
    if (!sandbox->confined)
        return;
    fprintf(stderr, "  user %u, capabilities 0, ", (unsigned)sandbox->uid);
    if (sandbox->landlock)
        fprintf(stderr, "Landlock version %d, %u path%s\n", sandbox->landlock,
                sandbox->path_count, sandbox->path_count == 1 ? "" : "s");
    else
        fprintf(stderr, "no Landlock in this kernel\n");
    fprintf(stderr, "  system calls:");
    for (unsigned i = 0; i < SANDBOX_OWN_THREADS; i++)
        fprintf(stderr, " %s %u", sandbox_thread_name((enum sandbox_thread)i),
                sandbox_call_count((enum sandbox_thread)i, sandbox->needs));
    fprintf(stderr, "\n  open at the start:");
    for (unsigned i = 0; i < sandbox->file_kinds; i++)
        fprintf(stderr, " %s %u", sandbox->files[i].kind, sandbox->files[i].count);
    fputc('\n', stderr);
}

json_object *sandbox_report_object(const struct sandbox *sandbox,
                                   const struct helper_list *helpers)
{
    json_object *object = json_object_new_object();
    json_object_object_add(object, "mode",
                           json_object_new_string(sandbox_mode_name(sandbox->mode)));
    if (helpers->count)
        json_object_object_add(object, "helpers", helpers_json(helpers));
    if (!sandbox->confined)
        return object;
    json_object *calls = json_object_new_object(), *files = json_object_new_object();
    for (unsigned i = 0; i < SANDBOX_OWN_THREADS; i++) {
        enum sandbox_thread kind = (enum sandbox_thread)i;
        json_object_object_add(
            calls, sandbox_thread_name(kind),
            json_object_new_int64(sandbox_call_count(kind, sandbox->needs)));
    }
    for (unsigned i = 0; i < sandbox->file_kinds; i++)
        json_object_object_add(files, sandbox->files[i].kind,
                               json_object_new_int64(sandbox->files[i].count));
    json_object_object_add(object, "user", json_object_new_int64(sandbox->uid));
    json_object_object_add(object, "capabilities", json_object_new_int(0));
    json_object_object_add(object, "landlock", json_object_new_int(sandbox->landlock));
    json_object_object_add(object, "paths", json_object_new_int64(sandbox->path_count));
    json_object_object_add(object, "system_calls", calls);
    json_object_object_add(object, "open_files", files);
    return object;
}
