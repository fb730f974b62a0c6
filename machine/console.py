"""What the inside says, as it says it: a file in memory that the guest fills and the outside follows.

A file never makes the guest wait, as a pipe could: a wait would be real time that leaks into virtual time.
Lines that begin with ``@`` are for the outside: ``@step TEXT``, ``@exit CODE``, ``@error TEXT``; the rest
is the console. A machine that one talks to has words of its own (`machine/dialogue.py`).
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator

TAIL_LINES = 40


class Console:
    """Follows the inside's output; ``step`` is the last step it named, ``exit_code`` its own end."""

    def __init__(self, on_step: Callable[[str], None]) -> None:
        self.descriptor = os.memfd_create("clientpath-console")
        self.step = "starting"
        self.exit_code: int | None = None
        self.error: str | None = None
        self.words: dict[str, Callable[[str], None]] = {}  # further ones, and who is told what follows
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self.seen_bytes = 0
        self._partial = b""
        self._on_step = on_step

    def follow(self) -> bool:
        """Take in what has been written since the last look; tell whether there was anything."""
        before = self.seen_bytes
        for line in self._new_lines():
            self._take(line)
        return self.seen_bytes > before

    def finish(self) -> None:
        """Take in the rest, after the machine's end: also a last line that has no end."""
        self.follow()
        if self._partial:
            self._take(self._partial.decode(errors="replace"))
            self._partial = b""

    def close(self) -> None:
        """Let the memory go."""
        os.close(self.descriptor)

    def _new_lines(self) -> Iterator[str]:
        while chunk := os.pread(self.descriptor, 65536, self.seen_bytes):
            self.seen_bytes += len(chunk)
            *lines, self._partial = (self._partial + chunk).split(b"\n")
            for line in lines:
                yield line.decode(errors="replace").rstrip("\r")

    def _take(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "@step":
            self.step = rest
            self._on_step(rest)
        elif word == "@exit":
            self.exit_code = int(rest) if rest.isdecimal() else None
        elif word == "@error":
            self.error = f"{self.error}\n{rest}" if self.error else rest
        elif word in self.words:
            self.words[word](rest)
        else:
            self.tail.append(line)
