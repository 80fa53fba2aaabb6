"""What should be in a picture of a monitor: the known picture, the console's text."""

import struct

_BARS = (0xffffff, 0xffff00, 0x00ffff, 0x00ff00, 0xff00ff, 0xff0000, 0x0000ff, 0x000000)
CURSOR = (100, 60, 64)  # where lab/drm/show.c puts it: x, y, size
_CLOSE = 2              # of a blended colour


def known_row(y, width, height, number):
    """One row of the known picture (lab/drm/buffer.c) as RGB bytes."""
    row = bytearray(3 * width)
    if y < height // 2:
        for x in range(width):
            row[3 * x:3 * x + 3] = _BARS[(x * 8 // width + number) % 8].to_bytes(3, "big")
        return row
    row[0::3] = bytes(x & 0xff for x in range(width))
    row[1::3] = bytes([y & 0xff]) * width
    row[2::3] = bytes((x ^ y ^ number) & 0xff for x in range(width))
    return row


def _blend(row, x, source, alpha):
    for channel in range(3):
        under = row[3 * x + channel]
        row[3 * x + channel] = min(255, source[channel] + under * (255 - alpha) // 255)


def _draw_cursor(row, y):
    left, top, size = CURSOR
    half = size // 2
    if top <= y < top + half:
        for x in range(left, left + half):
            _blend(row, x, (255, 0, 0), 255)
    elif top + half <= y < top + size:
        for x in range(left + half, left + size):
            _blend(row, x, (0, 0x80, 0), 0x80)


def wrong_pixels(picture, number, cursor):
    """How many pixels are not those of the known picture, and where the first is."""
    wrong, first = 0, None
    bars = known_row(0, picture.width, picture.height, number)
    for y, row in enumerate(picture.rows):
        expected = (bytearray(bars) if y < picture.height // 2
                    else known_row(y, picture.width, picture.height, number))
        if cursor:
            _draw_cursor(expected, y)
        if row == expected:
            continue
        for x in range(picture.width):
            if any(abs(a - b) > _CLOSE for a, b in
                   zip(row[3 * x:3 * x + 3], expected[3 * x:3 * x + 3])):
                wrong += 1
                first = first or (x, y)
    return wrong, first


class Font:
    """A console's font as KDFONTOP gives it: a bit a pixel, 32 rows a glyph."""

    def __init__(self, data, width, height):
        self.width, self.height = width, height
        pitch = (width + 7) // 8
        self._glyphs = []
        for start in range(0, len(data), 32 * pitch):
            rows = (data[start + y * pitch:start + (y + 1) * pitch] for y in range(height))
            self._glyphs.append(tuple(int.from_bytes(row, "big") >> (8 * pitch - width)
                                      for row in rows))

    def mask(self, index):
        """A glyph's rows, each an integer of width bits."""
        return self._glyphs[index]

    def read(self, picture, columns, lines):
        """The masks of all cells of a picture: what is not black counts as ink."""
        cells = []
        for line in range(lines):
            masks = [[0] * self.height for _ in range(columns)]
            for y in range(self.height):
                row = picture.rows[line * self.height + y]
                for column in range(columns):
                    start = 3 * column * self.width
                    cell = row[start:start + 3 * self.width]
                    if any(cell):
                        bits = 0
                        for x in range(self.width):
                            bits = bits << 1 | any(cell[3 * x:3 * x + 3])
                        masks[column][y] = bits
            cells += [tuple(mask) for mask in masks]
        return cells


def console_text(picture, font, cells, columns, lines):
    """Read a console's text out of a picture.

    `cells` are the glyphs the console should show (/dev/vcs). Returns the text read and
    the number of cells that do not show their glyph.
    """
    if columns * font.width > picture.width or lines * font.height > picture.height:
        raise ValueError(f"a console of {columns} x {lines} does not fit into a picture of "
                         f"{picture.width} x {picture.height}")
    known = {font.mask(index): chr(index) for index in range(126, 31, -1)}
    found = font.read(picture, columns, lines)
    wrong = sum(mask != font.mask(cell) for mask, cell in zip(found, cells))
    text = "".join(known.get(mask, "\N{REPLACEMENT CHARACTER}") for mask in found)
    rows = [text[line * columns:(line + 1) * columns].rstrip() for line in range(lines)]
    return "\n".join(rows), wrong


def console_cells(data):
    """(columns, lines, glyph numbers) of a copy of /dev/vcsa."""
    lines, columns, _, _ = struct.unpack_from("4B", data)
    return columns, lines, list(data[4::2][:lines * columns])
