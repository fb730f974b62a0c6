"""Doing a spell inside the machine: clients work, a program each, while things happen to the network."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from experiments.happening import Happenings
from experiments.served import Served
from experiments.spell import Spell
from experiments.window import window
from measurement.journey import use_resolver
from measurement.timeline import NS_PER_MS, NS_PER_S, Moment, play
from measurement.work import Told, Work, begin
from services import base
from topologies.health import Health
from topologies.switching import undisturbed

# The works' clock starts when a round of probes does, so that all that ticks by the clock is at the same
# point of its round in each spell; and not before what comes first, signing in, is over.
ROUND_S, BEFORE_S = 30, 5
ALIVE_MS = 600_000  # of a long day, the outside is told as often that it goes on: silence is taken for an end
MS_PER_MIN = 60_000


class Spelling:
    """Does spells on a network with everything that serves on it."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._happenings = Happenings(served.network, served.supervisor)

    def do(self, spell: Spell) -> list[Told]:
        """Let clients work, and have happen what happens; return what each client says of it.

        Raises MeasurementError if a client itself fails, and what `Supervisor.become` raises.
        """
        network, cast = self._served.network, self._served.cast
        self._served.supervisor.become([each for each in cast.services(spell) if each.node not in spell.idle])
        keys = cast.nodes / "clients" / f"{spell.name}.keys"
        keys.parent.mkdir(parents=True, exist_ok=True)
        with undisturbed(), base.running(network, cast.working(spell)):
            for each in spell.works:
                address = str(network.plan.node(self._resolver(each)).address)
                use_resolver(network, each.client, cast.nodes / each.client, address)
            with window(self._served.recorder, spell.name, keys), self._happenings.whole_again():
                return self._work(spell, keys)

    def _work(self, spell: Spell, keys: Path) -> list[Told]:
        start_s = _start_s(time.time_ns() // NS_PER_S, spell.answers.health)
        start_ns = start_s * NS_PER_S
        network, words = self._served.network, self._served.work
        authority = self._served.cast.pki / "ca.pem"
        working = [
            begin(network, each, start_ns, authority, keys, words / f"{spell.name}-{each.name}.json")
            for each in spell.works
        ]
        time.sleep((start_ns - time.time_ns()) / NS_PER_S)
        events = sorted(spell.events, key=lambda each: each.at_ms)
        happens = [
            Moment(round(each.at_ms * NS_PER_MS), partial(self._happenings.do, each)) for each in events
        ]
        play([happens, _signs_of_life(max(each.length_ms for each in spell.works))])
        return [each.told(spell.name, self._resolver(each.work), start_ns) for each in working]

    def _resolver(self, work: Work) -> str:
        return self._served.cast.world.client(work.client).resolver


def _start_s(now_s: int, health: Health | None) -> int:
    """Return when the works' clock starts, in whole seconds since the epoch."""
    round_s = ROUND_S if health is None else health.interval_s
    return -(-(now_s + BEFORE_S) // round_s) * round_s


def _signs_of_life(length_ms: int) -> list[Moment]:
    """Return what says on standard output, now and then, how much of a spell is over."""
    return [Moment(at_ms * NS_PER_MS, _said(at_ms)) for at_ms in range(ALIVE_MS, length_ms, ALIVE_MS)]


def _said(at_ms: int) -> Callable[[], None]:
    return lambda: print(f"after {at_ms // MS_PER_MIN} minutes", flush=True)
