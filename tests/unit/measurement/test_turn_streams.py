"""What is taken for TURN and media in datagrams and in streams, and when it was there."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurement.turn_streams import Carried

from .captures import Conversation, source_of
from .media import CHANNEL, in_channel, in_tcp, rtp, sent, stun

REQUEST = stun(3, 1)


def carried(*payloads: bytes) -> list[Carried]:
    return list(source_of(sent(number, each) for number, each in enumerate(payloads)).turn)


def test_datagrams_carry_stun_channels_and_what_may_be_rtp() -> None:
    found = carried(REQUEST, in_channel(rtp(1)), rtp(2))
    assert [(each.channel, each.content) for each in found] == [
        (None, REQUEST),
        (CHANNEL, rtp(1)),
        (None, rtp(2)),
    ]
    assert [each.is_stun for each in found] == [True, False, False]
    assert {each.transport for each in found} == {"udp"}


def test_a_channels_message_may_be_filled_up_in_a_datagram_too() -> None:
    assert [each.content for each in carried(in_channel(b"abc") + b"\0")] == [b"abc"]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x40",
        in_channel(b"abc")[:-1],  # cut
        in_channel(b"abc") + bytes(4),  # more than padding
        in_channel(b"abc", channel=0x5000),  # reserved
        b"\0\3\0\0" + bytes(16),  # no magic cookie
        b"\x01\x00\x00\x01" + bytes(40),  # WireGuard, say
    ],
)
def test_other_datagrams_carry_nothing(payload: bytes) -> None:
    assert carried(payload) == []


def stream(*sizes: int, first: bytes = REQUEST) -> Conversation:
    """Return a connection in which a client sends messages, cut into segments of those sizes."""
    conversation = Conversation()
    conversation.open()
    data = b"".join(in_tcp(each) for each in (first, in_channel(rtp(1, size=161)), in_channel(rtp(2))))
    start, at_us = 0, 50_000
    for size in (*sizes, len(data)):
        if start < len(data):
            conversation.send(at_us, client=True, payload=data[start : start + size])
        start, at_us = start + size, at_us + 1000
    return conversation


def test_a_stream_that_begins_with_stun_carries_messages_one_after_another() -> None:
    found = source_of(stream().timed).turn
    assert [(each.channel, each.content) for each in found] == [
        (None, REQUEST),
        (CHANNEL, rtp(1, size=161)),
        (CHANNEL, rtp(2)),
    ]
    assert {(each.transport, each.packet.number) for each in found} == {("tcp", 4)}


def test_a_stream_that_begins_otherwise_is_somebody_elses() -> None:
    assert source_of(stream(first=b"GET / HTTP/1.1\r\n").timed).turn == ()


def test_a_stream_ends_where_its_messages_do() -> None:
    conversation = stream()
    conversation.send(90_000, client=True, payload=b"\xff" * 40)
    assert len(source_of(conversation.timed).turn) == 3


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(1, 100), max_size=20))
def test_messages_are_the_same_however_the_stream_is_cut(sizes: list[int]) -> None:
    found = source_of(stream(*sizes).timed).turn
    assert [each.content for each in found] == [REQUEST, rtp(1, size=161), rtp(2)]


def test_a_message_is_there_when_everything_before_it_is() -> None:
    conversation = stream(len(REQUEST), len(in_tcp(in_channel(rtp(1, size=161)))))
    *opening, request, first, second = conversation.timed
    late = (99_000, first[1])  # lost, and sent again
    found = source_of([*opening, request, second, late]).turn
    assert [(each.content, each.packet.number) for each in found] == [
        (REQUEST, 4),
        (rtp(1, size=161), 6),
        (rtp(2), 6),
    ]


@settings(deadline=None, max_examples=50)
@given(st.randoms(use_true_random=False))
def test_it_is_never_there_before_the_one_before(mixed: random.Random) -> None:
    conversation = stream(*[30] * 12)
    opening, segments = conversation.timed[:3], conversation.timed[3:]
    mixed.shuffle(segments)
    found = source_of([*opening, *segments]).turn
    numbers = [each.packet.number for each in found]
    assert numbers == sorted(numbers) and len(numbers) == 3
    assert numbers[-1] == 3 + len(segments)
