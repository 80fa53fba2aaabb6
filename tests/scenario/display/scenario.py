"""display: people see and use a guest: by VNC, and with the lab PC's keyboard and mouse."""

import re
import struct
from pathlib import Path

from igdlab import initramfs, png, prepare, screen_text

SUMMARY = "a login over VNC, read off the picture; a keyboard of the host handed over"
TIME_LIMIT = 900
VMMS = ("igdvm",)
MODULES = ("uinput", "evdev")
PROGRAMS = ("igdvm-display", "../../tests/viewer/viewer")
GUEST_MODULES = ("virtio_pci", "virtio_rng", "virtio_input", "evdev", "psmouse", "bochs")

EV_KEY, KEY_G = 1, 34
VGA_BIOS = Path("/usr/share/seabios/vgabios-stdvga.bin")


def files():
    """What the lab PC has besides: somebody's hands on its keyboard and mouse."""
    return {"bin/hands": prepare.hands() / "hands"}


def prepare_run(run):
    """Put the guest in: a login on the emulated display."""
    (run.input / "display-initrd").write_bytes(initramfs.build(
        run.parts["guest_kernel"], GUEST_MODULES,
        {"init": run.scenario.FOLDER / "guest-init"}))


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    serial, log = run.text("guest-serial.log"), run.text("vmm.log")
    _check_viewer(run, checks, serial)
    _check_hands(run, checks, serial, log)
    _check_pointers(checks, serial)
    _check_pictures(run, checks)
    checks.equal("igdvm ended with status", run.text("vmm-status").strip(), "0")


def _lines(run, name):
    picture = screen_text.read_ppm(run.folder / "pictures" / name)
    return picture, screen_text.read(picture, screen_text.rom_font(VGA_BIOS))


def _check_viewer(run, checks, serial):
    checks.equal("a password that others can read: status",
                 run.text("open-password.status").strip(), "2")
    checks.contains("and why", run.text("open-password.log"), "only its owner can read")
    checks.equal("a viewer with a wrong password is", run.text("refused.log").strip(), "refused")
    _, login = _lines(run, "login.ppm")
    # The cursor behind it blinks.
    checks.true("the login is read off the picture",
                "guest login:" in login or "guest login: _" in login,
                [line for line in login if line])
    checks.contains("what a viewer typed arrived", serial,
                    "Typed by a viewer: {[(<~!@#$%^&*|?>)]}_+-=;,./")
    _, shell = _lines(run, "shell.ppm")
    checks.true("and is read off the picture", "42 is seen" in shell,
                [line for line in shell if line])


def _heard(run, name):
    """(type, code, value) of the events in a file read from an event device."""
    data = (run.folder / name).read_bytes()
    return [struct.unpack_from("<HHi", data, at + 16) for at in range(0, len(data) - 23, 24)]


def _check_hands(run, checks, serial, log):
    lines = serial.replace("\r", "").splitlines()
    checks.true("what was typed on the lab PC's keyboard arrived", "hands" in lines)
    checks.equal("the lab PC heard nothing of it", _heard(run, "host-heard-while-away"), [])
    after = _heard(run, "host-heard-after")
    checks.true("given back, it hears of a key", (EV_KEY, KEY_G, 1) in after, after)
    checks.true("taken again, it types into the guest", "again" in lines)
    checks.true("the guest's caps lock lights the keyboard", "led 1 1" in run.text("hands.log"),
                run.text("hands.log").split())
    checks.contains("pulled out, the guest goes on", log, "the guest goes on without this device")


def _check_pointers(checks, serial):
    for what, event in (
            ("the tablet is on the lowest line", "tablet .* 0003 0001 00007fff"),
            ("its button is pressed", "tablet .* 0001 0110 00000001"),
            ("its wheel turns", "tablet .* 0002 0008 00000001"),
            ("the lab PC's mouse moves 30 to the right", "Mouse .* 0002 0000 0000001e"),
            ("and 12 down", "Mouse .* 0002 0001 0000000c"),
            ("and clicks", "Mouse .* 0001 0110 00000001"),
            ("without a virtio driver the PS/2 keyboard types", "\nPS/2"),
            ("the PS/2 mouse moves as far as the pointer", "Mouse .* 0002 0000 0000000a"),
            ("and as far up", "Mouse .* 0002 0001 fffffffb")):
        checks.true(what, re.search(event, serial.replace("\r", "")), event)


def _check_pictures(run, checks):
    picture, text = _lines(run, "mode.ppm")
    checks.true("a mode set by the guest resizes the window", picture.width > 720,
                f"{picture.width} x {picture.height}")
    checks.true("and its text is read there", "then noted" in text,
                [line for line in text if line])
    for name, when in (("signal.png", "at SIGUSR1"), ("end.png", "at the end")):
        path = run.folder / "pictures" / name
        saved = png.read(path) if path.exists() else None
        checks.true(f"the screenshot {when} is what the viewer saw",
                    saved and (saved.width, saved.height, saved.rows) ==
                    (picture.width, picture.height, picture.rows))
