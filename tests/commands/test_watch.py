#!/usr/bin/env python3
"""test_watch.py: `igdvm watch --log`: saved kernel logs in the shapes people save them in.

usage: test_watch.py BUILD
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "lab"))

from found import tell  # noqa: E402
from igdlab import runner  # noqa: E402  (the path must be set first)

FAULT = "DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0xb1a000 " \
        "[fault reason 0x06] PTE Read access is not set"

# How dmesg, dmesg -T and journals write the time at which so many seconds of a day are over.
SHAPES = {
    "dmesg": lambda s: f"[{s + 100:5}.250000] ",
    "dmesg -T": lambda s: f"[Sun Jul 18 10:{s // 60:02}:{s % 60:02} 2021] ",
    "journalctl": lambda s: f"Jul 18 10:{s // 60:02}:{s % 60:02} host kernel: ",
    "journalctl -o short-iso":
        lambda s: f"2021-07-18T10:{s // 60:02}:{s % 60:02}+0200 host kernel: ",
}
BURST, STREAM = (3, 4, 4, 5), (3, 7, 11, 15, 19, 23)


def lines(shape, seconds):
    """A log with a fault at each of these."""
    stamp = SHAPES[shape]
    return "".join(f"{stamp(s)}{FAULT}\n" for s in seconds) + f"{stamp(90)}usb 1-1: new\n"


def watch(igdvm, log, *options):
    """Exit status, standard output and error."""
    done = subprocess.run([igdvm, "watch", "--log", log, *options], capture_output=True,
                          text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def check_shapes(igdvm, log):
    """Time tells bursts from streams, however it is written."""
    found = []
    for shape in SHAPES:
        for seconds, status, events in (
                (BURST, 0, ["first", "burst"]),
                (STREAM, 1, ["first", "stream", "end"]),
                # Two bursts far apart are no stream; nor is one of each of two boots.
                (BURST + tuple(s + 60 for s in BURST), 0, ["first", "burst"] * 2)):
            log.write_text(lines(shape, seconds))
            got, told, error = watch(igdvm, log, "--json")
            said = [json.loads(line)["event"] for line in told.splitlines()]
            if (got, said) != (status, events):
                found.append(f"{shape} {seconds}: status {got}, {said} {error}")
    log.write_text(lines("dmesg", STREAM) + lines("dmesg", BURST))
    got, told, error = watch(igdvm, log, "--json")
    said = [json.loads(line)["event"] for line in told.splitlines()]
    if said != ["first", "stream", "end", "first", "burst"]:
        found.append(f"two boots: status {got}, {said} {error}")
    return found


def check_others(igdvm, folder):
    """Logs without faults, and what is no log."""
    quiet = folder / "a quiet log"
    quiet.write_text("[    1.000000] usb 1-1: new\n")
    found = []
    for log, status, words in ((quiet, 0, "no DMA faults of 0000:00:02.0"),
                               (folder, 2, "Is a directory"),
                               (folder / "none", 2, "No such file")):
        got, told, error = watch(igdvm, log)
        if got != status or words not in told + error or log.name not in told + error:
            found.append(f"{log}: status {got}, {told}{error}")
    return found


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    igdvm = runner.find_igdvm(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as name:
        found = check_shapes(igdvm, Path(name) / "log") + check_others(igdvm, Path(name))
    return tell(found)


if __name__ == "__main__":
    sys.exit(main())
