#!/usr/bin/env python3
"""test_doctor.py: doctor on every labelled capture: the first cause and the verdicts; and on
this computer: its cost, what it says without root, the same as of a snapshot.

usage: test_doctor.py BUILD [NAME...]
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
HOSTS = TOP / "tests/data/hosts"
MODES = ("legacy", "upt", "uefi")
LONGEST = 0.5  # seconds of doctor; counted in processor time, which others do not lengthen
NOBODY = 65534
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "lab"))
sys.path.insert(0, str(HOSTS))

import distractions  # noqa: E402  (the path must be set first)
import written  # noqa: E402
from captures import CAPTURES  # noqa: E402
from igdlab import runner  # noqa: E402


def examine_timed(igdvm, *options):
    """doctor's JSON, and the processor time it took, seconds."""
    with tempfile.TemporaryFile("w+") as told, tempfile.TemporaryFile("w+") as error:
        child = subprocess.Popen([igdvm, "doctor", "--json", *options], stdout=told,
                                 stderr=error)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        error.seek(0)
        used = usage.ru_utime + usage.ru_stime
        if child.returncode not in (0, 1):
            return {"error": error.read().strip(), "modes": {},
                    "first_cause": {"id": "?"}}, used
        result = json.load(told)
    reach = any(mode["verdict"] in ("ready", "bindable") for mode in result["modes"].values())
    if reach != (child.returncode == 0):
        result["first_cause"]["id"] += " with the wrong exit status"
    return result, used


def examine(igdvm, *options):
    """doctor's JSON."""
    return examine_timed(igdvm, *options)[0]


def differences(label, result):
    """What doctor says otherwise than the label."""
    found = {"first": result["first_cause"]["id"]}
    found.update({m: result["modes"].get(m, {}).get("verdict") for m in MODES})
    return [f"{key}: {found[key]}, expected {label[key]}" for key in ("first", *MODES)
            if label[key] not in (found[key], written.NOT_TO_BE_KNOWN)]


def through_snapshot(igdvm, capture, folder):
    """A snapshot taken of a capture."""
    descriptor, path = tempfile.mkstemp(suffix=".tar.gz", dir=folder)
    os.close(descriptor)
    subprocess.run([igdvm, "snapshot", "--root", capture, "-o", path], check=True,
                   capture_output=True)
    return path


def examine_archive(igdvm, folder, host):
    """doctor's JSON of a host that is not yet a file."""
    with tempfile.NamedTemporaryFile(suffix=".tar.gz", dir=folder) as path:
        path.write(host.archive())
        path.flush()
        return examine(igdvm, "--snapshot", path.name)


def at_once(check, jobs):
    """Run a check of each job's arguments, some at a time: the sum of what they return."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return sum(pool.map(lambda job: check(*job), jobs))


def check_absent(igdvm, folder):
    """What is absent is not known: never a cause, and never fine."""
    ready = [(c["name"], c["host"]) for c in CAPTURES if c["first"] == "none"]
    ready += [(name, tree) for name, label, tree in written.captures()
              if label["first"] == "none"]

    def check_without(name, host, absent):
        driver = absent.endswith("0000:00:02.0/driver")
        result = examine_archive(igdvm, folder, host.without(absent))
        first = result["first_cause"]["id"]
        fine = [m for m in MODES if result["modes"][m]["verdict"] == "ready"]
        expected = ("none", "unbound") if driver else ("none",)
        if first in expected and not (driver and fine):
            return 0
        print(f"{name} without {absent}: {first}, ready: {fine}")
        return 1

    return at_once(check_without, [
        (name, host, absent) for name, host in ready
        for absent in list(host.files) + list(host.links)
        if not absent.startswith("etc/pve/")])  # without it a guest asks for nothing


def check_capture(igdvm, name, label, options, folder):
    """One capture, and a snapshot taken of it."""
    result, used = examine_timed(igdvm, *options)
    wrong = [f"{used:.2f} s, at most {LONGEST} expected"] if used > LONGEST else []
    if result != examine(igdvm, "--snapshot", through_snapshot(igdvm, options[1], folder)):
        wrong.append("a snapshot of it is examined otherwise")
    wrong += differences(label, result)
    if "error" in result:
        wrong.append(result["error"])
    for line in wrong:
        print(f"{name}: {line}")
    return len(wrong)


def check_written(igdvm, wanted, folder):
    """The captures written by hand: how many there were, how many differences."""
    captures = [c for c in written.captures() if not wanted or c[0] in wanted]

    def check_one(name, label, tree):
        place = Path(folder) / name
        tree.write(place)
        return check_capture(igdvm, name, label, ("--root", str(place)), folder)

    return len(captures), at_once(check_one, captures)


def check_distracted(igdvm, folder):
    """Troubles of others are none of the GPU's."""
    hosts = written.captures()
    hosts += [(capture["name"], capture, capture["host"]) for capture in CAPTURES]

    def check_one(name, label, host):
        result = examine_archive(igdvm, folder, distractions.distracted(host))
        wrong = differences(label, result)
        for difference in wrong:
            print(f"{name}, with distractions: {difference}")
        return len(wrong)

    return at_once(check_one, hosts)


def check_here(igdvm, folder):
    """This computer, whatever it is."""
    wrong = 0
    result, used = examine_timed(igdvm)
    if used > LONGEST:
        print(f"this computer: {used:.2f} s, at most {LONGEST} expected")
        wrong += 1
    path = str(Path(folder) / "here.tar.gz")
    subprocess.run([igdvm, "snapshot", "-o", path], check=True, capture_output=True)
    if examine(igdvm, "--snapshot", path)["modes"] != result["modes"]:
        print("this computer: its snapshot is examined otherwise")
        wrong += 1
    if os.geteuid() != 0:
        return wrong
    os.chmod(folder, 0o755)
    place = Path(folder) / "bin"
    place.mkdir()
    for program in ("igdvm", "igdvm-host"):
        shutil.copy(igdvm.with_name(program), place)
    done = subprocess.run([place / "igdvm", "doctor"], capture_output=True, text=True,
                          check=False, user=NOBODY, group=NOBODY, extra_groups=())
    for words in ("legacy", "upt", "run as root, doctor would also know"):
        if done.returncode not in (0, 1) or words not in done.stdout:
            print(f"without root: no {words!r}, exit status {done.returncode}: {done.stderr}")
            wrong += 1
    return wrong


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    igdvm = runner.find_igdvm(Path(sys.argv[1]).resolve())
    labels = json.loads((HOSTS / "labels.json").read_text())
    wanted = sys.argv[2:]
    folder = tempfile.mkdtemp()
    count, wrong = check_written(igdvm, wanted, folder)
    packed = [(igdvm, name, label, ("--snapshot", str(HOSTS / f"{name}.tar.gz")), folder)
              for name, label in labels.items() if not wanted or name in wanted]
    count += len(packed)
    wrong += at_once(check_capture, packed)
    if not wanted:
        wrong += check_absent(igdvm, folder)
        wrong += check_distracted(igdvm, folder)
        wrong += check_here(igdvm, folder)
    shutil.rmtree(folder)
    print(f"{count} captures, {wrong} differences" if wrong
          else f"{count} captures, all as labelled")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
