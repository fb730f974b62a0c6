"""What a stream's datagrams carry is read back from them, and from nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement import numbered
from measurement.numbered import FORMAT, HEADERS_BYTES, MARK, Numbered, payload, read
from measurement.packets import UdpPacket, decode

from .captures import START_NS, frames
from .streams import datagram

U64 = st.integers(0, 2**64 - 1)


@given(number=U64, sent_ns=U64, frame_bytes=st.integers(0, 1514))
def test_what_is_written_is_read(number: int, sent_ns: int, frame_bytes: int) -> None:
    assert read(payload(number, sent_ns, frame_bytes)) == Numbered(number, sent_ns)


@given(st.integers(64, 1514))
def test_the_frame_has_its_size_as_a_capture_counts_it(frame_bytes: int) -> None:
    _, data = datagram(0, 7, size=frame_bytes)
    assert len(data) == frame_bytes
    (packet,) = map(decode, frames([(0, data)]))
    assert isinstance(packet, UdpPacket)
    assert read(packet.payload) == Numbered(7, START_NS)


def test_the_smallest_frame_of_a_stream_has_room_for_what_it_carries() -> None:
    assert HEADERS_BYTES + FORMAT.size <= 64


def test_what_is_carried_is_never_cut_whatever_size_is_wanted() -> None:
    assert len(payload(1, 2, 10)) == FORMAT.size == 20


def test_after_it_come_zeros_alone() -> None:
    assert payload(1, 2, 100)[FORMAT.size :] == bytes(100 - HEADERS_BYTES - FORMAT.size)


@given(st.binary(max_size=60))
def test_other_bytes_are_none_and_nothing_raises(content: bytes) -> None:
    if not content.startswith(MARK):
        assert read(content) is None


@pytest.mark.parametrize("cut", range(1, FORMAT.size + 1))
def test_one_that_is_cut_is_none(cut: int) -> None:
    whole = payload(1, 2, 0)
    assert read(whole[:-cut]) is None


def test_one_byte_of_the_mark_makes_it_another() -> None:
    whole = bytearray(payload(1, 2, 100))
    for place in range(len(numbered.MARK)):
        other = bytearray(whole)
        other[place] ^= 1
        assert read(bytes(other)) is None
