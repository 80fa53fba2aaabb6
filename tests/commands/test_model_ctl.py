#!/usr/bin/env python3
"""test_model_ctl.py: a running model, watched and changed by `igdvm model ctl`.

usage: test_model_ctl.py BUILD
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "lab"))

from igdlab import runner  # noqa: E402  (the path must be set first)

PNG = b"\x89PNG\r\n\x1a\n"

# Words after PATH, exit status, what must be said.
ASKED = (
    (["info"], 0, "model: skylake"),
    (["info"], 0, "monitors: hdmi-b:1024x768@60"),
    (["unplug", "hdmi-b"], 0, ""),
    (["info"], 0, "monitors: hdmi-b:none"),
    (["plug", "hdmi-b"], 0, ""),
    (["info"], 0, "monitors: hdmi-b:1024x768@60"),
    (["plug", "dp-c:800x600"], 0, ""),
    (["info"], 0, "monitors: dp-c:800x600@60"),
    (["plug", "dp-b"], 2, "dp-b: the board has no such connector, but edp-a, hdmi-b, dp-c"),
    (["plug", "hdmi-b:8x8"], 2, "expected 640x400"),
    (["plug", "none"], 2, "no such connector"),
    (["unplug", "edp-a"], 2, "cannot be plugged"),
    (["fault", "edid-nak"], 0, ""),
    (["fault", "irq-lost=7"], 0, ""),
    (["info"], 0, "faults: irq-lost=7"),
    (["fault", "edid-nak", "off"], 0, ""),
    (["fault", "irq-lost", "off"], 0, ""),
    (["fault", "nonsense"], 2, "no such fault; known are"),
    (["fault", "edid-nak", "perhaps"], 2, "perhaps: expected on or off"),
    (["screenshot", "here.png"], 0, "files: "),
    (["screenshot", "fifo"], 2, "fifo: not a regular file"),
    (["screenshot", "here.png", "hdmi-d"], 2, "hdmi-d: the board has no such connector"),
    (["screenshot"], 0, "files: end.png"),
    (["dance"], 2, "dance: no such command"),
    (["plug"], 2, "0 arguments, expected 1"),
    ([], 2, "expected PATH and COMMAND"),
)

# Lines a program may send, and the answers.
LINES = (
    (b"nonsense\n", False),
    (b"[1]\n", False),
    (b'{"do": 3}\n', False),
    (b'{"do": "fault", "fault": "edid-nak", "on": "yes"}\n', False),
    (b'{"do": "info"}\n', True),
)


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    igdvm = runner.find_igdvm(Path(sys.argv[1]).resolve())
    failed = 0

    def true(what, condition):
        nonlocal failed
        if not condition:
            print(f"wrong: {what}")
            failed += 1

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        os.mkfifo(place / "fifo")
        server = subprocess.Popen(
            [igdvm, "model", "--gen", "skylake", "--socket", "gpu", "--control", "control",
             "--screenshot", "end.png", "--monitor", "edp-a,hdmi-b:1024x768,dp-c:none"],
            cwd=folder, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not (place / "gpu").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        for words, status, text in ASKED:
            done = subprocess.run([igdvm, "model", "ctl", "control", *words], cwd=folder,
                                  capture_output=True, text=True, check=False)
            said = done.stderr if status else done.stdout
            true(f"{' '.join(words)}: {done.returncode}, {said!r}",
                 done.returncode == status and text in said)
        done = subprocess.run([igdvm, "model", "ctl", "--json", "control", "info"], cwd=folder,
                              capture_output=True, text=True, check=False)
        told = json.loads(done.stdout)
        true("JSON", told["ok"] and len(told["pipes"]) == 4 and told["faults"] == [])
        true("a picture", (place / "here.png").read_bytes().startswith(PNG))
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(place / "control"))
            answers = connection.makefile("rb")
            for line, good in LINES:
                connection.sendall(line)
                true(line, json.loads(answers.readline())["ok"] == good)
            with contextlib.suppress(ConnectionError):
                connection.sendall(b"x" * 5000)
                true("an endless line ends the connection", answers.read() == b"")
        (place / "end.png").unlink()
        server.send_signal(signal.SIGUSR1)
        while not (place / "end.png").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        true("a picture by signal", (place / "end.png").read_bytes().startswith(PNG))
        server.terminate()
        true("it ends", server.wait(30) == 0)
        true("it leaves no socket", not (place / "control").exists())
        done = subprocess.run([igdvm, "model", "ctl", "control", "info"], cwd=folder,
                              capture_output=True, text=True, check=False)
        true("nobody there", done.returncode == 3 and "is a model running" in done.stderr)
        for wrong, text in ((["--fault", "x"], "--fault: x: no such fault"),
                            (["--screenshot", "x.png"], "--screenshot needs --socket"),
                            (["--vnc", "1,pipe=z"], "expected ADDRESS"),
                            (["--socket", "s", "--vnc", "nowhere"], "expected unix:PATH")):
            done = subprocess.run([igdvm, "model", "--gen", "skylake", "--describe", *wrong],
                                  cwd=folder, capture_output=True, text=True, check=False)
            true(f"{wrong}: {done.stderr!r}", done.returncode == 2 and text in done.stderr)
        done = subprocess.run([igdvm, "model", "--fault", "help"], capture_output=True, text=True,
                              check=False)
        true("--fault help", done.returncode == 0 and "dma-stray=N" in done.stdout)
    print(f"{failed} wrong" if failed else "all as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
