"""Signals: the first one interrupts, and whatever comes after it changes nothing."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from machine import interrupt
from machine.interrupt import SIGNALS, Ending, interrupt_once


@pytest.fixture(autouse=True)
def handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the signals' handlers as they were, and nothing ending."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    monkeypatch.setattr(interrupt, "ending", Ending())
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_interrupts_and_says_so_to_others(number: signal.Signals) -> None:
    interrupt_once()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)
    assert interrupt.ending.is_set()
    for each in SIGNALS:
        signal.raise_signal(each)  # nothing happens


def test_a_signal_that_comes_while_the_first_one_is_handled_is_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []

    class Again(Ending):
        def set(self) -> None:
            told.append("set")
            if len(told) < 5:
                os.kill(os.getpid(), signal.SIGTERM)
            super().set()

    monkeypatch.setattr(interrupt, "ending", Again())
    interrupt_once()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert told == ["set"]


def test_who_waits_is_interrupted_too() -> None:
    interrupt_once()
    late = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
    late.start()
    with pytest.raises(KeyboardInterrupt):
        interrupt.ending.wait(30)
    late.join()
    assert interrupt.ending.wait(30) is True


def test_who_waits_in_vain_is_told() -> None:
    assert interrupt.ending.wait(0.001) is False
