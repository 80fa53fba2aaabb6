"""ovmf: unmodified OVMF runs the UEFI driver in the model's ROM and shows its console.

OVMF sends its console to the serial port, too. What is on the monitor must be the same text:
each character always as the same glyph, and no two as one.
"""

import time

from igdlab import png
from igdlab.asks import ModelControl
from igdlab.errors import LostLabPC
from igdlab.terminal import Terminal

SUMMARY = "OVMF's console on the model, read off the picture"
TIME_LIMIT = 240
PLAIN = True
FIRMWARE = "ovmf"
COLUMNS, ROWS = 100, 31      # of OVMF's console on 800x600
WIDTH, HEIGHT = 8, 19        # of its characters
SIZE = 800, 600
PROMPT = "Shell>"
KEYS = {" ": "spc", "-": "minus", "\n": "ret"}
# The last reloads what drives the screen: the driver is stopped and started again.
COMMANDS = ("drivers", "reconnect -r", "echo again")


def _text(path):
    return path.read_bytes().decode("ascii", errors="replace")


def _wait_for_prompt(run, prompts):
    """Until the shell has asked so often for a command, and is quiet."""
    deadline = time.monotonic() + TIME_LIMIT
    before = None
    while time.monotonic() < deadline:
        text = _text(run.console) if run.console.exists() else ""
        if text.count(PROMPT) >= prompts and text == before:
            return
        before = text
        time.sleep(0.5)
    raise LostLabPC(f"the shell did not ask for command {prompts}; see {run.console}")


def _type(monitor, line):
    for key in line + "\n":
        monitor.execute("send-key", keys=[{"type": "qcode", "data": KEYS.get(key, key)}])
        time.sleep(0.05)


def _picture(run, name):
    answer = ModelControl(run.control_socket).execute(
        "screenshot", file=str(run.folder / f"screen-{name}.png"))
    if not answer.get("ok"):
        raise LostLabPC(f"no picture of the monitor: {answer.get('error')}")
    (run.folder / f"serial-{name}").write_bytes(run.console.read_bytes())


def operate(run, monitor):
    """Type commands in OVMF's shell; a picture before and after each."""
    _wait_for_prompt(run, 1)
    _picture(run, "start")
    for number, command in enumerate(COMMANDS, 1):
        _type(monitor, command)
        _wait_for_prompt(run, number + 1)
        _picture(run, command.split()[0])


def _glyph(picture, column, row, top):
    x, y = WIDTH * column, top + HEIGHT * row
    background = picture.pixel(x, y)
    return tuple(picture.pixel(x + dot, y + line) != background
                 for line in range(HEIGHT) for dot in range(WIDTH))


def _check_screen(run, checks, name):
    """The characters the serial port has got, against what is on the monitor."""
    path = run.folder / f"screen-{name}.png"
    picture = png.read(path)
    if not checks.equal(f"the size of the picture, {name}", (picture.width, picture.height), SIZE):
        return None
    terminal = Terminal(COLUMNS, ROWS)
    terminal.feed(_text(run.folder / f"serial-{name}"))
    top = (picture.height - ROWS * HEIGHT) // 2
    glyphs, wrong, cells = {}, [], 0
    for row in range(ROWS):
        for column in range(COLUMNS):
            if (row, column) == (terminal.row, terminal.column):
                continue  # the cursor is on the monitor only
            character = terminal.lines[row][column]
            cells += character != " "
            if glyphs.setdefault(character, _glyph(picture, column, row, top)) \
                    != _glyph(picture, column, row, top):
                wrong.append((row, column, character))
    checks.equal(f"characters that are not as elsewhere, {name}", wrong[:5], [])
    checks.equal(f"characters that look alike, {name}", len(glyphs) - len(set(glyphs.values())), 0)
    checks.true(f"a blank is blank, {name}", not any(glyphs[" "]))
    checks.true(f"there is text, {name}", cells >= 100, f"{cells} characters")
    return terminal.text()


def check(run, checks):
    """Judge one run."""
    screens = {name: _check_screen(run, checks, name) for name in
               ("start", *(command.split()[0] for command in COMMANDS))}
    checks.contains("the shell's first line", "\n".join(screens["start"] or ()),
                    "UEFI Interactive Shell v2.")
    checks.contains("the driver's name", _text(run.folder / "serial-drivers"),
                    "igdvm GPU model GOP Driver")
    last = [line for line in screens["echo"] or () if line]
    checks.equal("the last lines", last[-3:], [f"{PROMPT} echo again", "again", PROMPT])
