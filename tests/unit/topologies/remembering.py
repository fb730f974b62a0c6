"""A network that remembers in which node a request to the kernel was made."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from types import ModuleType

import pytest

from topologies.plan import Plan


class FakeNetwork:
    """Remembers in which node a request was made."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.asked: list[tuple[str, list[bytes]]] = []
        self.here = ""

    @contextlib.contextmanager
    def inside(self, node: str) -> Iterator[None]:
        self.here = node
        yield


def remembering(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, plan: Plan, numbers: Mapping[str, int]
) -> FakeNetwork:
    """Return such a network, to which a module sends; ``numbers`` are those of interfaces."""
    made = FakeNetwork(plan)
    monkeypatch.setattr(module.socket, "if_nametoindex", numbers.__getitem__)
    monkeypatch.setattr(module, "send", lambda requests: made.asked.append((made.here, requests)))
    return made
