"""A flow's cookie says whose it is, and reads in decimal though switches print it in hexadecimal.

``cookie=0x100420007`` is version 1, around trunk 0042, to switch 0007. What no version changes has version 0.
"""

from __future__ import annotations

VERSION_MASK = 0xF_0000_0000


def cookie(version: int, target: int = 0, *, around: int = 0) -> int:
    """Return the cookie of a flow to a switch; numbers have four decimal digits at most."""
    return int(f"{version}{around:04d}{target:04d}", 16)


def version_of(cookie: int) -> int:
    """Return the version that a flow belongs to; 0 for what every version has."""
    return (cookie & VERSION_MASK) >> 32
