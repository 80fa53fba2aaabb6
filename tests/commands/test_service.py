#!/usr/bin/env python3
"""test_service.py: systemd takes the template of services as it is.

usage: test_service.py BUILD

Exit status 77 (skipped) where there is no systemd-analyze.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "lab"))

from igdlab import runner  # noqa: E402  (the path must be set first)

NAME = "igdvm@.service"


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    build = Path(sys.argv[1]).resolve()
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        print("systemd-analyze is not installed")
        return 77
    # The program it starts must be there: that of the build, since none is installed.
    unit, count = re.subn(r"(?m)^ExecStart=\S+", f"ExecStart={runner.find_igdvm(build)}",
                          (build / NAME).read_text())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAME
        path.write_text(unit)
        done = subprocess.run([analyze, "verify", "--man=no", path.with_name("igdvm@test.service")],
                              capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "igdvm" in line]
    options = set(re.findall(r" --([a-z-]+)", unit.split("ExecStart=")[1].splitlines()[0]))
    told = subprocess.run([runner.find_igdvm(build), "run", "--help"], capture_output=True,
                          text=True, check=True).stdout
    unknown = [option for option in options if f"--{option} " not in told]
    for line in said:
        print(line)
    print(f"systemd-analyze verify: status {done.returncode}; unknown options: {unknown}")
    return 1 if done.returncode or said or unknown or count != 1 else 0


if __name__ == "__main__":
    sys.exit(main())
