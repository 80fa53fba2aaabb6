"""test_guests.py: what the lab makes of the words of guests and of igdvm."""

import struct
import sys
import unittest
from pathlib import Path
from types import SimpleNamespace

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "lab"))

from igdlab import hostile, leaks, tries  # noqa: E402  (the path must be set first)
from igdlab.model import Card  # noqa: E402

CHIP = {"gtt_stolen_size": 8 << 20, "stolen_size": 64 << 20, "bar0_size": 16 << 20}
SERIAL = """\
config 000050 000002c1
config 0000f0 7b000000
leak config 0000f0 7b000000
leak config-bytes 0000f0 7b000000
leak bar0 1080c0 7b800001
leak bar0 1080c0 7b800001
leak gtt 800000 12345678
register 108040 000002c1
read 00000010 not-zero 00000004 bar0 01000000 no-io
"""
REFUSAL = """\
igdvm: error: 0000:00:02.0: legacy mode is not possible, 2 requirements not met
  ivd: GGC is 0x02c3, IVD 1
    why:    with IVD set the device does not answer VGA cycles
    remedy: make the IGD the primary display
  rom-bar: the ROM BAR is off
    why:    firmware finds the VBIOS through it
  rom: ROM: none
    why:    the VBIOS is what legacy mode boots with
    remedy: give one
"""


class LeaksTest(unittest.TestCase):
    """The guest that looks for addresses of its host."""

    def test_told(self):
        told = leaks.Told.from_text(SERIAL)
        self.assertEqual((told.read, told.bar0_size, told.has_io), (16, 16 << 20, False))
        self.assertEqual(told.registers, {0x108040: 0x2c1})
        named = leaks.ranges(0x7b800000, CHIP, 0x7b7fd018, 0x2000)
        self.assertEqual([(leak["where"], leak["of"]) for leak in told.leaks(named)],
                         [("config 0xf0", "GTT stolen memory"),
                          ("config-bytes 0xf0", "GTT stolen memory"),
                          ("bar0 0x1080c0", "stolen memory")])

    def test_cut_off(self):
        self.assertEqual(leaks.Told.from_text(SERIAL.rpartition("read")[0]).read, 0)

    def test_parameters(self):
        words = struct.unpack("<37I", leaks.parameters(leaks.EVERYTHING, [(1, 2)], 64)[:148].ljust(
            148, b"\0"))
        self.assertEqual((*words[:3], words[19], words[20:22]), (8, 64, 0, 1, (1, 2)))
        self.assertGreater(leaks.least_read(CHIP, 8), leaks.least_read(CHIP, 512))
        self.assertGreater(leaks.least_read(CHIP, 512), leaks.least_read(CHIP, 512, 64))


class HostileTest(unittest.TestCase):
    """The guest that writes random values."""

    def test_boots(self):
        text = "\nhostile seed 00001000 boot 00000001: ..\n.\0. done\nSeaBIOS (version 1.16.2)\n" \
               "hostile seed 00001000 boot 0000ff02: .."
        self.assertEqual(hostile.boots(text), [(0x1000, 1, 4), (0x1000, 0xff02, 2)])

    def test_orderly(self):
        self.assertEqual(hostile.orderly(0, "igdvm: warning: x\n"), "")
        self.assertEqual(hostile.orderly(3, "igdvm: error: vCPU 0: KVM cannot emulate an "
                                         "instruction (1)\n"), "")
        for status, log in ((1, "igdvm: error: x\n"), (3, "igdvm: error: disk\n"), (-11, ""),
                            (None, ""), (0, "x.c:1: runtime error: shift\n"),
                            (0, "==1==ERROR: LeakSanitizer: detected\n")):
            self.assertNotEqual(hostile.orderly(status, log), "", (status, log))


class TriesTest(unittest.TestCase):
    """What igdvm said to one command line."""

    def test_told(self):
        # A failure without its remedy does not count.
        self.assertEqual(tries.told(REFUSAL), {"ivd": "GGC is 0x02c3, IVD 1",
                                               "rom": "ROM: none"})

    def test_read(self):
        run = SimpleNamespace(text={"tries/a-auto": "1\nwords\n", "tries/b-auto": ""}.get)
        self.assertEqual(tries.read(run, "a", "auto"), (1, "words\n"))
        self.assertEqual(tries.read(run, "b", "auto"), (None, ""))


class CardTest(unittest.TestCase):
    """A GPU more in the lab PC."""

    def test_device(self):
        card = Card("x", "c.1", "skylake", (), {"x-pci-device-id": 1}, socket="/s", rom="/r")
        self.assertEqual(card.linux_address, "0000:00:0c.1")
        self.assertEqual(card.device(), {
            "driver": "vfio-user-pci", "bus": "pcie.0", "addr": "c.1", "romfile": "/r",
            "socket": {"type": "unix", "path": "/s"}, "x-pci-device-id": 1})


if __name__ == "__main__":
    unittest.main()
