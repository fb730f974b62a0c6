"""What the conductor wants done: values, for whoever has the switches and the clock."""

from __future__ import annotations

from dataclasses import dataclass

from controllers.openflow import State


@dataclass(frozen=True)
class Add:
    """Tell a switch the first, which has the second."""

    switch: int
    wanted: State
    there: State


@dataclass(frozen=True)
class Remove:
    """Take this from a switch."""

    switch: int
    unwanted: State


@dataclass(frozen=True)
class Confirm:
    """Ask a switch to say when it has done everything so far."""

    switch: int


@dataclass(frozen=True)
class Drain:
    """Say `drained` when the last packet of these versions, which nobody lets in any more, has gone."""

    versions: frozenset[int]


@dataclass(frozen=True)
class InForce:
    """Say that a version is in force, and which trunks it does not use."""

    version: int
    without: frozenset[int]


Effect = Add | Remove | Confirm | Drain | InForce
