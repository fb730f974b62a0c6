"""What was typed in a shell and what came of it, shown as it comes and kept in the run's folder."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from clientpath.keyboard import PROMPT
from machine.dialogue import Asked

FILE = "transcript.txt"


class Transcript:
    """A transcript that is being written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def typed(self, asked: Asked, line: str) -> None:
        """Keep a line, with how late it was inside, in seconds since the shell began."""
        self._keep(f"[{asked.time_ns / 1e9:12.6f} s] {PROMPT}{line.rstrip()}\n")

    def said(self, text: str) -> None:
        """Show what came, byte by byte as it came, and keep it."""
        sys.stdout.flush()
        sys.stdout.buffer.write(self._keep(text))
        sys.stdout.buffer.flush()

    def _keep(self, text: str) -> bytes:
        data = text.encode("utf-8", "surrogateescape")
        self._file.write(data)
        self._file.flush()
        return data


@contextlib.contextmanager
def transcript(folder: Path) -> Iterator[Transcript]:
    """Write a run's transcript for as long as the block lasts."""
    with (folder / FILE).open("wb") as file:
        yield Transcript(file)
