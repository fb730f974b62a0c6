"""What is asked of many clients at once: whom each asks for a name, and where it connects."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from topologies.base import Frozen
from topologies.bgp import Routing
from topologies.peering import Peering
from topologies.steering import Answers


class Turn(Frozen):
    """One client's part: it asks ``resolver`` for ``name``, connects to what it is told, then to ``beside``.

    Without a name it only connects to the addresses ``beside``.
    """

    client: str
    resolver: str = ""
    name: str = ""
    beside: tuple[str, ...] = ()


class Survey(Frozen):
    """Clients one after another under one set of conditions; it has captures of its own.

    ``answers``, ``warm``, ``routing`` and ``peering`` are those of a `Case`. With ``tells`` resolvers tell
    authorities for whom they ask (RFC 7871). A resolver keeps what it learned from one survey to the next if
    it is asked in both, and neither ``answers`` nor ``tells`` is another one.
    """

    name: str
    text: str
    turns: Annotated[tuple[Turn, ...], Field(min_length=1)]
    answers: Answers = Answers()
    tells: bool = False
    warm: bool = True
    routing: Routing | None = None
    peering: Peering = Peering()

    @property
    def resolvers(self) -> tuple[str, ...]:
        """Who is asked, each once, in the order of the turns."""
        return tuple(dict.fromkeys(turn.resolver for turn in self.turns if turn.resolver))
