"""How a switch's tables are laid out: which table, which priority, which numbers."""

from __future__ import annotations

EDGE, CLASS, PATH = 0, 1, 2
PREFERRED, USUAL, OTHERWISE = 200, 100, 10
NUMBERS_A_VERSION = 10_000  # of groups and meters; the version is the first digit
FIRST_OF_TUNNELS = 5_000  # below are the numbers of the switches that a group leads to
