"""The meeting's side of a medium, and GStreamer's side of either end, on this computer's own loopback."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterator

import pytest

from measurement.media import AUDIO, Medium
from measurement.meeting import LOOPBACK, Inner, Meeting, binding_answer, inner_ports
from measurement.stun import BINDING, HEADER, MAGIC_COOKIE, mapped_address

from .media import receiver_report, rtp

REQUEST = HEADER.pack(BINDING, 0, MAGIC_COOKIE, b"clientpath!!")


@pytest.fixture
def asking() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind((LOOPBACK, 0))
        made.settimeout(5)
        yield made


def bound() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((LOOPBACK, 0))
    made.setblocking(False)
    return made


def with_protocol(protocol: Meeting | Inner, do: Callable[[tuple[str, int]], Awaitable[None]]) -> None:
    """Have a protocol at a port of this computer, and do something with it."""

    async def run() -> None:
        made = bound()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: protocol, sock=made)
        await do(made.getsockname())
        transport.close()
        await asyncio.sleep(0)

    asyncio.run(run())


async def received(own: socket.socket) -> bytes:
    return await asyncio.get_running_loop().run_in_executor(None, own.recv, 2000)


def test_whoever_asks_is_told_its_address_and_is_sent_media_from_then_on(asking: socket.socket) -> None:
    meeting, taken = Meeting(), list[bytes]()
    meeting.taken = taken.append

    async def do(address: tuple[str, int]) -> None:
        meeting.send(b"to nobody")
        asking.sendto(REQUEST, address)
        answer = await received(asking)
        assert answer[8:20] == b"clientpath!!"
        assert mapped_address(answer) == "{}:{}".format(*asking.getsockname())
        meeting.send(rtp(1))
        assert await received(asking) == rtp(1)
        asking.sendto(rtp(2), address)
        while not taken:
            await asyncio.sleep(0.001)
        assert taken == [rtp(2)]

    with_protocol(meeting, do)


@pytest.mark.parametrize("content", [b"\0", b"\0\1\0\0", HEADER.pack(0x0003, 0, MAGIC_COOKIE, bytes(12))])
def test_other_messages_than_binding_requests_have_no_answer(asking: socket.socket, content: bytes) -> None:
    meeting = Meeting()

    async def do(address: tuple[str, int]) -> None:
        asking.sendto(content, address)
        asking.sendto(REQUEST, address)
        assert mapped_address(await received(asking))  # the first answer is to the request
        asking.settimeout(0.05)
        with pytest.raises(TimeoutError):
            await received(asking)

    with_protocol(meeting, do)


def test_an_answer_says_who_asked() -> None:
    request = HEADER.pack(BINDING, 0, MAGIC_COOKIE, os.urandom(12))
    assert mapped_address(binding_answer(request, ("192.0.2.9", 49_200))) == "192.0.2.9:49200"


def test_what_gstreamer_sends_goes_out_and_what_comes_goes_to_the_port_of_its_kind() -> None:
    sent: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtp_port:
        rtp_port.bind((LOOPBACK, 0))
        first = rtp_port.getsockname()[1] - 1
        medium = Medium.model_validate({**dict(AUDIO), "port": first + 10_000})
        assert inner_ports(medium) == (first, first + 1, first + 2)
        inner = Inner(medium, sent.append)

        async def do(address: tuple[str, int]) -> None:
            rtp_port.sendto(rtp(1), address)
            while not sent:
                await asyncio.sleep(0.001)
            inner.inward(receiver_report())  # to another port
            inner.inward(b"\x80")  # nobody can tell what it is
            inner.inward(rtp(2))
            assert await received(rtp_port) == rtp(2)

        with_protocol(inner, do)
    assert sent == [rtp(1)]


def test_before_there_is_a_way_nothing_is_sent() -> None:
    Inner(AUDIO, len).inward(rtp(1))
    Meeting().send(rtp(1))
