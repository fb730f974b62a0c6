"""Sees how clients ask media relays for addresses, and what they are told."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

from measurement.observation import TurnAllocation
from measurement.observers.source import Source, frame_of, microseconds
from measurement.turn_streams import MAGIC_COOKIE, STUN_HEADER, WORD, Carried

ALLOCATE, ALLOCATED, REFUSED = 0x0003, 0x0103, 0x0113  # RFC 8656, section 17; RFC 8489, section 5
ERROR_CODE, XOR_RELAYED_ADDRESS, XOR_MAPPED_ADDRESS = 0x0009, 0x0016, 0x0020
IPV4_ADDRESS = struct.Struct("!xBHI")  # family, port, address
IPV4 = 1
Asked = tuple[str, int, str, int, bytes]  # client, its port, server, its port, transaction


def turn_allocations(source: Source) -> Iterator[TurnAllocation]:
    """Yield one row for each transaction, at its first request."""
    requests: dict[Asked, list[Carried]] = {}
    answers: dict[Asked, Carried] = {}
    for carried in (each for each in source.turn if each.is_stun):
        kind, _, _, transaction = STUN_HEADER.unpack_from(carried.content)
        packet = carried.packet
        sender, receiver = (packet.src, packet.src_port), (packet.dst, packet.dst_port)
        if kind == ALLOCATE:
            requests.setdefault((*sender, *receiver, transaction), []).append(carried)
        elif kind in (ALLOCATED, REFUSED) and (asked := (*receiver, *sender, transaction)) in requests:
            answers.setdefault(asked, carried)
    for asked, sent in requests.items():
        yield _row(source, asked, sent, answers.get(asked))


def _row(source: Source, asked: Asked, sent: list[Carried], answer: Carried | None) -> TurnAllocation:
    client, client_port, server, server_port, transaction = asked
    said = {} if answer is None else attributes(answer.content)
    first = sent[0].packet
    return TurnAllocation(
        **source.at(first),
        client=client,
        client_port=client_port,
        server=server,
        server_port=server_port,
        transport=sent[0].transport,
        transaction=transaction.hex(),
        requests=len(sent),
        answer_frame=frame_of(None if answer is None else answer.packet),
        rtt_us=microseconds(first, answer.packet) if answer is not None and len(sent) == 1 else None,
        error=_code(said.get(ERROR_CODE, b"")),
        mapped=_address(said.get(XOR_MAPPED_ADDRESS, b"")),
        relayed=_address(said.get(XOR_RELAYED_ADDRESS, b"")),
    )


def attributes(message: bytes) -> dict[int, bytes]:
    """Return a STUN message's attributes by their types: the first of each, none after one that is cut."""
    found: dict[int, bytes] = {}
    place = STUN_HEADER.size
    while place + WORD <= len(message):
        kind, length = struct.unpack_from("!HH", message, place)
        value = message[place + WORD : place + WORD + length]
        if len(value) < length:
            break
        found.setdefault(kind, value)
        place += WORD + length + -length % WORD
    return found


def _code(value: bytes) -> int | None:
    """Return an error's code: its hundreds, and the rest (RFC 8489, section 14.8)."""
    return value[2] % 8 * 100 + value[3] if len(value) >= WORD else None


def _address(value: bytes) -> str | None:
    if len(value) != IPV4_ADDRESS.size:
        return None
    family, port, address = IPV4_ADDRESS.unpack(value)
    if family != IPV4:
        return None
    text = socket.inet_ntoa((address ^ MAGIC_COOKIE).to_bytes(4, "big"))
    return f"{text}:{port ^ (MAGIC_COOKIE >> 16)}"
