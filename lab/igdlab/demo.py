"""The demonstration: the legacy scenario, and a table of what the guest got."""

import argparse
import json
import re
from pathlib import Path

from . import cli, runner
from .errors import FAIL, PASS
from .facts import Facts


def rows(result):
    """The table of a finished run as (name, text) pairs."""
    folder = Path(result["folder"])
    host = Facts(json.loads((folder / "host.json").read_text()))
    guest = Facts(json.loads((folder / "guest.json").read_text()))
    base, size = guest.bdsm(), guest.stolen("size")
    place = "the host's own" if base == host.bdsm() else f"the host's is at {host.bdsm():#x}"
    region = guest.data["opregion"]
    banner = re.search(r"igdvm VBIOS: .*", guest.screen())
    kernel = re.match(r"Linux version \S+", guest.data["kernel"])

    def identity(facts, address):
        return (f"{facts.field(address, 0, 'H'):04x}:{facts.field(address, 2, 'H'):04x} "
                f"revision {facts.field(address, 8, 'B'):02x}, subsystem "
                f"{facts.field(address, 0x2c, 'H'):04x}:{facts.field(address, 0x2e, 'H'):04x}")

    return [
        ("device", f"00:02.0, {identity(guest, '00:02.0')}"),
        ("generation", result["generation"]),
        ("mode", "legacy: primary display, VGA, VBIOS"),
        ("OpRegion", f"{region['address']}, {len(guest.opregion()) // 1024} KiB, "
                     f"version {region.get('version')}"),
        ("stolen memory", f"{base:#x}, {size >> 20} MiB ({place})"),
        ("host bridge", identity(guest, "00:00.0")),
        ("LPC bridge", identity(guest, "00:1f.0")),
        ("VBIOS", banner.group(0) if banner else "wrote nothing on the screen"),
        ("guest kernel", kernel.group(0) if kernel else guest.data["kernel"]),
        ("screen", str(folder / "screen-guest.png")),
    ]


def main(arguments=None):
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="lab/demo", description="Assign a GPU, with none in this computer: run the "
        "legacy scenario in the lab and show what the guest got.")
    parser.add_argument("--gen", default="skylake", metavar="NAME",
                        help="generation of the model")
    parser.add_argument("--build", type=Path, default=cli.ROOT / "build", metavar="DIR",
                        help="build folder with igdvm; results go to DIR/lab")
    options = parser.parse_args(arguments)

    def action():
        result = runner.run("legacy", runner.Options(options.build.resolve(),
                                                    generation=options.gen))
        cli.print_checks(result)
        if (Path(result["folder"]) / "guest.json").exists():
            table = rows(result)
            width = max(len(name) for name, _ in table)
            print()
            for name, text in table:
                print(f"{name:<{width}}  {text}")
        return PASS if result["passed"] else FAIL

    return cli.guarded(action, "lab/demo")
