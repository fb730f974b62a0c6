"""Ctrl-C and SIGTERM, once: the first one starts the cleaning up, and a second one cannot interrupt that."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Ending:
    """Whether everything is to end: for what waits in other threads, which no signal reaches.

    It has no lock, as `threading.Event` has: who sets it may have interrupted who just looks at it.
    """

    def __init__(self) -> None:
        self._is_set = False

    def set(self) -> None:
        """Have everything end."""
        self._is_set = True

    def is_set(self) -> bool:
        """Return whether everything is to end."""
        return self._is_set

    def wait(self, timeout: float) -> bool:
        """Wait for so many seconds, unless everything is to end; return whether it is."""
        if not self._is_set:
            time.sleep(timeout)
        return self._is_set


ending = Ending()


def interrupt_once() -> None:
    """Let the first of the signals raise KeyboardInterrupt in the main thread, and ignore later ones."""
    for number in SIGNALS:
        signal.signal(number, _interrupt)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold the signals back while the block lasts: around a fork, Python would lose what they raise."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def interrupt_no_more() -> None:
    """Ignore the signals from here on: what is left to do is too little to interrupt."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    interrupt_no_more()  # first: a second signal may come at any moment from here on
    ending.set()
    raise KeyboardInterrupt
