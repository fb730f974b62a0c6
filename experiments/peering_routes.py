"""Having providers and the edge learn from each other, until all of them know where front doors are."""

from __future__ import annotations

from collections.abc import Sequence

from services.base import Service, Supervisor
from services.bird import Bird
from services.convergence import wait_converged
from topologies.network import Network


def learn(
    network: Network, supervisor: Supervisor, services: Sequence[Service], birds: Sequence[Bird]
) -> None:
    """Run services and routers, and return when the routers know everything; at once if all of them ran.

    Raises ServiceError as `Supervisor.become` and `wait_converged` do.
    """
    known = all(map(supervisor.runs, birds))
    supervisor.become([*services, *birds])
    if not known:
        wait_converged(network, birds)
