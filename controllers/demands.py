"""What the sites want to send each other, as a TOML file tells it: one `[[demands]]` for each.

[[demands]]
from = "dub"
to = "sin"
class = "elastic"
rate_mbit = 400
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationError, ValidationInfo, model_validator

from topologies.base import Frozen, Megabits
from topologies.errors import DemandsError
from topologies.explain import explain
from topologies.nearest import hint
from topologies.shown import shown

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TrafficClass = Literal["interactive", "elastic", "background"]
CLASSES: tuple[TrafficClass, ...] = get_args(TrafficClass)  # the one that goes first is first

# A petabit per second, more than any backbone has: above, a float does not tell 0.001 Mbit/s apart any more
# where a linear program has worked with it.
Rate = Annotated[Megabits, Field(le=1e9)]

EXAMPLES = {
    "from": 'from = "dub"',
    "to": 'to = "sin"',
    "class": 'class = "elastic"',
    "rate_mbit": "rate_mbit = 400",
}


class Demand(Frozen):
    """What one datacenter wants to send to another, in Mbit/s; both by the names that a topology has.

    Classes are SWAN's (Hong et al., SIGCOMM 2013, DOI 10.1145/2486001.2486012): somebody waits for what is
    interactive; elastic traffic has to arrive in time; background traffic may wait for hours.
    """

    source: str
    target: str
    traffic_class: TrafficClass
    rate_mbit: Rate


class _Written(Frozen):
    """A demand in the words of the file."""

    source: str = Field(alias="from")
    target: str = Field(alias="to")
    traffic_class: TrafficClass = Field(alias="class")
    rate_mbit: Rate

    @model_validator(mode="before")
    @classmethod
    def _has_its_keys(cls, value: Any) -> Any:
        # An unknown key goes first, because a missing one is often the same key misspelt.
        for key in value if isinstance(value, dict) else ():
            if key not in EXAMPLES:
                raise DemandsError(f"unknown key {shown(key)}; {hint(key, EXAMPLES)}")
        for key, example in EXAMPLES.items():
            if isinstance(value, dict) and key not in value:
                raise DemandsError(f"{key} is missing; right would be {example}")
        return value


class _File(Frozen):
    # A file without any is told so by its length: that says better what would be right.
    demands: tuple[_Written, ...] = Field(default=(), min_length=1, validate_default=True)

    @model_validator(mode="after")
    def _fits_together(self, info: ValidationInfo) -> _File:
        seen: dict[tuple[str, str, str], int] = {}
        for number, each in enumerate(self.demands):
            _check_ends(f"demands[{number}]", each, info.context or ())
            first = seen.setdefault((each.source, each.target, each.traffic_class), number)
            if first != number:
                raise DemandsError(f"demands[{number}]: is demands[{first}] again; right would be one demand")
        return self


def _check_ends(where: str, demand: _Written, known: Collection[str]) -> None:
    for key, name in (("from", demand.source), ("to", demand.target)):
        if name not in known:
            raise DemandsError(f"{where}.{key}: unknown datacenter {shown(name)}; {hint(name, known)}")
    if demand.source == demand.target:
        raise DemandsError(
            f"{where}.to: is {shown(demand.target)}, as from is; right would be another datacenter"
        )


def load_demands(path: str, known: Collection[str]) -> tuple[Demand, ...]:
    """Return the demands that a TOML file tells, between datacenters of these names.

    Raises DemandsError, and nothing else, whatever the file holds; its text names the file, the key and what
    would be right.
    """
    try:
        # A byte order mark, as some editors put it before a text, is no part of TOML.
        return parse_demands(Path(path).read_text(encoding="utf-8-sig"), known)
    except UnicodeDecodeError as error:
        raise DemandsError(f"{path}: byte {error.start} is not UTF-8; right would be a TOML text") from None
    except DemandsError as error:
        raise DemandsError(f"{path}: {error}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        right = "right would be a readable TOML file"
        raise DemandsError(f"{path}: cannot be read ({reason}); {right}") from None


def parse_demands(text: str, known: Collection[str]) -> tuple[Demand, ...]:
    """Return the demands of a TOML text; raise DemandsError (that names no file) where it is wrong."""
    document = _toml(text)
    try:
        written = _File.model_validate(document, context=known).demands
    except ValidationError as error:
        raise DemandsError(explain(error, document, _File)) from None
    return tuple(Demand(**each.model_dump()) for each in written)


def _toml(text: str) -> dict[str, Any]:
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except RecursionError:
        raise DemandsError("is nested too deeply; right would be a list of [[demands]]") from None
    except ValueError as error:
        # The parser says "(at end of document)" where an editor would want a line.
        lines = text.split("\n")
        end = f"(at line {len(lines)}, column {len(lines[-1]) + 1}, the end)"
        reason = str(error).replace("(at end of document)", end)
        raise DemandsError(f"is not TOML: {reason}") from None
    return document
