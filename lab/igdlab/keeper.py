"""The guest that flushes its disk in rounds, and what must be on the disk after its end."""

import re
import struct

from . import prepare

BLOCK, BLOCKS, WRITES = 4096, 1024, 8  # as lab/guests/keeper.c has them
IMAGE_BYTES = BLOCK * BLOCKS


def boot_disk(first_round, *defines):
    """The disk it boots from."""
    return prepare.flat_disk("keeper", *defines, parameters=struct.pack("<I", first_round))


def _block_of(round_number, write):
    mixed = ((round_number * WRITES + write) & 0xffffffff) * 2654435761 & 0xffffffff
    part = BLOCKS // WRITES
    return write * part + (mixed >> 16) % part


class Ledger:
    """What the guest told to be flushed, over all of its lives."""

    def __init__(self):
        self.round = 0      # the last one it told of
        self.blocks = {}    # block: last flushed round that wrote it

    def read(self, serial):
        """Take in what one life said; how many rounds it flushed, or what went wrong."""
        if "failed" in serial:
            return f"a request failed: {serial.strip().splitlines()[-1]}"
        told = [int(word, 16) for word in re.findall(r"^flushed ([0-9a-f]{8})\r?\n", serial, re.M)]
        if told != list(range(self.round + 1, self.round + 1 + len(told))):
            return f"rounds {told[:3]}... after round {self.round}"
        for number in told:
            for write in range(WRITES):
                self.blocks[_block_of(number, write)] = number
        self.round += len(told)
        return len(told)

    def lost(self, image):
        """Blocks of the image's bytes that are older than what was flushed, in words."""
        found = []
        for block, number in self.blocks.items():
            words = struct.unpack_from(f"<{BLOCK // 8}Q", image, block * BLOCK)
            # A write that was not flushed may have come, as a whole or in part.
            if any(place != block for place in words[1::2]) or min(words[::2]) < number \
                    or max(words[::2]) > self.round + 1:
                found.append(f"block {block}: rounds {min(words[::2])} to {max(words[::2])}, "
                             f"{number} was flushed")
        return found
