"""Reads the text on a picture of a text console, when the font is known."""

from .png import Picture

FONT_HEIGHT = 16
# How VGA's 8x16 font begins, after the empty glyph 0: a smiling face.
_FACE = bytes.fromhex("00007e81a58181bd9981817e00000000")
_BITS = [value.bit_count() for value in range(256)]


def rom_font(path):
    """The 256 glyphs of 8x16 dots in a VGA BIOS, each 16 bytes."""
    data = path.read_bytes()
    start = data.find(_FACE) - FONT_HEIGHT
    if start < 0 or start + 256 * FONT_HEIGHT > len(data):
        raise ValueError(f"{path}: no font of 8x16 dots in it")
    return [data[start + n * FONT_HEIGHT:start + (n + 1) * FONT_HEIGHT] for n in range(256)]


def read_ppm(path):
    """The picture in a PPM file as viewers write it."""
    data = path.read_bytes()
    kind, width, height, most = data[:data.index(b"\n")].split()
    if kind != b"P6" or most != b"255":
        raise ValueError(f"{path}: not a PPM file of 8 bits a channel")
    pitch, start = 3 * int(width), data.index(b"\n") + 1
    rows = [bytearray(data[start + y * pitch:start + (y + 1) * pitch])
            for y in range(int(height))]
    return Picture(int(width), int(height), rows)


def _cell(picture, x, y):
    """Which dots of a cell have another colour than its upper left corner."""
    background = picture.pixel(x, y)
    dots = []
    for line in range(FONT_HEIGHT):
        row, bits = picture.rows[y + line], 0
        for dot in range(8):
            at = 3 * (x + dot)
            bits = bits << 1 | (tuple(row[at:at + 3]) != background)
        dots.append(bits)
    return bytes(dots)


def read(picture, font, cell_width=None):
    """The lines of text, by the glyph of ASCII that differs in the fewest dots.

    A cell is 9 dots wide on a VGA in its text mode (720 pixels), else 8.
    """
    width = cell_width or (9 if picture.width == 720 else 8)
    known = {font[code]: chr(code) for code in range(126, 31, -1)}
    lines = []
    for y in range(0, picture.height - FONT_HEIGHT + 1, FONT_HEIGHT):
        line = ""
        for x in range(0, picture.width - width + 1, width):
            dots = _cell(picture, x, y)
            if dots not in known:  # the cursor is in it, or the font is a little different
                known[dots] = known[min(
                    (font[code] for code in range(32, 127)),
                    key=lambda glyph: sum(_BITS[a ^ b] for a, b in zip(glyph, dots)))]
            line += known[dots]
        lines.append(line.rstrip())
    return lines
