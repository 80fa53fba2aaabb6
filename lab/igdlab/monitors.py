"""Lists of monitors, as `igdvm model --monitor` takes them."""

import dataclasses

_CONNECTORS = {"hdmi": "HDMI-A", "dp": "DP", "edp": "eDP"}  # as the kernel names them


@dataclasses.dataclass
class Monitor:
    """One monitor: where it is, what the kernel calls its connector, its modes."""

    port: str
    connector: str
    modes: list
    pluggable: bool


def parse(text):
    """The monitors of a list like "hdmi-b:1024x768+800x600,edp-a:1366x768", or "none"."""
    found, numbers = [], {}
    entries = sorted(text.split(","), key=lambda entry: entry.partition(":")[0][-1:])
    for entry in entries:
        if entry in ("", "none"):
            continue
        port, _, modes = entry.partition(":")
        kind = _CONNECTORS[port.partition("-")[0]]
        numbers[kind] = numbers.get(kind, 0) + 1
        if modes == "none":
            continue
        sizes = [tuple(map(int, mode.partition("@")[0].split("x")))
                 for mode in modes.split("+")]
        found.append(Monitor(port, f"{kind}-{numbers[kind]}", sizes, kind != "eDP"))
    return found


def ports(text):
    """The ports of the monitors that are plugged in."""
    return [monitor.port for monitor in parse(text)]
