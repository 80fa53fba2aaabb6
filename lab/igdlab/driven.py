"""Assertions about a guest whose i915 drives the model, from what it left."""

import json

from . import picture, png


SAFE_MODE = (640, 480)  # every HDMI monitor has it, told or not


def check_connectors(checks, when, told, plugged):
    """Record that the kernel sees the monitors with their modes, and no others."""
    checks.equal(f"{when}the driver", told.get("driver"), "i915")
    for monitor in plugged:
        found = told.get("connectors", {}).get(monitor.connector, {})
        name = f"{when}{monitor.connector}"
        if not checks.equal(f"{name} on {monitor.port}", found.get("status"), "connected"):
            continue
        sizes = []
        for mode in found["modes"]:
            size = (mode["width"], mode["height"])
            if size not in sizes:
                sizes.append(size)
        if monitor.pluggable:
            extra = set(sizes) - set(monitor.modes) - {SAFE_MODE}
            checks.true(f"{name}: modes, all of its EDID and no others",
                        set(monitor.modes) <= set(sizes) and not extra, sorted(sizes))
        preferred = [(mode["width"], mode["height"]) for mode in found["modes"]
                     if mode["preferred"]]
        checks.equal(f"{name}: preferred mode", preferred[:1], monitor.modes[:1])
    connected = [name for name, one in told.get("connectors", {}).items()
                 if one["status"] == "connected"]
    checks.equal(f"{when}connectors with a monitor", sorted(connected),
                 sorted(monitor.connector for monitor in plugged))


def read_picture(run, checks, name):
    """The picture screen-NAME.png, or None and a failed check."""
    path = run.folder / f"screen-{name}.png"
    try:
        return png.read(path)
    except (OSError, ValueError) as error:
        checks.true(f"picture {name}", False,
                    f"{error}; the model: {run.text(f'ask-{name}').strip()[:200]}")
        return None


def check_console(run, checks, when, plugged):
    """Record that the console's text can be read out of the picture of each monitor."""
    told = run.json(f"font-{when}")
    if not checks.true(f"console ({when}): its font", told.get("good"), told):
        return
    font = picture.Font((run.folder / f"font-{when}.bin").read_bytes(), told["width"],
                        told["height"])
    columns, lines, cells = picture.console_cells(
        (run.folder / f"console-{when}.cells").read_bytes())
    for monitor in plugged:
        image = read_picture(run, checks, f"console-{when}-{monitor.port}")
        if not image:
            continue
        name = f"console ({when}) on {monitor.port}"
        checks.equal(f"{name}: size of the picture", (image.width, image.height),
                     monitor.modes[0])
        try:
            text, wrong = picture.console_text(image, font, cells, columns, lines)
        except ValueError as error:
            checks.true(f"{name}: text", False, error)
            continue
        checks.contains(f"{name}: text read out of the picture", text,
                        f"the console of {run.generation}, read back from the picture")
        checks.equal(f"{name}: cells that are not what the kernel put there", wrong, 0)


def check_pictures(run, checks, plugged):
    """Record that the known picture and a cursor are on each monitor."""
    shown = run.json("show").get("outputs", {})
    for monitor in plugged:
        told = shown.get(monitor.connector, {})
        if not checks.true(f"{monitor.connector}: a mode and a cursor are set",
                           told.get("shown") and told.get("cursor"), told):
            continue
        image = read_picture(run, checks, f"picture-{monitor.port}")
        if image:
            number = list(shown).index(monitor.connector)
            wrong, first = picture.wrong_pixels(image, number, True)
            checks.true(f"{monitor.port}: the known picture, with a cursor", wrong == 0,
                        f"{wrong} wrong pixels, first at {first}" if wrong else
                        f"{image.width} x {image.height}")


def check_flips(checks, when, told, plugged, flips):
    """Record that all page flips were told of, in order, and blanks counted."""
    for monitor in plugged:
        found = told.get(monitor.connector, {})
        name = f"{when}{monitor.connector}"
        checks.equal(f"{name}: page flips with their events",
                     (found.get("flips"), found.get("events"), found.get("problem")),
                     (flips, flips, None))
        checks.equal(f"{name}: events out of order or foreign",
                     (found.get("backwards"), found.get("foreign")), (0, 0))
        checks.true(f"{name}: the counter of vertical blanks",
                    found.get("vblanks", 0) >= flips - 1 and found.get("vblanks_waited") == 10,
                    f"{found.get('vblanks')} in {found.get('seconds', 0):.2f} s of flips, "
                    f"{found.get('vblanks_waited')} waited for")


def check_batches(checks, when, told, batches):
    """Record that batches on every engine did what they should."""
    engines = told.get("engines", {})
    checks.true(f"{when}engines", {"rcs0", "bcs0", "vcs0"} <= set(engines), list(engines))
    for name, found in engines.items():
        checks.true(f"{when}{name}: {batches} batches, and one in a context of its own",
                    found.get("batches") == batches and found.get("own_context"),
                    json.dumps(found))


def check_blits(run, checks):
    """Record that the blitter left the right pixels."""
    told = run.json("blits")
    blits = {name: found for name, found in told.items() if isinstance(found, dict)}
    checks.true("blits", {"fill", "copy"} <= set(blits), list(blits))
    for name, found in blits.items():
        checks.equal(f"blitter, {name}: wrong pixels",
                     (found.get("wrong"), found.get("problem")), (0, None))
