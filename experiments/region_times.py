"""When a region fails and comes back: as the world announces it, or as the experiment has it by itself.

What an experiment shows needs its time: everybody has been served before, probes have found out, resolvers
have forgotten. A world whose failure leaves too little of it is told so before anything runs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from experiments.given_failures import first_failure
from experiments.region_split import LOOKUP_S
from experiments.region_works import CONNECT_MS, DOWNLOAD_MS, RETRY_MS
from topologies.errors import WorldError
from topologies.failures import Failure
from topologies.health import Health
from topologies.hosts import wan_switch
from topologies.world import World

MS_PER_S = 1000
# Half a second after everybody was probed: the longest time until it is noticed. It comes back while no probe
# waits for an answer, for which `Health.is_waiting` is asked.
FAILED_MS, BACK_MS, AFTER_MS = 10_500, 77_500, 42_500
CUT_MS, MENDED_MS, AFTER_LINK_MS = 5_050, 12_050, 8_000
FIRST_CUT_S = 1.0  # before it there are requests to compare with
CLEAR_S, LATE_S = 0.5, 1.0  # after a round of probes: they were answered, and the next ones are far


@dataclass(frozen=True)
class Times:
    """A failure's beginning and end on the spell's clock, and for how long people work, in milliseconds."""

    failed_ms: float = FAILED_MS
    back_ms: float = BACK_MS

    @property
    def length_ms(self) -> int:
        """For how long people work: until they have returned."""
        return math.ceil(self.back_ms) + AFTER_MS


@dataclass(frozen=True)
class LinkTimes:
    """A link of the backbone by its switches, and when it is cut and mended, in milliseconds."""

    link: tuple[str, str]
    cut_ms: float = CUT_MS
    mended_ms: float = MENDED_MS

    @property
    def length_ms(self) -> int:
        """For how long somebody works: some whole seconds after it is mended."""
        return int(self.mended_ms // MS_PER_S) * MS_PER_S + AFTER_LINK_MS


def region_times(world: World, health: Health) -> Times:
    """Return when the region fails and is back; raise WorldError if that leaves too little time.

    Of several failures of datacenters the first one in the file counts.
    """
    number, failure = first_failure(world, of_link=False)
    if failure is None:
        return Times()
    where = f"failures[{number}]"
    until_s = _until_s(failure, where)
    _refuse_beginning(failure.at_s, health, where)
    _refuse_end(failure.at_s, until_s, health, where)
    return Times(failure.at_s * MS_PER_S, until_s * MS_PER_S)


def _refuse_beginning(at_s: float, health: Health, where: str) -> None:
    first_s = DOWNLOAD_MS / MS_PER_S + 1
    if at_s < first_s:
        raise WorldError(
            f"{where}.at_s: {at_s:g} s are over before everybody was served; right would be"
            f" {health.next_probe_s(first_s) + CLEAR_S:g} or later"
        )
    if not CLEAR_S <= at_s % health.interval_s <= LATE_S:
        right_s = at_s // health.interval_s * health.interval_s + CLEAR_S
        raise WorldError(
            f"{where}.at_s: {at_s:g} s are not just after everybody was probed, each {health.interval_s} s,"
            f" from when it takes longest to notice; right would be {right_s:g}"
        )


def _refuse_end(at_s: float, until_s: float, health: Health, where: str) -> None:
    least_s = _least_s(at_s, health)
    if least_s <= until_s and not health.is_waiting(until_s):
        return
    early, waiting = "before everybody was led elsewhere", "while a probe waits for an answer"
    why = early if until_s < least_s else waiting
    right_s = max(least_s, until_s)
    free_s = right_s if not health.is_waiting(right_s) else _after_waiting_s(right_s, health)
    raise WorldError(f"{where}.until_s: {until_s:g} s are {why}; right would be {free_s:g}")


def link_times(world: World, usual: tuple[str, str]) -> LinkTimes:
    """Return which link is cut, and when: the first that the world announces, or the usual one.

    Raises WorldError if there is nothing to compare it with.
    """
    number, failure = first_failure(world, of_link=True)
    if failure is None or failure.between is None:
        return LinkTimes(usual)
    where = f"failures[{number}]"
    until_s = _until_s(failure, where)
    if failure.at_s < FIRST_CUT_S:
        raise WorldError(
            f"{where}.at_s: {failure.at_s:g} s are too early to compare with what was before;"
            f" right would be {FIRST_CUT_S:g} or later"
        )
    a, b = map(wan_switch, failure.between)
    return LinkTimes((a, b), failure.at_s * MS_PER_S, until_s * MS_PER_S)


def _until_s(failure: Failure, where: str) -> float:
    if failure.until_s is None:
        raise WorldError(
            f"{where}: has no end, and what comes after it is shown, too; right would be until_s"
        )
    return failure.until_s


def _least_s(failed_s: float, health: Health) -> float:
    """Return until when it lasts at least: found out, forgotten, looked up, and asked for once more."""
    forgotten_s = health.down_s(failed_s) + (health.ttl_s or 0) + 1
    return forgotten_s + LOOKUP_S + (CONNECT_MS + RETRY_MS) / MS_PER_S


def _after_waiting_s(time_s: float, health: Health) -> float:
    return time_s // health.interval_s * health.interval_s + health.timeout_s + CLEAR_S
