#!/usr/bin/env python3
"""test_manual.py: --help and the manual page of each command name the same options.

usage: test_manual.py BUILD
"""

import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "lab"))

from igdlab import runner  # noqa: E402  (the path must be set first)


def options_of_page(name):
    """Options in the OPTIONS section of a page."""
    text = (TOP / f"docs/man/{name}.1").read_text().replace("\\-", "-")
    section = re.search(r"\.SH OPTIONS\n(.*?)\n\.SH ", text, re.S)
    heads = re.findall(r"\.TP\n(\..*)", section.group(1)) if section else []
    return {option for head in heads for option in re.findall(r"--[a-z][a-z-]*", head)}


def help_of(igdvm, command):
    """The help of a command, and of its subcommands if it has such."""
    told = subprocess.run([igdvm, command, "--help"], capture_output=True, text=True,
                          check=True).stdout
    if " SUBCOMMAND " in told.splitlines()[0]:
        for name in re.findall(r"^  ([a-z]+) +\S", told, re.M):
            told += subprocess.run([igdvm, command, name, "--help"], capture_output=True,
                                   text=True, check=True).stdout
    return told


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    igdvm = runner.find_igdvm(Path(sys.argv[1]).resolve())
    help_text = subprocess.run([igdvm, "--help"], capture_output=True, text=True, check=True)
    commands = re.findall(r"^  ([a-z]+) +\S", help_text.stdout, re.M)
    failed = 0
    for command in commands:
        told = help_of(igdvm, command)
        by_help = set(re.findall(r"^ +(--[a-z][a-z-]*)", told, re.M))
        by_help |= set(re.findall(r"^ +--[a-z-]+, (--[a-z-]+)", told, re.M))
        by_page = options_of_page(f"igdvm-{command}") - {"--help"}
        for option in sorted(by_help ^ by_page - {"--help"}):
            if option == "--help":
                continue
            where = "--help" if option in by_help else "the manual page"
            print(f"igdvm {command}: only {where} has {option}")
            failed += 1
        if f"igdvm\\-{command}" not in (TOP / "docs/man/igdvm.1").read_text():
            print(f"igdvm(1) does not name {command}")
            failed += 1
    if not commands:
        print("igdvm --help lists no command")
        failed += 1
    print(f"{failed} differences" if failed else "all as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
