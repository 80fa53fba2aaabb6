"""The model of the Intel GPU: its files for the lab PC's firmware, and its server."""

import contextlib
import json
import re
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import processes
from .errors import USAGE, LabError, UsageError

IMPOSSIBLE = 1  # exit status of igdvm: not possible as asked
LPC_OF_Q35 = "8086:2918"
STOLEN_BYTES = 64 << 20  # of every model that is not told otherwise


@dataclass
class Card:
    """One more GPU in the lab PC, beside the one at 00:02.0.

    The lab PC's firmware gives it an OpRegion when its class is VGA, but no stolen
    memory: that is set with --bdsm.
    """

    name: str                 # for its log
    address: str              # "8.0", on the root bus unless properties name another
    generation: str
    arguments: tuple = ()     # of igdvm model
    properties: dict = field(default_factory=dict)  # of QEMU's vfio-user-pci
    has_rom: bool = True      # a video BIOS behind the ROM BAR, where one exists
    socket: Path = None
    rom: Path = None

    @property
    def linux_address(self):
        """As the lab PC's kernel names it."""
        slot, function = self.address.split(".")
        return f"0000:00:{int(slot, 16):02x}.{function}"

    def device(self):
        """QEMU's -device."""
        device = {"driver": "vfio-user-pci", "bus": "pcie.0", "addr": self.address,
                  "socket": {"type": "unix", "path": str(self.socket)}, **self.properties}
        if self.rom:
            device["romfile"] = str(self.rom)
        return device


def _run(command, what):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        if done.returncode in (USAGE, IMPOSSIBLE):
            raise UsageError(lines[-1])
        raise LabError(f"{what}: {lines[-1]}")
    return done.stdout


def generations(igdvm):
    """The names of all models, in the table's order."""
    text = _run([igdvm, "model", "--help"], "the model tells not what there is")
    return re.findall(r"^  ([a-z-]+) +8086:", text, re.MULTILINE)


def write_cards(cards, path):
    """Shell variables for scripts in the lab PC: CARD_name, CARDS, NAMES."""
    lines = [f"CARD_{card.name.replace('-', '_').upper()}={card.linux_address}\n"
             for card in cards]
    lines.append(f'CARDS="{" ".join(card.linux_address for card in cards)}"\n')
    lines.append(f'NAMES="{" ".join(card.name for card in cards)}"\n')
    path.write_text("".join(lines))


def describe(igdvm, generation):
    """What `igdvm model --describe` tells of a model."""
    return json.loads(_run([igdvm, "model", "--gen", generation, "--describe"],
                           "the model cannot describe itself"))


def write_files(igdvm, generation, folder, has_rom=True, monitors=""):
    """Have the model write its option ROM, if it has one, and OpRegion; the two paths."""
    rom, opregion = folder / "vbios.rom" if has_rom else None, folder / "opregion.bin"
    command = [igdvm, "model", "--gen", generation, "--lpc-id", LPC_OF_Q35,
               *monitor_arguments(monitors),
               *(("--write-rom", rom) if rom else ()), "--write-opregion", opregion]
    _run(command, "the model cannot write its ROM and OpRegion")
    return rom, opregion


def monitor_arguments(monitors):
    """What tells the model which monitors are plugged in; "": its usual one."""
    return ["--monitor", monitors] if monitors else []


def write_opregion(igdvm, generation, monitors, path):
    """Have the model write the OpRegion that goes with these monitors."""
    _run([igdvm, "model", "--gen", generation, *monitor_arguments(monitors),
          "--write-opregion", path], "the model cannot write its OpRegion")


def write_rom(igdvm, generation, path):
    """Have the model write its option ROM alone."""
    _run([igdvm, "model", "--gen", generation, "--lpc-id", LPC_OF_Q35, "--write-rom", path],
         "the model cannot write its ROM")
    return path


def _see_client_leave(log_path, server):
    """Wait until the server has told how it went with a client that is gone."""
    deadline = time.monotonic() + 10
    while server.poll() is None and time.monotonic() < deadline:
        told = Path(log_path).read_text(errors="replace")
        if told.count("client gone") >= told.count("client connected"):
            return
        time.sleep(0.05)


@contextlib.contextmanager
def serving(igdvm, generation, socket, log_path, arguments=()):
    """Run the model's server as long as the block lasts."""
    command = [str(igdvm), "model", "--gen", generation, "--lpc-id", LPC_OF_Q35,
               "--socket", str(socket), *arguments]
    with open(log_path, "wb") as log, processes.running(command, log, "the model") as server:
        deadline = time.monotonic() + 20
        while not socket.exists():
            if server.poll() is not None or time.monotonic() > deadline:
                raise LabError(f"the model did not open its socket; see {log_path}")
            time.sleep(0.05)
        yield server
        _see_client_leave(log_path, server)
