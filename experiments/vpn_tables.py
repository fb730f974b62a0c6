"""A VPN's models side by side: a table, figures and a picture, all of it from packets."""

from __future__ import annotations

from experiments.reading import Reading
from experiments.vpn_use import EXCHANGE, SERVICES, Use, use_of
from measurement.bars import Bar, Group, Segment, bars_svg
from measurement.evidence import Missing, Refuted, frames
from measurement.journey import PHASES
from measurement.result import Column, Figure, Table, TableRow

US_PER_MS = 1000
PHASE_NAMES = {"name_lookup": "name lookup", "connect": "TCP", "tls": "TLS", "first_byte": "first byte"}


def tables(reading: Reading) -> list[Table]:
    """Return the models by what became of each service."""
    columns = (
        Column(heading="service"),
        Column(heading="DNS server"),
        Column(heading="front door"),
        Column(heading="way out"),
        Column(heading="RTT", unit="ms"),
        Column(heading="first byte", unit="ms"),
        Column(heading="payload", unit="bytes"),
        Column(heading="carried by"),
    )
    rows = tuple(_row(reading, use) for use in _shown(reading))
    return [Table(title="Five models, four services", columns=columns, rows=rows)] if rows else []


def figures(reading: Reading) -> list[Figure]:
    """Return the first byte of Exchange in each way, and what the tunnel to the far office costs."""
    found = [use for use in _shown(reading) if use.service == EXCHANGE]
    result = [
        Figure(
            name="Exchange's first byte",
            case=use.case.name,
            unit="ms",
            measured=round(use.first_byte_ms, 3),
            expected=round(use.expected_ms, 3),
            frames=frames(*use.rows),
        )
        for use in found
    ]
    by_case = {use.case.name: use for use in found}
    if "forced" in by_case and "none" in by_case:
        result.append(_penalty(by_case["forced"], by_case["none"]))
    return result


def pictures(reading: Reading) -> dict[str, str]:
    """Return where the time to the first byte goes, for each service in each way."""
    groups: dict[str, list[Bar]] = {}
    for use in _shown(reading):
        groups.setdefault(use.case.text, []).append(Bar(use.service, segments(use)))
    title = "Until the first byte, by the client's own clock"
    return {"models.svg": bars_svg(title, [Group(text, bars) for text, bars in groups.items()])}


def _shown(reading: Reading) -> list[Use]:
    """Return what packets show; the claims say what is wrong with the rest."""
    found = []
    for case in reading.order.cases:
        for service in SERVICES:
            try:
                found.append(use_of(reading, case, service))
            except (Missing, Refuted):
                continue
    return found


def _row(reading: Reading, use: Use) -> TableRow:
    left = reading.plan.node_at(use.seen_as)
    own = reading.world.client(use.case.client)
    place = reading.world.office(use.way.office).place if use.way.office else own.place
    cells = (
        use.service,
        use.resolver or "none",
        f"{use.server} ({use.datacenter.place.name})",
        f"{left.name if left else use.seen_as} ({place.name})",
        round(use.rtt_ms, 3),
        round(use.first_byte_ms, 3),
        use.bytes,
        f"the tunnel and {use.way.way_out}" if use.way.office else "the client's own line",
    )
    return TableRow(cells=cells, frames=frames(*use.rows), group=use.case.text)


def _penalty(forced: Use, none: Use) -> Figure:
    return Figure(
        name="what the tunnel costs, RTT",
        case=f"{forced.case.name} - {none.case.name}",
        unit="ms",
        measured=round(forced.rtt_ms - none.rtt_ms, 3),
        expected=round(forced.expected_rtt_ms - none.expected_rtt_ms, 3),
        frames=frames(*forced.rows, *none.rows),
    )


def segments(use: Use) -> list[Segment]:
    """Return what the client itself says that each phase of a use took."""
    ends, before, found = use.fetch.phases_us, 0, []
    for phase in PHASES[:-1]:
        took_us = max(0, ends[phase] - before)
        before = max(before, ends[phase])
        if took_us:
            found.append(Segment(PHASE_NAMES[phase], took_us / US_PER_MS))
    return found
