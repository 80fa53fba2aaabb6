/* terminal.c: raw mode with a way out. */
#include "cmd/terminal.h"

#include <unistd.h> /* isatty */

#define CTRL_RIGHT_BRACKET 0x1d

void terminal_take(struct terminal *terminal)
{
    terminal->changed = false;
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &terminal->before) < 0)
        return;
    struct termios raw = terminal->before;
    cfmakeraw(&raw);
    raw.c_oflag |= OPOST; /* our own lines on the same terminal keep their shape */
    raw.c_lflag |= ISIG;
    raw.c_cc[VINTR] = CTRL_RIGHT_BRACKET;
    raw.c_cc[VQUIT] = raw.c_cc[VSUSP] = _POSIX_VDISABLE;
    terminal->changed = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

void terminal_give_back(struct terminal *terminal)
{
    if (terminal->changed)
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal->before);
    terminal->changed = false;
}
