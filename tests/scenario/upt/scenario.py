"""upt: Debian on the emulated display, the GPU beside it, with and without its outputs.

It is powered off by its power button, which systemd-logind and the kernel's button driver take.
"""

import base64
import re

from igdlab import monitors, picture, png

SUMMARY = "Debian 12 boots to its login beside the GPU in UPT mode, with an OpRegion or without"
TIME_LIMIT = 3600
QUIET_LIMIT = 900
VMMS = ("igdvm",)
PROGRAMS = ("igdvm-display", "igdvm-ctl")
MODULES = ("virtio_blk",)
DEBIAN_DISK = True
MONITORS = "hdmi-b:1024x768"
MODEL = ("--display-slowdown", "10")  # two software emulations, one inside the other

VGA, GPU = "0000:00:02.0", "0000:00:10.0"


def prepare_run(run):
    """Put in what the guest is asked."""
    (run.input / "guest.sh").write_bytes((run.scenario.FOLDER / "guest.sh").read_bytes())


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    for name in ("on", "off"):
        _check_guest(run, checks, name)
    checks.equal("the GPU could be taken back", run.text("unbind-status").strip(), "0")


def _told(serial, what):
    """What the guest's script said of one kind, a list of words a line."""
    return [line.split() for line in re.findall(rf"^@{what} (.*?)\r?$", serial, re.MULTILINE)]


def _check_guest(run, checks, name):
    serial, log = run.text(f"{name}-serial.log"), run.text(f"{name}-vmm.log")
    checks.equal(f"{name}: exit status of igdvm", run.text(f"{name}-status").strip(), "0")
    checks.contains(f"{name}: igdvm says what it does", log, f"OpRegion {name}: as asked")
    checks.contains(f"{name}: GRUB on the serial port", serial, "GRUB")
    checks.contains(f"{name}: a login on the serial port", serial, "igdvm-guest login:")
    functions = {words[0]: words[1:] for words in _told(serial, "pci")}
    checks.equal(f"{name}: the emulated display", functions.get(VGA, [])[:2],
                 ["0x1234", "0x1111"])
    checks.equal(f"{name}: its driver", functions.get(VGA, [])[3:], ["bochs-drm"])
    checks.equal(f"{name}: the GPU's driver", functions.get(GPU, [])[3:], ["i915"])
    nodes = _told(serial, "nodes")
    checks.true(f"{name}: it renders", nodes and any("renderD" in word for word in nodes[0]),
                nodes)
    checks.equal(f"{name}: the kernel's driver has the power button", _told(serial, "button"),
                 [["LNXPWRBN:00"]])
    checks.contains(f"{name}: logind is told by it", serial, "Power key pressed")
    checks.contains(f"{name}: the guest powered off", serial, "reboot: Power down")
    font = _font(checks, name, serial)
    if font:
        _check_text(run, checks, f"{name}: login on the emulated display",
                    f"screen-{name}-login.png", font, "igdvm-guest login:")
    connected = [words[0] for words in _told(serial, "connector")
                 if words[0].startswith("card") and words[1] == "connected"
                 and "Virtual" not in words[0]]
    frame_buffers = {words[1] for words in _told(serial, "fb")}
    plugged = [monitor.connector for monitor in monitors.parse(run.monitors)]
    if name == "off":
        checks.contains("off: the signal pressed the button", log,
                        "asked the guest to power off")
        checks.equal("off: what the file system had to mend", _told(serial, "mended"), [["0"]])
        checks.equal("off: outputs of the GPU with a monitor", connected, [])
        checks.true("off: no console of the GPU's", "i915drmfb" not in frame_buffers,
                    frame_buffers)
        return
    checks.equal("on: outputs of the GPU with a monitor",
                 [one.split("-", 1)[1] for one in connected], plugged)
    checks.true("on: a console of the GPU's", "i915drmfb" in frame_buffers, frame_buffers)
    if font:
        _check_text(run, checks, "on: console on the GPU's monitor", "screen-on-monitor.png",
                    font, "this console is on the GPU's monitor")


def _font(checks, name, serial):
    """The font of the guest's console, or None."""
    size, data = _told(serial, "size"), _told(serial, "font")
    if not checks.true(f"{name}: the guest told its font", size and data, (size, len(data))):
        return None
    return picture.Font(base64.b64decode(data[0][0]), int(size[0][0]), int(size[0][1]))


def _check_text(run, checks, what, file, font, words):
    try:
        image = png.read(run.folder / file)
    except (OSError, ValueError) as error:
        checks.true(what, False, error)
        return
    columns, lines = image.width // font.width, image.height // font.height
    text, _ = picture.console_text(image, font, [0] * (columns * lines), columns, lines)
    checks.contains(what, text, words)
