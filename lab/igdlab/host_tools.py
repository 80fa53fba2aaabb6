"""Programs of this computer that the lab runs: makers of packages and file systems."""

import subprocess

from .errors import LabError


def run(command, what):
    """Run it to its end; LabError that names `what` when it fails. What it wrote."""
    try:
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
    except OSError as error:
        raise LabError(f"{command[0]} cannot be started ({error.strerror}); "
                       "run scripts/install-dependencies lab") from error
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
        raise LabError(f"{what}: {command[0]} ended with status {done.returncode}: "
                       f"{last[0] if last else 'it says nothing'}")
    return done.stdout
