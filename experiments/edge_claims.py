"""What is claimed of front doors at the edge: who lands where, and what that costs in round trips."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.edge_landing import Landed, Landings
from experiments.reading import Reading
from measurement.evidence import Refuted
from measurement.judge import Claim, Finding
from measurement.observation import DnsQuery, Row

GOAL_US = 20.0  # that regret may be off from arithmetic, where clocks are as exact as a guest's
HARM_MS = 1.0  # regret below that is none that anybody would notice


def by_rule(landings: Landings, text: str, expected: str) -> Claim:
    """Claim that every client of a survey lands where the rules say."""
    return Claim(text, expected, lambda: _by_rule(landings))


def allowed_us(reading: Reading) -> float:
    """Return how far regret may be off, in microseconds: by more where the machine is less exact."""
    return max(GOAL_US, reading.order.tolerance_us)


def gone(landings: Landings, text: str) -> Claim:
    """Claim that no client regrets anything."""
    expected = f"every client is at its best front door, within {allowed_us(landings.reading):g} us"
    return Claim(text, expected, lambda: _gone(landings))


def harmed(landings: Landings, text: str) -> Claim:
    """Claim that the same conditions without their cure do harm: else the cure would have shown nothing."""
    expected = f"some client regrets {HARM_MS:g} ms or more"
    return Claim(text, expected, lambda: _harmed(landings))


def unmoved(before: Landings, after: Landings, text: str) -> Claim:
    """Claim that every client of the later survey lands where it had landed before."""
    return Claim(text, "every client lands at the same site", lambda: _unmoved(before, after))


def in_time(reading: Reading, every: Sequence[Landings]) -> Claim:
    """Claim that arithmetic gives everybody's regret."""
    most_us = allowed_us(reading)
    return Claim(
        "regret is what arithmetic gives",
        f"measured and expected regret differ by {most_us:g} us at most, for every client in every way",
        lambda: _in_time(every, most_us),
    )


def told_for_whom(reading: Reading, landings: Landings, servers: Sequence[str]) -> Claim:
    """Claim that authorities were told each client's network, so that the cure is what it is said to be."""
    return Claim(
        "with client subnet, resolvers tell the authorities for whom they ask",
        "a question at an authority for each client, with the client's own network in it",
        lambda: _told_for_whom(reading, landings, servers),
    )


def _by_rule(landings: Landings) -> Finding:
    found = landings.all
    for each in found:
        if each.site != each.expected_site:
            raise Refuted(f"{each.turn.client} landed at {each.site}, not {each.expected_site}", *each.rows)
    away = [each for each in found if each.site != each.best_site]
    text = (
        f"{len(found)} clients, each where it is expected; {len(away)} of them not at their best front door"
    )
    if away:
        text += f"; {told(max(away, key=lambda each: each.regret_ms), landings)}"
    return Finding(text, _rows(found))


def told(each: Landed, landings: Landings) -> str:
    """Return in words where one client landed, and what it regrets."""
    world = landings.reading.world
    place, site, best = (
        world.client(each.turn.client).place.name,
        world.site(each.site).place.name,
        world.site(each.best_site).place.name,
    )
    return (
        f"{place} lands in {site}, {each.rtt_ms:.3f} ms away, and not in {best}, {each.best_ms:.3f} ms away"
    )


def _gone(landings: Landings) -> Finding:
    found = landings.all
    worst = max(found, key=lambda each: each.regret_ms)
    if worst.regret_ms * 1000 > allowed_us(landings.reading):
        raise Refuted(told(worst, landings), *worst.rows)
    return Finding(f"{len(found)} clients; most regret: {worst.regret_ms * 1000:.3f} us", _rows(found))


def _harmed(landings: Landings) -> Finding:
    found = [each for each in landings.all if each.regret_ms >= HARM_MS]
    if not found:
        worst = max(landings.all, key=lambda each: each.regret_ms)
        raise Refuted(f"nobody is harmed; {worst.turn.client} regrets {worst.regret_ms:.3f} ms", *worst.rows)
    worst = max(found, key=lambda each: each.regret_ms)
    return Finding(f"{len(found)} of {len(landings.all)} clients; {told(worst, landings)}", _rows(found))


def _unmoved(before: Landings, after: Landings) -> Finding:
    rows: list[Row] = []
    by_client = {each.turn.client: each for each in before.all}
    for other in after.all:
        one = by_client[other.turn.client]
        if one.site != other.site:
            words = f"{one.turn.client} landed at {one.site}, then at {other.site}"
            raise Refuted(words, *one.rows, *other.rows)
        rows += [*one.rows[:2], *other.rows[:2]]
    return Finding(f"{len(after.all)} clients, all of them at the same site", tuple(rows))


def _in_time(every: Sequence[Landings], most_us: float) -> Finding:
    found = [(each, landings) for landings in every for each in landings.all]
    worst, where = max(found, key=lambda pair: pair[0].off_us)
    text = (
        f"{len(found)} landings, in {len(every)} ways; farthest off: {worst.turn.client} ({where.part.name}),"
        f" by {worst.off_us:.3f} us"
    )
    if worst.off_us > most_us:
        raise Refuted(text, *worst.rows)
    return Finding(text, worst.rows)


def _told_for_whom(reading: Reading, landings: Landings, servers: Sequence[str]) -> Finding:
    evidence = reading.evidence(landings.survey.name)
    asked: dict[str, DnsQuery] = {}
    for server in servers:
        for query in evidence.at(server, DnsQuery, type="A"):
            if query.client_subnet is not None:
                asked.setdefault(query.client_subnet, query)
    rows = []
    for turn in landings.turns:
        own = f"{reading.address(turn.client)}/32"
        if own not in asked:
            raise Refuted(f"no question at {', '.join(servers)} told of {turn.client} ({own})")
        rows.append(asked[own])
    return Finding(f"{len(rows)} clients, each told of with its own address", tuple(rows))


def _rows(found: Sequence[Landed]) -> tuple[Row, ...]:
    return tuple(row for each in found for row in each.rows)
