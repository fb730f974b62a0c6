"""An address at a relay, with an aioice that is none: what is tried, what is sent where, and what fails."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from measurement import turn_client
from measurement.media import Attempt
from measurement.turn_client import Address, Channel, attempt

from .media import rtp

PEER: Address = ("192.0.2.9", 50_000)
USER = "traveller", "secret"


class TransactionError(Exception):
    """As aioice's."""


class FakeTurn(asyncio.DatagramProtocol):
    """aioice's client, as far as it is used; ``outcome`` says what becomes of a request for an address."""

    outcome: ClassVar[Callable[[], Awaitable[None]]]
    made: ClassVar[list[FakeTurn]]

    def __init__(self, server: Address, **known: Any) -> None:
        self.server, self.known = server, known
        self.receiver: Any = None
        self.mapped_address: Address | None = None
        self.relayed_address: Address | None = None
        self.sent: list[tuple[bytes, Address]] = []
        self.deleted = False
        self.made.append(self)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    async def connect(self) -> None:
        await type(self).outcome()
        self.mapped_address, self.relayed_address = ("198.51.100.1", 50_000), ("192.0.2.1", 49_152)

    async def send_data(self, content: bytes, address: Address) -> None:
        self.sent.append((content, address))

    async def delete(self) -> None:
        self.deleted = True
        self.transport.close()


class FakeTransaction:
    """Sends its request once, and waits for the answer, or fails at once."""

    fails = False

    def __init__(self, request: Any, address: Address, sender: Any) -> None:
        self.request, self.address, self.sender = request, address, sender
        self.answered = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        if self.fails:
            raise TransactionError
        self.sender.send_stun(self.request, self.address)
        await self.answered

    def response_received(self, message: Any, address: Address) -> None:
        self.answered.set_result((message, address))


class FakeMessage:
    def __init__(self, **_: Any) -> None:
        self.transaction_id = b"twelve bytes"

    def __bytes__(self) -> bytes:
        return b"\0\1" + self.transaction_id


async def granted() -> None:
    return


@pytest.fixture(autouse=True)
def aioice(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    FakeTurn.made, FakeTurn.outcome = [], staticmethod(granted)
    FakeTransaction.fails = False
    kind = SimpleNamespace(BINDING=1, REQUEST=0)
    stun = SimpleNamespace(
        Message=FakeMessage,
        Method=kind,
        Class=kind,
        Transaction=FakeTransaction,
        TransactionError=TransactionError,
        parse_message=lambda content: SimpleNamespace(transaction_id=content[2:]),
    )
    turn = SimpleNamespace(TurnClientUdpProtocol=FakeTurn, TurnClientTcpProtocol=FakeTurn)
    monkeypatch.setitem(sys.modules, "aioice", SimpleNamespace(stun=stun, turn=turn))
    monkeypatch.setattr(turn_client, "PATIENCE_S", 0.05)
    yield


@pytest.fixture
def listening() -> Iterator[Address]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made.getsockname()


async def tried(transport: Any, server: Address) -> tuple[Attempt, Channel | None, socket.socket]:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM)
    told, channel = await attempt(made, transport, server, USER, PEER)
    return told, channel, made


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_relay_that_gives_an_address_is_a_channel(transport: str, listening: Address) -> None:
    async def run() -> None:
        told, channel, _ = await tried(transport, listening)
        assert (told.transport, told.port, told.error) == (transport, listening[1], "")
        assert channel is not None
        assert (channel.mapped, channel.relayed) == ("198.51.100.1:50000", "192.0.2.1:49152")
        (turn,) = FakeTurn.made
        assert turn.server == listening
        assert (turn.known["username"], turn.known["password"]) == USER
        await channel.release()
        assert turn.deleted

    asyncio.run(run())


def test_nobody_who_answers_is_told_after_a_while(listening: Address) -> None:
    FakeTurn.outcome = staticmethod(asyncio.Event().wait)  # type: ignore[assignment]

    async def run() -> None:
        told, channel, made = await tried("udp", listening)
        assert (channel, told.error) == (None, "no answer within 0.05 s")
        assert told.took_us >= 50_000
        assert made.fileno() == -1 and FakeTurn.made[0].transport.is_closing()

    asyncio.run(run())


def test_a_refusal_is_told_in_the_relays_words(listening: Address) -> None:
    async def refuse() -> None:
        raise TransactionError("STUN transaction failed (486 - Allocation Quota Reached)")

    FakeTurn.outcome = staticmethod(refuse)

    async def run() -> None:
        told, channel, _ = await tried("udp", listening)
        assert (channel, told.error) == (None, "STUN transaction failed (486 - Allocation Quota Reached)")

    asyncio.run(run())


def test_a_port_where_nobody_listens_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = free.getsockname()

        async def run() -> None:
            told, channel, _ = await tried("tcp", address)
            assert (
                channel is None and "Connection refused" in told.error
            ) or "Connect call failed" in told.error

        asyncio.run(run())


async def channel_of(listening: Address) -> tuple[Channel, FakeTurn]:
    _, channel, _ = await tried("udp", listening)
    assert channel is not None
    return channel, FakeTurn.made[0]


def test_media_goes_to_the_peer_and_what_it_sends_is_taken(listening: Address) -> None:
    async def run() -> None:
        channel, turn = await channel_of(listening)
        taken: list[bytes] = []
        channel.taken = taken.append
        channel.send(rtp(1))
        turn.receiver.datagram_received(rtp(2), PEER)
        await asyncio.sleep(0)
        assert (turn.sent, taken) == ([(rtp(1), PEER)], [rtp(2)])
        await channel.release()
        turn.receiver.connection_lost(None)

    asyncio.run(run())


def test_a_check_asks_the_peer_and_tells_how_long_it_took(listening: Address) -> None:
    async def run() -> None:
        channel, turn = await channel_of(listening)
        taken: list[bytes] = []
        channel.taken = taken.append
        asked = asyncio.ensure_future(channel.check())
        while not turn.sent:
            await asyncio.sleep(0)
        assert turn.sent == [(b"\0\1twelve bytes", PEER)]
        turn.receiver.datagram_received(b"\1\1another one!", PEER)
        assert not asked.done()
        await asyncio.sleep(0.01)
        turn.receiver.datagram_received(b"\1\1twelve bytes", PEER)
        took_us = await asked
        assert took_us is not None and took_us >= 10_000
        assert taken == []
        await channel.release()

    asyncio.run(run())


def test_a_peer_that_does_not_answer_is_told_as_such(listening: Address) -> None:
    FakeTransaction.fails = True

    async def run() -> None:
        channel, _ = await channel_of(listening)
        assert await channel.check() is None
        await channel.release()

    asyncio.run(run())
