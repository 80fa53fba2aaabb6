/* font.c: writes the console's font: width, height, count, then a bit a pixel. */
#include "card.h"
#include "probe.h" /* JSON */

#include <errno.h>     /* errno */
#include <fcntl.h>     /* open */
#include <linux/kd.h>  /* KDFONTOP */
#include <stdio.h>     /* file */
#include <string.h>    /* strerror */
#include <sys/ioctl.h> /* KDFONTOP */
#include <unistd.h>    /* close */

#define MAX_GLYPHS 512
#define CELL_BYTES                                                    \
    (64 * 4) /* more than any glyph needs; the kernel pads to 32 rows \
              */

bool command_font(const struct request *request)
{
    static uint8_t glyphs[MAX_GLYPHS * CELL_BYTES];
    struct console_font_op get = {
        .op = KD_FONT_OP_GET,
        .width = 32,
        .height = 32,
        .charcount = MAX_GLYPHS,
        .data = glyphs,
    };
    int fd = open("/dev/tty1", O_RDWR | O_CLOEXEC | O_NOCTTY);
    int result = fd < 0 ? -1 : ioctl(fd, KDFONTOP, &get);
    int reason = errno;

    if (fd >= 0)
        close(fd);
    if (result < 0) {
        json_string("problem", strerror(reason));
        return false;
    }
    json_number("width", get.width);
    json_number("height", get.height);
    json_number("glyphs", get.charcount);
    if (request->file) {
        FILE *out = fopen(request->file, "wbe");
        size_t size = (size_t)get.charcount * ((get.width + 7) / 8) * 32;

        if (!out || fwrite(glyphs, 1, size, out) != size || fclose(out) != 0)
            fail(request->file);
    }
    return true;
}
