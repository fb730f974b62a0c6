"""The evidence of one case: its rows, and which captures are whole.

A check asks for what it looks at by node. Where a capture is missing or damaged it gets `Missing`, which
makes a step inconclusive: only in a whole capture does an absence mean that something did not happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from measurement.observation import CaptureSeen, MalformedPacket, Observation, Row
from measurement.result import FrameRef

Kind = TypeVar("Kind", bound=Row)


class Missing(Exception):
    """The evidence for a check is not there, or not whole; the text says what."""


class Refuted(Exception):
    """The evidence shows something else than the claim."""

    def __init__(self, observed: str, *rows: Row) -> None:
        super().__init__(observed)
        self.observed = observed
        self.rows = rows


class Evidence:
    """One case's observations, by the node whose capture shows them."""

    def __init__(self, case: str, observations: Iterable[Observation]) -> None:
        self.case = case
        self.rows = [row for row in observations if row.case == case]
        self._kept: dict[tuple[str, type[Row]], list[Any]] = {}
        self._captures = {row.node: row for row in self.rows if isinstance(row, CaptureSeen)}

    def at(self, node: str, kind: type[Kind], **values: object) -> Iterator[Kind]:
        """Yield a node's rows of a kind with the given values; raise Missing if its capture is not whole."""
        self.require(node)
        yield from (row for row in self._of(node, kind) if _has(row, values))

    def _of(self, node: str, kind: type[Kind]) -> list[Kind]:
        """Return a node's rows of a kind, looked for once: checks ask for the same again and again."""
        if (node, kind) not in self._kept:
            self._kept[node, kind] = [row for row in self.rows if row.node == node and isinstance(row, kind)]
        return self._kept[node, kind]

    def require(self, node: str) -> None:
        """Raise Missing unless the node's capture is there and whole."""
        capture = self._captures.get(node)
        if capture is None:
            raise Missing(f"there is no capture pcap/{self.case}/{node}.pcapng")
        if not capture.complete:
            raise Missing(f"{capture.file} is not whole: {capture.problem}")

    def require_readable(self, node: str) -> None:
        """Raise Missing if anything at a node could not be read: it could be what must not be there."""
        self.require(node)
        for row in self.rows:
            if isinstance(row, MalformedPacket) and row.node == node:
                raise Missing(f"frame {row.frame} of {row.file} cannot be read: {row.reason}")


def frames(*rows: Row) -> tuple[FrameRef, ...]:
    """Return the references to the frames that rows are about, each once."""
    return tuple(dict.fromkeys(FrameRef(file=row.file, frame=row.frame) for row in rows if row.frame > 0))


def _has(row: Row, values: dict[str, object]) -> bool:
    return all(getattr(row, name) == value for name, value in values.items())
