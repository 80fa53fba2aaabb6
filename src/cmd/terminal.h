/* terminal.h: the terminal igdvm was started on, while the guest's console is on it. */
#ifndef CMD_TERMINAL_H
#define CMD_TERMINAL_H

#include <stdbool.h> /* bool */
#include <termios.h> /* struct termios */

struct terminal {
    bool changed;
    struct termios before;
};

/*
 * Give keys to the guest as they are typed; Ctrl-] still interrupts. Does nothing when
 * standard input is no terminal.
 */
void terminal_take(struct terminal *terminal);
void terminal_give_back(struct terminal *terminal);

#endif
