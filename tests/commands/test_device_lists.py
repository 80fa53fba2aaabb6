#!/usr/bin/env python3
"""test_device_lists.py: what scripts/compare-device-lists says of lists that differ.

usage: test_device_lists.py BUILD    (the build is not needed; all of these tests get one)
"""

import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
PROGRAM = TOP / "scripts/compare-device-lists"

LIST = """\
#define INTEL_I830_IDS(MACRO__, ...) \\
\tMACRO__(0x3577, ## __VA_ARGS__)
#define INTEL_SNB_IDS(MACRO__, ...) \\
\tMACRO__(0x0102, ## __VA_ARGS__), \\
\tMACRO__(0x0107, ## __VA_ARGS__)
#define INTEL_CHV_IDS(MACRO__, ...) \\
\tMACRO__(0x22b0, ## __VA_ARGS__)
#define INTEL_ICL_IDS(MACRO__, ...) \\
\tMACRO__(0X9A49, ## __VA_ARGS__)
"""
TABLE = """\
  INTEL_SNB_IDS(IGD_DEVICE, &Gen6Private),
  INTEL_CHV_IDS(IGD_DEVICE, &Gen8Private),
"""
EXPECTED = (
    "I830: 1 devices not in our table: before Gen6",
    "0107 (SNB) is not in our table: NO REASON KNOWN",
    "9a49 (ICL) is tiger-lake in our table: NO REASON KNOWN",
    "0106 (sandy-bridge) is not in list.h: NO REASON KNOWN",
    "5a40 (cannon-lake) is not in list.h: Cannon Lake was never sold widely",
    "22b0 (CHV): Gen8Private there, ('cherryview', '32 bits at 5c') here",
)
NOT_EXPECTED = ("0102 (", "22b0 (cherryview) is not in", "(SNB): Gen6Private")


def compare(folder, *names):
    """Run the program on files of the folder."""
    return subprocess.run([PROGRAM, *(folder / name for name in names)], capture_output=True,
                          text=True, check=False)


def main():
    failed = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "list.h").write_text(LIST)
        (folder / "table.c").write_text(TABLE)
        (folder / "neither").write_text("nothing of the kind\n")
        done = compare(folder, "list.h", "table.c")
        failed += [f"not said: {text}" for text in EXPECTED if text not in done.stdout]
        failed += [f"said: {text}" for text in NOT_EXPECTED if text in done.stdout]
        if done.returncode != 1:
            failed.append(f"exit status {done.returncode} for lists that differ")
        for names in (("absent",), ("neither",), ("table.c",)):
            done = compare(folder, *names)
            if done.returncode != 2 or len(done.stderr.splitlines()) != 1:
                failed.append(f"{names}: exit status {done.returncode}, {done.stderr!r}")
    for line in failed:
        print(line)
    print(f"{len(failed)} wrong" if failed else "all as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
