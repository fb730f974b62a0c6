"""A region's failure in pictures and tables: what each client got, and where the time went."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.outage import NS_PER_S, Outage
from experiments.reading import Reading
from experiments.region_mail import MailSplit
from experiments.region_people import CLOUD, People, people
from experiments.region_spells import REGION, TTLS_S, ttl_name
from experiments.region_split import Part, Split
from experiments.region_works import OUTLOOK, PORTAL, SHAREPOINT
from experiments.spell import Dark, Spell
from measurement.bars import Bar, Group, Segment, bars_svg
from measurement.evidence import Missing, Refuted, frames
from measurement.lanes import Lane, Mark, lanes_svg
from measurement.result import Column, Figure, Table, TableRow

MS_PER_S = 1000
PARTS = ("detection", "DNS", "takeover", "reconnect", "data")
MEASURED, AT_MOST = "measured", "at most, by arithmetic"
WORDS = {"dark": "goes dark", "light": "is back", "cut": "is cut", "mend": "is mended"}


def figures(reading: Reading) -> list[Figure]:
    """Return for how long each client was without service, beside the most that arithmetic allows."""
    found = []
    for label, split in _splits(reading):
        try:
            rows = [row for part in split.parts() for row in part.rows]
            found.append(
                Figure(
                    name="without service",
                    case=label,
                    unit="ms",
                    measured=split.total_ms,
                    expected=split.most_ms,
                    frames=frames(*rows),
                )
            )
        except (Missing, Refuted):
            continue  # The claims say what is wrong.
    return found


def tables(reading: Reading) -> list[Table]:
    """Return where the time without service went, measured and by arithmetic."""
    headings = ("", *PARTS, "all")
    columns = tuple(Column(heading=each, unit="ms" if each else "") for each in headings)
    rows = [row for label, split in _splits(reading) for row in _rows(label, split)]
    return [Table(title="Time without service", columns=columns, rows=tuple(rows))]


def pictures(reading: Reading) -> dict[str, str]:
    """Return what each client asked and got, and where the time without service went."""
    spell = reading.order.spell(REGION)
    groups = [group for label, split in _splits(reading) for group in _bars(label, split)]
    return {
        "timeline.svg": timeline(reading, spell),
        "split.svg": bars_svg("Time without service: measured, and at most by arithmetic", groups),
    }


def timeline(reading: Reading, spell: Spell, *, hours: bool = False) -> str:
    """Return a spell's picture: a lane for each client at work."""
    lanes = []
    for work in spell.works:
        try:
            lanes.append(_lane(Outage(reading, spell, work.name)))
        except (Missing, Refuted):
            continue  # The claims say what is wrong.
    marks = [
        Mark(each.at_ms / MS_PER_S, f"{getattr(each, 'place', '')} {WORDS[each.do]}") for each in spell.events
    ]
    return lanes_svg(spell.text, lanes, [*marks, *_noticed(reading, spell)], hours=hours)


def _noticed(reading: Reading, spell: Spell) -> list[Mark]:
    """Return when DNS servers had noticed a failure, if they had."""
    if not any(isinstance(each, Dark) for each in spell.events):
        return []
    split = Split(reading, people(reading.world, CLOUD), spell, PORTAL)
    try:
        noticed_ns = split.noticing.noticed_ns() - split.outage.told.started_ns
    except (Missing, Refuted):
        return []
    return [Mark(noticed_ns / NS_PER_S, f"{split.noticing.authority} answers with another datacenter")]


def _lane(outage: Outage) -> Lane:
    strokes: dict[str, list[float]] = {}
    for use in outage.uses:
        at_s = (use.attempt.started_ns - outage.told.started_ns) / NS_PER_S
        strokes.setdefault(use.outcome, []).append(at_s)
    return Lane(f"{outage.client}: {outage.name}", list(strokes.items()))


def _splits(reading: Reading) -> Iterator[tuple[str, Split | MailSplit]]:
    """Yield everybody's time without service, with a label for it."""
    cast, spell = people(reading.world, CLOUD), reading.order.spell(REGION)
    yield f"{cast.neighbour.name}: {PORTAL}", Split(reading, cast, spell, PORTAL)
    yield f"{cast.remote.name}: {OUTLOOK}", MailSplit(reading, cast, spell)
    yield f"{cast.downloader.name}: {SHAREPOINT}", Split(reading, cast, spell, SHAREPOINT)
    yield from _with_other_ttls(reading, cast)


def _with_other_ttls(reading: Reading, cast: People) -> Iterator[tuple[str, Split]]:
    for ttl_s in TTLS_S:
        split = Split(reading, cast, reading.order.spell(ttl_name(ttl_s)), PORTAL)
        yield f"{PORTAL}, answers kept {ttl_s} s", split


def _rows(label: str, split: Split | MailSplit) -> Iterator[TableRow]:
    try:
        parts = {part.name: part for part in split.parts()}
        total_ms, most_ms = split.total_ms, split.most_ms
    except (Missing, Refuted):
        return
    shown = frames(*(row for part in parts.values() for row in part.rows))
    measured = [_of(parts.get(name), most=False) for name in PARTS]
    most = [_of(parts.get(name), most=True) for name in PARTS]
    yield TableRow(cells=(MEASURED, *measured, total_ms), frames=shown, group=label)
    yield TableRow(cells=(AT_MOST, *most, most_ms), frames=shown, group=label)


def _of(part: Part | None, *, most: bool) -> float | None:
    if part is None:
        return None
    return part.most_ms if most else part.measured_ms


def _bars(label: str, split: Split | MailSplit) -> Iterator[Group]:
    try:
        parts = split.parts()
    except (Missing, Refuted):
        return
    measured = [Segment(part.name, part.measured_ms) for part in parts]
    most = [Segment(part.name, part.most_ms) for part in parts]
    yield Group(label, [Bar(MEASURED, measured), Bar("at most", most)])
