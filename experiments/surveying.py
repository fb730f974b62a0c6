"""Doing a survey inside the machine: clients take their turns, one after another: no packet waits."""

from __future__ import annotations

from experiments.peering_routes import learn
from experiments.served import Served
from experiments.survey import Survey
from experiments.window import window
from measurement.visit import Visit
from measurement.visiting import visit
from topologies.switching import undisturbed


class Surveying:
    """Does surveys on a network where services can be run."""

    def __init__(self, served: Served) -> None:
        self._served = served

    def do(self, survey: Survey) -> list[Visit]:
        """Let every client of a survey take its turn, when everything runs that it is to have."""
        served = self._served
        services = [*served.cast.services(survey), *served.cast.surveyed(survey)]
        learn(served.network, served.supervisor, services, served.cast.peers(survey.peering))
        with undisturbed(), window(served.recorder, survey.name):
            return [
                visit(
                    served.network,
                    survey=survey.name,
                    client=turn.client,
                    resolver=(turn.resolver, self._address(turn.resolver)),
                    name=turn.name,
                    beside=turn.beside,
                    number=number,
                )
                for number, turn in enumerate(survey.turns, start=1)
            ]

    def _address(self, resolver: str) -> str:
        return str(self._served.network.plan.node(resolver).address) if resolver else ""
