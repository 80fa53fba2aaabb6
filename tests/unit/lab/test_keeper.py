"""What data-safety finds on a disk: the ledger of the guest that flushes in rounds."""

import struct
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "lab"))

from igdlab import keeper  # noqa: E402


def serial(first, last):
    return "".join(f"flushed {number:08x}\n" for number in range(first, last + 1))


def image(ledger):
    """A disk as it must be."""
    content = bytearray(keeper.IMAGE_BYTES)
    for block, number in ledger.blocks.items():
        unit = struct.pack("<2Q", number, block)
        content[block * keeper.BLOCK:(block + 1) * keeper.BLOCK] = unit * (keeper.BLOCK // 16)
    return content


class KeeperTest(unittest.TestCase):
    def setUp(self):
        self.ledger = keeper.Ledger()
        self.assertEqual(self.ledger.read(serial(1, 40) + "flush"), 40)
        self.good = image(self.ledger)
        self.block, self.round = next(iter(self.ledger.blocks.items()))

    def put(self, offset, number, block):
        struct.pack_into("<2Q", self.good, self.block * keeper.BLOCK + offset, number, block)
        return self.ledger.lost(self.good)

    def test_good(self):
        self.assertEqual(self.ledger.lost(self.good), [])
        self.assertEqual(len(self.ledger.blocks) % keeper.WRITES, 0)

    def test_lost_write(self):
        self.assertEqual(len(self.put(4080, self.round - 1, self.block)), 1)
        self.assertEqual(len(self.put(4080, 0, 0)), 1)

    def test_misplaced_write(self):
        self.assertEqual(len(self.put(0, self.round, self.block + 1)), 1)

    def test_unflushed_write_may_be_there(self):
        self.assertEqual(self.put(16, 41, self.block), [])
        self.assertEqual(len(self.put(16, 42, self.block)), 1)

    def test_lives_go_on(self):
        self.assertEqual(self.ledger.read(serial(41, 50)), 10)
        self.assertIsInstance(self.ledger.read(serial(50, 60)), str)
        self.assertIsInstance(self.ledger.read("failed 00000033\n"), str)


if __name__ == "__main__":
    unittest.main()
