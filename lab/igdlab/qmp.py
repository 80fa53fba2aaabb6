"""A small client of QEMU's monitor protocol, and the heartbeat that keeps TCG awake."""

import contextlib
import json
import socket
import threading
import time

from .errors import LostLabPC


class Monitor:
    """One connection to a QMP socket; may be used from several threads."""

    def __init__(self, path, process, timeout=30):
        self._lock = threading.Lock()
        deadline = time.monotonic() + timeout
        while True:
            self._socket = socket.socket(socket.AF_UNIX)
            try:
                self._socket.connect(str(path))
                break
            except OSError:
                self._socket.close()
                if process.poll() is not None or time.monotonic() > deadline:
                    raise LostLabPC("QEMU did not open its monitor") from None
                time.sleep(0.05)
        self._socket.settimeout(timeout)
        self._stream = self._socket.makefile("rw")
        self._stream.readline()
        self.execute("qmp_capabilities")

    def execute(self, command, **arguments):
        """Run a command and return its answer; LostLabPC when QEMU is gone."""
        with self._lock:
            try:
                json.dump({"execute": command, "arguments": arguments}, self._stream)
                self._stream.write("\n")
                self._stream.flush()
                while True:
                    line = self._stream.readline()
                    if not line:
                        raise LostLabPC("QEMU closed its monitor")
                    answer = json.loads(line)
                    if "error" in answer:
                        raise LostLabPC(f"QEMU refused {command}: {answer['error']['desc']}")
                    if "return" in answer:
                        return answer["return"]
            except (OSError, ValueError) as error:
                raise LostLabPC(f"QEMU's monitor: {error}") from error

    def close(self):
        """Close the connection."""
        for end in (self._stream, self._socket):
            with contextlib.suppress(OSError):  # QEMU may be gone already
                end.close()


class Heartbeat(threading.Thread):
    """Presses a modifier key twice a second.

    Under software emulation a halted CPU can miss its timer interrupt; any other
    interrupt wakes it, and this is the one that is sure to come.
    """

    def __init__(self, monitor):
        super().__init__(daemon=True)
        self._monitor = monitor
        self._end = threading.Event()
        self.beats, self.trouble = 0, ""

    def run(self):
        key = [{"type": "qcode", "data": "shift"}]
        while not self._end.wait(0.5):
            try:
                self._monitor.execute("send-key", keys=key)
                self.beats += 1
            except LostLabPC as error:  # told when the lab PC is lost; QEMU may be ending
                self.trouble = str(error)

    def stop(self):
        """Stop and wait for the thread."""
        self._end.set()
        self.join()
