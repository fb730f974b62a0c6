"""Published numbers beside those of a run, and why they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import mean, median

from experiments import edge_published as published
from experiments.edge_files import HIT, LIBRARY, SITE_EDGE, got
from experiments.edge_landing import Landed, Landings, landings
from experiments.edge_published import Published
from experiments.edge_sites import nearest_km
from experiments.edge_surveys import ACDC_OWN, ANYCAST, DNS_OWN, DNS_PUBLIC, DNS_PUBLIC_TOLD
from experiments.reading import Reading
from measurement.evidence import Missing, Refuted, frames
from measurement.observation import DnsQuery, Row
from measurement.result import Column, Table, TableRow
from topologies.distance import great_circle_km

NOTICED_MS = 1.0  # less apart counts as the same
FAR_KM = 500.0
Here = tuple[str, list[Row]]
CITIES = "every city counts once, theirs counted requests"
PROVIDERS = f"providers here are few, and {CITIES}"
BY_THE_WORLD = "no result: the world has it so, after what is published"
GEOGRAPHY = "authorities here know where everybody is, theirs had to measure it"


def table(reading: Reading) -> Table:
    """Return the table of what is published, what was measured here, and why they differ."""
    columns = tuple(map(_column, ("what", "published", "here", "why they differ", "source")))
    return Table(title="Published, and here", columns=columns, rows=tuple(_rows(reading)))


def _column(heading: str) -> Column:
    return Column(heading=heading)


def _rows(reading: Reading) -> Iterator[TableRow]:
    for each, here, why in _lines(reading):
        try:
            told, rows = here()
        except (Missing, Refuted):
            continue  # The claims say what is wrong.
        cells = (each.what, each.number, told, why, each.source)
        yield TableRow(cells=cells, frames=frames(*rows))


def _lines(reading: Reading) -> Iterator[tuple[Published, Callable[[], Here], str]]:
    anycast, own, acdc = (landings(reading, part) for part in (ANYCAST, DNS_OWN, ACDC_OWN))
    without, told = (landings(reading, part) for part in (DNS_PUBLIC, DNS_PUBLIC_TOLD))
    yield published.SUBOPTIMAL, lambda: _share(anycast, lambda e: e.site != e.best_site), PROVIDERS
    yield published.WORSE_25, lambda: _share(anycast, lambda e: e.regret_ms >= 25), PROVIDERS
    yield published.WORSE_100, lambda: _share(anycast, lambda e: e.regret_ms >= 100), PROVIDERS
    yield published.NEAREST, lambda: _share(anycast, lambda e: _beyond_km(reading, e) <= 0), PROVIDERS
    yield published.WITHIN_400, lambda: _share(anycast, lambda e: _beyond_km(reading, e) <= 400), PROVIDERS
    yield published.WITHIN_1375, lambda: _share(anycast, lambda e: _beyond_km(reading, e) <= 1375), PROVIDERS
    yield published.HELPED, lambda: _against(own, anycast, helped=True), GEOGRAPHY
    yield published.HURT, lambda: _against(own, anycast, helped=False), GEOGRAPHY
    yield published.HELPED_TOLD, lambda: _against(told, anycast, helped=True), GEOGRAPHY
    yield published.HURT_TOLD, lambda: _against(told, anycast, helped=False), GEOGRAPHY
    yield published.FAR_RESOLVER, lambda: _share(own, lambda e: _far(reading, e)), BY_THE_WORLD
    sites = "sites of the public resolver, and of the service, are fewer here"
    yield published.FARTHER, lambda: _times(without, told, lambda e: e.km), sites
    yield published.SLOWER, lambda: _times(without, told, lambda e: e.rtt_ms), sites
    few = "seven clients share a site of it here, and each asks once"
    yield published.QUERIES, lambda: _more_queries(reading), few
    yield published.GAIN, lambda: _gain(acdc), "median; here the tenants' places decide"
    example = "where their client and its tenant were is not published; here"
    yield published.FASTER, lambda: _faster(reading), "one file, and no work in the datacenter"
    yield published.FROM_LIBRARY, lambda: _took(reading, LIBRARY), f"{example} {_apart(reading)}"
    yield published.FROM_CONTENT, lambda: _took(reading, HIT), f"{example} {_apart(reading)}"


def _share(part: Landings, holds: Callable[[Landed], bool]) -> Here:
    return _percent(part.all, [each for each in part.all if holds(each)])


def _percent(every: list[Landed], found: list[Landed]) -> Here:
    rows = _arrived(found or every)
    return f"{100 * len(found) / len(every):.1f} % ({len(found)} of {len(every)})", rows


def _arrived(found: list[Landed]) -> list[Row]:
    """Return the connections of some landings, as the front doors' captures show them: there are fewer."""
    return [each.arrived for each in found]


def _beyond_km(reading: Reading, landed: Landed) -> float:
    return landed.km - nearest_km(reading.world, landed.turn.client)


def _against(one: Landings, other: Landings, *, helped: bool) -> Here:
    """Count the clients that are nearer by one way than by the other; or farther."""
    sign = 1 if helped else -1
    pairs = zip(one.all, other.all, strict=True)
    found = [a for a, b in pairs if sign * (b.rtt_ms - a.rtt_ms) >= NOTICED_MS]
    return _percent(one.all, found)


def _far(reading: Reading, landed: Landed) -> bool:
    world, turn = reading.world, landed.turn
    return great_circle_km(world.client(turn.client).place, world.resolver(turn.resolver).place) > FAR_KM


def _times(without: Landings, told: Landings, value: Callable[[Landed], float]) -> Here:
    more, less = (mean(map(value, each.all)) for each in (without, told))
    rows = _arrived([*without.all, *told.all])
    return f"{more / less:.1f} times", rows


def _more_queries(reading: Reading) -> Here:
    told, without = (_queries(reading, part.survey) for part in (DNS_PUBLIC_TOLD, DNS_PUBLIC))
    return f"{len(told) / len(without):.1f} times ({len(told)} and {len(without)})", [*told, *without]


def _queries(reading: Reading, survey: str) -> list[Row]:
    """Return the public resolver's questions to authorities, at those that are captured."""
    evidence = reading.evidence(survey)
    own = {reading.address(name) for name in reading.order.survey(survey).resolvers}
    captured = {point.name for point in reading.order.captures} & set(reading.order.selection.nameservers)
    return [q for at in sorted(captured) for q in evidence.at(at, DnsQuery, type="A") if q.src in own]


def _gain(acdc: Landings) -> Here:
    """Return the median of how much nearer Exchange's front door is than the tenant's datacenter."""
    gain_ms = median(each.home_ms - each.rtt_ms for each in acdc.all)
    return f"{gain_ms:.0f} ms", _arrived(acdc.all)


def _faster(reading: Reading) -> Here:
    edge, direct = got(reading, SITE_EDGE), got(reading, LIBRARY)
    return f"{100 * (1 - edge.ms / direct.ms):.0f} %", [*edge.rows, *direct.rows]


def _took(reading: Reading, name: str) -> Here:
    found = got(reading, name)
    return f"{found.ms:,.0f} ms", list(found.rows)


def _apart(reading: Reading) -> str:
    """Return in words whose file it is."""
    client = reading.world.client(reading.case(LIBRARY).client)
    data = reading.world.datacenter(reading.world.tenant(client.tenant).datacenter)
    return f"{client.place.name}, and {data.place.name}"
