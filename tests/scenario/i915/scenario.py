"""i915: an unmodified Debian kernel's i915 drives the model, in a plain VM."""

import json

from igdlab import kernellog, monitors, picture, png

SUMMARY = "Debian's i915 drives the model: console, flips, batches, hot-plug, suspend"
TIME_LIMIT = 300
PLAIN = True
MONITORS = "hdmi-b:1024x768+800x600+640x480"
# Software emulation is too slow for a driver's 100 us before a vertical blank.
MODEL = ("--display-slowdown", "3")
APPEND = "log_buf_len=4M no_console_suspend"

FLIPS, BATCHES = 30, 20


def environment(run):
    """What the guest's script is told."""
    pluggable = [monitor.port for monitor in monitors.parse(run.monitors)
                 if monitor.pluggable]
    return {"LAB_PLUGGABLE": pluggable[0] if pluggable else "",
            "LAB_SLEEP": "deep" if run.machine == "pc" else "s2idle"}


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the guest's script ended", run.text("exit-status").strip(), "0"):
        return
    plugged = monitors.parse(run.monitors)
    _check_connectors(checks, "", run.json("describe"), plugged)
    _check_console(run, checks, "boot", plugged)
    _check_pictures(run, checks, plugged)
    _check_flips(checks, "", run.json("flips"), plugged, FLIPS)
    _check_batches(checks, "", run.json("batches"), BATCHES)
    _check_blits(run, checks)
    _check_power(run, checks, plugged)
    _check_plugs(run, checks, plugged)
    _check_suspend(run, checks, plugged)
    _check_rebind(run, checks, plugged)
    _check_hang(run, checks)
    kernellog.check(run, checks)


def _check_connectors(checks, when, told, plugged):
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
            checks.equal(f"{name}: modes", sorted(sizes), sorted(monitor.modes))
        preferred = [(mode["width"], mode["height"]) for mode in found["modes"]
                     if mode["preferred"]]
        checks.equal(f"{name}: preferred mode", preferred[:1], monitor.modes[:1])
    connected = [name for name, one in told.get("connectors", {}).items()
                 if one["status"] == "connected"]
    checks.equal(f"{when}connectors with a monitor", sorted(connected),
                 sorted(monitor.connector for monitor in plugged))


def _picture(run, checks, name):
    path = run.folder / f"screen-{name}.png"
    try:
        return png.read(path)
    except (OSError, ValueError) as error:
        checks.true(f"picture {name}", False,
                    f"{error}; the model: {run.text(f'ask-{name}').strip()[:200]}")
        return None


def _check_console(run, checks, when, plugged):
    told = run.json(f"font-{when}")
    if not checks.true(f"console ({when}): its font", told.get("good"), told):
        return
    font = picture.Font((run.folder / f"font-{when}.bin").read_bytes(), told["width"],
                        told["height"])
    columns, lines, cells = picture.console_cells(
        (run.folder / f"console-{when}.cells").read_bytes())
    for monitor in plugged:
        image = _picture(run, checks, f"console-{when}-{monitor.port}")
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


def _check_pictures(run, checks, plugged):
    shown = run.json("show").get("outputs", {})
    for monitor in plugged:
        told = shown.get(monitor.connector, {})
        if not checks.true(f"{monitor.connector}: a mode and a cursor are set",
                           told.get("shown") and told.get("cursor"), told):
            continue
        image = _picture(run, checks, f"picture-{monitor.port}")
        if image:
            number = list(shown).index(monitor.connector)
            wrong, first = picture.wrong_pixels(image, number, True)
            checks.true(f"{monitor.port}: the known picture, with a cursor", wrong == 0,
                        f"{wrong} wrong pixels, first at {first}" if wrong else
                        f"{image.width} x {image.height}")


def _check_flips(checks, when, told, plugged, flips):
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


def _check_batches(checks, when, told, batches):
    engines = told.get("engines", {})
    checks.true(f"{when}engines", {"rcs0", "bcs0", "vcs0"} <= set(engines), list(engines))
    for name, found in engines.items():
        checks.true(f"{when}{name}: {batches} batches, and one in a context of its own",
                    found.get("batches") == batches and found.get("own_context"),
                    json.dumps(found))


def _check_blits(run, checks):
    told = run.json("blits")
    blits = {name: found for name, found in told.items() if isinstance(found, dict)}
    checks.true("blits", {"fill", "copy"} <= set(blits), list(blits))
    for name, found in blits.items():
        checks.equal(f"blitter, {name}: wrong pixels",
                     (found.get("wrong"), found.get("problem")), (0, None))


def _check_power(run, checks, plugged):
    checks.true("displays off and on (DPMS)", run.json("power").get("good"),
                run.json("power"))
    for monitor in plugged:
        image = _picture(run, checks, f"dark-{monitor.port}")
        if image:
            checks.true(f"{monitor.port}: dark while off",
                        not any(any(row) for row in image.rows))


def _check_plugs(run, checks, plugged):
    if not any(monitor.pluggable for monitor in plugged):
        return
    checks.contains("unplugged: the kernel was told", run.text("states-unplugged"),
                    " disconnected")
    checks.equal("plugged in: the kernel was told",
                 " disconnected" in run.text("states-plugged"), False)
    _check_connectors(checks, "plugged in again: ", run.json("describe-replugged"), plugged)


def _check_suspend(run, checks, plugged):
    checks.equal("devices suspended and resumed", run.text("suspend-devices").strip(), "0")
    _check_console(run, checks, "suspended", plugged)
    checks.equal("suspended and resumed", run.text("suspend-mem").strip(), "0")
    _check_batches(checks, "resumed: ", run.json("batches-suspended"), 2)


def _check_rebind(run, checks, plugged):
    checks.equal("i915 let go of it", run.text("unbind").strip(), "0")
    checks.equal("i915 took it back", run.text("bind").strip(), "0")
    _check_console(run, checks, "rebound", plugged)
    _check_flips(checks, "rebound: ", run.json("flips-rebound"), plugged, 5)
    _check_batches(checks, "rebound: ", run.json("batches-rebound"), 2)


def _check_hang(run, checks):
    told = run.json("hang")
    for name, found in told.get("engines", {}).items():
        checks.true(f"{name}: a hang is found, and it works again",
                    found.get("wait") == "ended" and found.get("batch_active", 0) > 0
                    and found.get("works_after"), json.dumps(found))
    checks.true("an engine was hung", told.get("engines"))
    checks.equal("not wedged", run.text("wedged").strip(), "0")
