"""Ctrl-C and SIGTERM, once: the first one starts the cleaning up, and a second one cannot interrupt that."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM)
ending = threading.Event()  # for what waits in other threads, which no signal reaches


def interrupt_once() -> None:
    """Let the first of the signals raise KeyboardInterrupt in the main thread, and ignore later ones."""
    for number in SIGNALS:
        signal.signal(number, _interrupt)


def interrupt_no_more() -> None:
    """Ignore the signals from here on: what is left to do is too little to interrupt."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    ending.set()
    interrupt_no_more()
    raise KeyboardInterrupt
