/* checks_page.c: prints igdvm-checks(7) from the table of checks. */
#include "doctor/doctor.h" /* the table */

#include <stdio.h> /* the page */

/* Text with what troff would take for its own put in its place. */
static void put_text(const char *text)
{
    for (const char *at = text; *at; at++) {
        if (*at == '-')
            fputs("\\-", stdout);
        else if (*at == '\\')
            fputs("\\e", stdout);
        else if (*at == '\'' || *at == '"')
            fputs(*at == '"' ? "\\(dq" : "\\(aq", stdout);
        else
            putchar(*at);
    }
}

static void put_part(const char *label, const char *text)
{
    if (!text || !*text)
        return;
    printf(".TP\n.I %s\n", label);
    put_text(text);
    putchar('\n');
}

static void put_modes(const struct check *check)
{
    const char *before = "";
    printf(".TP\n.I modes\n");
    for (unsigned mode = 0; mode < DOCTOR_MODES; mode++) {
        if (!check_has_mode(check, mode))
            continue;
        printf("%s%s", before, doctor_mode_name(mode));
        before = ", ";
    }
    putchar('\n');
}

int main(void)
{
    puts(".TH IGDVM-CHECKS 7 \"\" \"igdvm\" \"igdvm manual\"\n"
         ".SH NAME\n"
         "igdvm\\-checks \\- the checks of igdvm doctor\n"
         ".SH DESCRIPTION\n"
         ".BR igdvm\\-doctor (1)\n"
         "and\n"
         ".BR igdvm\\-run (1)\n"
         "name what they find by these names, in the order of rank: what explains "
         "others "
         "is first. Remedies are given here in general; doctor gives them for the "
         "computer "
         "at hand. The verdict is how far a mode is when the check fails.\n"
         ".SH CHECKS");
    for (unsigned i = 0; check_at(i); i++) {
        const struct check *check = check_at(i);
        printf(".SS ");
        put_text(check_id(check));
        putchar('\n');
        put_text(check_title(check));
        puts(".");
        put_modes(check);
        put_part("verdict", doctor_verdict_name(check_verdict(check)));
        put_part("looked at", check_facts(check));
        put_part("why", check_why(check));
        put_part("remedy", check_remedy(check));
        put_part("costs", check_cost(check));
    }
    puts(".SH SEE ALSO\n"
         ".BR igdvm (1),\n"
         ".BR igdvm\\-doctor (1)");
    return 0;
}
