"""A viewer of a VNC server that looks at nothing: it asks for changes and counts bytes."""

import contextlib
import socket
import struct
import threading


class Viewer(threading.Thread):
    """Connects to a UNIX socket (RFC 6143, no password) and keeps asking for changes."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(20)
        self._socket.connect(str(path))
        self._stream = self._socket.makefile("rb")
        self._end = threading.Event()
        self.updates = self.bytes = 0
        self._shake_hands()
        self._socket.settimeout(None)  # nothing comes while nothing changes

    def _take(self, size):
        data = self._stream.read(size)
        if len(data) != size:
            raise OSError("the VNC server closed the connection")
        self.bytes += size
        return data

    def _shake_hands(self):
        self._take(12)
        self._socket.sendall(b"RFB 003.008\n")
        self._take(self._take(1)[0])
        self._socket.sendall(b"\1")  # no password
        if self._take(4) != bytes(4):
            raise OSError("the VNC server refuses")
        self._socket.sendall(b"\1")  # others may look, too
        self.width, self.height = struct.unpack(">HH", self._take(4))
        self._pixel = self._take(16)[0] // 8
        self._take(struct.unpack(">I", self._take(4))[0])
        self._socket.sendall(struct.pack(">BxHi", 2, 1, 0))  # raw rectangles only

    def _ask(self, changes_only):
        self._socket.sendall(struct.pack(">BBHHHH", 3, changes_only, 0, 0, self.width,
                                         self.height))

    def run(self):
        """Ask and count until stop."""
        with contextlib.suppress(OSError, struct.error):
            self._ask(False)
            while not self._end.is_set():
                kind = self._take(1)[0]
                if kind == 0:
                    self._rectangles()
                    self._ask(True)
                elif kind == 3:  # the clipboard
                    self._take(3)
                    self._take(struct.unpack(">I", self._take(4))[0])

    def _rectangles(self):
        self._take(1)
        for _ in range(struct.unpack(">H", self._take(2))[0]):
            _, _, width, height, _ = struct.unpack(">HHHHi", self._take(12))
            self._take(width * height * self._pixel)
        self.updates += 1

    def stop(self):
        """End the connection."""
        self._end.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
