"""When routers have told each other everything: BIRD is asked, nothing is waited for by a time.

A session is done when both ends have established it, and every route that one end has told the other has got
there: as many are exported at the one as are imported or filtered at the other. Routing has converged when
that is so of all sessions in two looks in a row between which no router has told, taken in or withdrawn
anything; so much time is between them that what was under way has arrived.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.bird import Bird
from services.bird_reports import Look, Report, reached_of, reports_of
from topologies.bgp import Neighbor
from topologies.errors import ServiceError
from topologies.network import Network

LOOK_S = 1.0  # longer than anything is under way
MORE_SELDOM, LONGEST_LOOK_S = 1.2, 10.0  # the longer it takes; a hold time is 180 s
DEADLINE_S = 60.0
MD5_COUNTERS = ("TCPMD5NotFound", "TCPMD5Unexpected", "TCPMD5Failure")  # Linux, /proc/net/netstat

Down = Mapping[tuple[str, str], str]


def wait_converged(
    network: Network, birds: Sequence[Bird], *, down: Down | None = None, deadline_s: float = DEADLINE_S
) -> None:
    """Return when routing has converged.

    ``down`` has the sessions that are not to be established, as a router and its neighbor (either end will
    do), and words that BIRD has to say of them at that end; "" for any. Raises ServiceError after
    ``deadline_s`` seconds of the machine's time, with each session that is not as it should be and BIRD's own
    words, or if a BIRD does not answer.
    """
    deadline = time.monotonic() + deadline_s
    refused = _refusals(network, birds)
    before: dict[str, Look] = {}
    for number in itertools.count():
        looks = {bird.node: look(bird) for bird in birds}
        problems = list(unfinished(birds, looks, down or {}))
        if not problems and looks == before:
            return
        if time.monotonic() > deadline:
            more = _more(refused, _refusals(network, birds))
            raise ServiceError("\n".join(_told(problems, more, deadline_s)))
        before = looks
        time.sleep(min(LOOK_S * MORE_SELDOM**number, LONGEST_LOOK_S) if problems else LOOK_S)


def look(bird: Bird) -> Look:
    """Ask a BIRD for all that it does; raise ServiceError if it does not answer."""
    reports = reports_of(bird.tell("show protocols all"))
    with_bfd = any(neighbor.bfd for neighbor in bird.speaker.neighbors)
    return Look(reports, reached_of(bird.tell("show bfd sessions")) if with_bfd else frozenset())


@dataclass(frozen=True)
class Problem:
    """A session that is not as it should be, seen from one end."""

    node: str
    neighbor: str
    words: str
    established: bool


def unfinished(birds: Sequence[Bird], looks: Mapping[str, Look], down: Down) -> Iterator[Problem]:
    """Yield each end of a session that is not as it should be."""
    for bird in birds:
        for neighbor in bird.speaker.neighbors:
            here = looks[bird.node].reports.get(neighbor.name)
            there = looks[neighbor.name].reports.get(bird.node) if neighbor.name in looks else None
            key = bird.node, neighbor.name
            if here is None:
                words = "BIRD knows no such session"
            elif key in down or key[::-1] in down:
                words = _not_down(here, down.get(key, ""))
            else:
                words = _not_done(here, there, neighbor, looks[bird.node])
            if words:
                yield Problem(bird.node, neighbor.name, words, here is not None and here.is_established)


def _not_down(here: Report, wanted: str) -> str:
    if here.is_established:
        return "is established, and should not be"
    return "" if wanted in here.info else f'is down, but BIRD says "{here.info}" and not "{wanted}"'


def _not_done(here: Report, there: Report | None, neighbor: Neighbor, seen: Look) -> str:
    if not here.is_established:
        return f'is not established: BIRD says "{here.info}"'
    if neighbor.bfd and str(neighbor.address) not in seen.reached:
        return "is established, but BFD does not reach the neighbor"
    if there is None:
        return ""  # nobody to ask
    arrived = {channel.name: channel.received for channel in there.channels}
    for channel in here.channels:
        if channel.exported != arrived.get(channel.name):
            told = f"{channel.exported} routes of {channel.name} are told"
            return f"{told}, and {arrived.get(channel.name)} have arrived"
    return ""


def _told(
    problems: Sequence[Problem], refused: Mapping[str, Mapping[str, int]], after_s: float
) -> Iterator[str]:
    """Say what has not come to an end."""
    for each in problems:
        counts = {} if each.established else refused.get(each.node, {})
        of_tcp = ", ".join(f"{name} {count}" for name, count in counts.items())
        words = f"{each.node}: BGP with {each.neighbor}, after {after_s:g} s: {each.words}"
        if of_tcp:
            words += f"; its kernel has refused TCP segments for their MD5 ({of_tcp}):"
            words += " right would be the same password at both ends"
        yield words
    if not problems:
        yield f"BGP has not come to rest after {after_s:g} s: routers still tell each other something"


def _more(
    before: Mapping[str, Mapping[str, int]], now: Mapping[str, Mapping[str, int]]
) -> dict[str, dict[str, int]]:
    """Return by how much counters have grown, where they have."""
    return {
        node: {
            name: count - before[node].get(name, 0)
            for name, count in counts.items()
            if count > before[node].get(name, 0)
        }
        for node, counts in now.items()
    }


def _refusals(network: Network, birds: Sequence[Bird]) -> dict[str, dict[str, int]]:
    """Return what `md5_refusals` counts at each router: BIRD does not hear of those segments."""
    found = {}
    for bird in birds:
        with network.inside(bird.node):
            found[bird.node] = md5_refusals(Path("/proc/thread-self/net/netstat").read_text())
    return found


def md5_refusals(netstat: str) -> dict[str, int]:
    """Return how many TCP segments a kernel has refused for their MD5 (RFC 2385), by the reasons it had."""
    rows = [line.split() for line in netstat.splitlines() if line.startswith("TcpExt:")]
    counts = dict(zip(*rows, strict=True)) if len(rows) == 2 else {}
    return {name: int(counts[name]) for name in MD5_COUNTERS if name in counts}
