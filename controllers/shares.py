"""What the demands of one class get of the room there is: fair rates, as whole kbit/s over each tunnel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy
from scipy import sparse

from controllers.fairness import Floats, Problem, max_min, spread
from controllers.tunnels import Tunnel

Direction = tuple[int, int]  # a trunk, and the switch that sends
Room = dict[Direction, int]  # kbit/s; a direction that is not in it has no limit
Column = tuple[int, Tunnel]  # a demand and one of its tunnels

NEARLY_KBIT = 0.01  # what the solver may find missing of a whole one; it is sure of 0.0001


def directions(tunnel: Tunnel) -> Iterable[Direction]:
    """Return the trunks of a tunnel, each with the switch that sends over it."""
    return zip(tunnel.trunks, tunnel.switches, strict=False)


def whole_kbit(rate_mbit: float) -> int:
    """Return the most whole kbit/s that are no more than a rate in Mbit/s."""
    kbit = round(rate_mbit * 1000)
    return kbit if kbit / 1000 <= rate_mbit else kbit - 1


def give(
    wanted: Mapping[int, int], columns: Sequence[Column], room: Room, rtt_ms: Mapping[int, float]
) -> list[int]:
    """Return max-min fair shares in kbit/s, one for each column, and take them out of the room.

    `wanted` has the demands, each of which has a column; `rtt_ms` has the trunks' round trips. Rounding down
    takes less than a kbit/s of each share: the demand gets it back on the first of its tunnels that has room.
    """
    if not wanted:
        return []
    problem = _problem(wanted, columns, room, rtt_ms)
    rates = max_min(problem)
    first = _whole(spread(problem, rates))
    left = dict(zip(wanted, _whole(rates), strict=True))
    given = [0] * len(columns)
    for most in (first, [max(left.values())] * len(columns)):
        for number, (demand, tunnel) in enumerate(columns):
            limited = [each for each in directions(tunnel) if each in room]
            more = min(most[number], left[demand], *(room[each] for each in limited))
            given[number] += more
            left[demand] -= more
            for each in limited:
                room[each] -= more
    return given


def _whole(rates_mbit: Floats) -> list[int]:
    return [int(rate) for rate in numpy.floor(rates_mbit * 1000 + NEARLY_KBIT)]


def _problem(
    wanted: Mapping[int, int], columns: Sequence[Column], room: Room, rtt_ms: Mapping[int, float]
) -> Problem:
    rows = {demand: row for row, demand in enumerate(wanted)}
    limited = [[each for each in directions(tunnel) if each in room] for _, tunnel in columns]
    lines = {each: line for line, each in enumerate(dict.fromkeys(chain.from_iterable(limited)))}
    return Problem(
        wanted=numpy.array([kbit / 1000 for kbit in wanted.values()]),
        room=numpy.array([room[each] / 1000 for each in lines]),
        cost=numpy.array([sum(rtt_ms[trunk] for trunk in tunnel.trunks) for _, tunnel in columns]),
        of=_ones([[rows[demand]] for demand, _ in columns], len(rows)),
        over=_ones([[lines[each] for each in passed] for passed in limited], len(lines)),
    )


def _ones(rows: list[list[int]], height: int) -> sparse.csr_array:
    """Return a matrix with a column for each list, with ones in the rows that the list has."""
    marks = [(row, column) for column, marked in enumerate(rows) for row in marked]
    places = ([row for row, _ in marks], [column for _, column in marks])
    return sparse.csr_array((numpy.ones(len(marks)), places), shape=(height, len(rows)))
