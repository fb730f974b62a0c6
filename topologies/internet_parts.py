"""The parts of a world between its sites: links of the backbone, and the Internet with its borders."""

from typing import Annotated

from pydantic import Field, model_validator

from topologies.base import Frozen, Label, Megabits, Milliseconds, Percent, Stretch, Switch
from topologies.distance import FIBRE_GROUP_INDEX, VACUUM_KM_PER_MS
from topologies.errors import WorldError

Kilometres = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]


class WanLink(Frozen):
    """A backbone link between two datacenters: its round trip, or the length of its fibre.

    With `rate_mbit` each direction carries no more.
    """

    between: tuple[str, str]
    rtt_ms: Milliseconds | None = None
    length_km: Kilometres | None = None
    rate_mbit: Megabits | None = None

    @model_validator(mode="after")
    def _takes_a_known_time(self) -> "WanLink":
        given = [each is not None for each in (self.rtt_ms, self.length_km)]
        if sum(given) != 1:
            says = "both length and delay" if all(given) else "neither length nor delay"
            raise WorldError(
                f'the link from "{self.between[0]}" to "{self.between[1]}" has {says};'
                " right would be rtt_ms = 17.3, or length_km = 900.0"
            )
        return self

    @property
    def round_trip_ms(self) -> float:
        """Its round trip in milliseconds; light in a fibre takes it where only the length is known."""
        if self.length_km is None:
            return self.rtt_ms or 0.0
        return 2 * self.length_km * FIBRE_GROUP_INDEX / VACUUM_KM_PER_MS


class PathOverride(Frozen):
    """A known round trip in milliseconds between the places of two nodes, instead of the computed one."""

    between: tuple[str, str]
    rtt_ms: Milliseconds


class Border(Frozen):
    """A line around the places of some nodes, and what happens to packets that come in across it.

    It does nothing unless `closed`. Inside, and on the way out, nothing changes.
    """

    name: Label
    around: Annotated[tuple[str, ...], Field(min_length=1)]
    loss_percent: Percent = 0.0
    rate_mbit: Megabits | None = None
    closed: Switch = False


class Internet(Frozen):
    """Everything between access networks and datacenters.

    `path_stretch` is how many times longer than the great circle a fibre path is. The default of 1.5 is this
    project's assumption: cables follow coasts, and routes follow contracts. `loss_percent` is lost on every
    path between two places, in each direction.
    """

    path_stretch: Stretch = 1.5
    loss_percent: Percent = 0.0
    overrides: tuple[PathOverride, ...] = ()
    borders: tuple[Border, ...] = ()
