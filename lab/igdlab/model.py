"""The model of the Intel GPU: its files for the lab PC's firmware, and its server."""

import contextlib
import json
import subprocess
import time
from pathlib import Path

from . import processes
from .errors import USAGE, LabError, UsageError

IMPOSSIBLE = 1  # exit status of igdvm: not possible as asked
LPC_OF_Q35 = "8086:2918"
STOLEN_BYTES = 64 << 20  # of every model that is not told otherwise


def _run(command, what):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        if done.returncode in (USAGE, IMPOSSIBLE):
            raise UsageError(lines[-1])
        raise LabError(f"{what}: {lines[-1]}")
    return done.stdout


def describe(igdvm, generation):
    """What `igdvm model --describe` tells of a model."""
    return json.loads(_run([igdvm, "model", "--gen", generation, "--describe"],
                           "the model cannot describe itself"))


def write_files(igdvm, generation, folder):
    """Have the model write its video BIOS and OpRegion; returns the two paths."""
    rom, opregion = folder / "vbios.rom", folder / "opregion.bin"
    command = [igdvm, "model", "--gen", generation, "--lpc-id", LPC_OF_Q35,
               "--write-rom", rom, "--write-opregion", opregion]
    _run(command, "the model cannot write its ROM and OpRegion")
    return rom, opregion


def _see_client_leave(log_path, server):
    """Wait until the server has told how it went with a client that is gone."""
    deadline = time.monotonic() + 10
    while server.poll() is None and time.monotonic() < deadline:
        told = Path(log_path).read_text(errors="replace")
        if told.count("client gone") >= told.count("client connected"):
            return
        time.sleep(0.05)


@contextlib.contextmanager
def serving(igdvm, generation, socket, log_path):
    """Run the model's server as long as the block lasts."""
    command = [str(igdvm), "model", "--gen", generation, "--lpc-id", LPC_OF_Q35,
               "--socket", str(socket)]
    with open(log_path, "wb") as log, processes.running(command, log, "the model") as server:
        deadline = time.monotonic() + 20
        while not socket.exists():
            if server.poll() is not None or time.monotonic() > deadline:
                raise LabError(f"the model did not open its socket; see {log_path}")
            time.sleep(0.05)
        yield server
        _see_client_leave(log_path, server)
