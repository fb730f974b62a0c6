"""Of many BFD packets those are told that say another state."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, UDP
from scapy.packet import Raw

from measurement.bfd_messages import DIAGNOSTICS
from measurement.check_bgp import lost_by_bfd
from measurement.evidence import Refuted
from measurement.observation import BfdState
from measurement.observers.bfd import bfd_states
from measurement.observers.capture import malformed_packets

from .captures import CLIENT, SERVER, Timed, ether, source_of
from .path_rows import bfd_state
from .rows import NODE, OTHER, evidence

ADMIN_DOWN, DOWN, INIT, UP = range(4)


def control(state: int, diagnostic: int = 0, version: int = 1, length: int = 24, size: int = 24) -> bytes:
    return bytes([version << 5 | diagnostic, state << 6 | 0x20, 3, length]).ljust(size, b"\0")


def sent(at_us: int, payload: bytes, *, back: bool = False, port: int = 3784) -> Timed:
    ends = (SERVER, CLIENT) if back else (CLIENT, SERVER)
    return at_us, ether(IP(src=ends[0], dst=ends[1]) / UDP(sport=49_152, dport=port) / Raw(payload))


def rows(*timed: Timed) -> list[BfdState]:
    return list(bfd_states(source_of(timed)))


def test_each_change_of_each_router_is_told() -> None:
    states = [DOWN, DOWN, INIT, UP, UP, UP, DOWN, ADMIN_DOWN]
    timed = [sent(n * 10, control(state)) for n, state in enumerate(states)]
    timed += [sent(n * 10 + 5, control(UP), back=True) for n in range(8)]
    found = rows(*sorted(timed))
    assert [(row.src, row.state) for row in found] == [
        (CLIENT, "down"),
        (SERVER, "up"),
        (CLIENT, "init"),
        (CLIENT, "up"),
        (CLIENT, "down"),
        (CLIENT, "admin down"),
    ]
    assert [row.frame for row in found] == [1, 2, 5, 7, 13, 15]


@pytest.mark.parametrize(
    "code, told",
    [
        (1, "control detection time expired"),
        (3, "neighbor signaled session down"),
        (5, "path down"),
        (7, "administratively down"),
        (9, "diagnostic 9"),
        (31, "diagnostic 31"),
    ],
)
def test_the_diagnostic_is_told_in_words(code: int, told: str) -> None:
    (row,) = rows(sent(0, control(DOWN, code)))
    assert row.diagnostic == told
    assert len(DIAGNOSTICS) == 9


@pytest.mark.parametrize(
    "payload",
    [b"", control(UP)[:-1], control(UP, version=0), control(UP, length=23), control(UP, length=25)],
)
def test_what_cannot_be_is_malformed(payload: bytes) -> None:
    assert rows(sent(0, payload)) == []
    (row,) = malformed_packets(source_of([sent(0, payload)]))
    assert row.reason == f"BFD packet that cannot be: {len(payload)} bytes"


def test_a_packet_may_have_authentication_behind_it() -> None:
    assert [row.state for row in rows(sent(0, control(UP, length=30, size=30)))] == ["up"]


def test_sessions_of_several_hops_have_a_port_of_their_own() -> None:
    assert [row.state for row in rows(sent(0, control(UP), port=4784))] == ["up"]


def test_other_ports_have_no_bfd() -> None:
    assert rows(sent(0, control(UP), port=3785)) == []
    assert not list(malformed_packets(source_of([sent(0, b"x", port=3785)])))


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=4))
def test_any_packet_can_be_observed(payloads: list[bytes]) -> None:
    timed = [sent(n, payload) for n, payload in enumerate(payloads)]
    assert len(rows(*timed)) + len(list(malformed_packets(source_of(timed)))) <= len(payloads)


def test_a_session_is_lost_where_it_was_up_before() -> None:
    down = bfd_state(frame=9, state="down", diagnostic="control detection time expired")
    found = [bfd_state(frame=1, state="down"), bfd_state(state="down", src=OTHER), bfd_state(frame=3), down]
    assert lost_by_bfd(evidence(*found), NODE, src=CLIENT, dst=SERVER) == down


@pytest.mark.parametrize(
    "states, told",
    [([], "was never"), (["down"], "was never"), (["down", "init", "up"], "stayed"), (["up"], "stayed")],
)
def test_a_session_that_was_not_lost_is_told_apart(states: list[str], told: str) -> None:
    with pytest.raises(Refuted, match=f"the BFD session of {CLIENT} with {SERVER} {told} up at {NODE}"):
        lost_by_bfd(
            evidence(*(bfd_state(frame=n, state=state) for n, state in enumerate(states, 1))),
            NODE,
            src=CLIENT,
            dst=SERVER,
        )
