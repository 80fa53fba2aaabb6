"""Results of igt-gpu-tools: outcome and reason of each test, as a table, too."""

import json
import re

from . import kernellog
from .errors import UsageError

# Tests of the list that are not run, and why: the first that matches counts.
LEFT_OUT = (
    (r"gem_render_", "needs 3D: the model skips the commands of the render pipeline"),
    (r"gem_huc_copy|i915_selftest|dmabuf@", "needs firmware or selftests that Debian's kernel "
                                            "does not have"),
    (r"i915_module_load|vgem_|prime_vgem", "loads modules by kmod, which the guest has no "
                                           "index for"),
    (r"intel_hwmon|gem_lmem_", "for discrete GPUs"),
)

# Tests for which the model is exact (i915-igt-exact): they see a tiled buffer as linear
# through the aperture, or want frames to be as long as their mode says.
EXACT = re.compile(r"gem_tiled_pread_basic|gem_tiled_fence_blits|"
                   r"kms_flip@basic-flip-vs-wf_vblank$")

# Lists of the package's own.
LISTS = "usr/libexec/igt-gpu-tools/intel-ci-tests/i915/default"
BASIC, FULL = "bat.testlist", "full.testlist"

# Failures that are not the model's own, and why.
EXCUSED = (
    (r"gem_tiled_(?:pread_basic|fence_blits)", "needs the exact aperture, with which it passes: "
                                               "i915-igt-exact"),
    (r"kms_frontbuffer_tracking@basic", "draws with the render engine last: 3D is skipped; with "
                                        "the exact aperture its other five ways are right"),
    (r"kms_flip@basic-flip-vs-wf_vblank", "needs the exact display clock, no slowdown and a "
                                          "computer that is not busy, with which it passes: "
                                          "i915-igt-exact"),
)

# What the words mean by which tests say why they skip; by the test where they say nothing.
SKIPPED = (
    (r"sufficient_memory", "needs more memory than the guest has"),
    (r"vgem", "needs the driver vgem, which the guest has no index of modules for"),
    (r"kernel_has_sw_sync", "Debian's kernel has no software fences (CONFIG_SW_SYNC)"),
    (r"cursor_slowpath", "is for displays before Gen9"),
    (r"is_dsc_supported_by_source", "DSC: not on this chip"),
    (r"DRM_MODE_CONNECTOR_VGA", "needs a VGA port, which is not modelled"),
    (r"eld_is_supported", "needs audio, which is not modelled"),
    (r"igt_plane_has_format_mod", "Skylake's driver has no NV12; i915-igt-display has it on others"),
    (r"igt_pm_dmc_loaded|setup_environment", "needs DMC firmware, which Debian's kernel package "
                                             "does not bring"),
    (r"kms_pm_backlight", "needs a panel; here is a monitor"),
    (r"kms_psr", "needs a panel that refreshes itself, which is not modelled"),
    (r"kms_setmode@basic-clone", "needs ports that can share a pipe: these cannot"),
)

HARMLESS = re.compile(kernellog.TIMING.pattern + r"|Direct firmware load|clocksource:|"
                      r"Overflow of CRC buffer, userspace reads too slow|"
                      r"hrtimer: interrupt took")

_FAILED = {"fail", "dmesg-fail", "crash", "timeout", "incomplete", "abort", "dmesg-warn",
           "warn"}


def left_out(name):
    """Why a test is not run, or None."""
    return next((why for pattern, why in LEFT_OUT if re.search(pattern, name)), None)


def excused(name):
    """Why a failure is not the model's, or None."""
    return next((why for pattern, why in EXCUSED if re.search(pattern, name)), None)


def is_exact(name):
    """Does a test need the model to be exact?"""
    return bool(EXACT.search(name))


def write_list(run, name, wanted):
    """Put in the tests of one of the package's lists that are `wanted`, or --only some."""
    names = (run.parts["igt"] / "tree" / LISTS / name).read_text().split()
    try:
        only = re.compile(run.options.only)
    except re.error as error:
        raise UsageError(f"--only {run.options.only}: {error}") from error
    chosen = [one for one in names if wanted(one) and only.search(one)]
    if not chosen:
        raise UsageError(f"--only {run.options.only}: none of the scenario's tests has such a "
                         "name")
    (run.input / "tests").write_text("".join(f"{one}\n" for one in chosen))


def check(run, checks, least, must=None):
    """Judge a run of the scenario's tests, of which at least so many must pass if all were run.

    must matches those for which no excuse counts.
    """
    if not checks.equal("the guest's script ended", run.text("exit-status").strip(), "0"):
        return
    try:
        results = read(run.folder / "igt/results.json")
    except (OSError, ValueError) as error:
        checks.true("igt's results", False,
                    f"{error}; {run.text('igt-runner.log').strip()[-200:]}")
        return
    (run.folder / "igt.json").write_text(json.dumps(results, indent=1) + "\n")
    count = {outcome: sum(one["outcome"] == outcome for one in results.values())
             for outcome in ("pass", "fail", "skip")}
    checks.true("results", count["pass"] >= (1 if run.options.only else least), json.dumps(count))
    for name, one in results.items():
        if one["outcome"] == "fail":
            strict = must and re.search(must, name)
            checks.true(name, not strict and excused(name), one["reason"])


def meaning(name, reason):
    """Why a test skipped, in plain words where they are known."""
    return next((why for pattern, why in SKIPPED
                 if re.search(pattern, reason) or re.search(pattern, name)), reason)


def _result(one):
    """The runner's result; "warn" (the test itself warned) and kernel messages of a slow
    guest without firmware files count as passed."""
    result = one["result"]
    lines = one.get("dmesg-warnings", "").splitlines()
    if result == "warn":
        return "pass"
    if result == "dmesg-warn" and lines and all(HARMLESS.search(line) for line in lines):
        return "pass"
    return result


def _reason(one):
    out = one.get("out", "") + "\n" + one.get("err", "")
    found = (re.search(r"(No known gpu found.*)", out)
             or re.search(r"Test requirement not met.*\n(?:Test requirement: )?(.*)", out)
             or re.search(r"Test requirement: (.*)", out)
             or re.search(r"Failed assertion: (.*)", out)
             or re.search(r"(No KMS driver.*|SKIP.*)", out))
    if found:
        return found.group(1).strip()[:160]
    lines = [line for line in one.get("dmesg", "").splitlines()
             if re.search(r"WARN|ERROR|BUG", line)]
    return lines[0].strip()[:160] if lines else ""


def read(path):
    """Results of igt_runner: {test: {outcome, result, reason, seconds}}."""
    found = {}
    for name, one in json.loads(path.read_text(errors="replace"))["tests"].items():
        result = _result(one)
        outcome = "fail" if result in _FAILED else result
        if outcome not in ("pass", "fail", "skip"):  # notrun: of a binary that has none
            outcome = "skip"
        time = one.get("time", {})
        found[name] = {"outcome": outcome, "result": result,
                       "reason": "" if outcome == "pass" else _reason(one),
                       "seconds": round(time.get("end", 0) - time.get("start", 0), 1)}
    return found
