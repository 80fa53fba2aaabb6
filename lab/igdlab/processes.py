"""Programs the lab starts: each in its own process group, and none outlives the lab."""

import contextlib
import ctypes
import os
import signal
import subprocess

from .errors import LabError

_PR_SET_PDEATHSIG = 1


def _die_with_parent():
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextlib.contextmanager
def running(command, log, name):
    """Start a program with its output in the file `log`; on leaving, end its group."""
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=subprocess.STDOUT, start_new_session=True,
                                   preexec_fn=_die_with_parent)
    except OSError as error:
        raise LabError(f"{name} cannot be started: {error.strerror}") from error
    try:
        yield process
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if process.poll() is None or number == signal.SIGKILL:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)


def end_on_signals():
    """Let SIGTERM and SIGHUP end the lab as Ctrl-C does, so that everything is undone."""
    def stop(number, frame):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
