"""Ctrl-C and SIGTERM, once: the first one starts the cleaning up, and a second one cannot interrupt that."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM)
ending = threading.Event()  # for what waits in other threads, which no signal reaches


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
    ending.set()
    interrupt_no_more()
    raise KeyboardInterrupt
