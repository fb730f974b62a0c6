"""What a circuit does, side by side: services over each way, routes of each session, and failures."""

from __future__ import annotations

from experiments.expressroute_failed import Failed, by_what, failures
from experiments.expressroute_routes import sessions_of, told
from experiments.reading import Reading
from experiments.route_filter import COMMUNITY_OF
from experiments.use_chart import first_bytes_svg
from experiments.vpn_use import Use, uses_shown
from measurement.evidence import Missing, Refuted, frames
from measurement.result import Column, Figure, Table, TableRow
from topologies.hosts import customer_edge
from topologies.world import Circuit

WAYS = "The same services, over each way"
ROUTES = "What each session brings"
FAILURES = "When lines go silent"


def tables(reading: Reading, circuit: Circuit, ways: tuple[str, ...], filtered: str) -> list[Table]:
    """Return the tables; one without rows is left out."""
    found = [_ways(reading, circuit, ways), _routes(reading, circuit, filtered), _failures(reading, circuit)]
    return [table for table in found if table.rows]


def figures(reading: Reading, circuit: Circuit) -> list[Figure]:
    """Return how long packets and an open connection wait when lines go silent."""
    found: list[Figure] = []
    for failed in failures(reading, circuit):
        try:
            found += _figures(failed)
        except (Missing, Refuted):
            continue  # the claims say what is wrong
    return found


def chart(reading: Reading, ways: tuple[str, ...]) -> str:
    """Return where the time to the first byte goes, for each service over each way, as SVG."""
    return first_bytes_svg(uses_shown(reading, ways))


def _ways(reading: Reading, circuit: Circuit, ways: tuple[str, ...]) -> Table:
    columns = (
        Column(heading="service"),
        Column(heading="DNS server"),
        Column(heading="front door"),
        Column(heading="way out"),
        Column(heading="seen as"),
        Column(heading="RTT", unit="ms"),
        Column(heading="by the wires", unit="ms"),
        Column(heading="first byte", unit="ms"),
    )
    rows = tuple(
        TableRow(
            cells=(
                use.service,
                use.resolver or "none",
                f"{use.server} ({use.datacenter.place.name})",
                _way_out(use, circuit),
                use.seen_as,
                round(use.rtt_ms, 3),
                round(use.expected_rtt_ms, 3),
                round(use.first_byte_ms, 3),
            ),
            frames=frames(*use.rows),
            group=use.case.text,
        )
        for use in uses_shown(reading, ways)
    )
    return Table(title=WAYS, columns=columns, rows=rows)


def _way_out(use: Use, circuit: Circuit) -> str:
    if use.way.way_out == use.case.client:
        return "own line"
    line = "circuit" if use.way.way_out == customer_edge(circuit.office) else "Internet"
    return f"tunnel, {line}" if use.way.office else line


def _routes(reading: Reading, circuit: Circuit, filtered: str) -> Table:
    columns = (
        Column(heading="community"),
        Column(heading="service"),
        Column(heading="prefixes"),
        Column(heading="for example"),
        Column(heading="next hop"),
    )
    services = {community: service for service, community in COMMUNITY_OF.items()}
    rows: list[TableRow] = []
    for session in sessions_of(circuit):
        try:
            brought = told(reading, filtered, session)
        except Missing:
            continue
        for community in sorted({each for row in brought.values() for each in row.communities}):
            own = {prefix: row for prefix, row in brought.items() if community in row.communities}
            first = sorted(own)[0]
            cells = (community, services[community], len(own), first, own[first].next_hop)
            rows.append(TableRow(cells=cells, frames=frames(*own.values()), group=f"{session.name} line"))
    return Table(title=ROUTES, columns=columns, rows=tuple(rows))


def _failures(reading: Reading, circuit: Circuit) -> Table:
    columns = (
        Column(heading="failure"),
        Column(heading="packets move after", unit="ms"),
        Column(heading="at most", unit="ms"),
        Column(heading="lost", unit="packets"),
        Column(heading="then seen as"),
        Column(heading="open connection answers after", unit="ms"),
    )
    rows: list[TableRow] = []
    for failed in failures(reading, circuit):
        try:
            again, waited_ms = failed.arrives_again(), failed.unanswered_ms()
            cells = (
                failed.name,
                failed.moved_ms,
                failed.most_ms,
                len(failed.lost),
                again.src,
                None if waited_ms is None else round(waited_ms, 3),
            )
            shown = (again, failed.connection(), *failed.answers()[:2])
        except (Missing, Refuted):
            continue
        rows.append(TableRow(cells=cells, frames=frames(*shown), group=f"noticed by {by_what(failed)}"))
    return Table(title=FAILURES, columns=columns, rows=tuple(rows))


def _figures(failed: Failed) -> list[Figure]:
    again = failed.arrives_again()
    shown = frames(failed.stream.sent(), again)
    moved = Figure(
        name=f"{failed.name}: packets move after",
        case=failed.exercise.name,
        unit="ms",
        measured=failed.moved_ms,
        expected=failed.most_ms,
        frames=shown,
    )
    lost = Figure(
        name=f"{failed.name}: datagrams lost",
        case=failed.exercise.name,
        unit="packets",
        measured=float(len(failed.lost)),
        frames=shown,
    )
    return [moved, lost]
