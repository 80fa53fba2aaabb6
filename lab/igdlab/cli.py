"""The command line of lab/run."""

import argparse
import json
import os
import sys
from pathlib import Path

from . import firmware, kernels, plainvm, prepare, processes, progress, runner
from .errors import FAIL, PASS, UNPREPARED, USAGE, LabError, UsageError

ROOT = runner.LAB.parent


def _parser():
    parser = argparse.ArgumentParser(
        prog="lab/run", description="Run a scenario in the hardware-free lab.",
        epilog="Exit status: 0 passed, 1 failed, 2 bad usage, 3 the lab could not be "
               "prepared. IGDVM_CACHE names the cache (default ~/.cache/igdvm).")
    parser.add_argument("scenario", nargs="?", metavar="SCENARIO")
    parser.add_argument("--vmm", choices=("igdvm", "qemu"), default="igdvm",
                        help="the VMM under test; qemu is there to compare with")
    parser.add_argument("--gen", default="skylake", metavar="NAME",
                        help="generation of the model (igdvm model --help lists them)")
    parser.add_argument("--kernel", choices=kernels.KERNELS, metavar="NAME",
                        help="the lab PC's kernel: "
                        + "; ".join(f"{name}, {kernel.summary}"
                                    for name, kernel in kernels.KERNELS.items())
                        + f" (default {kernels.DEFAULT}, or the scenario's own)")
    parser.add_argument("--guest-kernel", choices=kernels.KERNELS, metavar="NAME",
                        help="the Linux guest's kernel, one of the same")
    parser.add_argument("--firmware", choices=firmware.NAMES, default="",
                        help=f"that starts the lab PC (default {firmware.DEFAULT}, or the "
                        "scenario's own)")
    parser.add_argument("--machine", default=plainvm.MACHINES[0], choices=plainvm.MACHINES,
                        help="QEMU's machine, of scenarios in a plain VM")
    parser.add_argument("--monitor", default="", metavar="LIST",
                        help="the model's monitors instead of the scenario's")
    parser.add_argument("--vfio-backend", choices=runner.VFIO_BACKENDS, default="auto",
                        help="for igdvm run, which is checked to use it")
    parser.add_argument("--build", type=Path, default=ROOT / "build", metavar="DIR",
                        help="build folder with igdvm; results go to DIR/lab")
    parser.add_argument("--long", action="store_true",
                        help="the long form of a scenario that has one")
    parser.add_argument("--only", default="", metavar="PATTERN",
                        help="of igt-gpu-tools' tests only those whose names (igt@program@test) "
                        "this regular expression matches somewhere")
    parser.add_argument("--keep", action="store_true",
                        help="keep what went into the lab PC, for a closer look")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--list", action="store_true", help="list the scenarios")
    parser.add_argument("--prepare", action="store_true",
                        help="only fetch and build what the lab needs")
    return parser


def _list(as_json):
    entries = [{"name": name, "summary": runner.load_scenario(name).SUMMARY}
               for name in runner.scenario_names()]
    if as_json:
        json.dump(entries, sys.stdout, indent=2)
        print()
    else:
        for entry in entries:
            print(f"{entry['name']:<14} {entry['summary']}")
    return PASS


def print_checks(result):
    """The outcome of every check, for people."""
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    good, bad = ("\033[32mok  \033[0m", "\033[31mFAIL\033[0m") if colour else ("ok  ", "FAIL")
    for check in result["checks"]:
        detail = f": {check['detail']}" if check["detail"] else ""
        print(f"{good if check['passed'] else bad} {check['name']}{detail}")
    failed = sum(not check["passed"] for check in result["checks"])
    again = ", at the second try" if result["attempts"] > 1 else ""
    verdict = f"FAILED ({failed} of {len(result['checks'])} checks)" if failed else "passed"
    special = "".join(f", {what} {result[key]}" for key, what, default in
                      (("kernel", "kernel", kernels.DEFAULT),
                       ("guest_kernel", "guest kernel", kernels.DEFAULT),
                       ("firmware", "firmware", firmware.DEFAULT),
                       ("vfio_backend", "VFIO backend", "auto")) if result[key] != default)
    print(f"{result['scenario']} ({result['vmm']}, {result['generation']}{special}): {verdict} in "
          f"{result['seconds']:.0f} s{again}; logs in {result['folder']}")


def guarded(action, program="lab/run"):
    """Call action and turn what goes wrong into a line and an exit status."""
    processes.end_on_signals()
    try:
        return action()
    except UsageError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return USAGE
    except LabError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return UNPREPARED
    except KeyboardInterrupt:
        print(f"{program}: interrupted; everything it started is ended", file=sys.stderr)
        return UNPREPARED


def main(arguments=None):
    """Entry point; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)

    def action():
        if options.list:
            return _list(options.json)
        if options.prepare:
            parts = prepare.everything(options.kernel or kernels.DEFAULT,
                                       options.guest_kernel or kernels.DEFAULT)
            parts |= firmware.parts(firmware.OVMF)
            for name, folder in parts.items():
                progress.say(f"{name}: {folder}")
            return PASS
        if not options.scenario:
            parser.error("which scenario? lab/run --list shows them")
        result = runner.run(options.scenario, runner.Options(
            options.build.resolve(), options.vmm, options.gen, options.keep,
            options.kernel, options.guest_kernel, options.vfio_backend, options.machine,
            options.monitor, options.long, options.firmware, options.only))
        if options.json:
            json.dump(result, sys.stdout, indent=2)
            print()
        else:
            print_checks(result)
        return PASS if result["passed"] else FAIL

    return guarded(action)
