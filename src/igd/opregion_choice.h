/* opregion_choice.h: whether the guest gets an OpRegion, and who puts it in place. */
#ifndef IGD_OPREGION_CHOICE_H
#define IGD_OPREGION_CHOICE_H

#include "igd/requirement.h" /* struct igd_examined */

/* Fill in opregion_given, _reason and _by_firmware; the plan's mode is decided. */
void igd_choose_opregion(const struct igd_examined *examined, struct igd_plan *plan);

#endif
