/* fact.h: yes, no, or not known. */
#ifndef HOST_FACT_H
#define HOST_FACT_H

#include <stdbool.h> /* bool */

/* What is absent from a capture is not known: neither a cause nor fine. */
enum fact { FACT_UNKNOWN, FACT_NO, FACT_YES };

static inline enum fact fact_from(bool value)
{
    return value ? FACT_YES : FACT_NO;
}

#endif
