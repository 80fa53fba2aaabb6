#!/usr/bin/env python3
"""test_hostile.py: a guest that writes random values to all it can reach harms nobody.

usage: test_hostile.py BUILD [--seconds N] [--seed N]

On this machine's own KVM, the model assigned over vfio-user; igdvm and the model run under
sanitizers when BUILD/sanitized has them. A guest that ends or hangs itself is started again
with the next seed; seeds are told, and the same seed does the same again. Afterwards another
guest must find the device in order. Exit status 77 (skipped) where there is no /dev/kvm.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
from kvm_guest import Expectations, Guest, start  # noqa: E402

from igdlab import hostile, leaks, model  # noqa: E402  (kvm_guest sets the path)

GENERATION = "skylake"
STUCK = 90     # seconds without a sign of life: the guest has stopped itself
ENDING = 60    # seconds igdvm may take to end when it is asked to
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0",
               "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}


class Bout:
    """One life of igdvm with the hostile guest."""

    def __init__(self, igdvm, folder, socket, seed):
        self.console, self.log = folder / f"console-{seed:08x}", folder / f"igdvm-{seed:08x}"
        self.stats = folder / f"stats-{seed:08x}.json"
        boot, scratch = folder / "boot.img", folder / "scratch.img"
        boot.write_bytes(hostile.disk(seed))
        scratch.write_bytes(bytes(hostile.SCRATCH_BYTES))
        with open(self.log, "wb") as log:
            # Sanitizers make calls of their own, which no sandbox allows; the lab's hostile
            # guest meets it.
            self.process = subprocess.Popen(
                [igdvm, "run", "--device", f"vfio-user:{socket}", "--mode", "legacy",
                 "--sandbox", "off",
                 "--memory", "256M", "--cpus", "2", "--disk", f"{boot},ro",
                 "--disk", scratch, "--serial", "none",
                 "--debug-console", f"file:{self.console}", f"--stats={self.stats}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=ENVIRONMENT)

    def run(self, until):
        """Let it be until it ends, is stuck, or the time is over, but see its first line on
        a slow machine, too; "" or what is wrong."""
        size, changed, last = -1, time.monotonic(), time.monotonic() + STUCK
        while self.process.poll() is None and (
                time.monotonic() < until or size <= 0 and time.monotonic() < last):
            now = self.console.stat().st_size if self.console.exists() else 0
            if now != size:
                size, changed = now, time.monotonic()
            elif time.monotonic() - changed > STUCK:
                break
            time.sleep(0.1)
        if self.process.poll() is None:
            self.process.terminate()
        try:
            status = self.process.wait(ENDING)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return f"igdvm did not end within {ENDING} s of SIGTERM"
        return hostile.orderly(status, self.log.read_text(errors="replace"))

    def said(self):
        """The guest's lines."""
        return self.console.read_text(errors="replace") if self.console.exists() else ""

    def growth(self):
        """What grew from one reset to another, or ""."""
        try:
            samples = json.loads(self.stats.read_text())["samples"][2:]
        except (OSError, ValueError, KeyError):
            return ""
        grown = [what for what in ("fds", "slots") if len(samples) > 1
                 and samples[-1][what] > max(samples[0][what], samples[1][what])]
        return ", ".join(f"{what} {samples[0][what]} to {samples[-1][what]}"
                         for what in grown)


def look_again(igdvm, folder, socket):
    """Another guest reads the device: (what it said, igdvm's status)."""
    disk, serial = folder / "leaks.img", folder / "leaks.txt"
    disk.write_bytes(leaks.disk(4096, []))
    status = subprocess.run(
        [igdvm, "run", "--device", f"vfio-user:{socket}", "--mode", "legacy",
         "--memory", "256M", "--disk", disk, "--serial", f"file:{serial}", "--quiet"],
        stdin=subprocess.DEVNULL, timeout=600, check=False).returncode
    return leaks.Told.from_text(serial.read_text() if serial.exists() else ""), status


def attack(igdvm, folder, socket, seed, seconds):
    """Bout after bout: (problems, boots, steps, seeds used)."""
    problems, all_boots, steps, first = [], 0, 0, seed
    until = time.monotonic() + seconds
    while time.monotonic() < until and not problems:
        bout = Bout(igdvm, folder, socket, seed)
        wrong = bout.run(until)
        done = hostile.boots(bout.said())
        grown = bout.growth()
        all_boots += len(done)
        steps += 256 * sum(dots for _, _, dots in done)
        print(f"     seed {seed:#010x}: {len(done)} boots, "
              f"status {bout.process.returncode}", flush=True)
        problems += [f"seed {seed:#x}: {text}" for text in (wrong, grown) if text]
        seed += 1
    return problems, all_boots, steps, seed - first


def main():
    """Entry point."""
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=lambda text: int(text, 0), default=None)
    options = parser.parse_args()
    sys.argv = [sys.argv[0], options.build]
    plain, folder = start(__doc__, "hostile")
    sanitized = Path(options.build).resolve() / "sanitized/src/cmd/igdvm"
    igdvm = sanitized if sanitized.exists() else plain
    seed = options.seed if options.seed is not None else int(time.time()) & 0xffffff00
    print(f"     {igdvm}, first seed {seed:#x}")
    expect = Expectations()
    with tempfile.TemporaryDirectory(prefix="igdvm-hostile-") as name:
        socket = Path(name) / "model"
        with open(folder / "model.log", "wb") as log:
            server = subprocess.Popen(
                [igdvm, "model", "--gen", GENERATION, "--socket", socket, "--host-regions",
                 "--log-level", "warning"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=ENVIRONMENT)
        try:
            Guest.wait(socket.exists, 20, server)
            problems, boots, steps, lives = attack(igdvm, folder, socket, seed,
                                                   options.seconds)
            expect.true("igdvm is alive or ended as documented", not problems,
                        "\n".join(problems))
            expect.true("the guest did its work", boots and steps,
                        f"{boots} boots, {steps} steps, {lives} lives of igdvm")
            expect.true("the model is alive", server.poll() is None, server.returncode or "")
            told, status = look_again(plain, folder, socket)
            chip = model.describe(plain, GENERATION)
            expect.true("another guest finds the device in order", status == 0
                        and told.config.get(0) == int(chip["device"] + "8086", 16)
                        and told.registers.get(0x108040) == chip["ggc"], f"status {status}")
        finally:
            server.terminate()
            status = server.wait(60)
        wrong = hostile.orderly(status, (folder / "model.log").read_text(errors="replace"))
        expect.true("the model ended in order", not wrong, wrong)
    return expect.end(folder)


if __name__ == "__main__":
    sys.exit(main())
