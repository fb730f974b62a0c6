"""Checks: a small vocabulary of protocol facts. Each returns the row that shows its fact, or raises.

`Refuted` says what was seen instead, `Missing` that nobody can tell. A check is named for what passes.
"""

from __future__ import annotations

from measurement.evidence import Evidence, Missing, Refuted
from measurement.journey import Journey
from measurement.observation import DnsAnswer, DnsQuery, IcmpEcho, Talk, TcpConnection, TlsHandshake


def asked(evidence: Evidence, at: str, *, src: str, dst: str, name: str) -> DnsQuery:
    """A DNS question for the name's address went from ``src`` to ``dst``; return the first."""
    for query in evidence.at(at, DnsQuery, src=src, dst=dst, name=name, type="A"):
        return query
    raise Refuted(f"no question for {name} from {src} to {dst} in the capture at {at}")


def asked_any(evidence: Evidence, at: str, *, src: str, servers: dict[str, str], name: str) -> DnsQuery:
    """A DNS question for the name's address went from ``src`` to one of the servers (by address)."""
    for query in evidence.at(at, DnsQuery, src=src, name=name, type="A"):
        if query.dst in servers:
            return query
    raise Refuted(
        f"no question for {name} from {src} to any of {', '.join(sorted(servers.values()))} at {at}"
    )


def told_subnet(evidence: Evidence, at: str, *, name: str) -> DnsQuery:
    """A question for the name told for which network it was asked (RFC 7871); return the first."""
    for query in evidence.at(at, DnsQuery, name=name, type="A"):
        if query.client_subnet is not None:
            return query
    raise Refuted(f"no question for {name} in the capture at {at} told for whom it was asked")


def asks_only(evidence: Evidence, at: str, *, src: str, allowed: set[str]) -> None:
    """Every DNS question of ``src`` went to one of the allowed addresses."""
    evidence.require_readable(at)
    for query in evidence.at(at, DnsQuery, src=src):
        if query.dst not in allowed:
            raise Refuted(f"{src} also asked {query.dst} for {query.name}", query)


def answered(evidence: Evidence, at: str, *, query: DnsQuery, src: str) -> DnsAnswer:
    """The question was answered by the server it went to, without an error, in the same exchange."""
    answers = evidence.at(
        at, DnsAnswer, src=src, dst=query.src, id=query.id, name=query.name, type=query.type
    )
    for answer in answers:
        if answer.rcode != "NOERROR":
            raise Refuted(f"{src} answered {answer.rcode} for {query.name}", answer)
        return answer
    raise Refuted(f"{src} gave no answer for {query.name} in the capture at {at}", query)


def alias_in(answer: DnsAnswer, name: str) -> str:
    """The answer says that the name is an alias; return its target (the CNAME's data)."""
    for record in answer.answers:
        if record.type == "CNAME" and record.name == name:
            return record.data.rstrip(".")
    raise Refuted(f"the answer for {name} is no alias: {_shown(answer)}", answer)


def addresses_in(answer: DnsAnswer, name: str) -> tuple[str, ...]:
    """The answer has addresses for the name; return them."""
    found = tuple(record.data for record in answer.answers if record.type == "A" and record.name == name)
    if not found:
        raise Refuted(f"the answer has no address for {name}: {_shown(answer)}", answer)
    return found


def connected(evidence: Evidence, at: str, *, client: str, server: str, port: int) -> TcpConnection:
    """A TCP connection from ``client`` to ``server`` was opened, seen at ``at``; return the first."""
    for connection in evidence.at(at, TcpConnection, client=client, server=server, server_port=port):
        if connection.ack_frame is None:
            raise Refuted(f"{server} never accepted the connection from {client}", connection)
        return connection
    raise Refuted(f"no connection from {client} to {server} in the capture at {at}")


def connects_only(evidence: Evidence, at: str, *, client: str, server: str) -> None:
    """Every TCP connection that ``client`` opened went to ``server``."""
    evidence.require_readable(at)
    for connection in evidence.at(at, TcpConnection, client=client):
        if connection.server != server:
            raise Refuted(f"{client} also connected to {connection.server}", connection)


def handshaken(evidence: Evidence, at: str, *, connection: TcpConnection, name: str) -> TlsHandshake:
    """The TLS handshake for the name was completed on the connection, with TLS 1.3, seen at ``at``."""
    port = connection.client_port
    for handshake in evidence.at(at, TlsHandshake, client=connection.client, client_port=port):
        if handshake.server_name != name:
            raise Refuted(f"the handshake was for {handshake.server_name}, not {name}", handshake)
        if handshake.version != "TLS 1.3" or handshake.client_finished_frame is None:
            raise Refuted(f"the handshake was not completed with TLS 1.3 ({handshake.version})", handshake)
        return handshake
    raise Refuted(f"no TLS handshake on the connection in the capture at {at}", connection)


def talks_only_with(evidence: Evidence, at: str, *, address: str, allowed: set[str]) -> None:
    """Every packet to or from ``address`` seen at ``at`` has an allowed address at its other end."""
    evidence.require_readable(at)
    for talk in evidence.at(at, Talk):
        ends = {talk.src, talk.dst}
        if address in ends and not (ends - {address}) <= allowed:
            raise Refuted(
                f"{talk.src} also sent {talk.packets} packets ({talk.protocol}) to {talk.dst}", talk
            )


def silent(evidence: Evidence, at: str) -> None:
    """Not one packet was seen at ``at``."""
    evidence.require_readable(at)
    for talk in evidence.at(at, Talk):
        raise Refuted(f"{talk.packets} packets ({talk.protocol}) from {talk.src} to {talk.dst} at {at}", talk)


def carries_none(evidence: Evidence, at: str, *, between: tuple[str, str]) -> None:
    """Not one packet between the two addresses was seen at ``at``, whatever else was."""
    evidence.require_readable(at)
    for talk in evidence.at(at, Talk):
        if {talk.src, talk.dst} == set(between):
            raise Refuted(
                f"{talk.packets} packets ({talk.protocol}) from {talk.src} to {talk.dst} at {at}", talk
            )


def never_seen(evidence: Evidence, at: str, *, address: str) -> None:
    """Not one packet to or from an address was seen at ``at``."""
    evidence.require_readable(at)
    for talk in evidence.at(at, Talk):
        if address in (talk.src, talk.dst):
            raise Refuted(
                f"{talk.packets} packets ({talk.protocol}) from {talk.src} to {talk.dst} at {at}", talk
            )


def echoed(evidence: Evidence, at: str, *, src: str, dst: str) -> IcmpEcho:
    """An echo request from ``src`` to ``dst`` was seen at ``at`` and came back; return it."""
    return echoes(evidence, at, src=src, dst=dst)[0]


def echoes(evidence: Evidence, at: str, *, src: str, dst: str) -> list[IcmpEcho]:
    """Echo requests from ``src`` to ``dst`` were seen at ``at``, and all came back; return them."""
    found = list(evidence.at(at, IcmpEcho, src=src, dst=dst))
    if not found:
        raise Refuted(f"no echo request from {src} to {dst} in the capture at {at}")
    for echo in found:
        if echo.reply_frame is None:
            raise Refuted(f"no reply from {dst} to {src} at {at}", echo)
    return found


def succeeded(journey: Journey) -> None:
    """The client got an answer to each of its requests."""
    for fetch in journey.fetches:
        if fetch.error or not 200 <= fetch.status < 400:
            what = fetch.error or f"status {fetch.status}"
            raise Refuted(f"{journey.client} got no answer for {fetch.name}: {what}")


def made_all(journey: Journey, names: tuple[str, ...]) -> None:
    """The client made all of these requests, and no others."""
    made = tuple(fetch.name for fetch in journey.fetches)
    if made != names:
        raise Missing(f"{journey.client} made the requests {', '.join(made)}, not {', '.join(names)}")


def agrees(what: str, client_us: float, packets_us: float | None, tolerance_us: float) -> None:
    """The client's own figure and the packets' are the same, within the tolerance (all microseconds)."""
    if packets_us is None:
        raise Missing(f"the packets do not show {what}")
    if abs(client_us - packets_us) > tolerance_us:
        raise Refuted(f"{what}: the client says {client_us:.0f} us, its packets {packets_us:.1f} us")


def _shown(answer: DnsAnswer) -> str:
    return ", ".join(f"{r.name} {r.type} {r.data}" for r in answer.answers) or "it is empty"
