"""VLAN tags on the backbone, in decimal, so that a capture can be read: 1042 avoids trunk 42 in version 1.

    V000         on its shortest way
    V001 - V499  met the cut trunk of that number, and leaves the part that the cut holds
    V501 - V998  in a tunnel that traffic engineering chose
    V999         has left that part: on its shortest way again, and not protected a second time

`V` is the version of the paths, 1 to 3. A packet is forwarded by one version from end to end, so it never
meets a mixture of old and new (Reitblatt et al., "Abstractions for network update", SIGCOMM 2012). A tag only
ever goes from V000 to VNNN to V999, so no packet can circle, however many trunks are cut.
"""

from __future__ import annotations

VERSIONS = (1, 2, 3)
MOST_TRUNKS = 499
MOST_TUNNELS = 498
_VERSION = 1000
_TUNNELS = 500
_PAST = 999


def on_its_way(version: int) -> int:
    """Return the tag of a packet on its shortest way."""
    return version * _VERSION


def around(version: int, trunk: int) -> int:
    """Return the tag of a packet that met a cut trunk."""
    return version * _VERSION + trunk


def tunnel(version: int, number: int) -> int:
    """Return the tag of a packet in a tunnel; tunnels are numbered from 1."""
    return version * _VERSION + _TUNNELS + number


def past(version: int) -> int:
    """Return the tag of a packet that has left what a cut holds."""
    return version * _VERSION + _PAST


def meaning(tag: int) -> str:
    """Return what a tag says, in words."""
    version, rest = divmod(tag, _VERSION)
    if version not in VERSIONS or rest == _TUNNELS:
        return f"no tag of the backbone: {tag}"
    if rest == 0:
        return f"version {version}, on its shortest way"
    if rest == _PAST:
        return f"version {version}, past the cut"
    if rest > _TUNNELS:
        return f"version {version}, in tunnel {rest - _TUNNELS}"
    return f"version {version}, around trunk {rest}"
