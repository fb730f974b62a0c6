"""The edge in tables, figures and pictures: regret by survey, what is published, a file's ways."""

from __future__ import annotations

import math

from experiments import edge_beside
from experiments.edge_files import HIT, LIBRARY, MISS, SITE_EDGE, WAYS, Got, got
from experiments.edge_landing import Landed, Landings, landings
from experiments.edge_published import CALDER, CUMULATIVE
from experiments.edge_surveys import (
    ACDC_OWN,
    ANYCAST,
    ANYCAST_MENDED,
    DNS_OWN,
    DNS_PUBLIC,
    DNS_PUBLIC_TOLD,
    PARTS,
)
from experiments.reading import Reading
from measurement.bars import Bar, Group, Segment, bars_svg
from measurement.chart import Axis, Point, Series, chart_svg
from measurement.evidence import Missing, Refuted, frames
from measurement.result import Column, Figure, Table, TableRow

WORSE_MS = (25.0, 100.0)  # as Calder et al. count it
DRAWN = (ANYCAST, ANYCAST_MENDED, ACDC_OWN, DNS_OWN, DNS_PUBLIC, DNS_PUBLIC_TOLD)
CALLED = {
    LIBRARY: "library, by redirect",
    SITE_EDGE: "library, over the edge",
    MISS: "content node, missed",
    HIT: "content node, kept",
}


def tables(reading: Reading) -> list[Table]:
    """Return regret by survey, published numbers beside ours, where each city lands, and a file's ways."""
    found = [_regrets(reading), edge_beside.table(reading), _cities(reading), _ways(reading)]
    return [table for table in found if table.rows]


def figures(reading: Reading) -> list[Figure]:
    """Return regret in each survey, and how long the file took by each way, beside arithmetic."""
    found = []
    for part in _shown(reading):
        for name, of_all in (("regret, median", 0.5), ("regret, 9 of 10 have less", 0.9)):
            worst = _at(part, of_all)
            found.append(
                Figure(
                    name=name,
                    case=part.part.name,
                    unit="ms",
                    measured=_rounded(worst.regret_ms),
                    expected=_rounded(worst.expected_regret_ms),
                    frames=frames(*worst.rows),
                )
            )
    return [*found, *(_figure(each) for each in _got(reading))]


def pictures(reading: Reading) -> dict[str, str]:
    """Return the distributions of regret and distance, and where the time for the file goes."""
    drawn = [each for each in _shown(reading) if each.part in DRAWN]
    regret = [Series(each.part.name, _cumulative([e.regret_ms for e in each.all]), "steps") for each in drawn]
    beside = Series("published, anycast", CUMULATIVE, "dots")
    km = [Series(each.part.name, _cumulative([e.km for e in each.all]), "steps") for each in drawn]
    files = [Group("one file", [Bar(CALLED[e.case.name], _segments(e)) for e in _got(reading)])]
    return {
        "regret.svg": chart_svg(
            f"Regret, and what {CALDER} measured",
            Axis("ms behind the best front door"),
            PERCENT,
            [*regret, beside],
        ),
        "distance.svg": chart_svg("Distance to the front door", Axis("km"), PERCENT, km),
        "file.svg": bars_svg("One static file by four ways, by packets", files),
    }


PERCENT = Axis("% of clients")


def _cumulative(values: list[float]) -> list[Point]:
    """Return how many percent of some values are no larger than each of them."""
    return [(max(0.0, v), 100 * n / len(values)) for n, v in enumerate(sorted(values), start=1)]


def _shown(reading: Reading) -> list[Landings]:
    """Return the surveys whose packets are all there; the claims say what is wrong with the others."""
    found = []
    for part in PARTS:
        each = landings(reading, part)
        try:
            each.all  # noqa: B018  (it is worked out here, and kept)
        except (Missing, Refuted):
            continue
        found.append(each)
    return found


def _at(part: Landings, of_all: float) -> Landed:
    """Return the client with the least regret that is no less than that of such a part of them."""
    by_regret = sorted(part.all, key=lambda each: each.regret_ms)
    return by_regret[math.ceil(of_all * len(by_regret)) - 1]


def _regrets(reading: Reading) -> Table:
    columns = (
        Column(heading="survey"),
        Column(heading="at the best", unit="%"),
        Column(heading="regret, median", unit="ms"),
        Column(heading="9 of 10 have less", unit="ms"),
        Column(heading="most", unit="ms"),
        *(Column(heading=f"{worse:g} ms or more", unit="%") for worse in WORSE_MS),
        Column(heading="distance, mean", unit="km"),
    )
    rows = tuple(_regret(each) for each in _shown(reading))
    return Table(title="Regret, survey by survey", columns=columns, rows=rows)


def _regret(part: Landings) -> TableRow:
    found = part.all
    most = _at(part, 1)
    cells = (
        f"{part.text}, {len(found)} clients",
        _share([each.site == each.best_site for each in found]),
        _rounded(_at(part, 0.5).regret_ms),
        _rounded(_at(part, 0.9).regret_ms),
        _rounded(most.regret_ms),
        *(_share([each.regret_ms >= worse for each in found]) for worse in WORSE_MS),
        round(sum(each.km for each in found) / len(found)),
    )
    return TableRow(cells=cells, frames=frames(*most.rows))


def _rounded(ms: float) -> float:
    """Return it with three decimals; nothing is just below nothing."""
    return round(ms, 3) + 0.0


def _share(holds: list[bool]) -> float:
    return round(100 * sum(holds) / len(holds), 1)


def _cities(reading: Reading) -> Table:
    """Return where each city lands in some of the surveys, and what it regrets there."""
    kept = [each for each in _shown(reading) if each.part in (DNS_OWN, ACDC_OWN, ANYCAST)]
    columns = (
        Column(heading="city"),
        Column(heading="best"),
        Column(heading="RTT", unit="ms"),
        *(
            column
            for each in kept
            for column in (Column(heading=each.part.name), Column(heading="regret", unit="ms"))
        ),
    )
    rows = tuple(_city(reading, landed) for landed in zip(*(each.all for each in kept), strict=True))
    return Table(title="Where each city lands", columns=columns, rows=rows)


def _city(reading: Reading, landed: tuple[Landed, ...]) -> TableRow:
    world, one = reading.world, landed[0]

    def place(site: str) -> str:
        return world.site(site).place.name

    cells = (
        world.client(one.turn.client).place.name,
        place(one.best_site),
        round(one.best_ms, 3),
        *(cell for each in landed for cell in (place(each.site), _rounded(each.regret_ms))),
    )
    return TableRow(cells=cells, frames=frames(*(row for each in landed for row in each.rows[1:3])))


def _ways(reading: Reading) -> Table:
    columns = (
        Column(heading="way"),
        Column(heading="the client's connection ends in"),
        Column(heading="X-Cache"),
        Column(heading="first byte", unit="ms"),
        Column(heading="whole file", unit="ms"),
        Column(heading="by arithmetic", unit="ms"),
        Column(heading="behind the front door", unit="packets"),
    )
    return Table(
        title="One file, four ways", columns=columns, rows=tuple(_way(reading, e) for e in _got(reading))
    )


def _way(reading: Reading, found: Got) -> TableRow:
    cells = (
        CALLED[found.case.name],
        reading.world.site(found.site).place.name,
        found.fetch.headers.get("x-cache"),
        round(found.first_byte_ms, 3),
        round(found.ms, 3),
        round(found.expected_ms, 3),
        found.behind,
    )
    return TableRow(cells=cells, frames=frames(*found.rows))


def _got(reading: Reading) -> list[Got]:
    """Return the file by each way that packets show; the claims say what is wrong with the others."""
    found = []
    for name in WAYS:
        try:
            found.append(got(reading, name))
        except (Missing, Refuted):
            continue
    return found


def _segments(found: Got) -> list[Segment]:
    """Return what took how long, one after another."""
    opened_ms = found.tcp_ms + found.tls_ms
    return [
        Segment("TCP", found.tcp_ms),
        Segment("TLS", found.tls_ms),
        Segment("first byte", found.first_byte_ms - opened_ms),
        Segment("the rest of it", found.ms - found.first_byte_ms),
    ]


def _figure(found: Got) -> Figure:
    return Figure(
        name="static file, to the last byte",
        case=found.case.name,
        unit="ms",
        measured=round(found.ms, 3),
        expected=round(found.expected_ms, 3),
        frames=frames(*found.rows),
    )
