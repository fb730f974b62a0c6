"""What is claimed of a circuit's routes: who told whom which prefixes, and what was not taken."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.lines import announced
from experiments.order import learning
from experiments.reading import Reading
from measurement.check_bgp import never_announced, notified, opened, routes
from measurement.evidence import Evidence, Refuted
from measurement.judge import Claim, Finding, together
from measurement.observation import BgpMessage, Row
from topologies.bgp import CUSTOMER_AS, EXPRESSROUTE_AS, MOST_PREFIXES
from topologies.hosts import customer_edge, microsoft_edges
from topologies.offices import LINES, link_networks
from topologies.world import Circuit

EVERYTHING = "0.0.0.0/0"
CEASE, TOO_MANY = 6, 1  # RFC 4486
CALLED = ("primary", "secondary")


@dataclass(frozen=True)
class Session:
    """One of a circuit's two sessions: where it is captured, and the addresses of both ends.

    ``beyond`` is the capture behind Microsoft's edge router.
    """

    name: str
    at: str
    customer: str
    microsoft: str
    beyond: str


def sessions_of(circuit: Circuit) -> tuple[Session, Session]:
    """Return the sessions over a circuit's primary and secondary line."""
    edge, found = customer_edge(circuit.office), []
    for name, line, node, link in zip(
        CALLED, LINES, microsoft_edges(circuit.name), link_networks(circuit), strict=True
    ):
        found.append(Session(name, f"{edge}-{line}", str(link[1]), str(link[2]), node))
    primary, secondary = found
    return primary, secondary


def told(reading: Reading, case: str, session: Session) -> dict[str, BgpMessage]:
    """Return the prefixes that Microsoft's edge has announced at the end of a case's learning."""
    ends = {"src": session.microsoft, "dst": session.customer}
    return routes(reading.evidence(learning(case)), session.at, **ends)


def nothing_without_a_filter(reading: Reading, circuit: Circuit, none: str, filtered: str) -> Claim:
    """Claim that sessions are there, and bring nothing until a route filter is attached."""

    def one_after_the_other() -> Finding:
        found = []
        for session in sessions_of(circuit):
            before, after = reading.evidence(learning(none)), reading.evidence(learning(filtered))
            rows = _opened(before, session)
            never_announced(
                before, session.at, src=session.microsoft, dst=session.customer, within=EVERYTHING
            )
            brought = told(reading, filtered, session)
            if not brought:
                raise Refuted(f"nothing is announced in {filtered} either", *_opened(after, session))
            text = (
                f"{session.name}: AS {EXPRESSROUTE_AS} with AS {CUSTOMER_AS}, no prefix; then {len(brought)}"
            )
            found.append(Finding(text, (*rows, *_once(brought))))
        return together(*found)

    return Claim(
        "sessions with both of Microsoft's edge routers are established, and nothing is announced until a"
        " route filter is attached",
        f"OPEN from AS {EXPRESSROUTE_AS} on both lines; no UPDATE with a prefix, and some with a filter",
        one_after_the_other,
    )


def marked_with_communities(reading: Reading, circuit: Circuit, case: str) -> Claim:
    """Claim that each session brings the published prefixes of the filter's services, each so marked."""
    routing = reading.case(case).routing
    wanted = set(routing.communities) if routing is not None else set()
    published = {(str(prefix), community) for prefix, community in announced() if community in wanted}

    def as_published() -> Finding:
        found = []
        for session in sessions_of(circuit):
            brought = told(reading, case, session)
            seen = {
                (prefix, each) for prefix, row in brought.items() for each in row.communities or ("none",)
            }
            if seen != published:
                odd = sorted(seen ^ published)
                raise Refuted(f"{session.name}: {len(odd)} are not as published: {odd[0]}", *_once(brought))
            counts = ", ".join(f"{each} {_count(seen, each)}" for each in sorted(wanted))
            found.append(Finding(f"{session.name}: {counts}", _once(brought)))
        return together(*found)

    return Claim(
        "each session brings the prefixes of the filter's services, each with its community",
        f"{len(published)} prefixes with {', '.join(sorted(wanted))}: those of the published endpoint list",
        as_published,
    )


def leaks_are_not_taken(reading: Reading, circuit: Circuit, cases: dict[str, str]) -> Claim:
    """Claim that Microsoft's edge does not take what must not be announced: in each of the cases a prefix."""

    def dropped() -> Finding:
        found = []
        for case, prefix in cases.items():
            evidence = reading.evidence(learning(case))
            for session in sessions_of(circuit):
                sent = routes(evidence, session.at, src=session.customer, dst=session.microsoft)
                passed_on = _passed_on(evidence, session)
                if prefix not in sent:
                    raise Refuted(f"{case}: {prefix} is not announced at all", *_once(sent))
                if prefix in passed_on:
                    raise Refuted(f"{case}: {session.beyond} passes on {prefix}", passed_on[prefix])
                if str(circuit.pool) not in passed_on:
                    raise Refuted(f"{case}: {session.beyond} does not pass on {circuit.pool}", *_once(sent))
                text = f"{session.beyond} got {prefix}, and passed on {', '.join(passed_on)} alone"
                found.append(Finding(text, (sent[prefix], *_once(passed_on))))
        return together(*found)

    return Claim(
        "a default route and a private prefix that the customer leaks",
        "are announced on both lines, and passed on by neither of Microsoft's edge routers; the pool is",
        dropped,
    )


def too_many_end_it(reading: Reading, circuit: Circuit, case: str) -> Finding:
    """Return that both sessions ended because they brought more prefixes than are taken."""
    evidence, found = reading.evidence(learning(case)), []
    for session in sessions_of(circuit):
        ended = notified(
            evidence,
            session.at,
            src=session.microsoft,
            dst=session.customer,
            code=CEASE,
            subcode=TOO_MANY,
        )
        last = [
            row
            for row in evidence.at(session.at, BgpMessage, type="update", src=session.customer)
            if row.frame < ended.frame
        ]
        number = len({prefix for row in last for prefix in row.announced})
        if number <= MOST_PREFIXES:
            raise Refuted(f"{session.name}: ended after {number} prefixes", ended, *last)
        text = (
            f"{session.name}: after {number} prefixes NOTIFICATION {ended.error_name}: {ended.error_detail}"
        )
        found.append(Finding(text, (*last, ended)))
    return together(*found)


def _opened(evidence: Evidence, session: Session) -> tuple[Row, Row]:
    ends = session.microsoft, session.customer
    theirs = opened(evidence, session.at, src=ends[0], dst=ends[1], as_number=EXPRESSROUTE_AS)
    return theirs, opened(evidence, session.at, src=ends[1], dst=ends[0], as_number=CUSTOMER_AS)


def _passed_on(evidence: Evidence, session: Session) -> dict[str, BgpMessage]:
    """Return what Microsoft's edge router has told Microsoft's network at the end of the capture."""
    rows = evidence.at(session.beyond, BgpMessage, src=session.microsoft)
    inward = next((row.dst for row in rows), "")
    return routes(evidence, session.beyond, src=session.microsoft, dst=inward)


def _count(seen: set[tuple[str, str]], community: str) -> int:
    return sum(each == community for _, each in seen)


def _once(brought: dict[str, BgpMessage]) -> tuple[BgpMessage, ...]:
    """Return each UPDATE once."""
    return tuple({(row.node, row.frame, row.communities): row for row in brought.values()}.values())
