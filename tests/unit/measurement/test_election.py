"""What etcd tells those who watch a key: read answer by answer, whatever else is on the wire."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.packet import Raw

from measurement.observation import KeyTold
from measurement.observers.election import ETCD_PORT, key_told

from .captures import CLIENT, SERVER, START_NS, Timed, ether, source_of

KEY = "/service/contoso/leader"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def put(value: str, key: str = KEY) -> dict[str, Any]:
    """Return an event of a key that has a value now: etcd leaves out that it is a PUT."""
    return {"kv": {"key": encoded(key), "value": encoded(value), "version": "1"}}


def deleted(key: str = KEY) -> dict[str, Any]:
    return {"type": "DELETE", "kv": {"key": encoded(key), "mod_revision": "9"}}


def line(*events: object) -> bytes:
    """Return an answer to a watch, as etcd's gateway writes it."""
    told = {"result": {"header": {"revision": "9"}, "events": list(events)}}
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def segment(payload: bytes, at_us: int = 0, port: int = ETCD_PORT) -> Timed:
    packet = IP(src=SERVER, dst=CLIENT) / TCP(sport=port, dport=40_000, flags="PA") / Raw(payload)
    return at_us, ether(packet)


def told(*timed: Timed) -> list[KeyTold]:
    return list(key_told(source_of(timed)))


def values(*timed: Timed) -> list[str | None]:
    return [row.value for row in told(*timed)]


def test_a_new_value_is_told_with_its_key_and_its_frame() -> None:
    (row,) = told(segment(b"noise"), segment(chunk(line(put("ams"))), at_us=70))
    assert (row.src, row.dst, row.key, row.value) == (SERVER, CLIENT, KEY, "ams")
    assert (row.node, row.frame, row.time_ns) == ("traveller", 2, START_NS + 70_000)


def test_a_key_that_is_gone_has_no_value_and_an_empty_one_has() -> None:
    empty = {"kv": {"key": encoded(KEY)}}  # which JSON leaves out, too
    assert values(segment(chunk(line(deleted())))) == [None]
    assert values(segment(chunk(line(empty)))) == [""]


def test_events_of_one_answer_and_answers_of_one_segment_are_told_in_their_order() -> None:
    assert values(segment(chunk(line(deleted(), put("ams"))))) == [None, "ams"]
    both = chunk(line(deleted())) + chunk(line(put("ams")))
    assert values(segment(both)) == [None, "ams"]
    assert values(segment(HEAD + both)) == [None, "ams"]


def test_only_what_comes_from_etcd_is_looked_at() -> None:
    payload = chunk(line(put("ams")))
    datagram = IP(src=SERVER, dst=CLIENT) / UDP(sport=ETCD_PORT, dport=40_000) / Raw(payload)
    assert values(segment(payload, port=2380), (5, ether(datagram))) == []


@pytest.mark.parametrize(
    "payload",
    [
        chunk(line(put("ams")))[:-9],
        chunk(line())[:40] + b'"events"',
        chunk(b'{"result":{"header":{},"created":true,"note":"events"}}\n'),
        chunk(b'{"result":{"events":7}}\n'),
        chunk(b'{"result":{"events":[7]}}\n'),
        chunk(b'{"result":{"events":[{"kv":{"value":"YQ=="}}]}}\n'),
        chunk(b'{"result":{"events":[{"kv":{"key":"*"}}]}}\n'),
        chunk(b'{"result":{"events":[{"kv":{"key":7}}]}}\n'),
        chunk(b'{"result":{"events":[{"kv":[]}]}}\n'),
        chunk(b'["events"]\n'),
        b'"events" \xff\xfe {',
    ],
)
def test_what_cannot_be_read_is_passed_over(payload: bytes) -> None:
    """And does not keep what follows in the same segment from being read."""
    assert values(segment(payload)) == []
    assert values(segment(payload + b"\r\n" + chunk(line(put("ams"))))) == ["ams"]


def test_bytes_that_are_no_text_are_told_with_marks() -> None:
    event = {"kv": {"key": encoded(KEY), "value": base64.b64encode(b"a\xff").decode()}}
    assert values(segment(chunk(line(event)))) == ["a\N{REPLACEMENT CHARACTER}"]


@given(st.lists(st.one_of(st.none(), st.text(max_size=20)), max_size=5))
def test_whatever_values_a_key_has_they_are_told(having: list[str | None]) -> None:
    events = [deleted() if value is None else put(value) for value in having]
    assert values(segment(chunk(line(*events)))) == having
    assert values(segment(b"".join(chunk(line(event)) for event in events) + b"\n")) == having


@given(st.binary(max_size=80))
def test_no_bytes_are_an_error(noise: bytes) -> None:
    assert all(isinstance(row, KeyTold) for row in told(segment(b'{"events"' + noise)))
