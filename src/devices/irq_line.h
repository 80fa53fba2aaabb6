/* irq_line.h: a device's ISA interrupt line: drives its GSI only when it changes. */
#ifndef DEVICES_IRQ_LINE_H
#define DEVICES_IRQ_LINE_H

#include "devices/board.h" /* board_set_gsi */

/* Owned by one device; the board's lock is held around changes. */
struct irq_line {
    struct board *board;
    unsigned gsi;
    bool level;              /* as last driven; low at power-on */
    struct irq_line *shared; /* another device's line on the same GSI, or NULL */
};

/* Driving a GSI costs a system call, and most register accesses change nothing. */
static inline void irq_line_set(struct irq_line *line, bool level)
{
    if (level == line->level)
        return;
    line->level = level;
    board_set_gsi(line->board, line->gsi,
                  level || (line->shared && line->shared->level));
}

#endif
