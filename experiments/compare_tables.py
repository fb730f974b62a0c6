"""The ways side by side: one table, figures beside arithmetic, and pictures, all of it from packets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from experiments.compare_claims import line_of
from experiments.compare_seen import Called, Served, served, services, vias
from experiments.compare_told import CHANGE, MOS, TOTAL
from experiments.compare_ways import DIRECT, Via
from experiments.media_pictures import scores_of
from experiments.media_tables import is_seen
from experiments.reading import Reading
from experiments.use_chart import segments
from experiments.vpn_use import MEDIA
from measurement.bars import Bar, Group, Segment, bars_svg
from measurement.evidence import Missing, Refuted, frames
from measurement.media import AUDIO
from measurement.opinion_chart import Scores, opinions_svg
from measurement.result import Cell, Column, Figure, Table, TableRow

TITLE, DETAILS = "each service over each way; change is against direct", "Who was asked, and how far it is"
US_PER_MS = 1000


@dataclass(frozen=True)
class Found:
    """What packets show of a run, by way; what they do not show is not there."""

    web: dict[tuple[str, Via], Served]
    calls: dict[Via, Called]

    def direct(self, service: str) -> Served | None:
        """Return a service over the direct way."""
        return self.web.get((service, Via(DIRECT)))


def found(reading: Reading) -> Found:
    """Return what packets show, worked out once; the claims say what is wrong with the rest."""
    if Found not in reading.kept:
        reading.kept[Found] = _found(reading)
    shown: Found = reading.kept[Found]
    return shown


def _found(reading: Reading) -> Found:
    web = {}
    for service in services(reading):
        for via in vias(reading):
            try:
                web[service, via] = served(reading, via, service)
            except (Missing, Refuted):
                continue
    calls = [Called(reading, via) for via in vias(reading) if reading.order.calls]
    return Found(web, {each.via: each for each in calls if is_seen(each.seen)})


def tables(reading: Reading) -> list[Table]:
    """Return the one table that compares, and one of how it comes about."""
    shown = found(reading)
    columns = (
        Column(heading="way"),
        Column(heading="front door"),
        Column(heading="way out"),
        Column(heading="first byte", unit="ms"),
        Column(heading=CHANGE, unit="ms"),
        Column(heading=TOTAL, unit="ms"),
        Column(heading=CHANGE, unit="ms"),
        Column(heading="R"),
        Column(heading=MOS),
        Column(heading=CHANGE),
    )
    rows = (*_web_rows(reading, shown), *_call_rows(reading, shown))
    if not rows:
        return []
    return [_told(_title(reading), columns, rows), _details(shown)]


def _told(title: str, columns: tuple[Column, ...], rows: tuple[TableRow, ...]) -> Table:
    """Return a table without the columns in which nothing stands: those of services that nobody asked for."""
    kept = [at for at in range(len(columns)) if any(row.cells[at] is not None for row in rows)]
    fewer = (row.model_copy(update={"cells": tuple(row.cells[at] for at in kept)}) for row in rows)
    return Table(title=title, columns=tuple(columns[at] for at in kept), rows=tuple(fewer))


def _title(reading: Reading) -> str:
    client = reading.world.client(reading.order.selection.clients[0])
    return f"{client.name} of {client.tenant}: {TITLE}"


def _web_rows(reading: Reading, shown: Found) -> Iterator[TableRow]:
    for (service, via), each in shown.web.items():
        base, use = shown.direct(service), each.use
        changes: tuple[Cell, Cell] = (None, None)
        if base is not None and via.kind != DIRECT:
            changes = (_less(use.first_byte_ms, base.use.first_byte_ms), _less(each.total_ms, base.total_ms))
        cells: tuple[Cell, ...] = (
            via.label,
            use.datacenter.place.name,
            line_of(reading, use.way),
            round(use.first_byte_ms, 3),
            changes[0],
            round(each.total_ms, 3),
            changes[1],
            *(None, None, None),
        )
        yield TableRow(cells=cells, frames=frames(*each.rows), group=service)


def _call_rows(reading: Reading, shown: Found) -> Iterator[TableRow]:
    base = shown.calls.get(Via(DIRECT))
    for via, each in shown.calls.items():
        ear = each.worse
        change = None if base is None or via.kind == DIRECT else _less(ear.mos, base.worse.mos)
        cells: tuple[Cell, ...] = (
            via.label,
            each.relay.place.name,
            line_of(reading, each.way),
            *(None, None, None, None),
            f"{ear.r:.1f}",
            round(ear.mos, 3),
            change,
        )
        yield TableRow(cells=cells, frames=frames(*each.rows), group=MEDIA)


def _less(value: float, base: float) -> float:
    return round(value - base, 3) + 0.0  # no minus before a zero


def _details(shown: Found) -> Table:
    columns = (
        Column(heading="way"),
        Column(heading="DNS server"),
        Column(heading="front door"),
        Column(heading="seen as"),
        Column(heading="name lookup", unit="ms"),
        Column(heading="RTT", unit="ms"),
        Column(heading="by the wires", unit="ms"),
        Column(heading="jitter", unit="ms"),
        Column(heading="loss", unit="%"),
    )
    web = (_web_detail(*key, each) for key, each in shown.web.items())
    calls = (_call_detail(via, each) for via, each in shown.calls.items())
    return _told(DETAILS, columns, (*web, *calls))


def _web_detail(service: str, via: Via, each: Served) -> TableRow:
    use = each.use
    cells: tuple[Cell, ...] = (
        via.label,
        use.resolver,
        use.server,
        use.seen_as,
        round(use.fetch.phases_us["name_lookup"] / US_PER_MS, 3),
        round(use.rtt_ms, 3),
        round(use.expected_rtt_ms, 3),
        *(None, None),
    )
    return TableRow(cells=cells, frames=frames(*each.rows), group=service)


def _call_detail(via: Via, called: Called) -> TableRow:
    whole = called.seen.quality(called.seen.client, called.seen.peer, AUDIO)
    cells: tuple[Cell, ...] = (
        via.label,
        "none",
        f"{called.seen.relay} to {called.seen.meeting}",
        called.way.arrives_as,
        None,
        round(called.rtt_ms, 3),
        round(called.expected_rtt_ms, 3),
        round(whole.jitter_ms, 3),
        round(whole.loss_percent, 3),
    )
    return TableRow(cells=cells, frames=frames(*called.rows), group=MEDIA)


def figures(reading: Reading) -> list[Figure]:
    """Return each first byte beside arithmetic, what each way costs, and how each call sounds."""
    shown = found(reading)
    result = []
    for (service, via), each in shown.web.items():
        use, base = each.use, shown.direct(service)
        result.append(_figure(f"{service}: first byte", via.case, use.first_byte_ms, use.expected_ms, each))
        if base is not None and via.kind != DIRECT:
            measured = use.first_byte_ms - base.use.first_byte_ms
            expected = use.expected_ms - base.use.expected_ms
            result.append(
                _figure(f"{service}: first byte against direct", via.case, measured, expected, each, base)
            )
    for via, called in shown.calls.items():
        ear = called.worse
        result.append(
            Figure(
                name="media: how it sounds",
                case=via.call,
                unit="MOS",
                measured=round(ear.mos, 3),
                frames=frames(*called.rows),
            )
        )
    return result


def _figure(name: str, case: str, measured: float, expected: float, *shown: Served) -> Figure:
    return Figure(
        name=name,
        case=case,
        unit="ms",
        measured=round(measured, 3),
        expected=round(expected, 3),
        frames=frames(*(row for each in shown for row in each.rows)),
    )


def pictures(reading: Reading) -> dict[str, str]:
    """Return where the time goes, and how each call sounds."""
    shown = found(reading)
    drawn = {}
    if shown.web:
        drawn["ways.svg"] = bars_svg(
            "Until the last byte of each service, by the client's own clock", _bars(shown)
        )
    if shown.calls:
        scores = [Scores(via.label, scores_of(each.seen).scores) for via, each in shown.calls.items()]
        drawn["opinions.svg"] = opinions_svg("How each call sounds, by the E-model", scores)
    return drawn


def _bars(shown: Found) -> list[Group]:
    """Return a bar for each way of a service: the phases of its first request, and everything after them."""
    groups: dict[str, list[Bar]] = {}
    for (service, via), each in shown.web.items():
        phases = each.use.fetch.phases_us
        rest_ms = each.client_ms - (phases["first_byte"] - phases["name_lookup"]) / US_PER_MS
        bar = Bar(via.label, [*segments(each.use), Segment("all the rest", rest_ms)])
        groups.setdefault(service, []).append(bar)
    return [Group(service, bars) for service, bars in groups.items()]
