/* fuzz.h: what the fuzz targets share. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* bytes */
#include <stdlib.h> /* abort */

/* Called by libFuzzer with one input; what it finds it reports by dying. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Die when what must hold does not. */
static inline void must(int condition)
{
    if (!condition)
        abort();
}

#endif
