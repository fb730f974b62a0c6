"""What is told of a run's first case, the experiment itself: its messages, and the steps that they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from experiments.edges import circuit_address
from experiments.experiment import Experiment
from experiments.reading import Reading
from measurement.exchanges import FOREVER_NS
from measurement.ladder import ladder_svg
from measurement.messages import Message, messages
from measurement.result import FrameRef, StepResult
from topologies.hosts import customer_edge, gateway
from topologies.world import Circuit

Numbers = Mapping[FrameRef, Sequence[int]]


def ladder(reading: Reading, experiment: Experiment, steps: Sequence[StepResult]) -> dict[str, str]:
    """Draw the first case, as SVG by its file's name; where nobody travels there is none."""
    if not reading.order.cases:
        return {}
    told = told_messages(reading, experiment)
    return {"ladder.svg": ladder_svg(title_of(reading, experiment), told, numbers_of(steps))}


def title_of(reading: Reading, experiment: Experiment) -> str:
    """Return what a ladder of the first case is called."""
    return f"{experiment.title}: {reading.order.cases[0].text}"


def numbers_of(steps: Sequence[StepResult]) -> Numbers:
    """Return by frame the numbers of the steps that it shows."""
    numbers: dict[FrameRef, list[int]] = {}
    for step in steps:
        for frame in step.frames:
            numbers.setdefault(frame, []).append(step.number)
    return numbers


def told_messages(reading: Reading, experiment: Experiment) -> list[Message]:
    """Return the first case's messages, up to the first request that the experiment does not draw."""
    gateways, case = _gateways(reading), reading.order.cases[0]
    drawn = [node for node in reading.plan.nodes if node.kind == "host" or node.name in gateways]
    nodes = {address: node.name for node in drawn for address in reversed(node.addresses)}
    nodes |= {str(tunnel.address): tunnel.node for tunnel in reading.plan.tunnels}
    nodes |= {str(circuit_address(each)): customer_edge(each.office) for each in _circuits(reading)}
    captures = {point.name: point.node for point in reading.order.captures}
    until_ns = _drawn_until_ns(reading, experiment)
    found = messages(reading.evidence(case.name), nodes, captures, gateways)
    return [each for each in found if each.sent_ns < until_ns]


def _gateways(reading: Reading) -> set[str]:
    """Return the routers that translate addresses."""
    to_the_internet = {gateway(name) for name in reading.order.selection.offices}
    return to_the_internet | {customer_edge(circuit.office) for circuit in _circuits(reading)}


def _circuits(reading: Reading) -> list[Circuit]:
    return [reading.world.circuit(name) for name in reading.order.selection.circuits]


def _drawn_until_ns(reading: Reading, experiment: Experiment) -> int:
    """Return when the first request is over that the ladder does not show."""
    case = reading.order.cases[0].name
    journey = next((each for each in reading.journeys if each.case == case), None)
    later = journey.fetches[experiment.drawn_requests :] if journey and experiment.drawn_requests else ()
    return min((fetch.started_ns for fetch in later), default=FOREVER_NS)
