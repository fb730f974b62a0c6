"""What is left of the addresses when some prefixes are taken out: what WireGuard's AllowedIPs has to list."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Network, IPv6Network
from typing import TypeVar

Network = TypeVar("Network", IPv4Network, IPv6Network)

EVERYWHERE_4 = IPv4Network("0.0.0.0/0")
EVERYWHERE_6 = IPv6Network("::/0")


def outside(space: Network, exceptions: Collection[Network]) -> list[Network]:
    """Return the fewest prefixes that have all of ``space`` but nothing of the exceptions, in order.

    They are the fewest because each is the largest possible: one of twice its size has an exception in it.
    """
    inside = [exception for exception in exceptions if exception.overlaps(space)]
    if not inside:
        return [space]
    if any(space.subnet_of(exception) for exception in inside):
        return []
    return [left for half in space.subnets() for left in outside(half, inside)]
