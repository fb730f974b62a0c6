"""What a region's failure is compared with: no failure, DNS that knows no other place, lesser failures."""

from __future__ import annotations

from experiments.exercise import Cut, Mend
from experiments.outage import NS_PER_MS, NS_PER_S, Outage, Use, first_rows
from experiments.reading import Reading
from experiments.region_people import People
from experiments.region_spells import CALM, GEOGRAPHIC, LINK, ONE
from experiments.region_split import Split
from experiments.region_works import CONNECT_MS, OUTLOOK, PORTAL, READ
from experiments.spell import Dark, Spell
from measurement.evidence import Refuted
from measurement.judge import Claim, Finding
from topologies.hosts import host
from topologies.paths import configured_rtt_ms
from topologies.plan import Plan


def lesser_failures(reading: Reading, cast: People) -> list[Claim]:
    """Return the controls beside those with another time to live."""
    calm, geographic, link, one = (reading.order.spell(name) for name in (CALM, GEOGRAPHIC, LINK, ONE))
    place = cast.region.name
    return [
        Claim(
            calm.text,
            f"every request of all three is answered, by {place}",
            lambda: _calm(reading, cast, calm),
        ),
        Claim(
            f"{place} goes dark, and DNS has one datacenter for each place (geographic, not nested)",
            f"the same answer all the while; no service until {place} is back, and then at once",
            lambda: _geographic(reading, cast, geographic),
        ),
        Claim(
            link.text,
            "Outlook goes on: every request is answered, over the shortest way that is left",
            lambda: _link_cut(reading, cast, link),
        ),
        Claim(
            one.text,
            "every request is answered, by another one if need be; DNS leaves it out when that is noticed",
            lambda: _one_of_several(reading, cast, one),
        ),
    ]


def _calm(reading: Reading, cast: People, spell: Spell) -> Finding:
    words, rows = [], []
    for work in spell.works:
        outage = Outage(reading, spell, work.name)
        odd = [each for each in outage.uses if each.outcome != cast.region.name]
        if odd or not outage.uses:
            raise Refuted(
                f"{work.client} ({work.name}): {len(odd)} of {len(outage.uses)} not", *first_rows(odd)
            )
        words.append(f"{work.client} ({work.name}): {len(outage.uses)} requests")
        rows += [*outage.uses[0].rows, *outage.uses[-1].rows]
    return Finding(", ".join(words), tuple(rows))


def _geographic(reading: Reading, cast: People, spell: Spell) -> Finding:
    split = Split(reading, cast, spell, PORTAL)
    outage, told = split.outage, split.noticing.told()
    served = split.served
    targets = {record.data for row in told for record in row.answers if record.name == row.name}
    late_ms = (served.attempt.started_ns - outage.back_ns) / NS_PER_MS
    text = (
        f"{outage.resolver} was told {len(told)} times {', '.join(sorted(targets))}; no service for"
        f" {split.total_ms / 1000:.3f} s, then by {served.outcome}"
    )
    if len(targets) != 1 or served.outcome != cast.region.name or not abs(late_ms) <= CONNECT_MS:
        raise Refuted(text, *told[-1:], *served.rows)
    return Finding(text, (split.noticing.failed(split.noticing.addresses[0])[-1], *told, *served.rows))


def _link_cut(reading: Reading, cast: People, spell: Spell) -> Finding:
    outage = Outage(reading, spell, OUTLOOK)
    cut = next(each for each in spell.events if isinstance(each, Cut))
    mend = next(each for each in spell.events if isinstance(each, Mend))
    uses, failed = outage.uses, [each for each in outage.uses if not each.is_good]
    if failed:
        raise Refuted(f"{len(failed)} of {len(uses)} requests failed", *first_rows(failed))
    # A send takes longer than a request that only reads: copies are written, too.
    alike = [e for e in uses if e.attempt.name == READ]
    during = [e for e in alike if outage.at_ns(cut.at_ms) <= e.attempt.started_ns < outage.at_ns(mend.at_ms)]
    before = [e for e in alike if e.attempt.ended_ns < outage.at_ns(cut.at_ms)]
    longer_ms = _took_ms(during[len(during) // 2]) - _took_ms(before[len(before) // 2])
    expected_ms = _detour_ms(reading, cast, outage, (cut.a, cut.b))
    text = (
        f"{len(uses)} requests, all answered; {_took_ms(before[-1]):.3f} ms each before, and"
        f" {longer_ms:.3f} ms longer while it is cut (by the other way's length {expected_ms:.3f})"
    )
    middle = during[len(during) // 2]
    if abs(longer_ms - expected_ms) * 1000 > 2 * reading.order.tolerance_us:
        raise Refuted(text, *middle.rows)
    return Finding(text, (*before[-1].rows, *middle.rows, *uses[-1].rows))


def _took_ms(use: Use) -> float:
    return (use.attempt.ended_ns - use.attempt.started_ns) / NS_PER_MS


def _detour_ms(reading: Reading, cast: People, outage: Outage, link: tuple[str, str]) -> float:
    """Return by how much a round trip from the front door to the mailboxes is longer without a link."""
    plan = reading.plan
    rest = tuple(wire for wire in plan.wires if {wire.a.node, wire.b.node} != set(link))
    without = Plan(
        seed=plan.seed, nodes=plan.nodes, wires=rest, routes=plan.routes, neighbours=plan.neighbours
    )
    door = outage.uses[0].attempt.headers.get("x-feserver", "")
    mailbox = host(cast.region.name, "mailbox")
    return configured_rtt_ms(without, door, mailbox) - configured_rtt_ms(plan, door, mailbox)


def _one_of_several(reading: Reading, cast: People, spell: Spell) -> Finding:
    outage = Outage(reading, spell, PORTAL)
    fallen = next(each.place for each in spell.events if isinstance(each, Dark))
    address = reading.address(fallen)
    uses, failed = outage.uses, [each for each in outage.uses if not each.is_good]
    if failed or {each.outcome for each in uses} != {cast.region.name}:
        raise Refuted(f"{len(failed)} of {len(uses)} requests failed", *first_rows(failed))
    slow = [each for each in uses if _took_ms(each) > CONNECT_MS / 4]
    left_out = _left_out_ns(reading, outage, address)
    gone_s = (left_out - outage.failed_ns) / NS_PER_S
    after = [each for each in slow if each.attempt.started_ns > left_out]
    longest = max(uses, key=_took_ms)
    text = (
        f"{len(uses)} requests, all answered; {len(slow)} came to {fallen} first, and took up to"
        f" {_took_ms(longest) / 1000:.3f} s; left out {gone_s:.1f} s after it"
    )
    if after or not slow:
        raise Refuted(f"{text}; {len(after)} were slow after that", *first_rows(after))
    return Finding(text, (*longest.rows, *uses[-1].rows))


def _left_out_ns(reading: Reading, outage: Outage, address: str) -> int:
    """Return when the client had the first answer without an address, after the last one that had it."""
    lookups = sorted(outage.lookups(), key=lambda row: row.time_ns)
    having = [each for each in lookups if address in {record.data for record in each.answers}]
    if not having or having[-1] is lookups[-1]:
        raise Refuted(f"{outage.client} was told {address} until the end", *having[-1:])
    return next(each.time_ns for each in lookups if each.time_ns > having[-1].time_ns)
