#!/usr/bin/env python3
"""test_run_config.py: `igdvm run --config` and `--print-config`, and the schema of both.

usage: test_run_config.py BUILD
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

GOOD = {
    "memory": "2G", "cpus": 2, "disk": ["a.img,ro", "/b.img"], "kernel": "vmlinuz",
    "append": "quiet /x", "rom": "none", "device": ["vfio-user:gpu"], "mode": "upt",
    "serial": ["file:log", "none"], "no-reboot": True, "verbose": False,
    "control": "unix:run/socket", "stats": "stats.json",
}
# What is wrong with a file, and what must be said of it, {} being the file.
WRONG = (
    ('{"memory": "1G",\n "dsik": ["a"]}', '{}:2: there is no option "dsik"; the nearest is "disk"'),
    ('{"memory": "5Q"}', "{}:1: --memory 5Q: expected a size"),
    ('{\n\n"cpus": "none"}', "{}:3: --cpus none: expected a number"),
    ('{"disk": "a.img"}', '{}:1: "disk": expected an array of texts'),
    ('{"disk": [["a"]]}', '{}:1: "disk": expected an array of texts'),
    ('{"memory": {"a": 1}}', '{}:1: "memory": expected a text or a whole number'),
    ('{"memory": null}', '{}:1: "memory": expected a text or a whole number'),
    ('{"cpus": 1.5}', '{}:1: "cpus": expected a text'),
    ('{"kernel": "a\\u0000b"}', '{}:1: "kernel": expected a text without NUL'),
    ('{"no-reboot": "yes"}', '{}:1: "no-reboot": expected true or false'),
    ('{"stats": []}', '{}:1: "stats": expected a text, true or false'),
    ('{"config": "x"}', '{}:1: "config" is for the command line only'),
    ('{"cpus": 1,\n"append": "\\"cpus\\": 2",\n"cpus": 2}', '{}:1: "cpus" is there twice'),
    ('{"cpus": 1\n"memory": 2}', "{}:2: object value separator ',' expected"),
    ('{"cpus": 1}\n{}', "{}:2: unexpected character"),
    ("[]", "{}:1: expected one JSON object"),
    ("", "{}:1: unexpected end of data"),
    ('{"disk": [' + '["a"],' * 3 + "]}", "{}:1:"),
    ('{"append": "' + "x" * 70000 + '"}', "--config {}: more than 65536 bytes"),
    ('{"initrd": "x"}', "--initrd needs --kernel"),
)


class Checks:
    def __init__(self, igdvm, folder):
        self.igdvm, self.folder, self.failed = igdvm, folder, 0

    def true(self, what, condition):
        if not condition:
            print(f"wrong: {what}")
            self.failed += 1

    def run(self, *options):
        return subprocess.run([self.igdvm, "run", *options], cwd=self.folder, text=True,
                              capture_output=True, check=False, stdin=subprocess.DEVNULL)

    def printed(self, *options):
        """The configuration that --print-config tells."""
        done = self.run("--print-config", *options)
        self.true(f"{options}: {done.stderr}", done.returncode == 0)
        return json.loads(done.stdout or "{}")


def check_file(checks):
    place = checks.folder / "etc"
    place.mkdir()
    file = place / "machine.json"
    file.write_text(json.dumps(GOOD))
    expected = {name: str(value) if isinstance(value, int) and value is not True else value
                for name, value in GOOD.items() if value is not False}
    expected.update({
        "disk": [f"{place}/a.img,ro", "/b.img"], "kernel": f"{place}/vmlinuz",
        "device": [f"vfio-user:{place}/gpu"], "serial": [f"file:{place}/log", "none"],
        "control": f"unix:{place}/run/socket", "stats": f"{place}/stats.json",
    })
    told = checks.printed("--config", "etc/machine.json")
    checks.true(f"the file's settings: {told}", told == expected)
    again = place / "again.json"
    again.write_text(json.dumps(told))
    checks.true("what is printed means the same", checks.printed("--config", again) == told)
    other = checks.printed("--config", file, "--memory", "1G", "--disk", "c.img", "--quiet")
    checks.true(f"the command line counts more: {other}",
                other["memory"] == "1G" and other["disk"] == [f"{checks.folder}/c.img"]
                and other["cpus"] == "2" and other["quiet"] is True)
    words = {"net": ["user,rom=none,tftp=boot", "tap,rom=nic.rom,mtu=1500", "stream:unix:socket"],
             "firmware": "uefi,vars=desk.vars", "kernel": "/k", "append": "a=b,rom=c,tftp=d"}
    file.write_text(json.dumps(words))
    told = checks.printed("--config", file)
    checks.true(f"paths behind commas: {told}", told == {
        "net": [f"user,rom=none,tftp={place}/boot", f"tap,rom={place}/nic.rom,mtu=1500",
                f"stream:unix:{place}/socket"],
        "firmware": f"uefi,vars={place}/desk.vars", "kernel": "/k", "append": "a=b,rom=c,tftp=d"})
    checks.true("stats without a file", checks.printed("--stats") == {"stats": True})
    checks.true("the last of two counts", checks.printed("--cpus", "1", "--cpus", "2")
                == {"cpus": "2"})


def check_wrong(checks):
    file = checks.folder / "wrong.json"
    for text, said in WRONG:
        file.write_text(text)
        done = checks.run("--print-config", "--config", file)
        checks.true(f"{text[:40]!r}: {done.returncode} {done.stderr!r}",
                    done.returncode == 2 and said.replace("{}", str(file), 1) in done.stderr
                    and done.stderr.count("\n") == 1 and not done.stdout)
    parts = subprocess.Popen("printf '{'; sleep 0.2; printf '\"cpus\": 2}'", shell=True,
                             stdout=subprocess.PIPE)
    done = subprocess.run([checks.igdvm, "run", "--print-config", "--config", "/dev/stdin"],
                          stdin=parts.stdout, text=True, capture_output=True, check=False)
    parts.wait()
    checks.true(f"a pipe that gives it in parts: {done.stderr}",
                done.returncode == 0 and json.loads(done.stdout) == {"cpus": "2"})
    done = checks.run("--config", "nowhere.json")
    checks.true(f"no file: {done.stderr}", done.returncode == 2
                and "--config nowhere.json: No such file" in done.stderr)


def check_schema(checks, build):
    done = subprocess.run([TOP / "scripts/run-schema", "--check", build], capture_output=True,
                          text=True, check=False)
    checks.true(f"docs/run.schema.json: {done.stdout}{done.stderr}", done.returncode == 0)
    properties = json.loads((TOP / "docs/run.schema.json").read_text())["properties"]
    told = checks.run("--help").stdout
    for name in ("memory", "disk", "stats", "stop-timeout"):
        checks.true(f"{name} is in the schema", name in properties and f"--{name}" in told)
    checks.true("a repeatable option is an array", properties["disk"]["type"] == "array")
    checks.true("what the file may have is in the schema", set(GOOD) <= set(properties))


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    build = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        checks = Checks(runner.find_igdvm(build), Path(folder).resolve())
        check_file(checks)
        check_wrong(checks)
        check_schema(checks, build)
    print(f"{checks.failed} wrong" if checks.failed else "all as expected")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
