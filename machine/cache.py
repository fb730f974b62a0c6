"""The one folder outside the checkout: what is slow to make, kept under a key of its inputs.

An entry is either whole or absent. It is made beside its place and renamed into it, so a build that
broke or was interrupted leaves nothing that a later call would take for an entry.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from machine.errors import MachineMissing, SetupFailed
from machine.interrupt import ending

POLL_S = 0.2
PARTIAL = ".partial"


def cache_dir() -> Path:
    """Return ``$XDG_CACHE_HOME/clientpath`` (``~/.cache/clientpath``), made if missing."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "clientpath"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineMissing(
            f"the cache folder {folder} cannot be made ({error.strerror}): set XDG_CACHE_HOME to one that can"
        ) from None
    return folder


def key_of(*inputs: bytes) -> str:
    """Return a short key that changes with any of the inputs."""
    digest = hashlib.sha256()
    for part in inputs:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:16]


def entry(name: str, key: str) -> Path:
    """Return the place of an entry, whether it exists or not."""
    return cache_dir() / f"{name}-{key}"


@contextmanager
def making(place: Path) -> Iterator[Path]:
    """Give a new folder that becomes ``place`` when the block ends well, and nothing otherwise."""
    partial = place.with_name(place.name + PARTIAL)
    remove_tree(partial)
    partial.mkdir(parents=True)
    try:
        yield partial
        partial.rename(place)
    finally:
        remove_tree(partial)


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock of an entry's name: a second set-up waits for the first one's result.

    Raises SetupFailed if everything is to end meanwhile.
    """
    with (cache_dir() / f"{name}.lock").open("w") as lock:
        while not _try_to_lock(lock):
            if ending.wait(POLL_S):
                raise SetupFailed(f"ended while another set-up makes the {name}")
        yield


def _try_to_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def remove_tree(folder: Path) -> None:
    """Remove a folder, also one that holds folders without write permission."""
    if not folder.exists():
        return
    for path, _, _ in os.walk(folder):
        os.chmod(path, 0o700)  # noqa: PTH101  (os.walk gives strings)
    shutil.rmtree(folder)
