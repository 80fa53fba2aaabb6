"""capture.py: a capture of a host: its paths, as an archive or laid out in a directory."""

import gzip
import io
import tarfile


class Capture:
    """Files with their bytes, links with their targets, and empty directories."""

    def __init__(self):
        self.files = {}
        self.links = {}
        self.directories = set()

    def without(self, path):
        """The same without one file or link."""
        rest = Capture()
        rest.files = {p: data for p, data in self.files.items() if p != path}
        rest.links = {p: target for p, target in self.links.items() if p != path}
        rest.directories = self.directories
        return rest

    def write(self, root):
        """Lays it out in a directory."""
        for path in self.directories:
            (root / path).mkdir(parents=True, exist_ok=True)
        for path, data in self.files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        for path, target in self.links.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).symlink_to(target)

    def archive(self):
        """The capture as the bytes of a .tar.gz, the same every time."""
        raw = io.BytesIO()
        entries = {}
        for directory in self.directories:
            entries[directory] = ("dir", None)
        for path, target in self.links.items():
            entries[path] = ("link", target)
        for path, data in self.files.items():
            entries[path] = ("file", data)
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for path in sorted(entries):
                kind, value = entries[path]
                info = tarfile.TarInfo(path)
                info.mtime = 0
                info.mode = 0o755 if kind == "dir" else 0o644
                if kind == "dir":
                    info.type = tarfile.DIRTYPE
                elif kind == "link":
                    info.type = tarfile.SYMTYPE
                    info.linkname = value
                else:
                    info.size = len(value)
                tar.addfile(info, io.BytesIO(value) if kind == "file" else None)
        return gzip.compress(raw.getvalue(), mtime=0)
