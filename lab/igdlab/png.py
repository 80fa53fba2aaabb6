"""Reads PNG pictures: 8 bits a channel, RGB or RGBA, not interlaced."""

import struct
import zlib

_CHANNELS = {2: 3, 6: 4}


class Picture:
    """Rows of RGB bytes."""

    def __init__(self, width, height, rows):
        self.width, self.height, self.rows = width, height, rows

    def pixel(self, x, y):
        """(red, green, blue) of one place."""
        return tuple(self.rows[y][3 * x:3 * x + 3])


def _chunks(data):
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("not a PNG file")
    offset = 8
    while offset + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, offset)
        body = data[offset + 8:offset + 8 + size]
        crc, = struct.unpack_from(">I", data, offset + 8 + size)
        if crc != zlib.crc32(kind + body):
            raise ValueError(f"chunk {kind.decode()} has a wrong checksum")
        yield kind, body
        offset += 12 + size


def _average(row, above, step):
    for i in range(len(row)):
        left = row[i - step] if i >= step else 0
        row[i] = (row[i] + (left + above[i]) // 2) & 0xff


def _paeth(row, above, step):
    for i in range(step):
        row[i] = (row[i] + above[i]) & 0xff
    for i in range(step, len(row)):
        a, b, c = row[i - step], above[i], above[i - step]
        pa, pb, pc = abs(b - c), abs(a - c), abs(a + b - c - c)
        if pa <= pb and pa <= pc:
            nearest = a
        elif pb <= pc:
            nearest = b
        else:
            nearest = c
        row[i] = (row[i] + nearest) & 0xff


def _unfilter(kind, row, above, step):
    if kind == 1:
        for i in range(step, len(row)):
            row[i] = (row[i] + row[i - step]) & 0xff
    elif kind == 2:
        row[:] = bytes((a + b) & 0xff for a, b in zip(row, above))
    elif kind == 3:
        _average(row, above, step)
    elif kind == 4:
        _paeth(row, above, step)
    elif kind != 0:
        raise ValueError(f"unknown filter {kind}")


def read(path):
    """The picture in a file; ValueError when it is not a PNG of the kinds above."""
    header, body = None, b""
    try:
        for kind, content in _chunks(path.read_bytes()):
            if kind == b"IHDR":
                header = struct.unpack(">IIBBBBB", content)
            elif kind == b"IDAT":
                body += content
        width, height, depth, colour, _, _, interlaced = header
        step = _CHANNELS[colour]
    except (struct.error, TypeError, KeyError) as error:
        raise ValueError(f"{path.name}: damaged or of another kind") from error
    if depth != 8 or interlaced:
        raise ValueError(f"{path.name}: {depth} bits a channel or interlaced")
    data, pitch, rows = zlib.decompress(body), width * step, []
    above = bytearray(pitch)
    for y in range(height):
        start = y * (pitch + 1)
        row = bytearray(data[start + 1:start + 1 + pitch])
        if len(row) != pitch:
            raise ValueError(f"{path.name}: ends at row {y} of {height}")
        _unfilter(data[start], row, above, step)
        rows.append(row)
        above = row
    if step == 4:
        for row in rows:
            del row[3::4]
    return Picture(width, height, rows)
