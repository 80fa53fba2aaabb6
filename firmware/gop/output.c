/* output.c: the modes of the graphics output, and the setting of one. */
#include "gop.h"

#define PIXEL_SIZE       4u
#define PIXELS_ALIGN     16u /* a plane's stride is a multiple of 64 bytes */
#define PAGE_ALIGN(size) (((size) + EFI_PAGE_SIZE - 1) & ~(uint64_t)(EFI_PAGE_SIZE - 1))

/* Beside the monitor's own (VESA DMT), as the VBIOS has them. */
static const struct gop_mode usual_modes[] = {
    { { 1024, 1048, 1184, 1344 }, { 768, 771, 777, 806 }, 65000, false, false },
    { { 800, 840, 968, 1056 }, { 600, 601, 605, 628 }, 40000, true, true },
    { { 640, 656, 752, 800 }, { 480, 490, 492, 525 }, 25175, false, false },
};

static void describe(const struct gop_mode *mode, struct efi_graphics_mode *info)
{
    uint32_t width = mode->horizontal.active;
    *info = (struct efi_graphics_mode){
        .width = width,
        .height = mode->vertical.active,
        .format = EFI_PIXEL_BGRX,
        .pixels_per_line = (width + PIXELS_ALIGN - 1) & ~(PIXELS_ALIGN - 1),
    };
}

/* Bytes of the frame buffer, whole pages. */
static uint64_t memory_of(const struct gop_mode *mode)
{
    struct efi_graphics_mode info;
    describe(mode, &info);
    return PAGE_ALIGN((uint64_t)info.pixels_per_line * info.height * PIXEL_SIZE);
}

/* Unless it is there already, or needs more memory than there is. */
static void add_mode(struct gop *gop, const struct gop_mode *mode)
{
    if (memory_of(mode) > gop->stolen_size)
        return;
    for (uint32_t i = 0; i < gop->state.mode_count; i++) {
        if (gop->modes[i].horizontal.active == mode->horizontal.active &&
            gop->modes[i].vertical.active == mode->vertical.active)
            return;
    }
    gop->modes[gop->state.mode_count++] = *mode;
}

static efi_status EFIAPI query_mode(struct efi_graphics_output *output, uint32_t mode,
                                    size_t *size, struct efi_graphics_mode **info)
{
    struct gop *gop = (struct gop *)output;
    void *copy = NULL;
    if (!size || !info || mode >= gop->state.mode_count)
        return EFI_INVALID_PARAMETER;
    efi_status status =
        gop->boot->allocate_pool(EFI_BOOT_SERVICES_DATA, sizeof(**info), &copy);
    if (status != EFI_SUCCESS)
        return status;
    *info = copy;
    *size = sizeof(**info);
    describe(&gop->modes[mode], *info);
    return EFI_SUCCESS;
}

static efi_status EFIAPI set_mode(struct efi_graphics_output *output, uint32_t mode)
{
    struct gop *gop = (struct gop *)output;
    if (mode >= gop->state.mode_count)
        return EFI_UNSUPPORTED;
    uint64_t size = memory_of(&gop->modes[mode]);
    describe(&gop->modes[mode], &gop->info);
    gtt_map_stolen(gop, (uint32_t)size);
    gop->state.mode = mode;
    gop->state.frame_buffer_size = (size_t)size;
    gop->boot->set_memory((void *)(uintptr_t)gop->aperture, (size_t)size, 0);
    pipe_start(gop, &gop->modes[mode], gop->info.pixels_per_line * PIXEL_SIZE);
    return EFI_SUCCESS;
}

void output_prepare(struct gop *gop)
{
    struct gop_mode preferred;
    gop->state.info = &gop->info;
    gop->state.info_size = sizeof(gop->info);
    gop->state.frame_buffer = gop->aperture;
    if (edid_read(gop, gop->edid_bytes)) {
        gop->edid.size = GOP_EDID_SIZE;
        gop->edid.bytes = gop->edid_bytes;
        if (edid_preferred(gop->edid_bytes, &preferred))
            add_mode(gop, &preferred);
    }
    for (size_t i = 0; i < sizeof(usual_modes) / sizeof(usual_modes[0]); i++)
        add_mode(gop, &usual_modes[i]);
    gop->output.query_mode = query_mode;
    gop->output.set_mode = set_mode;
    gop->output.blt = output_blit;
    gop->output.state = &gop->state;
}
