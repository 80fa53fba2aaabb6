/* check_rows.c: what a row of the table says, libigd's words where they are its. */
#include "doctor/check.h"

#include <string.h> /* strcmp */

/* libigd's requirement of a check's name, whatever it finds; for its words. */
static const struct igd_requirement *words_of(const struct check *check)
{
    static struct igd_requirement list[IGD_MAX_REQUIREMENTS];
    static unsigned count;
    if (!count) {
        struct igd_facts facts = { 0 };
        struct igd_request request = { 0 };
        struct igd_examined examined;
        igd_examine(&facts, &request, &examined);
        count = igd_check_requirements(&examined, IGD_MODE_LEGACY, list);
    }
    for (unsigned i = 0; i < count; i++) {
        if (!strcmp(list[i].id, check->id))
            return &list[i];
    }
    return NULL;
}

const char *check_id(const struct check *check)
{
    return check->id;
}

const char *check_title(const struct check *check)
{
    return check->title;
}

const char *check_facts(const struct check *check)
{
    return check->facts;
}

const char *check_why(const struct check *check)
{
    const struct igd_requirement *words = check->why ? NULL : words_of(check);
    return check->why ? check->why : words ? words->why : "";
}

const char *check_remedy(const struct check *check)
{
    const struct igd_requirement *words = check->remedy ? NULL : words_of(check);
    return check->remedy ? check->remedy : words ? words->remedy : "";
}

const char *check_cost(const struct check *check)
{
    return check->cost;
}

bool check_has_mode(const struct check *check, enum doctor_mode mode)
{
    return check->modes & 1u << mode;
}

enum doctor_verdict check_verdict(const struct check *check)
{
    return check->verdict;
}

const char *finding_remedy(const struct finding *finding)
{
    if (finding->status != CHECK_FAILED && finding->status != CHECK_WARNING)
        return "";
    return finding->remedy[0] ? finding->remedy : check_remedy(finding->check);
}
