"""What a world announces happens by the clock: when it is due, in its order, and once."""

from __future__ import annotations

import time
from typing import Any

import pytest

from experiments.exercise import Cut, Mend
from experiments.shell_agenda import Agenda
from experiments.spell import Dark, Happening, Light

EVENTS: tuple[Happening, ...] = (
    Mend(at_ms=3000, a="ams-wan", b="dub-wan"),
    Dark(at_ms=1000, place="dub"),
    Cut(at_ms=2500, a="ams-wan", b="dub-wan"),
    Light(at_ms=4000.5, place="dub"),
)


class Clock:
    """A clock that is set by hand, in milliseconds since the shell began."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_ms = 0.0
        monkeypatch.setattr(time, "time_ns", lambda: round(self.now_ms * 1e6) + 5)


def test_everything_happens_when_it_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, done, said = Clock(monkeypatch), list[Any](), list[str]()
    agenda = Agenda(EVENTS, 5, done.append, said.append)
    assert agenda.due() == 1.0 and done == []
    clock.now_ms = 999.75
    assert agenda.due() == pytest.approx(0.00025) and done == []
    clock.now_ms = 2600
    assert agenda.due() == pytest.approx(0.4)
    assert [event.do for event in done] == ["dark", "cut"]
    clock.now_ms = 9000
    assert agenda.due() == float("inf")
    assert [event.at_ms for event in done] == [1000, 2500, 3000, 4000.5]
    assert said == [
        "*** 1 s: dub has lost its power\n",
        "*** 2.5 s: what joins ams-wan and dub-wan is cut\n",
        "*** 3 s: what joins ams-wan and dub-wan is mended\n",
        "*** 4.0005 s: dub has its power again\n",
    ]


def test_where_nothing_is_announced_nobody_looks_at_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: pytest.fail("a look at the clock moves it"))
    assert Agenda((), 0, lambda event: None, lambda text: None).due() == float("inf")
