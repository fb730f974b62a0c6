"""A VPN's models side by side: a table, figures and a picture, all of it from packets."""

from __future__ import annotations

from experiments.reading import Reading
from experiments.use_chart import first_bytes_svg
from experiments.vpn_use import EXCHANGE, Use, uses_shown
from measurement.evidence import frames
from measurement.result import Column, Figure, Table, TableRow


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
    return {"models.svg": first_bytes_svg(_shown(reading))}


def _shown(reading: Reading) -> list[Use]:
    return uses_shown(reading, [case.name for case in reading.order.cases])


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
