"""Checks of a VPN's tunnel, as `check` has them: each returns the row that shows its fact, or raises."""

from __future__ import annotations

from measurement.evidence import Evidence, Refuted
from measurement.observation import Talk, WireGuardFlow, WireGuardHandshake, WireGuardStray


def handshaken_wireguard(
    evidence: Evidence, at: str, *, initiator: str, responder: str
) -> WireGuardHandshake:
    """A handshake of WireGuard was initiated and answered, seen at ``at``; return the first such."""
    asked = list(evidence.at(at, WireGuardHandshake, initiator=initiator, responder=responder))
    for handshake in asked:
        if handshake.response_frame is not None:
            return handshake
    if asked:
        raise Refuted(f"{responder} answered none of {len(asked)} handshakes of {initiator}", asked[0])
    raise Refuted(f"no handshake of WireGuard from {initiator} to {responder} in the capture at {at}")


def tunnelled(evidence: Evidence, at: str, *, src: str, dst: str) -> WireGuardFlow:
    """Encrypted data went from ``src`` to ``dst``, more than keepalives; return the first such flow."""
    for flow in evidence.at(at, WireGuardFlow, src=src, dst=dst):
        if flow.packets > flow.keepalives:
            return flow
    raise Refuted(f"no data of WireGuard from {src} to {dst} in the capture at {at}")


def only_tunnel(evidence: Evidence, at: str, *, client: str, concentrator: str) -> WireGuardFlow:
    """Every packet seen at ``at`` is WireGuard's between the two: nothing is in clear there.

    Return the data from the client. Counted is what was said against what the messages are: a datagram at
    WireGuard's port that is no message of it is noticed.
    """
    evidence.require_readable(at)
    ends = {client, concentrator}
    messages = _messages(evidence, at, ends)
    for talk in evidence.at(at, Talk):
        if {talk.src, talk.dst} != ends or not talk.protocol.startswith("udp/"):
            raise Refuted(
                f"{talk.packets} packets ({talk.protocol}) from {talk.src} to {talk.dst} at {at}", talk
            )
        messages -= talk.packets
    if messages:
        raise Refuted(f"{-messages} packets between {client} and {concentrator} at {at} are no WireGuard")
    return tunnelled(evidence, at, src=client, dst=concentrator)


def _messages(evidence: Evidence, at: str, ends: set[str]) -> int:
    """Return how many messages of WireGuard were seen between two addresses."""
    handshakes = [
        1 + (row.response_frame is not None)
        for row in evidence.at(at, WireGuardHandshake)
        if {row.initiator, row.responder} == ends
    ]
    flows = [row.packets for row in evidence.at(at, WireGuardFlow) if {row.src, row.dst} == ends]
    strays = [1 for row in evidence.at(at, WireGuardStray) if {row.src, row.dst} == ends]
    return sum(handshakes + flows + strays)
