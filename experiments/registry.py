"""The experiments by name, in the article's order; each is loaded when somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from topologies.errors import ClientpathError
from topologies.nearest import hint

if TYPE_CHECKING:
    from experiments.experiment import Experiment

# Each is a module here that has an EXPERIMENT. All of them take a second to load, which completing a name, or
# judging a run, need not wait for.
NAMES = (
    "nearest_datacenter",
    "exchange_online",
    "sovereign_cloud",
    "active_datacenter",
    "vpn",
    "vpn_hours",
    "expressroute",
    "region_failure",
    "edge",
    "media_quality",
    "compare",
    "backbone_rtt",
    "backbone_failover",
    "backbone_classes",
)


class _Experiments(Mapping[str, "Experiment"]):
    """All experiments by their names."""

    def __getitem__(self, name: str) -> Experiment:
        if name not in NAMES:
            raise KeyError(name)
        found: Experiment = import_module(f"experiments.{name}").EXPERIMENT
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


EXPERIMENTS: Mapping[str, Experiment] = _Experiments()


class UnknownExperiment(ClientpathError):
    """There is no experiment of that name; the text has the nearest one."""

    code = "CP103"


def find(name: str) -> Experiment:
    """Return an experiment; raise UnknownExperiment with the nearest name."""
    if name not in NAMES:
        raise UnknownExperiment(f'unknown experiment "{name}"; {hint(name, NAMES)}')
    return EXPERIMENTS[name]
