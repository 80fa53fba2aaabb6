"""The cache outside the checkout: each part is built once, under the hash of its recipe."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from . import progress
from .errors import LabError


def root():
    """The cache folder: IGDVM_CACHE, else igdvm in the user's cache folder."""
    if os.environ.get("IGDVM_CACHE"):
        return Path(os.environ["IGDVM_CACHE"])
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "igdvm"


def hash_of(*parts):
    """A short hash of strings and of the contents of files (given as Path)."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else str(part).encode()
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()[:12]


def part(name, recipe, what, build):
    """Return the folder of a part, building it when this recipe never was.

    `build(folder)` fills a temporary folder beside the final one; the folder gets its
    name only when it is complete, so an interrupted build leaves nothing that counts.
    """
    folder = root() / f"{name}-{recipe}"
    if folder.is_dir():
        return folder
    try:
        root().mkdir(parents=True, exist_ok=True)
        lock = open(root() / f"{name}.lock", "w")
    except OSError as error:
        raise LabError(f"{root()}: cannot be used as cache ({error.strerror}); "
                       "set IGDVM_CACHE to a folder that can be written") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder
        for stale in root().glob(f".{name}-*"):
            shutil.rmtree(stale, ignore_errors=True)
        progress.say(f"prepare {name}: {what}")
        building = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=root()))
        try:
            building.chmod(0o755)
            build(building)
            os.rename(building, folder)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
    return folder
