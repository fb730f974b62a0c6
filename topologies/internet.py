"""How long the Internet takes between two places: what the world says of the pair, else light in a fibre."""

from __future__ import annotations

from topologies.access import Line
from topologies.distance import fibre_rtt_ms
from topologies.places import Place
from topologies.world import Border, World


def internet_rtt_ms(world: World, a: Place, b: Place) -> float:
    """Return the round trip in milliseconds over the Internet between two places.

    An override counts for everybody at the places of its two nodes.
    """
    ends = {a.point, b.point}
    for override in world.internet.overrides:
        if {world.place_of(name).point for name in override.between} == ends:
            return override.rtt_ms
    return fibre_rtt_ms(a, b, world.internet.path_stretch)


def internet_lines(world: World, a: Place, b: Place) -> tuple[Line, Line]:
    """Return both directions between two places: from ``a`` to ``b``, and back.

    Each has half of the round trip. Closed borders between them lose and limit what comes in.
    """
    half = Line(delay_ms=internet_rtt_ms(world, a, b) / 2, loss_percent=world.internet.loss_percent)
    return _inbound(world, half, a, b), _inbound(world, half, b, a)


def _inbound(world: World, line: Line, source: Place, to: Place) -> Line:
    for border in world.internet.borders:
        if border.closed and _inside(world, border, to) and not _inside(world, border, source):
            line = _across(line, border)
    return line


def _across(line: Line, border: Border) -> Line:
    """Return a line with what a border does: what it lets through has been through the line as well."""
    lost = line.loss_percent + border.loss_percent - line.loss_percent * border.loss_percent / 100
    rates = [rate for rate in (line.rate_mbit, border.rate_mbit) if rate is not None]
    return line.model_copy(update={"loss_percent": lost, "rate_mbit": min(rates, default=None)})


def _inside(world: World, border: Border, place: Place) -> bool:
    return place.point in {world.place_of(name).point for name in border.around}
