"""Which zone a name is in: the longest of those that it is below, or that stand for it."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

ROOT = "."
ANY = "*"


def is_pattern(zone: str) -> bool:
    """Say whether a zone begins with "*", and stands for those of single datacenters' front doors."""
    return zone.startswith(ANY)


def is_in(name: str, zone: str) -> bool:
    """Say whether a name is in a zone; one that begins with "*" has only the names that it stands for."""
    if zone == ROOT:
        return True
    if is_pattern(zone):
        return fnmatchcase(name, zone)
    return name == zone or name.endswith(f".{zone}")


def zone_of(name: str, zones: Iterable[str]) -> str:
    """Return the longest of the zones that a name is in; "" if it is in none."""
    found = [zone for zone in zones if is_in(name, zone)]
    return max(found, key=lambda zone: 0 if zone == ROOT else len(zone), default="")
