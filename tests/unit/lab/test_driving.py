"""test_driving.py: what the scenarios judge pictures, kernel logs and igt's results with."""

import json
import struct
import sys
import tempfile
import unittest
import zlib
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "lab"))

from igdlab import igt, kernellog, monitors, picture, png  # noqa: E402
from igdlab.terminal import Terminal, words  # noqa: E402


def filtered(kind, row, above, step):
    """One row of a PNG by a filter: the reverse of what png.py does, written apart."""
    out = bytearray()
    for i, value in enumerate(row):
        left = row[i - step] if i >= step else 0
        up, corner = above[i], above[i - step] if i >= step else 0
        guess = left + up - corner
        nearest = min((left, up, corner), key=lambda one: abs(guess - one))
        out.append((value - (0, left, up, (left + up) // 2, nearest)[kind]) & 0xff)
    return bytes([kind]) + bytes(out)


def encode(rows, step=3, kinds=(0, 1, 2, 3, 4)):
    """A PNG file of these rows, by all filters in turn."""
    above, data = bytes(len(rows[0])), b""
    for y, row in enumerate(rows):
        data += filtered(kinds[y % len(kinds)], row, above, step)
        above = row

    def chunk(kind, content):
        return (struct.pack(">I", len(content)) + kind + content
                + struct.pack(">I", zlib.crc32(kind + content)))

    header = struct.pack(">IIBBBBB", len(rows[0]) // step, len(rows), 8,
                         {3: 2, 4: 6}[step], 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))


class PictureTest(unittest.TestCase):
    """Pictures are read, compared and their text found."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.path = Path(holder.name) / "picture.png"

    def read(self, rows, **options):
        self.path.write_bytes(encode(rows, **options))
        return png.read(self.path)

    def test_every_filter(self):
        rows = [bytes((x * 7 + y * 13 + x * y) & 0xff for x in range(36)) for y in range(10)]
        self.assertEqual([bytes(row) for row in self.read(rows).rows], rows)
        with_alpha = self.read(rows, step=4)
        self.assertEqual(with_alpha.width, 9)
        self.assertEqual(with_alpha.pixel(1, 0), tuple(rows[0][4:7]))

    def test_damaged(self):
        good = encode([bytes(30)] * 4)
        for bad in (b"", good[:40], good[:-30] + b"x" * 30, good[:50] + b"\0" + good[51:]):
            self.path.write_bytes(bad)
            with self.assertRaises((ValueError, zlib.error)):
                png.read(self.path)

    def test_known_picture(self):
        rows = [bytes(picture.known_row(y, 200, 160, 1)) for y in range(160)]
        self.assertEqual(picture.wrong_pixels(self.read(rows), 1, False), (0, None))
        self.assertGreater(picture.wrong_pixels(self.read(rows), 1, True)[0], 1000)
        self.assertGreater(picture.wrong_pixels(self.read(rows), 0, False)[0], 10000)
        changed = bytearray(rows[50])
        changed[3 * 17] ^= 0x80
        rows[50] = bytes(changed)
        self.assertEqual(picture.wrong_pixels(self.read(rows), 1, False), (1, (17, 50)))

    def test_console_text(self):
        glyphs = bytearray(32 * 256)
        for index in range(33, 127):
            for y in range(16):
                glyphs[32 * index + y] = (index * 37 + y * 11) & 0xff | 0x80
        font = picture.Font(bytes(glyphs), 8, 16)
        cells = [ord(c) for c in "Hello, ~igdvm~! "]
        rows = []
        for line in (cells[:8], cells[8:]):
            for y in range(16):
                row = bytearray()
                for cell in line:
                    for bit in range(7, -1, -1):
                        row += b"\xaa" * 3 if glyphs[32 * cell + y] >> bit & 1 else bytes(3)
                rows.append(bytes(row))
        text, wrong = picture.console_text(self.read(rows), font, cells, 8, 2)
        self.assertEqual((text, wrong), ("Hello, ~\nigdvm~!", 0))
        cells[3] = ord("x")
        self.assertEqual(picture.console_text(self.read(rows), font, cells, 8, 2)[1], 1)
        with self.assertRaises(ValueError):
            picture.console_text(self.read(rows), font, cells, 9, 2)

    def test_console_cells(self):
        data = bytes([2, 3, 0, 0]) + b"A\7B\7C\7D\7E\7F\7"
        self.assertEqual(picture.console_cells(data), (3, 2, [65, 66, 67, 68, 69, 70]))


class JudgeTest(unittest.TestCase):
    """Lists of monitors, kernel logs, igt's results."""

    def test_monitors(self):
        found = monitors.parse("hdmi-c:800x600@60+640x480,edp-a:1366x768,hdmi-b:none")
        self.assertEqual([one.connector for one in found], ["eDP-1", "HDMI-A-2"])
        self.assertEqual(found[1].modes, [(800, 600), (640, 480)])
        self.assertFalse(found[0].pluggable)

    def test_kernel_log(self):
        log = ("a: *ERROR* one\nWARNING: CPU: 0 PID: 1\nfine\nGPU HANG: early\n"
               f"{kernellog.PURPOSE}\nGPU HANG: ecode\n*ERROR* late\n")
        self.assertEqual(kernellog.complaints(log),
                         ["a: *ERROR* one", "WARNING: CPU: 0 PID: 1", "GPU HANG: early",
                          "*ERROR* late"])

    def test_igt_results(self):
        tests = {"igt@a@b": {"result": "pass", "time": {"start": 1, "end": 3.25}},
                 "igt@a@c": {"result": "skip", "out": "Test requirement not met in f\n"
                                                      "Test requirement: has_psr()\n"},
                 "igt@a@d": {"result": "dmesg-warn", "dmesg": "x\n<3> *ERROR* y\n",
                              "dmesg-warnings": "<3> *ERROR* y\n"},
                 "igt@a@e": {"result": "dmesg-warn",
                             "dmesg-warnings": "<3> Atomic update failure on pipe A\n"}}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.json"
            path.write_text(json.dumps({"tests": tests}))
            found = igt.read(path)
        self.assertEqual([one["outcome"] for one in found.values()], ["pass", "skip", "fail", "pass"])
        self.assertEqual(found["igt@a@b"]["seconds"], 2.2)
        self.assertEqual(found["igt@a@c"]["reason"], "has_psr()")
        self.assertEqual(found["igt@a@d"]["reason"], "<3> *ERROR* y")
        self.assertTrue(igt.left_out("igt@gem_render_copy@x"))
        self.assertIsNone(igt.left_out("igt@kms_flip@basic-plain-flip"))


class Terminals(unittest.TestCase):
    """What a serial console shows."""

    def shown(self, columns, rows, text):
        terminal = Terminal(columns, rows)
        terminal.feed(text)
        return terminal.text(), (terminal.row, terminal.column)

    def test_moves(self):
        self.assertEqual(self.shown(10, 3, "x\x1b[2J\x1b[01;01Habc\r\ndefX\b\bYZ\x1b[3;2H*"),
                         (["abc", "deYZ", " *"], (2, 2)))
        self.assertEqual(self.shown(4, 2, "\x1b[9;9H*\r\x1b[2C+\x1b[3D-"),
                         (["", "- +*"], (1, 1)))

    def test_words_are_whole(self):
        self.assertEqual(words("com\x1b[22;37H\x1b[22;38Hmand-line.\r\ng\r\x1b[09;02Hrub> "),
                         "command-line.\ngrub> ")
        self.assertEqual(words("\x1b[2J\x1b[0;30;47m*GNU\x1b(B\x1bc/Linux"), "*GNU/Linux")

    def test_scrolls_and_wraps(self):
        self.assertEqual(self.shown(4, 2, "a\r\n\x1b[1m\x1b[33mb\r\nc"), (["b", "c"], (1, 1)))
        self.assertEqual(self.shown(4, 2, "abcdef"), (["abcd", "ef"], (1, 2)))
        self.assertEqual(self.shown(4, 2, "abcd\r\nef"), (["abcd", "ef"], (1, 2)))


if __name__ == "__main__":
    unittest.main()
