"""What a world says will fail, and when: a datacenter that goes dark, or a link that is cut."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from topologies.base import Frozen
from topologies.errors import WorldError

Seconds = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]


class Failure(Frozen):
    """A failure of a datacenter, or of the backbone's link between two of them.

    It begins ``at_s`` seconds after everything has begun to serve, and is over at ``until_s``; without that
    it lasts until the end.
    """

    datacenter: str | None = None
    between: tuple[str, str] | None = None
    at_s: Seconds
    until_s: Seconds | None = None

    @model_validator(mode="after")
    def _is_of_one_thing(self) -> Failure:
        if (self.datacenter is None) == (self.between is None):
            says = "nothing" if self.datacenter is None else "two things"
            raise WorldError(
                f'is of {says}; right would be datacenter = "ams", or else between = ["ams", "dub"]'
            )
        if self.until_s is not None and self.until_s <= self.at_s:
            raise WorldError(
                f"until_s {self.until_s:g} is not after at_s {self.at_s:g}; right would be a later time"
            )
        return self

    @property
    def of(self) -> frozenset[str]:
        """What fails: the name of a datacenter, or of the two that a link joins."""
        return frozenset(self.between or (self.datacenter or "",))
