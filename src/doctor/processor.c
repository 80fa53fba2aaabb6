/* processor.c: what is known of Intel processors by their names: which have no
 * graphics, which no VT-d (ark.intel.com). */
#include "doctor/processor.h"

#include "base/bytes.h" /* ARRAY_SIZE */

#include <fnmatch.h> /* fnmatch */
#include <stdio.h>   /* snprintf */
#include <string.h>  /* strcmp */

#define NAME_SIZE 160

/* Patterns of names, which have a space behind them. */
static const char *const without_graphics[] = {
    /* servers and workstations: the last figure of an E3 is 0, an E has no G */
    "*Xeon(R) CPU E3-12[0-9]0*",
    "*Xeon(R) CPU E3-12[3478]1*",
    "*Xeon(R) E-2[0-9][0-9][0-9] *",
    "*Xeon(R) CPU E[57]*",
    "*Xeon(R) Bronze*",
    "*Xeon(R) Silver*",
    "*Xeon(R) Gold*",
    "*Xeon(R) Platinum*",
    "*Xeon(R) W-[23]*",
    "*Xeon(R) w[3579]-*",
    "*Xeon(R)*D-[12]*",
    "*Atom(TM) CPU C[0-9]*",
    /* before the graphics moved into the processor: Nehalem, Lynnfield, Clarksfield */
    "*Xeon(R) CPU *[ELWX][35][4-6][0-9][0-9]*",
    "*i7 CPU *[89][0-9][0-9] *",
    "*i7 CPU *Q*[789][0-9][0-9] *",
    "*i5 CPU *7[56]0 *",
    /* i5-9400F, i7-10700KF, i9-9900KFS, Ultra 7 265KF */
    "*[0-9]F *",
    "*[0-9]KF *",
    "*[0-9]KFS *",
    /* the large sockets */
    "*i[579]-*[0-9]X *",
    "*i9-*[0-9]XE *",
    "*i7-3820*",
    "*i7-3930K*",
    "*i7-4820K*",
    "*i7-4930K*",
    "*i7-5[89][0-9]0K*",
    "*i7-6[89][0-9]0K*",
    /* Sandy and Ivy Bridge with the graphics cut off */
    "*i5-2380P*",
    "*i5-2450P*",
    "*i5-2550K*",
    "*i5-3350P*",
};

/* The K models before Haswell's refresh, and the small ones before Skylake. */
static const char *const without_vtd[] = {
    "*i5-23[012]0*",
    "*i5-2380P*",
    "*i5-2450P*",
    "*i[57]-2[567][05]0K*",
    "*i5-3350P*",
    "*i[57]-3[57]70K*",
    "*i[57]-4[67]70K*",
    "*i3-2[123]*",
    "*i3-3[123]*",
    "*i3-4[13]*",
    "*CPU G[4568][0-9][0-9][ T]*",
    "*CPU G1[68][0-9][0-9]*",
    "*CPU G2[01][0-9][0-9]*",
    "*CPU G3[234][0-9][0-9]*",
    "*J1[89]00*",
    "*N28[03][0-9]*",
    "*[JN]3[017][0-9]0*",
    "*N29[0-4][0-9]*",
    "*N35[1-4]0*",
    "*J2[89][05]0*",
    "*CPU E38[0-9][0-9]*",
    "*Z37[0-9][0-9]*",
    "*x[57]-Z8[0-9]*",
    "*i5-24[135]0M*",
    "*i5-32[13]0M*",
};

static bool is_among(const char *name, const char *const *patterns, unsigned count)
{
    char padded[NAME_SIZE];
    snprintf(padded, sizeof(padded), "%s ", name);
    for (unsigned i = 0; i < count; i++) {
        if (!fnmatch(patterns[i], padded, 0))
            return true;
    }
    return false;
}

bool processor_has_no_graphics(const char *name)
{
    return is_among(name, without_graphics, ARRAY_SIZE(without_graphics));
}

bool processor_has_no_vtd(const char *name)
{
    return is_among(name, without_vtd, ARRAY_SIZE(without_vtd));
}

bool processor_of_gpu_has_no_vtd(const char *platform)
{
    return !strcmp(platform, "bay-trail") || !strcmp(platform, "cherryview");
}
