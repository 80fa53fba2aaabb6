"""What a probe told, and the disk it was left on."""

import json
import struct

GUEST_JSON_OFFSET = 1 << 20  # where the guest's init puts it on the disk
PATTERN_OFFSET = 0x80000     # where the probe writes (lab/probe/devices.c)
PATTERN = bytes((i * 7 + 3) & 0xff for i in range(4096))


def number(text):
    """A number as the probe writes it ("0x1f" or "31")."""
    return int(text, 0) if isinstance(text, str) else int(text)


class Facts:
    """One probe's output with the questions scenarios ask of it."""

    def __init__(self, data):
        self.data = data

    @classmethod
    def from_text(cls, text):
        """Parse a probe's output; ValueError when it is not complete."""
        return cls(json.loads(text))

    @classmethod
    def from_disk(cls, image):
        """Take the guest's from the disk image the guest wrote it to."""
        data = image.read_bytes()[GUEST_JSON_OFFSET:]
        return cls.from_text(data.split(b"\0", 1)[0].decode())

    def config(self, address):
        """Config space of "00:02.0" and the like as bytes."""
        return bytes.fromhex(self.data["config"].get(address, ""))

    def field(self, address, offset, code):
        """One little-endian field of config space; code as of struct."""
        return struct.unpack_from("<" + code, self.config(address), offset)[0]

    def opregion(self):
        """The OpRegion's bytes, b"" when there is none."""
        return bytes.fromhex(self.data["opregion"].get("content", ""))

    def bdsm(self):
        """Base of stolen memory from config space."""
        return number(self.data["stolen"]["bdsm"]) & 0xfff00000

    def stolen(self, key, default=None):
        """A member of the stolen-memory facts."""
        return self.data["stolen"].get(key, default)

    def bar0(self, key, default="0"):
        """A member of the BAR0 facts as number."""
        return number(self.data["bar0"].get(key, default))

    def screen(self):
        """The text screen as one string."""
        return "\n".join(self.data["vga"].get("text", []))


def summarise_opregion(facts):
    """Add a hash of the OpRegion, which is easier to compare by eye than its bytes."""
    import hashlib
    content = facts.opregion()
    if content:
        facts.data["opregion"]["sha256"] = hashlib.sha256(content).hexdigest()
