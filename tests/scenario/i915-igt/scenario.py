"""i915-igt: the basic tests of igt-gpu-tools against the model."""

import json

from igdlab import igt

SUMMARY = "igt-gpu-tools' basic tests: core, kms and gem, without 3D"
TIME_LIMIT = 3600
PLAIN = True
KERNEL = "trixie"  # the tests expect files of debugfs that 6.1 does not have
SHARES = ("igt",)
MONITORS = "hdmi-b:1024x768+800x600+640x480"
MODEL = ("--display-slowdown", "3")
APPEND = "log_buf_len=4M"
LIST = "usr/libexec/igt-gpu-tools/intel-ci-tests/i915/default/bat.testlist"


def prepare_run(run):
    """Put in the package's list, without what is left out for a reason."""
    names = (run.parts["igt"] / "tree" / LIST).read_text().split()
    (run.input / "tests").write_text(
        "".join(f"{name}\n" for name in names if not igt.left_out(name)))


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the guest's script ended", run.text("exit-status").strip(), "0"):
        return
    try:
        results = igt.read(run.folder / "igt/results.json")
    except (OSError, ValueError) as error:
        checks.true("igt's results", False,
                    f"{error}; {run.text('igt-runner.log').strip()[-200:]}")
        return
    (run.folder / "igt.json").write_text(json.dumps(results, indent=1) + "\n")
    count = {outcome: sum(one["outcome"] == outcome for one in results.values())
             for outcome in ("pass", "fail", "skip")}
    checks.true("results", count["pass"] > 50, json.dumps(count))
    for name, one in results.items():
        if one["outcome"] == "fail":
            checks.true(name, igt.excused(name), one["reason"])
