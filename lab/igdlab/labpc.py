"""The lab PC: QEMU in software emulation with the GPU model at 00:02.0."""

import contextlib
import json
import re
import subprocess
import time
from pathlib import Path

from . import model_vm, processes, progress
from .asks import Asks
from .errors import LabError, LostLabPC
from .qmp import Heartbeat, Monitor

MEMORY = "3G"
MARK = re.compile(rb"igdvm-(?:lab|guest): ([^\r\n]*)\r?\n")


def command(parts, run):
    """The command line that starts the lab PC for a run (see `Run` in runner.py)."""
    cards = [word for card in run.cards for word in ("-device", json.dumps(card.device()))]
    disk = ()
    if "debian_image" in parts:  # /dev/vda; what is written to it is lost at the end
        disk = ("-drive", f"file={parts['debian_image']},format=raw,if=none,id=debian,"
                          "snapshot=on",
                "-device", "virtio-blk-pci,drive=debian,addr=8.0")
    # Answers the legacy VGA ranges, which the vfio-user client does not have. OVMF would
    # show its console on it.
    vga = () if "ovmf" in parts else ("-device", "VGA,addr=5.0")
    more = run.scenario.qemu_arguments(run) if hasattr(run.scenario, "qemu_arguments") else ()
    return model_vm.command(parts, [
        *model_vm.machine(parts, run, "q35,kernel-irqchip=off",
                          getattr(run.scenario, "MEMORY", MEMORY)),
        "-accel", "tcg", "-cpu", "EPYC",
        # Without caching-mode the vfio-user device is not told of mappings.
        "-device", "intel-iommu,intremap=on,eim=off,caching-mode=on",
        *vga, *model_vm.gpu(run, "pcie.0"),
        *model_vm.share("lab", run.share, 6),
        *model_vm.share("qemu", parts["qemu"], 7, readonly=True),  # for the QEMU inside
        *disk, *getattr(run.scenario, "QEMU_ARGUMENTS", ()), *more, *cards,
        *model_vm.linux(parts, run, "intel_iommu=on iomem=relaxed",
                        getattr(run.scenario, "APPEND", "")),
    ])


class Marks:
    """Follows a serial console's log and hands out the lines meant for the lab."""

    def __init__(self, console):
        self._console = Path(console)
        self._offset = 0

    def new(self):
        """Lines since the last call."""
        if not self._console.exists():
            return []
        with open(self._console, "rb") as stream:
            stream.seek(self._offset)
            data = stream.read()
        complete = data[:data.rfind(b"\n") + 1]
        self._offset += len(complete)
        return [line.decode(errors="replace") for line in MARK.findall(complete)]


class _Signs:
    """Tells when the lab PC and what runs in it have written nothing for too long."""

    def __init__(self, run):
        self._folder, self._limit = run.folder, getattr(run.scenario, "QUIET_LIMIT", None)
        self._seen, self._changed = None, time.monotonic()

    def lost(self):
        """Seconds without a sign of life when these are too many, else 0."""
        if not self._limit:
            return 0
        seen = 0
        for path in self._folder.rglob("*"):
            with contextlib.suppress(OSError):  # it may be gone by now
                seen += path.stat().st_size
        if seen != self._seen:
            self._seen, self._changed = seen, time.monotonic()
        quiet = int(time.monotonic() - self._changed)
        return quiet if quiet > self._limit else 0


def _screenshot(monitor, path):
    try:
        monitor.execute("screendump", filename=str(path), format="png")
        progress.say(f"screen of the lab PC: {path}")
    except LostLabPC as error:
        progress.say(f"no screenshot: {error}")


def write_state(monitor, heartbeat, path):
    """What the stuck lab PC's processor is doing, for whoever looks into it.

    Some of it several times: does anything move, does the timer's interrupt stay pending?
    """
    commands = ["info status", "info pic"] + 4 * ["info registers", "info lapic"]
    with open(path, "w", encoding="utf-8") as log:
        for command in commands:
            log.write(f"heartbeats {heartbeat.beats} {heartbeat.trouble}\n# {command}\n")
            with contextlib.suppress(LostLabPC):
                log.write(monitor.execute("human-monitor-command",
                                          **{"command-line": command}))
            time.sleep(0.3)


def open_monitor(run, process, log):
    """Connect to the monitor; when QEMU refuses its command line, say with what words."""
    try:
        return Monitor(run.monitor_socket, process)
    except LostLabPC:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=2)
        if not process.returncode:
            raise
        lines = (run.folder / log).read_text(errors="replace").splitlines()
        raise LabError(f"QEMU does not start: {lines[-1] if lines else ''}") \
            from None


def boot(parts, run, time_limit):
    """Run the lab PC until it powers off. LostLabPC when it does not in time."""
    with open(run.folder / "lab-pc-qemu.log", "wb") as log, \
            processes.running(command(parts, run), log, "QEMU") as process:
        monitor = open_monitor(run, process, "lab-pc-qemu.log")
        heartbeat = Heartbeat(monitor)
        heartbeat.start()
        marks, guest = Marks(run.console), Marks(run.folder / "guest-serial.log")
        asks, signs = Asks(run, monitor), _Signs(run)
        deadline = time.monotonic() + time_limit
        try:
            while process.poll() is None:
                for line in marks.new():
                    if line.startswith("screen "):
                        name = re.sub(r"[^a-z0-9-]", "", line[len("screen "):])
                        _screenshot(monitor, run.folder / f"screen-{name}.png")
                    else:
                        progress.say(f"  {line}")
                for line in guest.new():
                    progress.say(f"    guest: {line}")
                    asks.serve_line(line)
                asks.serve()
                quiet = signs.lost()
                if time.monotonic() > deadline or quiet:
                    _screenshot(monitor, run.folder / "screen-time-limit.png")
                    write_state(monitor, heartbeat, run.folder / "lab-pc-state.log")
                    why = (f"gave no sign of life for {quiet} s" if quiet else
                           f"did not finish within {time_limit} s")
                    raise LostLabPC(f"the lab PC {why}; see {run.console}")
                time.sleep(0.2)
            for line in marks.new():
                progress.say(f"  {line}")
        finally:
            heartbeat.stop()
            monitor.close()
    if process.returncode:
        raise LostLabPC(f"QEMU ended with status {process.returncode}; "
                        f"see {run.folder / 'lab-pc-qemu.log'}")
