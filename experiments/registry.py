"""The experiments by name, in the article's order."""

from __future__ import annotations

from experiments.active_datacenter import EXPERIMENT as ACTIVE_DATACENTER
from experiments.backbone_classes import EXPERIMENT as BACKBONE_CLASSES
from experiments.backbone_failover import EXPERIMENT as BACKBONE_FAILOVER
from experiments.backbone_rtt import EXPERIMENT as BACKBONE_RTT
from experiments.edge import EXPERIMENT as EDGE
from experiments.exchange_online import EXPERIMENT as EXCHANGE_ONLINE
from experiments.experiment import Experiment
from experiments.expressroute import EXPERIMENT as EXPRESSROUTE
from experiments.media_quality import EXPERIMENT as MEDIA_QUALITY
from experiments.nearest_datacenter import EXPERIMENT as NEAREST_DATACENTER
from experiments.region_failure import EXPERIMENT as REGION_FAILURE
from experiments.sovereign_cloud import EXPERIMENT as SOVEREIGN_CLOUD
from experiments.vpn import EXPERIMENT as VPN
from experiments.vpn_hours import EXPERIMENT as VPN_HOURS
from topologies.errors import ClientpathError
from topologies.nearest import hint

EXPERIMENTS = {
    each.name: each
    for each in (
        NEAREST_DATACENTER,
        EXCHANGE_ONLINE,
        SOVEREIGN_CLOUD,
        ACTIVE_DATACENTER,
        VPN,
        VPN_HOURS,
        EXPRESSROUTE,
        REGION_FAILURE,
        EDGE,
        MEDIA_QUALITY,
        BACKBONE_RTT,
        BACKBONE_FAILOVER,
        BACKBONE_CLASSES,
    )
}


class UnknownExperiment(ClientpathError):
    """There is no experiment of that name; the text has the nearest one."""


def find(name: str) -> Experiment:
    """Return an experiment; raise UnknownExperiment with the nearest name."""
    if name not in EXPERIMENTS:
        raise UnknownExperiment(f'unknown experiment "{name}"; {hint(name, EXPERIMENTS)}')
    return EXPERIMENTS[name]
