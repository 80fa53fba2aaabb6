"""i915-clients: modetest and Xorg on the modelled display."""

import json
import re
import struct

from igdlab import kernellog, monitors, png

SUMMARY = "modetest and Xorg (modesetting) show on the modelled display what they should"
TIME_LIMIT = 400
PLAIN = True
SHARES = ("clients",)
MONITORS = "hdmi-b:1024x768+800x600"
MODEL = ("--display-slowdown", "3")
APPEND = "log_buf_len=4M"

# The upper part of modetest's test pattern: seven bars over the width.
SMPTE = ((192, 192, 192), (192, 192, 0), (0, 192, 192), (0, 192, 0), (192, 0, 192),
         (192, 0, 0), (0, 0, 192))
ROOT = (0x33, 0x66, 0x99)
TERMINAL = (100, 80, 60 * 6, 8 * 13)  # at most this place is the terminal's: x, y, size


def environment(run):
    """What the guest's script is told."""
    monitor = monitors.parse(run.monitors)[0]
    width, height = monitor.modes[0]
    return {"LAB_CONNECTOR": monitor.connector, "LAB_MODE": f"{width}x{height}"}


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the guest's script ended", run.text("exit-status").strip(), "0"):
        return
    monitor = monitors.parse(run.monitors)[0]
    _check_modetest(run, checks, monitor)
    _check_xorg(run, checks, monitor)
    kernellog.check(run, checks)


def _picture(run, checks, name):
    try:
        return png.read(run.folder / f"screen-{name}.png")
    except (OSError, ValueError) as error:
        checks.true(f"picture {name}", False,
                    f"{error}; the model: {run.text(f'ask-{name}').strip()[:200]}")
        return None


def _check_modetest(run, checks, monitor):
    checks.contains("modetest lists the connector", run.text("modetest.log"),
                    f"connected\t{monitor.connector}")
    checks.equal("modetest set the mode", run.text("modetest-status").strip(), "0")
    image = _picture(run, checks, f"modetest-{monitor.port}")
    if image:
        wrong = sum(image.pixel(x, y) != SMPTE[x * 7 // image.width]
                    for y in range(0, image.height * 6 // 9, 16)
                    for x in range(image.width))
        checks.equal("modetest's bars: wrong pixels of every 16th row", wrong, 0)
    rates = [float(rate) for rate in
             re.findall(r"freq: ([\d.]+)Hz", run.text("modetest-flips.log"))]
    checks.true("modetest flips pages", rates and min(rates) > 0, f"{rates} Hz")


def _xwd(data):
    """Rows of RGB of a dump of 4 bytes a pixel, least significant first."""
    fields = struct.unpack_from(">20I", data)
    size, width, height, bits, pitch, colours = (fields[0], fields[4], fields[5], fields[11],
                                                 fields[12], fields[19])
    if bits != 32 or fields[7] != 0:
        raise ValueError(f"{bits} bits a pixel, byte order {fields[7]}")
    start, rows = size + colours * 12, []
    for y in range(height):
        line = data[start + y * pitch:start + y * pitch + 4 * width]
        row = bytearray(3 * width)
        row[0::3], row[1::3], row[2::3] = line[2::4], line[1::4], line[0::4]
        rows.append(row)
    return rows


def _check_xorg(run, checks, monitor):
    checks.contains("Xorg drives it by modesetting", run.text("xorg.log"), "modeset(0)")
    checks.contains("xrandr names the connector", run.text("xrandr.log"),
                    f"{monitor.connector.replace('HDMI-A', 'HDMI')} connected")
    image = _picture(run, checks, f"xorg-{monitor.port}")
    if not image:
        return
    try:
        rows = _xwd((run.folder / "root.xwd").read_bytes())
    except (OSError, ValueError, struct.error) as error:
        checks.true("xwd dumped the screen", False, error)
        return
    wrong = sum(row[i:i + 3] != other[i:i + 3] for row, other in zip(rows, image.rows)
                if row != other for i in range(0, len(row), 3))
    checks.equal("the picture is what X has on its screen: wrong pixels",
                 (len(rows), len(rows[0]) // 3, wrong), (image.height, image.width, 0))
    checks.equal("its background", [image.pixel(2, 2), image.pixel(image.width - 3, 2)],
                 [ROOT, ROOT])
    x, y, width, height = TERMINAL
    inks = {image.pixel(i, j) for j in range(y, y + height) for i in range(x, x + width)}
    checks.true("a terminal with text", {(0, 0, 0), (255, 255, 255)} <= inks,
                f"{len(inks)} colours")
    checks.true("what the model told of itself",
                json.loads(run.text("model-info.json") or "{}").get("ok"))
