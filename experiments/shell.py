"""A shell over a world: what it runs under, and where the outside and the inside of one meet."""

from __future__ import annotations

from pathlib import Path

from topologies.base import Frozen
from topologies.bgp import Routing
from topologies.peering import Peering
from topologies.steering import Answers

NAME = "shell"  # of its order, where another run has its experiment
# In the run's folder, while the shell is there; `machine/dialogue.py` has the same names.
FOLDER, PIPE, LINE, INTERRUPT = ".shell", "asks", "line", "interrupt"


class Shell(Frozen):
    """The conditions of a shell, which are those of a `Case`; nothing of it is judged."""

    name: str = NAME
    answers: Answers = Answers()
    warm: bool = True
    routing: Routing | None = None
    peering: Peering = Peering()


def keys_file(nodes: Path, node: str) -> Path:
    """Return where the TLS secrets of what is run at a node are kept."""
    return nodes / node / f"{NAME}.keys"
