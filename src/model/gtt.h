/* gtt.h: graphics memory as the global GTT (GGTT) shows it to the GPU. */
#ifndef MODEL_GTT_H
#define MODEL_GTT_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* addresses */

struct model;

#define GTT_PAGE 4096u

/* What one entry of the GGTT says. */
struct gtt_page {
    bool valid;
    bool stolen;      /* it points into data stolen memory */
    uint64_t address; /* of the page on the bus */
};

/* The entry of the page with this GGTT address; not valid past the table's end. */
struct gtt_page gtt_page_at(const struct model *model, uint64_t address);

/*
 * Copy size bytes at a GGTT address, across pages too, as the GPU's engines and the
 * display see them: with what the CPU wrote through the aperture (see aperture.c).
 * 0, or -EFAULT when an entry is not valid or its page is no memory; what was copied
 * before that stays copied. Each page that fails counts as a fault of the model.
 */
int gtt_read_memory(struct model *model, uint64_t address, void *data, size_t size);
int gtt_write_memory(struct model *model, uint64_t address, const void *data,
                     size_t size);

#endif
