/* config.c: room for what a copy of the image is told; in a file of its own, so that
 * the compiler does not know the values. */
#include "gop.h"

extern const struct gop_config gop_config;

__attribute__((section(".config"))) const struct gop_config gop_config = {
    .signature = "IGDVMGOP",
};
