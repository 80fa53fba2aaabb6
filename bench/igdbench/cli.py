"""The command line of bench/run."""

import argparse
import json
import sys
from pathlib import Path

from igdlab import runner
from igdlab.cli import guarded
from igdlab.errors import FAIL, PASS

from . import measure, model
from .guests import BENCH
from .table import GROUPS, ROWS, VMMS


def _parser():
    names = "\n".join(f"  {row.name:<4} {row.title}" for row in ROWS.values())
    groups = "\n".join(f"  {name:<4} {', '.join(rows)}" for name, rows in GROUPS.items())
    parser = argparse.ArgumentParser(
        prog="bench/run", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measure igdvm, QEMU and a floor side by side in the deterministic lab.",
        epilog=f"figures (default: all but model)\n{names}\n{groups}\n  model  what the GPU model "
               "costs, in a plain VM and in real time: to be run on a quiet computer\n\nExit status: 0 all goals met, 1 not, "
               "2 bad usage, 3 the lab could not be prepared.")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--build", type=Path, default=BENCH.parent / "build", metavar="DIR",
                        help="build folder with igdvm; logs go to DIR/bench")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser


def _text(value):
    if value is None:
        return "-"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def print_table(results):
    """The figures as a table in Markdown; "level" as `measure._judge` says."""
    print("| what | unit | igdvm | QEMU | floor | goal | met |")
    print("| --- | --- | ---: | ---: | ---: | ---: | --- |")
    for name, result in results.items():
        row = ROWS[name]
        figures = " | ".join(_text(result[vmm]) for vmm in VMMS)
        print(f"| {name}. {row.title} | {row.unit} | {figures} | ≤ {_text(result['goal'])} "
              f"| {'level' if result['level'] else 'yes' if result['met'] else 'NO'} |")


def _model(options):
    rows, passed = model.measure(options.build.resolve())
    if options.json:
        json.dump(rows, sys.stdout, indent=2)
        print()
    else:
        model.print_table(rows)
    return PASS if passed else FAIL


def main(arguments=None):
    """Entry point; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.names == ["model"]:
        return guarded(lambda: _model(options), "bench/run")
    wanted = [one for name in options.names for one in GROUPS.get(name, [name])]
    unknown = [name for name in wanted if name not in ROWS]
    if unknown:
        parser.error(f"no figure {unknown[0]!r}; there are: {', '.join(ROWS)}")

    def action():
        build = options.build.resolve()
        names = [name for name in ROWS if not wanted or name in wanted]
        results = measure.measure(names, runner.find_igdvm(build), build / "bench")
        if options.json:
            json.dump(results, sys.stdout, indent=2)
            print()
        else:
            print_table(results)
        return PASS if all(result["met"] for result in results.values()) else FAIL

    return guarded(action, "bench/run")
