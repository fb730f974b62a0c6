"""What BGP messages say.

Not by Scapy: whether it takes AS numbers for two bytes or four is one setting for the whole process, while
each session has its own, and it needs 25 ms for 250 prefixes.

Sources: RFC 4271, section 4 (messages), RFC 5492 (capabilities), RFC 6793 (AS numbers of four bytes),
RFC 1997 (communities), RFC 4760 (IPv6), RFC 2918 (route refresh). Not read: AS4_PATH, which only a session
without numbers of four bytes has, and families other than IPv4 and IPv6 unicast.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Literal, TypeAlias

from measurement.bgp_errors import names
from measurement.bgp_streams import HEADER, MARKER, Carried
from measurement.packets import UnreadableError

Kind: TypeAlias = Literal["open", "update", "notification", "keepalive", "route-refresh"]
KINDS: dict[int, Kind] = {1: "open", 2: "update", 3: "notification", 4: "keepalive", 5: "route-refresh"}
ORIGINS = ("igp", "egp", "incomplete")
ORIGIN, AS_PATH, NEXT_HOP, MED, LOCAL_PREF, COMMUNITIES, MP_REACH, MP_UNREACH = 1, 2, 3, 4, 5, 8, 14, 15
EXTENDED_LENGTH = 0x10
CAPABILITIES, FOUR_OCTET_AS = 2, 65
ADDRESS_BYTES = {1: 4, 2: 16}  # by address family
UNICAST = 1


@dataclass(frozen=True)
class Message:
    """A message's fields, as the row `BgpMessage` has them."""

    type: Kind
    as_number: int | None = None
    hold_time_s: int | None = None
    router_id: str | None = None
    announced: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    as_path: tuple[int, ...] = ()
    origin: str | None = None
    next_hop: str | None = None
    med: int | None = None
    local_pref: int | None = None
    communities: tuple[str, ...] = ()
    error_code: int | None = None
    error_subcode: int | None = None
    error_name: str | None = None
    error_detail: str | None = None


def read_message(carried: Carried) -> Message:
    """Return what a message says; raise UnreadableError where it contradicts itself."""
    return _read(carried.message, _as_number_bytes(carried))


def _as_number_bytes(carried: Carried) -> tuple[int, ...]:
    """Return how long AS numbers can be: four bytes where both ends have said so, two where one has not.

    Where an OPEN was not captured both can be; a path of one kind hardly ever has a length of the other.
    """
    said = [FOUR_OCTET_AS in dict(_capabilities_or_none(each)) for each in carried.opens.values()]
    if not all(said):
        return (2,)
    return (4,) if len(said) == 2 else (4, 2)


def _capabilities_or_none(message: bytes) -> list[tuple[int, bytes]]:
    try:
        return list(_capabilities(message[HEADER:]))
    except UnreadableError:
        return []  # It has a row of its own.


@lru_cache(maxsize=4096)
def _read(message: bytes, as_number_bytes: tuple[int, ...]) -> Message:
    length, number = struct.unpack_from("!HB", message, len(MARKER))
    if not message.startswith(MARKER) or length != len(message) or number not in KINDS:
        raise UnreadableError(f"BGP header that cannot be: length {length}, type {number}")
    kind, body = KINDS[number], message[HEADER:]
    try:
        if kind == "open":
            return _open(body)
        if kind == "update":
            return _update(body, as_number_bytes)
        if kind == "notification":
            name, detail = names(body[0], body[1])
            return Message(
                kind, error_code=body[0], error_subcode=body[1], error_name=name, error_detail=detail
            )
    except (struct.error, IndexError):
        raise UnreadableError(f"BGP {kind} that contradicts itself: {length} bytes") from None
    return Message(kind)


def _open(body: bytes) -> Message:
    _, as_number, hold_time_s, router_id = struct.unpack_from("!BHHI", body)
    for code, value in _capabilities(body):
        if code == FOUR_OCTET_AS:
            (as_number,) = struct.unpack("!I", value)
    return Message(
        "open", as_number=as_number, hold_time_s=hold_time_s, router_id=str(IPv4Address(router_id))
    )


def _capabilities(body: bytes) -> Iterator[tuple[int, bytes]]:
    for kind, value in _values(body[10:], "OPEN parameter"):
        if kind == CAPABILITIES:
            yield from _values(value, "capability")


def _values(content: bytes, what: str) -> Iterator[tuple[int, bytes]]:
    """Yield type and value of what is written as type, length and value."""
    place = 0
    while place < len(content):
        value = content[place + 2 : place + 2 + content[place + 1]] if place + 1 < len(content) else b""
        if place + 2 > len(content) or len(value) < content[place + 1]:
            raise UnreadableError(f"BGP {what} reaches beyond its message")
        yield content[place], value
        place += 2 + len(value)


def _update(body: bytes, as_number_bytes: tuple[int, ...]) -> Message:
    (withdrawn_bytes,) = struct.unpack_from("!H", body)
    (attributes_bytes,) = struct.unpack_from("!H", body, 2 + withdrawn_bytes)
    start = 4 + withdrawn_bytes
    end = start + attributes_bytes
    if end > len(body):
        raise UnreadableError(f"BGP attributes of {attributes_bytes} bytes in a message of {len(body)}")
    message = Message("update")
    for kind, value in _attributes(body[start:end]):
        message = _with_attribute(message, kind, value, as_number_bytes)
    return replace(
        message,
        announced=message.announced + _prefixes(body[end:], 4),
        withdrawn=message.withdrawn + _prefixes(body[2 : 2 + withdrawn_bytes], 4),
    )


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(content):
        layout = "!BBH" if content[place] & EXTENDED_LENGTH else "!BBB"
        _, kind, length = struct.unpack_from(layout, content, place)
        place += struct.calcsize(layout)
        value = content[place : place + length]
        if len(value) < length:
            raise UnreadableError(f"BGP attribute {kind} reaches beyond its message")
        yield kind, value
        place += length


def _with_attribute(message: Message, kind: int, value: bytes, as_number_bytes: tuple[int, ...]) -> Message:
    if kind == ORIGIN:
        return replace(message, origin=ORIGINS[value[0]])
    if kind == AS_PATH:
        return replace(message, as_path=_as_path(value, as_number_bytes))
    if kind == NEXT_HOP:
        return replace(message, next_hop=_address(value))
    if kind == MED:
        return replace(message, med=struct.unpack("!I", value)[0])
    if kind == LOCAL_PREF:
        return replace(message, local_pref=struct.unpack("!I", value)[0])
    if kind == COMMUNITIES:
        return replace(message, communities=tuple(f"{a}:{b}" for a, b in struct.iter_unpack("!HH", value)))
    if kind == MP_REACH:
        return _with_reachable(message, value)
    if kind == MP_UNREACH:
        return replace(message, withdrawn=_of_family(value, value[3:]))
    return message


def _as_path(value: bytes, as_number_bytes: tuple[int, ...]) -> tuple[int, ...]:
    for size in as_number_bytes:
        numbers: list[int] = []
        place = 0
        while place + 2 <= len(value):
            end = place + 2 + value[place + 1] * size
            segment = value[place + 2 : end]
            numbers += (int.from_bytes(segment[at : at + size], "big") for at in range(0, len(segment), size))
            place = end
        if place == len(value):
            return tuple(numbers)
    raise UnreadableError(f"BGP path of {len(value)} bytes does not end where it says")


def _with_reachable(message: Message, value: bytes) -> Message:
    length = value[3]
    # Behind the next hop is a byte that has no meaning; a second address in it is the link's own.
    announced = _of_family(value, value[5 + length :])
    size = 16 if length in (16, 32) else 4
    next_hop = message.next_hop or (_address(value[4 : 4 + size]) if announced else None)
    return replace(message, announced=announced, next_hop=next_hop)


def _of_family(value: bytes, prefixes: bytes) -> tuple[str, ...]:
    family, subfamily = struct.unpack_from("!HB", value)
    if family not in ADDRESS_BYTES or subfamily != UNICAST:
        return ()
    return _prefixes(prefixes, ADDRESS_BYTES[family])


def _prefixes(content: bytes, address_bytes: int) -> tuple[str, ...]:
    found = []
    place = 0
    while place < len(content):
        bits = content[place]
        end = place + 1 + (bits + 7) // 8
        if bits > 8 * address_bytes or end > len(content):
            raise UnreadableError(f"BGP prefix that cannot be: {bits} bits")
        found.append(_prefix(content[place + 1 : end], bits, address_bytes))
        place = end
    return tuple(found)


@lru_cache(maxsize=4096)
def _prefix(content: bytes, bits: int, address_bytes: int) -> str:
    spare = 8 * address_bytes - bits
    # What stands behind a prefix's last bit has no meaning (RFC 4271, section 4.3).
    number = int.from_bytes(content.ljust(address_bytes, b"\0"), "big") >> spare << spare
    return f"{_address(number.to_bytes(address_bytes, 'big'))}/{bits}"


def _address(value: bytes) -> str:
    if len(value) not in (4, 16):
        raise UnreadableError(f"BGP address of {len(value)} bytes")
    return str(IPv4Address(value) if len(value) == 4 else IPv6Address(value))
