"""Checks of routing by BGP, as `check` has them: each returns the row that shows its fact, or raises."""

from __future__ import annotations

from ipaddress import ip_network

from measurement.evidence import Evidence, Refuted
from measurement.observation import BfdState, BgpMessage


def opened(evidence: Evidence, at: str, *, src: str, dst: str, as_number: int) -> BgpMessage:
    """A speaker opened a session with another as a member of an AS; return the first OPEN."""
    for message in evidence.at(at, BgpMessage, type="open", src=src, dst=dst):
        if message.as_number != as_number:
            raise Refuted(f"{src} is AS {message.as_number}, not {as_number}", message)
        return message
    raise Refuted(f"{src} opened no session with {dst} in the capture at {at}")


def learned(
    evidence: Evidence, at: str, *, src: str, dst: str, prefix: str, community: str | None = None
) -> BgpMessage:
    """An UPDATE announced the prefix, with the community if one is given; return the last that did."""
    found = [row for row in _updates(evidence, at, src, dst) if prefix in row.announced]
    if not found:
        raise Refuted(f"{src} announced no {prefix} to {dst} in the capture at {at}")
    if community is not None and community not in found[-1].communities:
        told = ", ".join(found[-1].communities) or "none"
        raise Refuted(f"{src} announced {prefix} without {community}: its communities are {told}", found[-1])
    return found[-1]


def withdrawn(evidence: Evidence, at: str, *, src: str, dst: str, prefix: str) -> BgpMessage:
    """An UPDATE withdrew the prefix; return the first that did."""
    for row in _updates(evidence, at, src, dst):
        if prefix in row.withdrawn:
            return row
    raise Refuted(f"{src} withdrew no {prefix} from {dst} in the capture at {at}")


def never_announced(evidence: Evidence, at: str, *, src: str, dst: str, within: str) -> None:
    """No UPDATE announced the prefix or a part of it."""
    evidence.require_readable(at)
    whole = ip_network(within)
    for row in _updates(evidence, at, src, dst):
        for prefix in row.announced:
            part = ip_network(prefix)
            # Said twice, because mypy cannot tell that both are of one family.
            if part.version == whole.version and part.subnet_of(whole):  # type: ignore[arg-type]
                raise Refuted(f"{src} announced {prefix} to {dst}", row)


def routes(evidence: Evidence, at: str, *, src: str, dst: str) -> dict[str, BgpMessage]:
    """Return what a speaker has announced and not withdrawn at the capture's end: the UPDATE by prefix.

    A session that opens anew begins with nothing, and so does one that a notification has ended.
    Announcements from before the capture are not known.
    """
    evidence.require_readable(at)
    held: dict[str, BgpMessage] = {}
    for row in evidence.at(at, BgpMessage):
        if row.type == "notification" and {row.src, row.dst} == {src, dst}:
            held.clear()
        if (row.src, row.dst) != (src, dst):
            continue
        if row.type == "open":
            held.clear()
        for prefix in row.withdrawn:
            held.pop(prefix, None)
        held.update(dict.fromkeys(row.announced, row))
    return held


def notified(evidence: Evidence, at: str, *, src: str, dst: str, code: int, subcode: int) -> BgpMessage:
    """A speaker ended the session for this reason (RFC 4271, RFC 4486); return the first NOTIFICATION."""
    for row in evidence.at(at, BgpMessage, type="notification", src=src, dst=dst):
        if (row.error_code, row.error_subcode) != (code, subcode):
            raise Refuted(f"{src} ended the session with {row.error_name}: {row.error_detail}", row)
        return row
    raise Refuted(f"{src} sent no notification to {dst} in the capture at {at}")


def lost_by_bfd(evidence: Evidence, at: str, *, src: str, dst: str) -> BfdState:
    """A router said that its BFD session was up, and then that it is down; return the first such."""
    was_up = False
    for row in evidence.at(at, BfdState, src=src, dst=dst):
        if was_up and row.state == "down":
            return row
        was_up = was_up or row.state == "up"
    raise Refuted(f"the BFD session of {src} with {dst} {'stayed' if was_up else 'was never'} up at {at}")


def _updates(evidence: Evidence, at: str, src: str, dst: str) -> list[BgpMessage]:
    return list(evidence.at(at, BgpMessage, type="update", src=src, dst=dst))
