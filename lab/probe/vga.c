/* vga.c: the text on the VGA screen, as lines. */
#include "probe.h"

#define TEXT_ADDRESS 0xb8000
#define COLUMNS      80
#define LINES        25

void probe_vga(void)
{
    static uint8_t cells[COLUMNS * LINES * 2];

    json_open("vga", '{');
    if (copy_physical(TEXT_ADDRESS, cells, sizeof(cells))) {
        json_open("text", '[');
        for (unsigned line = 0; line < LINES; line++) {
            char text[COLUMNS + 1];
            unsigned length = 0;

            for (unsigned column = 0; column < COLUMNS; column++) {
                uint8_t cell = cells[(line * COLUMNS + column) * 2];

                text[column] = cell >= 0x20 && cell < 0x7f ? (char)cell : ' ';
                if (text[column] != ' ')
                    length = column + 1;
            }
            text[length] = '\0';
            json_string(NULL, text);
        }
        json_close(']');
    }
    json_close('}');
}
