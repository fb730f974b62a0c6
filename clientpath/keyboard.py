"""Lines that somebody types, or that come through a pipe; and what Ctrl-C means while they are done.

While something runs the first Ctrl-C interrupts it, and a second one ends everything. Where a line is waited
for the first one drops what has been typed, and a second one is the end of the input.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from types import FrameType

from machine.interrupt import ending

PROMPT = "clientpath> "
HISTORY_LINES = 1000
APART = " \t\n'\"@/=,"  # what a word that is completed begins after
AGAIN = "(Ctrl-C again, Ctrl-D or 'exit' ends the shell)"


class Keyboard:
    """Where lines come from; ``interrupt`` is called for the first Ctrl-C while something runs."""

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self.is_terminal = sys.stdin.isatty()
        self._interrupt = interrupt
        self._waits = False
        self._pressed = 0
        self._end_all = signal.getsignal(signal.SIGINT)

    def next(self) -> str | None:
        """Return the next line, None after the last one; raises KeyboardInterrupt if everything is to end."""
        self._pressed = 0
        while True:
            try:
                self._waits = True
                line = self._read()
                self._pressed = 0  # what is pressed from here on is for what the line starts
                return line
            except KeyboardInterrupt:
                if ending.is_set():
                    raise
                print()
                if self._pressed > 1:
                    return None
                print(AGAIN, flush=True)
            finally:
                self._waits = False

    def _read(self) -> str | None:
        if not self.is_terminal:
            return sys.stdin.readline() or None
        try:
            return input(PROMPT)
        except EOFError:
            print()
            return None

    def _press(self, number: int, frame: FrameType | None) -> None:
        self._pressed += 1
        if self._waits and self.is_terminal:
            raise KeyboardInterrupt
        if self._waits or self._pressed > 1:
            assert callable(self._end_all)
            self._end_all(number, frame)
        self._interrupt()

    @contextlib.contextmanager
    def listening(self, words: Collection[str], history: Path) -> Iterator[None]:
        """Have Ctrl-C mean what it does here, and words completed, as long as the block lasts."""
        self._end_all = signal.signal(signal.SIGINT, self._press)
        try:
            with editing(words, history) if self.is_terminal else contextlib.nullcontext():
                yield
        finally:
            if not ending.is_set():
                signal.signal(signal.SIGINT, self._end_all)


@contextlib.contextmanager
def editing(words: Collection[str], history: Path) -> Iterator[None]:
    """Edit lines with readline for a block, with its keys, words that Tab completes, and the lines of before.

    A Python without readline reads lines as they come.
    """
    try:
        import readline
    except ImportError:
        yield
        return
    readline.set_completer_delims(APART)
    readline.set_completer(completer(words))
    libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")
    with contextlib.suppress(OSError):  # the first time there is none
        readline.read_history_file(history)
    try:
        yield
    finally:
        readline.set_history_length(HISTORY_LINES)
        with contextlib.suppress(OSError):
            readline.write_history_file(history)
        readline.set_completer(None)


def completer(words: Collection[str]) -> Callable[[str, int], str | None]:
    """Return what readline asks for the words that begin with what has been typed, one after another."""
    known = sorted(set(words))

    def complete(typed: str, number: int) -> str | None:
        found = [word for word in known if word.startswith(typed)]
        return found[number] if number < len(found) else None

    return complete
