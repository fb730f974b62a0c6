"""A run, stage by stage. Each stage writes into the run's folder, and later stages read only that.

prepare   order.json, world.json, network.json, nodes/backbone/control.json
(inside)  nodes/, journey.jsonl, pcap/            by `experiments.inside`, in a machine
judge     observations.json, result.json, ladder.svg
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from controllers.control import Control
from controllers.tables import check_size
from controllers.topology import topology_of
from experiments import order as orders
from experiments.experiment import Experiment, Options
from experiments.order import Order
from experiments.reading import NotARun, Reading, read_run
from experiments.registry import find
from experiments.telling import ladder
from measurement import result as results
from measurement.evidence import Evidence, Missing
from measurement.journey import PHASES, Fetch, Journey
from measurement.judge import judge as judge_claim
from measurement.observation import DnsAnswer
from measurement.result import JourneyResult, Result, overall
from measurement.rtt import used_paths
from topologies.errors import WorldError
from topologies.plan import Plan
from topologies.planning import plan_network
from topologies.world import World

US_PER_MS = 1000
LEAST_MB, COPIES, SURVEYED_MB, DATABASES_MB = 1024, 20, 3072, 2048


@dataclass(frozen=True)
class Planned:
    """A run before it has a folder: its world, what is to be done, and the network for it."""

    world: World
    order: Order
    network: Plan

    @property
    def memory_mb(self) -> int:
        """How much memory a machine needs: files are there at both ends, and in captures of both ends.

        Where clients are surveyed, everybody's resolver and all sites run at once; copies of mailboxes are
        databases.
        """
        more = SURVEYED_MB if self.order.surveys else 0
        more += DATABASES_MB if self.order.selection.copies else 0
        return LEAST_MB + more + COPIES * sum(self.order.files.values()) // 1_000_000

    @property
    def step_count(self) -> int:
        """How many steps `experiments.inside` says that it begins, and two around it."""
        services = 1 if self.order.is_served else 0
        return 2 + 2 + services + len(self.order.names)


def plan(
    experiment: Experiment, world: World, seed: int, tolerance_us: float, options: Options | None = None
) -> Planned:
    """Plan a run; raises WorldError if the experiment cannot be run in this world."""
    chosen = options or experiment.options()
    changed = experiment.change_world(world, chosen)
    order = experiment.plan_order(changed, seed, tolerance_us, chosen)
    order = order.model_copy(update={"options": chosen.as_given})
    network = plan_network(changed, order.selection, seed)
    network = network.model_copy(update={"control_delay_ms": order.control_delay_ms})
    topology = topology_of(network)
    for edges in ((), *(exercise.rules.edges for exercise in order.exercises)):
        check_size(topology, edges)
    return Planned(changed, order, network)


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

    Raises NotARun if the folder is none.
    """
    reading = read_run(run_dir)
    experiment = find(reading.order.experiment)
    try:
        claims = experiment.steps(reading), experiment.controls(reading)
        figures, tables = experiment.figures(reading), experiment.tables(reading)
    except (KeyError, WorldError) as error:
        raise NotARun(f"{run_dir} is not a run of {experiment.name}: its order.json lacks {error}") from None
    steps, controls = (tuple(judge_claim(n, claim) for n, claim in enumerate(part, 1)) for part in claims)
    order = reading.order
    result = Result(
        experiment=order.experiment,
        world=order.world,
        verdict=overall((*steps, *controls)),
        seed=order.seed,
        steps=steps,
        controls=controls,
        journeys=tuple(_journeys(reading)),
        figures=tuple(figures),
        paths=used_paths([reading.evidence(name) for name in order.steady], reading.plan),
        tables=tuple(tables),
    )
    results.save(result, run_dir / "result.json")
    pictures = {**ladder(reading, experiment, steps), **experiment.pictures(reading)}
    for name, text in pictures.items():
        (run_dir / name).write_text(text, encoding="utf-8")
    return result


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
