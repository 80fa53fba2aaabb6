#!/usr/bin/env python3
"""On this machine's KVM: real VNC viewers choose from SeaBIOS' menu, type and read.

usage: test_display.py BUILD
Exit status: 0 passed, 1 failed, 77 skipped (no KVM here, or built without viewers).
"""

import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from kvm_guest import SKIPPED, Expectations, start

from igdlab import png, prepare, screen_text

VGA_BIOS = Path("/usr/share/seabios/vgabios-stdvga.bin")
PASSWORD = "sesame.1"
LIMIT = 60  # seconds for anything to appear


def until(condition, seconds=LIMIT):
    """Wait until condition() is true; its last value."""
    end = time.monotonic() + seconds
    value = condition()
    while not value and time.monotonic() < end:
        time.sleep(0.1)
        value = condition()
    return value


class Viewer:
    """A viewer on libvncclient (tests/viewer) that does as it is told."""

    def __init__(self, program, address, password):
        self.process = subprocess.Popen([program, address, password], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.greeting = self.process.stdout.readline().strip()

    def say(self, command):
        """Have it do this; its window's width and height then."""
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer or answer[0] != "ok":
            raise SystemExit(f"the viewer was told '{command}' and answered {answer}")
        return tuple(int(number) for number in answer[1:])

    def end(self):
        """Close its window."""
        self.process.stdin.close()
        self.process.wait(10)


class Display:
    """An igdvm whose guest waits in its firmware's menu, and the files that tell of it."""

    def __init__(self, igdvm, build, folder, work, image=b"", options=()):
        self.program = build / "tests/viewer/viewer"
        self.igdvm, self.folder = igdvm, folder
        self.socket, self.control = work / "vnc", work / "control"
        self.socket.unlink(missing_ok=True)  # of one that was killed
        self.shot = folder / "screenshot.png"
        self.font = screen_text.rom_font(VGA_BIOS)
        password = work / "password"
        password.write_text(PASSWORD + "\n")
        password.chmod(0o600)
        disk = work / "disk.img"
        disk.write_bytes(image.ljust(1 << 20, b"\0"))
        with open(folder / "igdvm.log", "wb") as log:
            self.process = subprocess.Popen(
                [igdvm, "run", "--memory", "64M", "--disk", disk, *options,
                 "--serial", f"file:{folder / 'serial.log'}", "--vnc", f"unix:{self.socket}", "--vnc-password", password,
                 "--screenshot", self.shot, "--control", f"unix:{self.control}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        if not until(self.socket.exists, 20):
            raise SystemExit(f"no socket for viewers; see {folder / 'igdvm.log'}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def viewer(self, password=PASSWORD):
        """One more viewer."""
        return Viewer(self.program, str(self.socket), password)

    def picture(self, viewer):
        """What a viewer shows."""
        path = self.folder / "viewer.ppm"
        viewer.say(f"save {path}")
        return screen_text.read_ppm(path)

    def shows(self, viewer, pattern):
        """The first line of text that matches, when one comes to be shown."""
        def look():
            lines = screen_text.read(self.picture(viewer), self.font)
            return next((line for line in lines if re.search(pattern, line)), None)
        return until(look)

    def log(self):
        """What igdvm and igdvm-display said."""
        return (self.folder / "igdvm.log").read_text(errors="replace")

    def says(self, pattern):
        """What of the log matches, when it comes."""
        return until(lambda: re.search(pattern, self.log()))

    def display_pid(self):
        """igdvm-display's, which is igdvm's child."""
        pid = self.process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def same(picture, other):
    """Are these the same picture?"""
    return (picture.width, picture.height, picture.rows) == \
        (other.width, other.height, other.rows)


def check_viewers(expect, display, viewer):
    """Several at once; one that is killed while it holds keys."""
    others = [display.viewer() for _ in range(4)]
    expect.true("four more are let in",
                all(other.greeting.startswith("ok") for other in others))
    expect.true("and see the same", all(display.shows(other, "ESC") for other in others))
    others[0].say("key ffe3 1")  # Control
    others[0].say("key ffe9 1")  # Alt
    time.sleep(0.3)
    others[0].process.kill()
    others[0].process.wait()
    expect.true("it is killed, and the others stay", display.says("viewer gone, 4 left"))
    for other in others[1:]:
        other.end()
    # With Control and Alt still down Escape would not be that key.
    viewer.say("key ff1b 1")
    viewer.say("key ff1b 0")
    expect.true("a key of the first one brings the menu",
                display.shows(viewer, "Select boot device"))


def check_screenshots(expect, display, viewer):
    """At SIGUSR1, and at the end: what the viewer sees. The cursor may blink once."""
    def saved():
        display.shot.unlink(missing_ok=True)
        display.process.send_signal(signal.SIGUSR1)
        return until(display.shot.exists) and \
            same(png.read(display.shot), display.picture(viewer))
    expect.true("a screenshot at SIGUSR1 is what the viewer sees", until(saved))
    display.shot.unlink()
    asked = display.folder / "asked.png"
    done = subprocess.run([display.igdvm, "ctl", display.control, "screenshot", asked],
                          capture_output=True, text=True, check=False)
    expect.true("one asked for by igdvm ctl is there when that ends",
                done.returncode == 0 and png.read(asked).width == 720, done.stderr.strip())
    done = subprocess.run([display.igdvm, "ctl", display.control, "screenshot",
                           "/nowhere/at/all.png"], capture_output=True, text=True, check=False)
    expect.true("where none can be written it says so", done.returncode == 2
                and "/nowhere/at/all.png: cannot be made: No such file" in done.stderr,
                done.stderr.strip())
    done = subprocess.run([display.igdvm, "ctl", display.control, "screenshot", "/dev/null"],
                          capture_output=True, text=True, check=False)
    expect.true("a device is not replaced", done.returncode == 2
                and "not a regular file" in done.stderr, done.stderr.strip())
    display.process.terminate()
    display.process.wait(60)
    last = png.read(display.shot) if display.shot.exists() else None
    lines = screen_text.read(last, display.font) if last else []
    expect.true("one at the end shows the same text",
                any("Select boot device" in line for line in lines))
    expect.true("igdvm ends well", display.process.returncode == 0, display.process.returncode)
    expect.true("and takes the socket along", not display.socket.exists())


TYPED = "The quick (brown) fox: 0123456789 {jumps} | over <the> lazy_dog?"


def check_typing(expect, display):
    """What a viewer types is what the guest got, and what the viewer shows."""
    viewer = display.viewer()
    expect.true("a guest waits for keys", display.shows(viewer, "^typewriter:$"))
    viewer.say(f"type {TYPED}\\n")
    expect.true("what is typed is read off the picture",
                display.shows(viewer, f"^typewriter: {re.escape(TYPED)}$"))
    serial = (display.folder / "serial.log").read_text()
    expect.true("and is what the guest got", f"typewriter: {TYPED}" in serial.splitlines(),
                serial.splitlines()[-2:])
    sizes = [viewer.say("point 1 1 0")]
    for size in ((800, 600), sizes[0]):
        viewer.say("key ff1b 1")
        viewer.say("key ff1b 0")
        end = time.monotonic() + 10
        while viewer.say("point 1 1 0") != size and time.monotonic() < end:
            time.sleep(0.1)
        sizes.append(viewer.say("point 1 1 0"))
    expect.true("a mode the guest sets resizes the window, and back",
                sizes == [(720, 400), (800, 600), (720, 400)], sizes)
    expect.true("and the text is there again", display.shows(viewer, "^typewriter:$"))
    viewer.end()


def check_killed(expect, display):
    """igdvm-display is killed: one line, and the guest goes on."""
    viewer = display.viewer()
    display.shows(viewer, "ESC")
    subprocess.run(["kill", "-9", str(display.display_pid())], check=True)
    viewer.process.wait(10)
    expect.true("igdvm-display is killed: one line tells so",
                display.says(r"igdvm-display ended \(.*\): the guest goes on"))
    time.sleep(0.5)
    display.process.send_signal(signal.SIGUSR1)
    expect.true("a screenshot is not to be had any more",
                display.says("screenshot .*: igdvm-display has ended"))
    done = subprocess.run([display.igdvm, "ctl", display.control, "screenshot", "x.png"],
                          capture_output=True, text=True, check=False)
    expect.true("nor by igdvm ctl", done.returncode == 1 and "has ended" in done.stderr
                and not list(Path.cwd().glob("x.png*")), done.stderr.strip())
    expect.true("the guest goes on", display.process.poll() is None)
    display.process.terminate()
    display.process.wait(60)
    told = [line for line in display.log().splitlines() if "igdvm-display ended" in line]
    expect.true("once", len(told) == 1, told)


def main():
    """All guests."""
    igdvm, folder = start(__doc__, "display")
    build = folder.parent
    if not (build / "tests/viewer/viewer").exists():
        print("built without libvncclient")
        return SKIPPED
    expect = Expectations()
    with tempfile.TemporaryDirectory(prefix="igdvm-display-") as work:
        menu = ("--boot-menu=600",)
        with Display(igdvm, build, folder, Path(work), options=menu) as display:
            expect.true("a viewer with a wrong password is refused",
                        display.viewer("sesame.2").greeting == "refused")
            viewer = display.viewer()
            expect.true("one with the right one is let in", viewer.greeting.startswith("ok"),
                        viewer.greeting)
            expect.true("it sees the firmware", display.shows(viewer, "Press ESC for boot menu"))
            check_viewers(expect, display, viewer)
            check_screenshots(expect, display, viewer)
        (folder / "killed").mkdir()
        with Display(igdvm, build, folder / "killed", Path(work), options=menu) as display:
            check_killed(expect, display)
        (folder / "typing").mkdir()
        image = prepare.flat_guest("typewriter").read_bytes()
        with Display(igdvm, build, folder / "typing", Path(work), image) as display:
            check_typing(expect, display)
    return expect.end(folder)


if __name__ == "__main__":
    raise SystemExit(main())
