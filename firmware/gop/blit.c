/* blit.c: rectangles to, from and within the frame buffer. */
#include "gop.h"

static bool is_inside(size_t at, size_t size, uint32_t limit)
{
    return at <= limit && size <= limit - at;
}

static struct efi_pixel *frame_at(const struct gop *gop, size_t x, size_t y)
{
    struct efi_pixel *frame = (struct efi_pixel *)(uintptr_t)gop->state.frame_buffer;
    return frame + y * gop->info.pixels_per_line + x;
}

static struct efi_pixel *buffer_at(struct efi_pixel *buffer, size_t pitch, size_t x,
                                   size_t y)
{
    return (struct efi_pixel *)((uint8_t *)buffer + y * pitch) + x;
}

static void fill(struct gop *gop, struct efi_pixel colour, size_t x, size_t y,
                 size_t width, size_t height)
{
    struct efi_pixel *first = frame_at(gop, x, y);
    for (size_t i = 0; height && i < width; i++)
        first[i] = colour;
    for (size_t row = 1; row < height; row++)
        gop->boot->copy_memory(frame_at(gop, x, y + row), first,
                               width * sizeof(colour));
}

efi_status EFIAPI output_blit(struct efi_graphics_output *output,
                              struct efi_pixel *buffer, enum efi_blt operation,
                              size_t from_x, size_t from_y, size_t to_x, size_t to_y,
                              size_t width, size_t height, size_t pitch)
{
    struct gop *gop = (struct gop *)output;
    bool reads = operation == EFI_BLT_FROM_VIDEO || operation == EFI_BLT_VIDEO;
    bool writes = operation != EFI_BLT_FROM_VIDEO;
    if (operation > EFI_BLT_VIDEO || !width || !height ||
        (!buffer && operation != EFI_BLT_VIDEO) ||
        (reads && (!is_inside(from_x, width, gop->info.width) ||
                   !is_inside(from_y, height, gop->info.height))) ||
        (writes && (!is_inside(to_x, width, gop->info.width) ||
                    !is_inside(to_y, height, gop->info.height))))
        return EFI_INVALID_PARAMETER;
    if (!pitch)
        pitch = width * sizeof(*buffer);

    /* Nobody else draws meanwhile: the console's timer would. */
    uint64_t tpl = gop->boot->raise_tpl(EFI_TPL_NOTIFY);
    if (operation == EFI_BLT_FILL) {
        fill(gop, *buffer, to_x, to_y, width, height);
        height = 0;
    }
    for (size_t i = 0; i < height; i++) {
        /* Rows that are moved down go last one first. */
        size_t row = operation == EFI_BLT_VIDEO && to_y > from_y ? height - 1 - i : i;
        const struct efi_pixel *from =
            reads ? frame_at(gop, from_x, from_y + row)
                  : buffer_at(buffer, pitch, from_x, from_y + row);
        struct efi_pixel *to = writes ? frame_at(gop, to_x, to_y + row)
                                      : buffer_at(buffer, pitch, to_x, to_y + row);
        gop->boot->copy_memory(to, from, width * sizeof(*to));
    }
    gop->boot->restore_tpl(tpl);
    return EFI_SUCCESS;
}
