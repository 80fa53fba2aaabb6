"""kvm_guest: what the tests on this machine's own KVM share: the model, igdvm, a guest."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
TOP = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "lab"))

from igdlab import prepare, runner  # noqa: E402  (the path must be set first)

SKIPPED = 77
LIMIT = 300  # seconds for one guest


class Expectations:
    """Prints what was expected and whether it was so."""

    def __init__(self):
        self.failed = 0

    def true(self, what, condition, found=""):
        print(f"{'ok  ' if condition else 'FAIL'} {what}{': ' + str(found) if found else ''}")
        self.failed += not condition

    def end(self, folder):
        """The last line and the exit status."""
        print(f"{self.failed} of the expectations failed; logs in {folder}"
              if self.failed else "all as expected")
        return 1 if self.failed else 0


def start(usage, name):
    """Read the command line BUILD; the path of igdvm and an empty folder for the logs."""
    if len(sys.argv) != 2:
        print(usage)
        sys.exit(2)
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        print("/dev/kvm is not there or not accessible; the lab covers the same")
        sys.exit(SKIPPED)
    build = Path(sys.argv[1]).resolve()
    folder = build / name
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    return runner.find_igdvm(build), folder


class Guest:
    """One guest: serve the model, run igdvm on it with a flat guest of lab/guests.

    Logs are made in a folder with a short name, for the socket, and kept in `folder`.
    """

    def __init__(self, igdvm, folder, generation="skylake", mode="legacy"):
        self.igdvm, self.folder = igdvm, folder
        self.generation, self.mode = generation, mode
        self.work = self.model = self.process = self.status = None

    def __enter__(self):
        self.work = Path(tempfile.mkdtemp(prefix="igdvm-firmware-"))
        self.socket = self.work / "model.socket"
        with open(self.work / "model.log", "wb") as log:
            self.model = subprocess.Popen(
                [self.igdvm, "model", "--gen", self.generation, "--socket", self.socket,
                 "--host-regions", "--vga-text", self.work / "vga.txt"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        if not self.wait(self.socket.exists, 10, self.model):
            self.__exit__()
            raise SystemExit(f"the model made no socket {self.socket}")
        return self

    def __exit__(self, *_):
        for process in (self.process, self.model):
            if process and process.poll() is None:
                process.terminate()
                process.wait(10)
        self.folder.mkdir(exist_ok=True)
        for name in self.work.iterdir():
            if name.is_file() and name.suffix != ".img":
                shutil.copy(name, self.folder / name.name)
        shutil.rmtree(self.work)

    @staticmethod
    def wait(condition, seconds, process):
        """Until condition() holds, as long as process runs; did it?"""
        end = time.monotonic() + seconds
        while not condition():
            if process.poll() is not None or time.monotonic() > end:
                return condition()
            time.sleep(0.02)
        return True

    def start(self, flat_guest, *defines, cpus=1, options=()):
        """Boot a guest of lab/guests in the background."""
        disk = self.work / "disk.img"
        image = prepare.flat_guest(flat_guest, *defines).read_bytes()
        disk.write_bytes(image.ljust(1 << 20, b"\0"))
        self.run("--cpus", str(cpus), "--disk", disk, *options)

    def run(self, *options):
        """Run igdvm in the background with the usual options and these."""
        for name in ("serial.log", "firmware.log"):
            (self.work / name).unlink(missing_ok=True)
        with open(self.work / "igdvm.log", "wb") as log:
            self.process = subprocess.Popen(
                [self.igdvm, "run", "--device", f"vfio-user:{self.socket}",
                 "--mode", self.mode, "--address", "00:02.0", "--display", "none",
                 "--memory", "256M",
                 "--serial", f"file:{self.work / 'serial.log'}",
                 "--debug-console", f"file:{self.work / 'firmware.log'}",
                 f"--stats={self.work / 'stats.json'}", *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

    def finish(self, seconds=LIMIT):
        """Wait for igdvm to end; its exit status, None when it had to be killed."""
        try:
            self.status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        # The model writes this when its client has left.
        self.wait((self.work / "vga.txt").exists, 5, self.model)
        return self.status

    def text(self, name):
        """A log, as far as it is written."""
        path = self.work / name
        return path.read_text(errors="replace") if path.exists() else ""
