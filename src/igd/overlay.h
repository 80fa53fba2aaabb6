/* overlay.h: registers of the GPU that the guest must not see or touch as they are. */
#ifndef IGD_OVERLAY_H
#define IGD_OVERLAY_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* registers */

#define IGD_OVERLAY_MAX 20

/* What the guest sees in place of a hardware register. */
enum igd_overlay_rule {
    IGD_OVERLAY_HELD, /* a guest's own register: read and write, never the hardware's */
    IGD_OVERLAY_READ_ONLY, /* a fixed value; writes vanish */
    IGD_OVERLAY_NO_WRITE,  /* reads come from the hardware; writes vanish */
    /*
     * An address in or beside stolen memory: `distance` from the guest's base, and 0 as
     * long as that has none; writes vanish.
     */
    IGD_OVERLAY_REBASED,
    /* The base under another address: writes set its low bytes, reads are... */
    IGD_OVERLAY_BASE_WRITTEN, /* ...the hardware's, which holds nothing of it there */
    IGD_OVERLAY_BASE_ALIAS, /* ...the base's, for the hardware's would be the host's */
    /*
     * Passed through, but a read shows the bits of `value` only where the hardware has
     * a bit of `gate` set, too. Both lie in one byte. No gate: never.
     */
    IGD_OVERLAY_GATED,
    IGD_OVERLAY_FORCED, /* passed through, but a read shows the bits of `value` set */
    IGD_OVERLAY_RULES,
};

struct igd_overlay_register {
    const char *name; /* "BDSM" */
    const char *reason;
    const char *source; /* public source of the fact behind it */
    uint16_t offset;    /* in config space */
    uint8_t size;       /* there: 1, 2, 4 or 8; 0: only in BAR0 */
    enum igd_overlay_rule rule;
    uint64_t value;  /* at power-on */
    uint32_t mirror; /* offset in BAR0 of the hardware's copy, 0: none */
    uint8_t mirror_size;
    uint64_t distance; /* of a rebased one from the base, modulo 2^64 */
    uint64_t gate;
};

/* The list in a plan is the reset state; the one in use is a copy that changes. */
struct igd_overlay {
    unsigned count;
    uint32_t io_index; /* what the guest wrote to MMIO_Index... */
    unsigned io_known; /* ...of which it wrote these bytes, bit n: byte n */
    unsigned base;     /* 1 + index of the register that holds the base, 0: none */
    struct igd_overlay_register registers[IGD_OVERLAY_MAX];
};

/*
 * Config access: lay the virtual bytes over `raw`, what the hardware answered for
 * [offset, offset + size). size 1, 2 or 4. Returns what the guest reads.
 */
uint32_t igd_overlay_config_read(const struct igd_overlay *overlay, unsigned offset,
                                 unsigned size, uint32_t raw);

/*
 * Take the virtual bytes of a config write. Returns a mask of the byte lanes (bit n:
 * byte n) that are left for the hardware.
 */
unsigned igd_overlay_config_write(struct igd_overlay *overlay, unsigned offset,
                                  unsigned size, uint32_t value);

/* The same for BAR0 accesses through mirrors; size 1 to 8. */
uint64_t igd_overlay_mmio_read(const struct igd_overlay *overlay, uint64_t offset,
                               unsigned size, uint64_t raw);
unsigned igd_overlay_mmio_write(struct igd_overlay *overlay, uint64_t offset,
                                unsigned size, uint64_t value);

/*
 * The same for the I/O BAR, whose pair MMIO_Index and MMIO_Data also reaches registers;
 * size 1, 2 or 4. As long as the guest wrote no index, data reads 0 and is not written:
 * the hardware's index is whatever the host left.
 */
uint32_t igd_overlay_io_read(const struct igd_overlay *overlay, unsigned offset,
                             unsigned size, uint32_t raw);
unsigned igd_overlay_io_write(struct igd_overlay *overlay, unsigned offset,
                              unsigned size, uint32_t value);

/* Does [offset, offset + size) of BAR0 hold a mirrored register? */
bool igd_overlay_mmio_covers(const struct igd_overlay *overlay, uint64_t offset,
                             uint64_t size);

/* The register of this name, or NULL. */
struct igd_overlay_register *igd_overlay_find(struct igd_overlay *overlay,
                                              const char *name);

#endif
