"""Every check passes on rows that show its fact, and fails on others with what was seen instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from measurement import check
from measurement.evidence import Missing, Refuted

from .captures import CLIENT, RESOLVER, SERVER
from .rows import (
    NAME,
    NODE,
    OTHER,
    REGIONAL,
    answer,
    capture,
    connection,
    echo,
    evidence,
    fetch,
    handshake,
    journey,
    malformed,
    query,
    record,
    talk,
)

Rows = Any  # any rows that `evidence` takes

ASKED = {"src": CLIENT, "dst": RESOLVER, "name": NAME}
MICROSOFT = {"src": CLIENT, "servers": {RESOLVER: "msdns1", "192.0.2.9": "msdns2"}, "name": NAME}
OPENED = {"client": CLIENT, "server": SERVER, "port": 443}
ENDS = {"src": CLIENT, "dst": SERVER}


def asked(*rows: Rows) -> object:
    return check.asked(evidence(*rows), NODE, **ASKED)


def asked_any(*rows: Rows) -> object:
    return check.asked_any(evidence(*rows), NODE, **MICROSOFT)  # type: ignore[arg-type]


def told_subnet(*rows: Rows) -> object:
    return check.told_subnet(evidence(*rows), NODE, name=NAME)


def asks_only(*rows: Rows) -> None:
    check.asks_only(evidence(*rows), NODE, src=CLIENT, allowed={RESOLVER})


def answered(*rows: Rows) -> object:
    return check.answered(evidence(*rows), NODE, query=query(), src=RESOLVER)


def connected(*rows: Rows) -> object:
    return check.connected(evidence(*rows), NODE, **OPENED)  # type: ignore[arg-type]


def connects_only(*rows: Rows) -> None:
    check.connects_only(evidence(*rows), NODE, client=CLIENT, server=SERVER)


def handshaken(*rows: Rows) -> object:
    return check.handshaken(evidence(*rows), NODE, connection=connection(), name=NAME)


def talks_only_with(*rows: Rows) -> None:
    check.talks_only_with(evidence(*rows), NODE, address=CLIENT, allowed={SERVER})


def silent(*rows: Rows) -> None:
    check.silent(evidence(*rows), NODE)


def carries_none(*rows: Rows) -> None:
    check.carries_none(evidence(*rows), NODE, between=(CLIENT, SERVER))


def never_seen(*rows: Rows) -> None:
    check.never_seen(evidence(*rows), NODE, address=CLIENT)


def echoes(*rows: Rows) -> object:
    return check.echoes(evidence(*rows), NODE, **ENDS)


def echoed(*rows: Rows) -> object:
    return check.echoed(evidence(*rows), NODE, **ENDS)


TOLD = query(client_subnet=f"{CLIENT}/32", frame=9)

# the check, rows that it passes on, and what it returns
PASSES: list[tuple[Callable[..., object], list[Rows], object]] = [
    (asked, [query(), query(frame=9)], query()),
    (asked, [query(dst=OTHER), query(frame=9)], query(frame=9)),
    (asked_any, [query(dst=OTHER), query(dst="192.0.2.9")], query(dst="192.0.2.9")),
    (told_subnet, [query(), TOLD, query(client_subnet="192.0.2.0/24")], TOLD),
    (told_subnet, [query(name="x.example", client_subnet="192.0.2.0/24"), TOLD], TOLD),
    (asks_only, [], None),
    (asks_only, [query(), query(name="other.example"), query(src=RESOLVER, dst=OTHER)], None),
    (answered, [query(), answer(src=OTHER), answer(id=8), answer(frame=9)], answer(frame=9)),
    (connected, [connection(server=OTHER), connection(frame=9)], connection(frame=9)),
    (connects_only, [], None),
    (connects_only, [connection(), connection(client=OTHER, server=RESOLVER)], None),
    (handshaken, [handshake(client_port=1, server_name="x"), handshake()], handshake()),
    (talks_only_with, [], None),
    (talks_only_with, [talk(), talk(src=SERVER, dst=CLIENT), talk(src=OTHER, dst=RESOLVER)], None),
    (silent, [], None),
    (silent, [talk(node="isplis")], None),
    (carries_none, [], None),
    (carries_none, [talk(node="isplis"), talk(dst=OTHER), talk(src=OTHER, dst=CLIENT)], None),
    (never_seen, [], None),
    (never_seen, [talk(node="isplis"), talk(src=SERVER, dst=OTHER)], None),
    (echoed, [echo(dst=OTHER), echo(frame=9)], echo(frame=9)),
    (echoed, [echo(), echo(frame=9)], echo()),
    (echoes, [echo(dst=OTHER), echo(), echo(frame=9)], [echo(), echo(frame=9)]),
]

NO_SUCH_NAME = answer(rcode="NXDOMAIN", answers=())
OLD = handshake(version="TLS 1.2")
HALF = handshake(client_finished_frame=None)
BACK = talk(src=SERVER, dst=CLIENT)
UNSEEN = handshake(version=None, client_finished_frame=None)

# the check, rows that it fails on, what it says, and the rows that it shows
FAILS: list[tuple[Callable[..., object], list[Rows], str, list[Rows]]] = [
    (asked, [], f"no question for {NAME} from {CLIENT} to {RESOLVER} in the capture at traveller", []),
    (asked, [query(type="AAAA")], f"no question for {NAME} from {CLIENT} to {RESOLVER}", []),
    (asked, [query(name="other.example")], f"no question for {NAME}", []),
    (asked, [query(node="isplis")], f"no question for {NAME}", []),
    (
        asked_any,
        [query(dst=OTHER)],
        f"no question for {NAME} from {CLIENT} to any of msdns1, msdns2 at traveller",
        [],
    ),
    (told_subnet, [], f"no question for {NAME} in the capture at traveller told for whom it was asked", []),
    (told_subnet, [query(), query(client_subnet=f"{CLIENT}/32", name="x.example")], "told for whom", []),
    (told_subnet, [query(client_subnet=f"{CLIENT}/32", type="AAAA")], "told for whom", []),
    (told_subnet, [query(client_subnet=f"{CLIENT}/32", node="isplis")], "told for whom", []),
    (
        asks_only,
        [query(), query(dst=OTHER, name="x.example", frame=4)],
        f"{CLIENT} also asked {OTHER} for x.example",
        [query(dst=OTHER, name="x.example", frame=4)],
    ),
    (asks_only, [query(dst=OTHER, type="AAAA")], "also asked", [query(dst=OTHER, type="AAAA")]),
    (asks_only, [query(dst=OTHER, transport="tcp")], "also asked", [query(dst=OTHER, transport="tcp")]),
    (answered, [], f"{RESOLVER} gave no answer for {NAME} in the capture at traveller", [query()]),
    (answered, [answer(id=8)], "gave no answer", [query()]),
    (answered, [answer(src=OTHER)], "gave no answer", [query()]),
    (answered, [answer(dst=OTHER)], "gave no answer", [query()]),
    (answered, [answer(name="other.example")], "gave no answer", [query()]),
    (answered, [NO_SUCH_NAME], f"{RESOLVER} answered NXDOMAIN for {NAME}", [NO_SUCH_NAME]),
    (connected, [], f"no connection from {CLIENT} to {SERVER} in the capture at traveller", []),
    (connected, [connection(server_port=80)], "no connection", []),
    (
        connected,
        [connection(ack_frame=None)],
        f"{SERVER} never accepted the connection from {CLIENT}",
        [connection(ack_frame=None)],
    ),
    (
        connects_only,
        [connection(), connection(server=OTHER)],
        f"{CLIENT} also connected to {OTHER}",
        [connection(server=OTHER)],
    ),
    (handshaken, [], "no TLS handshake on the connection in the capture at traveller", [connection()]),
    (handshaken, [handshake(client_port=1)], "no TLS handshake", [connection()]),
    (
        handshaken,
        [handshake(server_name="evil.example")],
        f"the handshake was for evil.example, not {NAME}",
        [handshake(server_name="evil.example")],
    ),
    (handshaken, [OLD], "the handshake was not completed with TLS 1.3 (TLS 1.2)", [OLD]),
    (handshaken, [HALF], "the handshake was not completed", [HALF]),
    (handshaken, [UNSEEN], "the handshake was not completed with TLS 1.3 (None)", [UNSEEN]),
    (
        talks_only_with,
        [talk(), talk(dst=OTHER, protocol="icmp", packets=2)],
        f"{CLIENT} also sent 2 packets (icmp) to {OTHER}",
        [talk(dst=OTHER, protocol="icmp", packets=2)],
    ),
    (
        talks_only_with,
        [talk(src=OTHER, dst=CLIENT)],
        f"{OTHER} also sent 11 packets (tcp/443) to {CLIENT}",
        [talk(src=OTHER, dst=CLIENT)],
    ),
    (silent, [talk()], f"11 packets (tcp/443) from {CLIENT} to {SERVER} at traveller", [talk()]),
    (
        carries_none,
        [talk(dst=OTHER), talk(protocol="udp/53")],
        f"11 packets (udp/53) from {CLIENT} to {SERVER} at traveller",
        [talk(protocol="udp/53")],
    ),
    (
        carries_none,
        [BACK],
        f"11 packets (tcp/443) from {SERVER} to {CLIENT} at traveller",
        [BACK],
    ),
    (never_seen, [talk(dst=OTHER)], f"11 packets (tcp/443) from {CLIENT} to {OTHER} at", [talk(dst=OTHER)]),
    (never_seen, [BACK], f"11 packets (tcp/443) from {SERVER} to {CLIENT} at traveller", [BACK]),
    (echoes, [], f"no echo request from {CLIENT} to {SERVER} in the capture at traveller", []),
    (
        echoes,
        [echo(), echo(frame=9, reply_frame=None, rtt_us=None)],
        f"no reply from {SERVER} to {CLIENT} at traveller",
        [echo(frame=9, reply_frame=None, rtt_us=None)],
    ),
    (echoed, [], f"no echo request from {CLIENT} to {SERVER} in the capture at traveller", []),
    (echoed, [echo(src=SERVER, dst=CLIENT)], "no echo request", []),
    (
        echoed,
        [echo(reply_frame=None, rtt_us=None)],
        f"no reply from {SERVER} to {CLIENT} at traveller",
        [echo(reply_frame=None, rtt_us=None)],
    ),
]

ALL = (
    echoes,
    asked,
    asked_any,
    told_subnet,
    asks_only,
    answered,
    connected,
    connects_only,
    handshaken,
    talks_only_with,
    silent,
    carries_none,
    never_seen,
    echoed,
)
# Those of which only an absence is evidence: anything that cannot be read could be what must not be there.
OF_AN_ABSENCE = (asks_only, connects_only, talks_only_with, silent, carries_none, never_seen)


def _name(value: object) -> str | None:
    return getattr(value, "__name__", None) or (value if isinstance(value, str) else "")


@pytest.mark.parametrize("held, rows, shown", PASSES, ids=_name)
def test_it_passes_and_returns_the_first_row_that_shows_it(
    held: Callable[..., object], rows: list[Rows], shown: object
) -> None:
    assert held(*rows) == shown


@pytest.mark.parametrize("held, rows, told, shown", FAILS, ids=_name)
def test_it_fails_and_tells_what_was_seen_instead(
    held: Callable[..., object], rows: list[Rows], told: str, shown: list[Rows]
) -> None:
    with pytest.raises(Refuted) as refuted:
        held(*rows)
    assert told in refuted.value.observed
    assert list(refuted.value.rows) == shown


@pytest.mark.parametrize("held", ALL, ids=_name)
def test_nobody_can_tell_where_the_capture_is_not_whole(held: Callable[..., object]) -> None:
    everything = [query(), answer(), connection(), handshake(), echo()]
    with pytest.raises(Missing, match=r"^pcap/nearest/traveller\.pcapng is not whole: was cut$"):
        held(capture(complete=False, problem="was cut"), *everything)


@pytest.mark.parametrize("held", OF_AN_ABSENCE, ids=_name)
def test_nobody_can_tell_that_something_is_absent_where_a_packet_cannot_be_read(
    held: Callable[..., object],
) -> None:
    with pytest.raises(Missing, match=r"^frame 12 of pcap/nearest/traveller\.pcapng cannot be read: cut$"):
        held(malformed(reason="cut"))


def test_an_alias_is_found_by_its_name() -> None:
    others = (record("x.example", "CNAME", "y.example"), record(NAME, "A", SERVER))
    with_dot = answer(answers=(*others, record(NAME, "CNAME", f"{REGIONAL}.")))
    assert check.alias_in(with_dot, NAME) == REGIONAL


def test_an_answer_without_the_alias_is_told_with_all_that_it_has() -> None:
    for rows, told in (((), "it is empty"), ((record(NAME, "A", SERVER),), f"{NAME} A {SERVER}")):
        with pytest.raises(Refuted) as refuted:
            check.alias_in(answer(answers=rows), NAME)
        assert refuted.value.observed == f"the answer for {NAME} is no alias: {told}"
        assert refuted.value.rows == (answer(answers=rows),)


def test_all_addresses_of_a_name_are_returned_and_no_others() -> None:
    rows = (record(NAME, "A", SERVER), record("x.example", "A", CLIENT), record(NAME, "A", OTHER))
    assert check.addresses_in(answer(answers=rows), NAME) == (SERVER, OTHER)


def test_an_answer_without_an_address_for_the_name() -> None:
    other = answer(answers=(record("x.example", "A", SERVER), record(NAME, "CNAME", "x.example")))
    with pytest.raises(Refuted) as refuted:
        check.addresses_in(other, NAME)
    told = f"the answer has no address for {NAME}: x.example A {SERVER}, {NAME} CNAME x.example"
    assert (refuted.value.observed, refuted.value.rows) == (told, (other,))


@pytest.mark.parametrize("status", [200, 204, 302, 399])
def test_all_requests_succeeded(status: int) -> None:
    check.succeeded(journey(fetch(), fetch(name="send", status=status)))


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"status": 503}, "status 503"),
        ({"status": 400}, "status 400"),
        ({"status": 199}, "status 199"),
        ({"status": 0, "error": "Timeout was reached"}, "Timeout was reached"),
        ({"error": "cut off"}, "cut off"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_request_of_several_did_not_succeed(place: int, changes: dict[str, Any], told: str) -> None:
    fetches = [fetch(), fetch(), fetch()]
    fetches[place] = fetch(name="folders", **changes)
    with pytest.raises(Refuted) as refuted:
        check.succeeded(journey(*fetches))
    assert refuted.value.observed == f"traveller got no answer for folders: {told}"


@pytest.mark.parametrize("client_us", [40_010.0, 39_990.0, 40_000.0])
def test_the_client_agrees_with_its_packets_up_to_the_tolerance(client_us: float) -> None:
    check.agrees("connect", client_us, 40_000.0, 10.0)


@pytest.mark.parametrize("client_us", [40_010.5, 39_989.5])
def test_the_client_differs_from_its_packets(client_us: float) -> None:
    with pytest.raises(Refuted) as refuted:
        check.agrees("connect", client_us, 40_000.0, 10.0)
    assert refuted.value.observed == f"connect: the client says {client_us:.0f} us, its packets 40000.0 us"


def test_what_the_packets_do_not_show_nobody_can_compare() -> None:
    with pytest.raises(Missing, match=r"^the packets do not show connect$"):
        check.agrees("connect", 40_000.0, None, 10.0)
