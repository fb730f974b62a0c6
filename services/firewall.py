"""An office's edge: a stateful firewall that translates addresses, as a value and as an nftables ruleset.

Not a daemon: a ruleset is text that the kernel takes as a whole, or not at all. A new one starts without
state, like a firewall that was switched off and on: nothing from outside passes any more that an earlier one
would have let pass, until the inside sends again. A conversation that goes on keeps the address that it had.
"""

from __future__ import annotations

import json
import re
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator
from typing_extensions import Self

from services.base import render
from topologies.base import Frozen
from topologies.errors import CommandError, ServiceError, WorldError
from topologies.network import Network
from topologies.shown import shown

OPENING = re.compile(r"icmp|(?:tcp|udp)/[1-9][0-9]{0,4}")
FILE = "nftables.conf"


def _opening(text: str) -> str:
    if not OPENING.fullmatch(text):
        raise WorldError(f'{shown(text)} cannot be opened; right would be "udp/51820", "tcp/179" or "icmp"')
    return text


class Edge(Frozen):
    """What passes at a router between an office and its ``outside`` interfaces.

    Whatever comes in there is dropped, unless it belongs to a conversation that left by one of them, or is
    for the router itself and in ``open_to_self`` ("icmp" is an echo request), or for one of the networks
    ``open_to``. What leaves by an interface in ``snat`` from one of the networks ``inside`` leaves with the
    address given there; whatever else keeps its own, and so does all that stays inside. With ``clamp_mss`` no
    TCP connection through the router begins with segments that do not fit its routes.
    """

    node: str
    outside: Annotated[tuple[str, ...], Field(min_length=1)]
    inside: tuple[IPv4Network, ...] = ()
    snat: dict[str, IPv4Address] = Field(default_factory=dict)
    open_to_self: tuple[Annotated[str, AfterValidator(_opening)], ...] = ()
    open_to: tuple[IPv4Network, ...] = ()
    clamp_mss: bool = True

    @model_validator(mode="after")
    def _translates_from_inside_to_outside(self) -> Self:
        if self.snat and not self.inside:
            raise WorldError(f"{self.node}: nothing is inside to be translated; right would be 10.0.0.0/16")
        odd = sorted(self.snat.keys() - set(self.outside))
        if odd:
            raise WorldError(
                f"{self.node}: translates at {', '.join(odd)}, which is not outside;"
                f" right would be {', '.join(self.outside)}"
            )
        return self


class Dropped(Frozen):
    """How many packets an edge has dropped: for its own addresses and pools, on the way in, and out."""

    to_self: int
    inwards: int
    outwards: int


def ruleset(edge: Edge) -> str:
    """Return an edge's ruleset, as `nft -f` reads it."""
    return render("nftables.conf.j2", edge=edge)


def apply(network: Network, edge: Edge, folder: Path) -> None:
    """Put an edge in force at its node, in place of an earlier one; its text stays in the folder.

    Raises ServiceError with nft's own words if it refuses the ruleset, or the kernel does.
    """
    file = folder / FILE
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(ruleset(edge))
    try:
        for options in (["-c", "-f"], ["-f"]):
            network.run(edge.node, ["nft", *options, str(file)])
    except CommandError as error:
        words = str(error).removeprefix(f"{edge.node}: ")
        raise ServiceError(f"{edge.node}: nft refuses the ruleset {file}: {words}") from None


def dropped(network: Network, node: str) -> Dropped:
    """Return what a node's edge has dropped since it is in force; raises CommandError where there is none."""
    told = json.loads(network.run(node, ["nft", "-j", "list", "counters", "table", "ip", "edge"]))
    counters = (each["counter"] for each in told["nftables"] if "counter" in each)
    return Dropped.model_validate({counter["name"]: counter["packets"] for counter in counters})
