"""A tunnel is held if everything that was seen is its own, and refuted with what was not."""

from __future__ import annotations

from typing import Any

import pytest

from measurement.check_tunnel import handshaken_wireguard, only_tunnel, tunnelled
from measurement.evidence import Missing, Refuted
from measurement.observation import WireGuardFlow

from .captures import CLIENT, RESOLVER, SERVER
from .path_rows import flow, stray, tunnel_handshake
from .rows import NODE, OTHER, capture, evidence, malformed, talk

ENDS = {"client": CLIENT, "concentrator": SERVER}
# The client: an initiation, four packets. The concentrator: a response, a cookie, two packets.
WHOLE = (
    tunnel_handshake(),
    flow(),
    flow(src=SERVER, dst=CLIENT, packets=2),
    stray(),
    talk(protocol="udp/51820", packets=5),
    talk(src=SERVER, dst=CLIENT, protocol="udp/51820", packets=4),
)


def only(*rows: Any) -> WireGuardFlow:
    return only_tunnel(evidence(*rows), NODE, **ENDS)


def test_a_handshake_that_was_answered_is_found() -> None:
    first = tunnel_handshake(response_frame=None, receiver=None, rtt_us=None)
    rows = (tunnel_handshake(initiator=OTHER), first, tunnel_handshake(frame=8), tunnel_handshake(frame=9))
    found = handshaken_wireguard(evidence(*rows), NODE, initiator=CLIENT, responder=SERVER)
    assert found.frame == 8


@pytest.mark.parametrize(
    "rows, told",
    [
        ([], f"no handshake of WireGuard from {CLIENT} to {SERVER} in the capture at {NODE}"),
        (
            [tunnel_handshake(responder=OTHER)],
            f"no handshake of WireGuard from {CLIENT} to {SERVER} in the capture at {NODE}",
        ),
        (
            [tunnel_handshake(response_frame=None), tunnel_handshake(frame=4, response_frame=None)],
            f"{SERVER} answered none of 2 handshakes of {CLIENT}",
        ),
    ],
)
def test_a_handshake_without_an_answer_is_refuted(rows: list[Any], told: str) -> None:
    with pytest.raises(Refuted) as error:
        handshaken_wireguard(evidence(*rows), NODE, initiator=CLIENT, responder=SERVER)
    assert (error.value.observed, error.value.rows) == (told, tuple(rows[:1]) if "none" in told else ())


def test_data_is_more_than_keepalives() -> None:
    quiet = flow(packets=2, keepalives=2, bytes=0)
    found = tunnelled(evidence(quiet, flow(frame=8)), NODE, src=CLIENT, dst=SERVER)
    assert found == flow(frame=8)
    with pytest.raises(Refuted, match=f"no data of WireGuard from {CLIENT} to {SERVER} in the capture at"):
        tunnelled(evidence(quiet, flow(src=SERVER, dst=CLIENT)), NODE, src=CLIENT, dst=SERVER)


def test_where_everything_is_the_tunnels_its_data_is_found() -> None:
    assert only(*WHOLE) == flow()


def test_the_port_may_have_been_changed_on_the_way() -> None:
    assert only(*WHOLE[:4], *(row.model_copy(update={"protocol": "udp/1024"}) for row in WHOLE[4:])) == flow()


@pytest.mark.parametrize(
    "other, told",
    [
        (talk(dst=OTHER), f"11 packets (tcp/443) from {CLIENT} to {OTHER} at {NODE}"),
        (talk(src=RESOLVER, protocol="udp/53"), f"11 packets (udp/53) from {RESOLVER} to {SERVER} at {NODE}"),
        (talk(), f"11 packets (tcp/443) from {CLIENT} to {SERVER} at {NODE}"),
        (talk(protocol="icmp"), f"11 packets (icmp) from {CLIENT} to {SERVER} at {NODE}"),
        (talk(protocol="arp"), f"11 packets (arp) from {CLIENT} to {SERVER} at {NODE}"),
    ],
)
def test_anything_else_is_refuted(other: Any, told: str) -> None:
    with pytest.raises(Refuted) as error:
        only(*WHOLE, other)
    assert (error.value.observed, error.value.rows) == (told, (other,))


def test_datagrams_that_are_no_messages_are_refuted_by_their_number() -> None:
    with pytest.raises(
        Refuted, match=f"^3 packets between {CLIENT} and {SERVER} at {NODE} are no WireGuard$"
    ):
        only(*WHOLE[:5], talk(src=SERVER, dst=CLIENT, protocol="udp/51820", packets=7))


@pytest.mark.parametrize("left_out", range(4))
def test_every_message_counts(left_out: int) -> None:
    with pytest.raises(Refuted, match="are no WireGuard"):
        only(*(row for number, row in enumerate(WHOLE) if number != left_out))


def test_a_handshake_without_an_answer_is_one_message() -> None:
    rows = [tunnel_handshake(response_frame=None), flow(), talk(protocol="udp/51820", packets=5)]
    assert only(*rows) == flow()


def test_a_tunnel_without_data_is_refuted() -> None:
    with pytest.raises(Refuted, match="no data of WireGuard"):
        only()


@pytest.mark.parametrize("row", [malformed(), capture(complete=False, problem="was cut")])
def test_what_cannot_be_read_leaves_it_unknown(row: Any) -> None:
    with pytest.raises(Missing):
        only(*WHOLE, row)
