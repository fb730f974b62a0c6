"""Waiting for a line from outside so that virtual time stands still: the whole guest waits, not a program.

A program that waits lets the guest's clock jump to the next timer, whatever it waits for. Only a system
call of the guest's kernel itself stops everything. It makes one when a file of the host's is opened, by its
name: if that is a named pipe, the call returns when the outside opens it for writing. The guest has to take
it for an ordinary file, else it makes a pipe of its own of it: so it looks at the name while a file is
there, and a second mount of the same folder puts the pipe in its place. A minute of waiting moves the clock
by 256 ns, as one look at it does (seen with Linux 7.3). On a machine's own kernel the same calls wait as
for any pipe, and time goes on.

Source: fs/hostfs/hostfs_kern.c of Linux, `hostfs_open`.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from experiments.shell import FOLDER, LINE, PIPE
from topologies.commands import run

MOUNTS = Path("/proc/self/mounts")
RUN_FD = 101  # as `guest/init` mounts the run's folder


class Lines:
    """Lines from outside, one at a time; ``there`` and ``beside`` are the same folder, seen by two mounts."""

    def __init__(self, there: Path, beside: Path) -> None:
        self._there = there
        self._beside = beside

    def next(self) -> str | None:
        """Wait for a line; None if there will be none."""
        seen, swapped = self._there / PIPE, self._beside / PIPE
        seen.touch()
        held = os.open(seen, os.O_PATH)
        try:
            new = swapped.with_suffix(".new")
            os.mkfifo(new)
            new.rename(swapped)
            os.close(os.open(seen, os.O_RDONLY))  # here everything waits
        finally:
            os.close(held)
        swapped.unlink()
        try:
            line = (self._there / LINE).read_text(encoding="utf-8", errors="surrogateescape")
        except FileNotFoundError:
            return None
        (self._there / LINE).unlink()
        return line


@contextlib.contextmanager
def lines(run_dir: Path) -> Iterator[Lines]:
    """Give the lines that come through a run's folder; raises CommandError if it cannot be mounted again."""
    there = run_dir / FOLDER
    if not _is_hosts(run_dir):
        yield Lines(there, there)
        return
    beside = Path(tempfile.mkdtemp(prefix="clientpath-beside-"))
    try:
        run(["mount", "-t", "hostfs", "-o", str(RUN_FD), "none", str(beside)])
        try:
            yield Lines(there, beside / FOLDER)
        finally:
            run(["umount", str(beside)])
    finally:
        beside.rmdir()


def _is_hosts(folder: Path) -> bool:
    """Say whether a folder is one of the host's, as a guest sees it."""
    mounts = (line.split() for line in MOUNTS.read_text().splitlines())
    return any(words[1] == str(folder) and words[2] == "hostfs" for words in mounts)
