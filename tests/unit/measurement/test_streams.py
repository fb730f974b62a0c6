"""Streams are what a receiver would have got, whatever order the segments came in."""

from hypothesis import given
from hypothesis import strategies as st

from measurement.packets import ACK, FIN, SYN, TcpPacket
from measurement.streams import Stream, connections

ISN = 0xFFFFFFFA
TEXT = bytes(range(200))


def segment(number: int, start: int, payload: bytes, flags: int = ACK) -> TcpPacket:
    seq = (ISN + 1 + start) % (1 << 32)
    return TcpPacket(number, number * 10, "192.0.2.1", "192.0.2.2", 4000, 443, seq, 0, flags, payload)


@given(st.data())
def test_any_order_and_overlap_gives_the_bytes_once(data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(TEXT) - 1), max_size=8)))
    spans = list(zip([0, *cuts], [*cuts, len(TEXT)], strict=True))
    extra = data.draw(st.lists(st.tuples(st.integers(0, 199), st.integers(1, 90)), max_size=5))
    spans += [(start, min(start + size, len(TEXT))) for start, size in extra]
    stream = Stream(ISN)
    for number, (start, end) in enumerate(data.draw(st.permutations(spans)), 1):
        stream.add(segment(number, start, TEXT[start:end]))
    assert stream.data == TEXT
    assert stream.length == len(TEXT)
    assert stream.repeated == 0 if not extra else stream.repeated > 0


def test_bytes_are_known_to_the_frame_that_completes_them() -> None:
    stream = Stream(ISN)
    stream.add(segment(1, 10, TEXT[10:20]))
    stream.add(segment(2, 0, TEXT[0:10]))
    stream.add(segment(3, 0, TEXT[0:30]))
    assert [stream.completed_by(*span).number for span in ((0, 10), (10, 20), (5, 15), (15, 21))] == [
        2,
        1,
        2,
        3,
    ]


def test_a_gap_ends_the_data_but_not_the_count() -> None:
    stream = Stream(ISN)
    stream.add(segment(1, 0, TEXT[:5]))
    stream.add(segment(2, 9, TEXT[9:12]))
    assert (stream.data, stream.length) == (TEXT[:5], 8)


def test_a_port_used_again_is_another_connection_and_a_repeated_syn_is_not() -> None:
    syn = segment(1, -1, b"", SYN)
    again = segment(2, -1, b"", SYN)
    other = segment(3, 5000, b"", SYN)
    stray = TcpPacket(4, 0, "192.0.2.9", "192.0.2.2", 1, 443, 0, 0, FIN, b"")
    assert [c.packets for c in connections([syn, again, other, stray])] == [[syn, again], [other]]
