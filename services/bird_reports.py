"""What BIRD says over its control socket, read: of its sessions, of their routes, of whom BFD reaches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

ESTABLISHED = "Established"
HEADLINE, DETAIL, BFD_LINE = "1002", "1006", "1020"  # codes of BIRD's lines
PROTOCOL = re.compile(r"(?P<name>\S+) +(?P<kind>\S+) +\S+ +(?P<state>\S+) +\S+ \S+ *(?P<info>.*)")
CHANNEL = re.compile(r"  Channel (?P<name>\S+)")
ROUTES = re.compile(r" +Routes: +(?P<counts>.*)")
CHANGES = re.compile(r" +(?P<what>(?:Import|Export) (?:updates|withdraws)): +(?P<counts>.*)")


@dataclass(frozen=True)
class Channel:
    """The routes of one address family in a session: how many, and every change of them that was counted."""

    name: str
    exported: int = 0
    received: int = 0  # imported and filtered
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """What BIRD says of one of its protocols: for BGP, of a session.

    ``info`` is a session's state in the words of RFC 4271, with the last error if there is one. While it is
    tried again and again to establish one, that changes, but routing does not.
    """

    name: str
    kind: str
    info: str = field(compare=False)
    channels: tuple[Channel, ...] = ()

    @property
    def is_established(self) -> bool:
        """Whether it is a session that both ends have agreed to."""
        return self.kind == "BGP" and self.info.startswith(ESTABLISHED)


@dataclass(frozen=True)
class Look:
    """What one BIRD says at one time: of its protocols by name, and which addresses BFD reaches."""

    reports: Mapping[str, Report]
    reached: frozenset[str]


def reports_of(lines: Sequence[tuple[str, str]]) -> dict[str, Report]:
    """Read the answer to "show protocols all"."""
    found: dict[str, Report] = {}
    details: dict[str, list[str]] = {}
    for code, text in lines:
        headline = PROTOCOL.fullmatch(text) if code == HEADLINE else None
        if headline is not None:
            info = " ".join(headline["info"].split())
            found[headline["name"]] = Report(headline["name"], headline["kind"], info)
            details[headline["name"]] = []
        elif code == DETAIL and details:
            next(reversed(details.values())).append(text)
    return {
        name: Report(name, report.kind, report.info, tuple(_channels(details[name])))
        for name, report in found.items()
    }


def _channels(lines: Sequence[str]) -> Iterator[Channel]:
    """Read what is said of each channel; one that is down has no counts."""
    channel: Channel | None = None
    for line in lines:
        if begin := CHANNEL.fullmatch(line):
            if channel is not None:
                yield channel
            channel = Channel(begin["name"])
        elif channel is not None and (routes := ROUTES.fullmatch(line)):
            counts = {what: int(count) for count, what in re.findall(r"(\d+) (\w+)", routes["counts"])}
            received = counts["imported"] + counts.get("filtered", 0)
            channel = Channel(channel.name, counts["exported"], received, channel.changes)
        elif channel is not None and (changes := CHANGES.fullmatch(line)):
            told = f"{changes['what']}: {' '.join(changes['counts'].split())}"
            channel = Channel(channel.name, channel.exported, channel.received, (*channel.changes, told))
    if channel is not None:
        yield channel


def reached_of(lines: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Read the answer to "show bfd sessions": the addresses that are reached."""
    cells = [text.split() for code, text in lines if code == BFD_LINE]
    return frozenset(row[0] for row in cells if len(row) > 2 and row[2] == "Up")
