"""i915: an unmodified Debian kernel's i915 drives the model, in a plain VM."""

SUMMARY = "Debian's i915 drives the model in a plain VM: display, console, flips, batches"
TIME_LIMIT = 300
PLAIN = True
MONITORS = ""


def check(run, checks):
    """Judge one run."""
    checks.equal("the guest's script ended", run.text("exit-status").strip(), "0")
