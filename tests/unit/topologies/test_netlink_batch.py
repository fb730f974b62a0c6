"""Requests in a few messages: each acknowledged, the first refusal told. The requests here change nothing."""

import errno
import struct

import pytest

from topologies.netlink_batch import MOST_BYTES, MOST_REQUESTS, _chunks, send

RTM_NEWADDR, RTM_GETLINK = 20, 18
REQUEST, ACKNOWLEDGE = 1, 4
LOOPBACK, NOWHERE = 1, 0x7FFFFFFF


def request(type_: int, body: bytes, sequence: int) -> bytes:
    flags = REQUEST | ACKNOWLEDGE
    return struct.pack("=IHHII", 16 + len(body), type_, flags, sequence, 0) + body


def ask_for_loopback(sequence: int) -> bytes:
    return request(RTM_GETLINK, struct.pack("=BxHiII", 0, 0, LOOPBACK, 0, 0), sequence)


def address_nowhere(sequence: int) -> bytes:
    return request(RTM_NEWADDR, struct.pack("=BBBBI", 2, 32, 0, 0, NOWHERE), sequence)


@pytest.mark.parametrize("count", [1, 2, 300, 3 * MOST_REQUESTS])
def test_every_request_is_acknowledged(count: int) -> None:
    send([ask_for_loopback(number) for number in range(count)])


def test_nothing_to_send_is_nothing_to_wait_for() -> None:
    send([])


def test_the_first_request_that_is_refused_is_told_by_its_type() -> None:
    with pytest.raises(OSError, match="netlink request of type 20") as error:
        send([ask_for_loopback(1), address_nowhere(2), ask_for_loopback(3)])
    # Without root nobody may add an address, and with it there is no such interface.
    assert error.value.errno in (errno.EPERM, errno.ENODEV, errno.EINVAL)


def test_an_interface_that_is_not_there_can_be_no_matter() -> None:
    missing = request(RTM_GETLINK, struct.pack("=BxHiII", 0, 0, NOWHERE, 0, 0), 1)
    send([missing, ask_for_loopback(2)], missing_ok=True)
    with pytest.raises(OSError, match="type 18: No such device"):
        send([missing, ask_for_loopback(2)])


@pytest.mark.parametrize("size, count", [(40, 1000), (MOST_BYTES // 3, 10), (2 * MOST_BYTES, 3)])
def test_a_message_holds_what_a_buffer_can_take_and_none_is_lost(size: int, count: int) -> None:
    requests = [bytes([number % 256]) * size for number in range(count)]
    chunks = list(_chunks(requests))
    assert [each for chunk in chunks for each in chunk] == requests
    assert all(len(chunk) <= MOST_REQUESTS for chunk in chunks)
    assert all(sum(map(len, chunk)) <= MOST_BYTES for chunk in chunks if len(chunk) > 1)
