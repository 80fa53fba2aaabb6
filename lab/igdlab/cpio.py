"""A writer for the "newc" cpio format, which the kernel takes as initramfs."""

import os
import stat
from pathlib import Path


class Archive:
    """An archive in the making; add entries, then take bytes()."""

    def __init__(self):
        self._data = bytearray()
        self._folders = set()
        self._inode = 0

    def _entry(self, name, mode, content=b"", device=(0, 0)):
        self._inode += 1
        encoded = name.encode() + b"\0"
        fields = (self._inode, mode, 0, 0, 2 if stat.S_ISDIR(mode) else 1, 0,
                  len(content), 0, 0, device[0], device[1], len(encoded), 0)
        self._data += b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        self._pad()
        self._data += content
        self._pad()

    def _pad(self):
        self._data += bytes(-len(self._data) % 4)

    def folder(self, name):
        """Add a folder and those it is in."""
        name = name.strip("/")
        if not name or name in self._folders:
            return
        self.folder(os.path.dirname(name))
        self._folders.add(name)
        self._entry(name, stat.S_IFDIR | 0o755)

    def data(self, name, content, mode=0o644):
        """Add a file with this content."""
        name = name.strip("/")
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFREG | mode, content)

    def file(self, name, source, mode=None):
        """Add a copy of a file, with its own permissions unless others are given."""
        source = Path(source)
        self.data(name, source.read_bytes(),
                  source.stat().st_mode & 0o777 if mode is None else mode)

    def link(self, name, target):
        """Add a symbolic link."""
        name = name.strip("/")
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def character_device(self, name, major, minor):
        """Add a character device node."""
        name = name.strip("/")
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFCHR | 0o600, device=(major, minor))

    def bytes(self):
        """The whole archive, ended and padded as the kernel wants it."""
        copy = Archive()
        copy._data = bytearray(self._data)
        copy._entry("TRAILER!!!", 0)
        return bytes(copy._data) + bytes(-len(copy._data) % 512)
