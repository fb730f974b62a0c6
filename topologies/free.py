"""What is free in a world: names of nodes that nobody has, and networks that overlap no other."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from topologies.base import NODE_NAME, RESERVED
from topologies.errors import WorldError
from topologies.places import folded

LONGEST = 9  # of a node's name
NAMELESS = "city"  # whose own name has no letter of a-z


def node_name(city: str, taken: Iterable[str], *, before: str = "", after: str = "") -> str:
    """Return a node's name made from a city's: its letters and digits, cut short, and a number if need be.

    ``before`` and ``after`` stand around it, at most six characters together.
    """
    letters = "".join(each for each in folded(city) if each.isascii() and each.isalnum())
    letters = letters.lstrip("0123456789") or NAMELESS
    known, number = set(taken), 1
    while True:
        end = f"{after}{'' if number == 1 else number}"
        name = f"{before}{letters[: LONGEST - len(before) - len(end)]}{end}"
        if name not in known and NODE_NAME.fullmatch(name) and not RESERVED.fullmatch(name):
            return name
        number += 1


def network(space: IPv4Network, length: int, taken: Iterable[IPv4Network]) -> IPv4Network:
    """Return the first /``length`` of a space that overlaps none of the networks that are taken.

    Raises WorldError if there is none left.
    """
    size = 1 << (32 - length)
    at, last = int(space.network_address), int(space.broadcast_address)
    for each in sorted(taken):
        first, end = int(each.network_address), int(each.broadcast_address)
        if end < at:
            continue
        if first >= at + size:
            break
        at = (end // size + 1) * size
    if at + size - 1 > last:
        raise WorldError(f"no /{length} of {space} is free; right would be fewer networks in it")
    return IPv4Network((IPv4Address(at), length))
