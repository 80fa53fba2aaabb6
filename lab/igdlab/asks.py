"""What a guest may ask of the lab while it runs: pictures of a monitor, plugs, a wake-up.

A guest with the shared folder leaves NAME.ask in asks/ and waits for NAME.answer
(lab/plain-vm/ask); one without it writes a line to its serial port and waits a while.
"""

import contextlib
import json
import re
import socket
import threading
import time

from . import progress
from .errors import LostLabPC
from .rfb import Viewer

NAME = re.compile(r"[a-z0-9-]+")


class ModelControl:
    """The model's control socket: a JSON object a line, out and in."""

    def __init__(self, path):
        self._path = path

    def execute(self, command, **arguments):
        """Run a command; its answer, with "ok" in it."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(60)
            connection.connect(str(self._path))
            request = {"do": command, **arguments}
            connection.sendall(json.dumps(request).encode() + b"\n")
            return json.loads(connection.makefile().readline() or "{}")


class Asks:
    """Answers what the guest of a run asks for."""

    def __init__(self, run, monitor):
        self._run, self._monitor = run, monitor
        self._folder = run.folder / "asks"
        self._viewer = None
        self._control = ModelControl(run.control_socket)

    def serve_line(self, line):
        """Do what a guest without the folder asks for on its serial line: "ask WORDS"."""
        if line.startswith("ask "):
            progress.say(f"    answered: {self.answer(line[4:])[:120]}")

    def serve(self):
        """Answer what was asked since the last call."""
        for ask in sorted(self._folder.glob("*.ask")):
            line = ask.read_text().strip()
            ask.unlink()
            answer = self.answer(line)
            progress.say(f"    asked: {line}: {answer.splitlines()[0][:120]}")
            partial = ask.with_suffix(".partial")
            partial.write_text(answer + "\n")
            partial.rename(ask.with_suffix(".answer"))

    def answer(self, line):
        """The answer to one line, which begins with "error" when it could not be done."""
        words = line.split()
        handler = getattr(self, f"_do_{words[0].replace('-', '_')}", None) if words else None
        if not handler:
            return f"error: {line!r} is not known"
        try:
            return handler(*words[1:])
        except (OSError, TypeError, ValueError, LostLabPC) as error:
            return f"error: {error}"

    def _command(self, command, **arguments):
        answer = self._control.execute(command, **arguments)
        if not answer.get("ok"):
            return f"error: {answer.get('error', 'no answer')}"
        return json.dumps(answer)

    def _do_screenshot(self, name, port=None):
        """screenshot NAME [PORT]: the monitor's, or any pipe's, picture in screen-NAME.png."""
        if not NAME.fullmatch(name):
            return "error: a name has small letters, digits and dashes"
        path = self._run.folder / f"screen-{name}.png"
        where = {"connector": port} if port else {}
        return self._command("screenshot", file=str(path), **where)

    def _do_plug(self, monitor):
        """plug PORT[:MODES]"""
        return self._command("plug", monitor=monitor)

    def _do_unplug(self, port):
        """unplug PORT"""
        return self._command("unplug", connector=port)

    def _do_info(self):
        """info: what the model tells of itself and its counters."""
        return self._command("info")

    def _do_cpu(self):
        """cpu: clock ticks the model's process has used, and the time in seconds."""
        fields = (f"/proc/{self._run.server.pid}/stat")
        with open(fields, encoding="ascii") as stat:
            words = stat.read().rsplit(")", 1)[1].split()
        return f"{int(words[11]) + int(words[12])} {time.monotonic():.3f}"

    def _do_viewer(self, state):
        """viewer on|off: a VNC viewer looks at the model; off tells what it got."""
        if state == "on":
            self._viewer = Viewer(self._run.vnc_socket)
            self._viewer.start()
            return "it looks"
        self._viewer.stop()
        return json.dumps({"updates": self._viewer.updates, "bytes": self._viewer.bytes})

    def _do_wake(self):
        """wake: bring the VM back when it is suspended."""
        threading.Thread(target=self._wake, daemon=True).start()
        return "it will be"

    def _wake(self):
        with contextlib.suppress(LostLabPC):
            while self._monitor.execute("query-status")["status"] != "suspended":
                time.sleep(0.2)
            time.sleep(1)
            self._monitor.execute("system_wakeup")
