#!/usr/bin/env python3
"""test_opregion.py: what `igdvm opregion build` writes and says.

usage: test_opregion.py BUILD
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "lab"))

from igdlab import runner  # noqa: E402  (the path must be set first)

# Arguments, exit status, what the one line on standard error must contain.
WRONG = (
    (["build", "--gen", "skylake"], 2, "-o FILE is missing"),
    (["build", "-o", "FILE"], 2, "--gen NAME is missing"),
    (["build", "--gen", "pentium", "-o", "FILE"], 2, "pentium: no such model"),
    (["build", "--gen", "skylake", "--monitor", "vga-a", "-o", "FILE"], 2,
     "--monitor: vga-a: skylake has no such connector, but edp-a, hdmi-b"),
    (["build", "--gen", "skylake", "--monitor", "hdmi-b:1x1", "-o", "FILE"], 2,
     "expected 640x400 to"),
    (["build", "--gen", "skylake", "-o", "/nowhere/FILE"], 3, "/nowhere/FILE"),
    (["build", "--gen", "skylake", "-o", "-"], 2, "-: expected the name of a file"),
    (["build", "--gen", "skylake", "-o", "FILE", "more"], 2, "more: unexpected argument"),
    (["draw"], 2, "no subcommand 'draw'"),
)


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    igdvm = runner.find_igdvm(Path(sys.argv[1]).resolve())
    failed = 0

    def run(*arguments):
        return subprocess.run([igdvm, "opregion", *arguments], capture_output=True, text=True,
                              cwd=folder, check=False)

    def true(what, condition):
        nonlocal failed
        if not condition:
            print(f"wrong: {what}")
            failed += 1

    with tempfile.TemporaryDirectory() as folder:
        for arguments, status, text in WRONG:
            done = run(*arguments)
            true(f"{' '.join(arguments)}: {done.returncode}, {done.stderr!r}",
                 done.returncode == status and len(done.stderr.splitlines()) == 1 and
                 text in done.stderr)
        true("nothing is written", not list(Path(folder).iterdir()))
        image = Path(folder) / "image"
        done = run("build", "--gen", "skylake", "--monitor", "hdmi-b:1024x768,edp-a,dp-c:none",
                   "-o", "image", "--json")
        told = json.loads(done.stdout)
        true("JSON", (told["version"], told["size"], told["mailboxes"], told["bdb_version"])
             == ("2.0", 8192, 13, 209) and image.stat().st_size == 8192)
        true("connectors", [(one["kind"], one["port"], one["connected"], one["vbt_port"],
                             one["modes"][:1]) for one in told["connectors"]]
             == [("hdmi", "b", True, 1, ["1024x768@60"]), ("edp", "a", True, 10, ["1920x1080@60"]),
                 ("dp", "c", False, 8, [])])
        done = run("build", "--gen", "tiger-lake", "--host", "--output", "image")
        true("text", "OpRegion 2.1 of tiger-lake, 16384 bytes" in done.stdout and
             "hdmi-b:1920x1080@60" in done.stdout and image.read_bytes()[0x58] == 15)
        subprocess.run([igdvm, "model", "--gen", "tiger-lake", "--write-opregion", "model"],
                       cwd=folder, check=True)
        true("the model writes the same", image.read_bytes() ==
             (Path(folder) / "model").read_bytes())
        for words in (["--help"], ["build", "--help"]):
            true(" ".join(words), run(*words).stdout.startswith("usage: igdvm opregion"))
    print(f"{failed} wrong" if failed else "all as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
