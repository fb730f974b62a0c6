"""Faults of a world: what is wrong, where it is, and all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from topologies.errors import WorldError
from topologies.keypath import Location


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong; ``text`` names the key, what is wrong, and what would be right.

    ``location`` leads there from the top of the document, as ("clients", "traveller", "prefix") or
    ("backbone", 0): a part of a list is meant by its number or by its name. With ``of_key`` it is the key
    itself that is wrong. ``names`` is a kind and a name of that kind that was looked for in vain. ``beside``
    leads to whatever it does not go together with.
    """

    location: Location
    text: str
    of_key: bool = False
    names: tuple[str, str] | None = None
    beside: Location = ()


class Unsound(WorldError):
    """A world whose parts do not go together; its text is that of the first fault."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults[0].text)


def of_part(section: str, name: str, key: str, text: str) -> Fault:
    """Return the fault of a named part's key: its text begins as `client "traveller": prefix: `."""
    return Fault((*section.split("."), name, key), f"{called(section, name)}: {key}: {text}")


def called(section: str, name: str) -> str:
    """Return how a part is called in messages: `client "traveller"`, `border "china"`."""
    return f'{section.rpartition(".")[2].removesuffix("s")} "{name}"'
