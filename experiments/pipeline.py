"""A run, stage by stage. Each stage writes into the run's folder, and later stages read only that.

prepare   order.json, world.json, network.json, nodes/backbone/control.json
(inside)  nodes/, journey.jsonl, pcap/            by `experiments.inside`, in a machine
judge     observations.json, result.json, ladder.svg
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from controllers.control import Control
from controllers.tables import check_size
from controllers.topology import topology_of
from experiments import order as orders
from experiments.experiment import Experiment, Options
from experiments.order import Order
from experiments.own import blamed, experiment_of
from experiments.reading import Reading, read_run
from experiments.run_files import NotARun, refuse_newer
from experiments.telling import ladder
from measurement import result as results
from measurement.evidence import Evidence, Missing
from measurement.journey import PHASES, Fetch, Journey
from measurement.judge import Claim
from measurement.judge import judge as judge_claim
from measurement.observation import DnsAnswer
from measurement.result import Figure, JourneyResult, Result, StepResult, Table, overall
from measurement.rtt import used_paths
from topologies.errors import UnfitWorld, WorldError
from topologies.plan import Plan
from topologies.planning import plan_network
from topologies.world import World

US_PER_MS = 1000
LEAST_MB, COPIES, SURVEYED_MB, DATABASES_MB = 1024, 20, 3072, 2048
# What a node takes (docs/benchmarks.md, "Bringing networks up"); those of most runs have room in the least.
USUAL_NODES, NODE_MB = 500, 0.35
FEW_HOSTS = 80  # what runs on so many has room in the least: the 50 of the article's world take half of it


@dataclass(frozen=True)
class Planned:
    """A run before it has a folder: its world, what is to be done, and the network for it."""

    world: World
    order: Order
    network: Plan

    @property
    def memory_mb(self) -> int:
        """How much memory a machine needs: files are there at both ends, and in captures of both ends.

        Where clients are surveyed, everybody's resolver and all sites run at once, and so they do in a shell;
        copies of mailboxes are databases.
        """
        many = self.order.shell is not None and len(self.network.of_kind("host")) > FEW_HOSTS
        more = SURVEYED_MB if self.order.surveys or many else 0
        more += DATABASES_MB if self.order.selection.copies else 0
        more += math.ceil(max(0, len(self.network.nodes) - USUAL_NODES) * NODE_MB)
        return LEAST_MB + more + COPIES * sum(self.order.files.values()) // 1_000_000

    @property
    def step_count(self) -> int:
        """How many steps `experiments.inside` says that it begins, and two around it."""
        services = 1 if self.order.is_served else 0
        return 2 + 2 + services + len(self.order.names)


def plan(
    experiment: Experiment, world: World, seed: int, tolerance_us: float, options: Options | None = None
) -> Planned:
    """Plan a run; raises UnfitWorld if the experiment cannot be run in this world, UnknownName for a name.

    Raises WrongExperiment, naming the line, if a file of one's own cannot plan it.
    """
    chosen = options or experiment.options()
    with _in_this_world(), blamed(experiment):
        changed = experiment.change_world(world, chosen)
        order = experiment.plan_order(changed, seed, tolerance_us, chosen)
    file = "" if experiment.file is None else str(experiment.file)
    order = order.model_copy(update={"options": chosen.as_given, "file": file})
    with _in_this_world():
        network = plan_network(changed, order.selection, seed)
    network = network.model_copy(update={"control_delay_ms": order.control_delay_ms})
    topology = topology_of(network)
    for edges in ((), *(exercise.rules.edges for exercise in order.exercises)):
        check_size(topology, edges)
    return Planned(changed, order, network)


@contextmanager
def _in_this_world() -> Iterator[None]:
    """Tell a world in which something cannot be done from one that cannot exist."""
    try:
        yield
    except WorldError as error:
        if type(error) is not WorldError:
            raise
        raise UnfitWorld(str(error)) from None


def prepare(planned: Planned, run_dir: Path) -> None:
    """Write everything that a machine needs into an existing, empty folder."""
    orders.save(planned.order, run_dir)
    (run_dir / "world.json").write_text(planned.world.model_dump_json(indent=1) + "\n", encoding="utf-8")
    (run_dir / "network.json").write_text(planned.network.model_dump_json(indent=1) + "\n", encoding="utf-8")
    backbone = run_dir / "nodes" / "backbone"
    backbone.mkdir(parents=True)
    topology = topology_of(planned.network)
    for exercise in (None, *planned.order.exercises):
        rules = {} if exercise is None else dict(exercise.rules)
        text = Control(topology=topology, **rules).model_dump_json(indent=1)
        (backbone / orders.control_file(exercise)).write_text(text + "\n", encoding="utf-8")


def judge(run_dir: Path) -> Result:
    """Observe and judge a run from its folder alone; write observations.json, result.json and ladder.svg.

    An experiment of one's own is read from the file that the order names. Raises NotARun if the folder is
    none, and WrongExperiment if that file is gone, or fails.
    """
    refuse_newer(run_dir, "result.json", Result)
    reading = read_run(run_dir)
    order, experiment = reading.order, experiment_of(reading.order)
    with blamed(experiment, f"; when that is mended, 'clientpath judge {run_dir}' goes on from here"):
        found = _judged(reading, experiment, run_dir)
        pictures = {**ladder(reading, experiment, found.steps), **experiment.pictures(reading)}
    result = Result(
        experiment=order.experiment,
        world=order.world,
        verdict=overall((*found.steps, *found.controls)),
        seed=order.seed,
        steps=found.steps,
        controls=found.controls,
        journeys=tuple(_journeys(reading)),
        figures=found.figures,
        paths=used_paths([reading.evidence(name) for name in order.steady], reading.plan),
        tables=found.tables,
    )
    results.save(result, run_dir / "result.json")
    for name, text in pictures.items():
        (run_dir / name).write_text(text, encoding="utf-8")
    return result


@dataclass(frozen=True)
class _Judged:
    """What an experiment's own words give of a run."""

    steps: tuple[StepResult, ...]
    controls: tuple[StepResult, ...]
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]


def _judged(reading: Reading, experiment: Experiment, run_dir: Path) -> _Judged:
    try:
        steps, controls = experiment.steps(reading), experiment.controls(reading)
        figures, tables = experiment.figures(reading), experiment.tables(reading)
    except (KeyError, WorldError) as error:
        if experiment.file is not None:
            raise
        raise NotARun(f"{run_dir} is not a run of {experiment.name}: its order.json lacks {error}") from None
    return _Judged(_verdicts(steps), _verdicts(controls), tuple(figures), tuple(tables))


def _verdicts(claims: Sequence[Claim]) -> tuple[StepResult, ...]:
    return tuple(judge_claim(number, claim) for number, claim in enumerate(claims, 1))


def _journeys(reading: Reading) -> list[JourneyResult]:
    """Return what clients did: phases by themselves, not since the start."""
    return [_journey(reading, journey, fetch) for journey in reading.journeys for fetch in journey.fetches]


def _journey(reading: Reading, journey: Journey, fetch: Fetch) -> JourneyResult:
    name = urlsplit(fetch.url).hostname or ""
    return JourneyResult(
        case=journey.case,
        client=journey.client,
        request=fetch.name,
        url=fetch.url,
        resolver=journey.resolver,
        cname_chain=_cname_chain(reading.evidence(journey.case), journey.client, name),
        server_ip=fetch.server_ip,
        datacenter=fetch.headers.get("x-datacenter", ""),
        phases_ms=_each_phase_ms(fetch.phases_us),
        protocol=fetch.protocol,
        status=fetch.status,
        body_bytes=fetch.body_bytes,
    )


def _each_phase_ms(ends_us: dict[str, int]) -> dict[str, float]:
    """Turn the times at which phases ended into how long each took; the total stays whole."""
    phases, before = {}, 0
    for name in PHASES[:-1]:
        # Of a request that failed the later phases never ended: curl gives 0 for them.
        phases[name] = max(0, ends_us[name] - before) / US_PER_MS
        before = max(before, ends_us[name])
    return {**phases, "total": ends_us["total"] / US_PER_MS}


def _cname_chain(evidence: Evidence, client: str, name: str) -> tuple[str, ...]:
    """Return the names from the one asked for to the one with the address, as the client was told."""
    try:
        answer = next(evidence.at(client, DnsAnswer, name=name), None)
    except Missing:
        answer = None
    if answer is None:
        return ()
    aliases = {record.name: record.data.rstrip(".") for record in answer.answers if record.type == "CNAME"}
    chain = [answer.name]
    while chain[-1] in aliases and aliases[chain[-1]] not in chain:
        chain.append(aliases[chain[-1]])
    return tuple(chain)
