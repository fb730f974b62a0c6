"""The backbone that is built: links that the world gives, and derived ones for clouds where it gives none."""

from __future__ import annotations

from collections.abc import Sequence

from topologies.backbone import backbone_links
from topologies.internet_parts import WanLink
from topologies.parts import Datacenter
from topologies.world import World


def links_of(world: World, datacenters: Sequence[Datacenter]) -> tuple[WanLink, ...]:
    """Return the links between the datacenters of whole clouds: first those given, in the file's order."""
    clouds = dict.fromkeys(each.cloud for each in datacenters)
    given = [link for cloud in clouds for link in world.given_links(cloud)]
    others = [each for each in datacenters if not world.given_links(each.cloud)]
    derived = backbone_links(others, internet=world.internet)
    return (*given, *(WanLink(between=(link.a, link.b), rtt_ms=link.rtt_ms) for link in derived))
