"""Each kind of line, in both directions, against what the world says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import mean

import pytest

from tests.emulation.guests import changed_source, run_guest
from topologies.load import BUILTIN, parse_world
from topologies.paths import one_way_ms
from topologies.plan import Plan
from topologies.planning import plan_network
from topologies.selection import Selection

TARGET = "isplis"
TOLERANCE_MS = 0.010
FRAME_BITS = 1250 * 8
LINES = {
    "even": "{ delay_ms = 4 }",
    "uneven": "{ up = { delay_ms = 30.5 }, down = { delay_ms = 7.25 } }",
    "jittery": "{ delay_ms = 20, jitter_ms = 8 }",
    "lossy": "{ up = { delay_ms = 5, loss_percent = 10 }, down = { delay_ms = 5 } }",
    "slow": "{ up = { delay_ms = 9, rate_mbit = 2 }, down = { delay_ms = 9, rate_mbit = 10 } }",
}
CLIENT = """
[[clients]]
name = "{name}"
place = "Lisbon"
resolver = "isplis"
tenant = "contoso"
access = {access}
prefix = "100.64.{number}.0/29"
"""


@dataclass(frozen=True)
class Samples:
    """What was measured on the lines of a plan."""

    plan: Plan
    measured: dict[str, dict[str, dict[str, list[list[int]]]]]

    def delays_ms(self, client: str, way: str) -> list[float]:
        """Return the one-way delay of each datagram that arrived, in the order of arrival."""
        sent: dict[int, int] = dict(self.measured[client][way]["sent"])  # type: ignore[arg-type]
        return [(at - sent[number]) / 1e6 for number, at in self.measured[client][way]["received"]]

    def numbers(self, client: str, way: str) -> list[int]:
        return [number for number, _ in self.measured[client][way]["received"]]

    def configured_ms(self, client: str, way: str) -> float:
        ends = (client, TARGET) if way == "up" else (TARGET, client)
        return one_way_ms(self.plan, *ends)


def measure(folder: Path, seed: int) -> Samples:
    text = (BUILTIN / "article.toml").read_text()
    text += "".join(
        CLIENT.format(name=name, access=access, number=number)
        for number, (name, access) in enumerate(LINES.items(), start=10)
    )
    selection = Selection(clients=tuple(LINES), resolvers=(TARGET,), nameservers=(), datacenters=())
    plan = plan_network(parse_world(text), selection, seed)
    source = changed_source(folder / "source", {})
    (source / "experiments/inside.py").write_text(Path(__file__).with_name("inside.py").read_text())
    run_dir = folder / "run"
    run_dir.mkdir()
    (run_dir / "network.json").write_text(plan.model_dump_json())
    run_guest(run_dir, source=source, seed=seed)
    return Samples(plan, json.loads((run_dir / "samples.json").read_text()))


@pytest.fixture(scope="module")
def samples_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Samples]:
    known: dict[int, Samples] = {}

    def samples(seed: int) -> Samples:
        if seed not in known:
            known[seed] = measure(tmp_path_factory.mktemp("lines"), seed)
        return known[seed]

    return samples


@pytest.fixture(scope="module")
def samples(samples_of: Callable[[int], Samples]) -> Samples:
    return samples_of(1)


@pytest.mark.parametrize("way", ["up", "down"])
@pytest.mark.parametrize("client", ["even", "uneven"])
def test_every_packet_takes_the_configured_time(samples: Samples, client: str, way: str) -> None:
    delays = samples.delays_ms(client, way)
    assert len(delays) == 1000
    configured = samples.configured_ms(client, way)
    assert max(abs(delay - configured) for delay in delays) <= TOLERANCE_MS


def test_each_direction_has_its_own_delay(samples: Samples) -> None:
    up, down = (mean(samples.delays_ms("uneven", way)) for way in ("up", "down"))
    assert up - down == pytest.approx(30.5 - 7.25, abs=TOLERANCE_MS)


@pytest.mark.parametrize("way", ["up", "down"])
def test_jitter_fills_its_range_and_keeps_the_order(samples: Samples, way: str) -> None:
    delays, configured = samples.delays_ms("jittery", way), samples.configured_ms("jittery", way)
    assert samples.numbers("jittery", way) == list(range(1000))
    # A packet may wait for one before it that has to arrive first: later than the range, never earlier.
    assert min(delays) >= configured - 8 - TOLERANCE_MS
    assert min(delays) < configured - 6 and max(delays) > configured + 6
    assert mean(delays) == pytest.approx(configured, abs=1.5)


@pytest.mark.parametrize("way", ["up", "down"])
def test_jitter_comes_from_the_seed(samples_of: Callable[[int], Samples], way: str) -> None:
    one, two = (samples_of(seed).delays_ms("jittery", way) for seed in (1, 2))
    assert max(abs(a - b) for a, b in zip(one, two, strict=True)) > 8


def test_loss_is_lost_in_its_direction_only(samples: Samples) -> None:
    # Of 1,000 at 10 %: 100, and four standard deviations of a binomial are 38.
    assert 1000 - len(samples.numbers("lossy", "up")) == pytest.approx(100, abs=38)
    assert len(samples.numbers("lossy", "down")) == 1000


def test_other_packets_are_lost_with_another_seed(samples_of: Callable[[int], Samples]) -> None:
    assert samples_of(1).numbers("lossy", "up") != samples_of(2).numbers("lossy", "up")


@pytest.mark.parametrize("way, rate_mbit", [("burst up", 2), ("burst down", 10)])
def test_a_burst_leaves_at_the_lines_rate(samples: Samples, way: str, rate_mbit: float) -> None:
    arrivals = [at for _, at in samples.measured["slow"][way]["received"]]
    # The bucket lets a few through at once; after them there is one frame's time between two.
    gaps_ms = [(b - a) / 1e6 for a, b in pairwise(arrivals)][20:]
    assert len(gaps_ms) > 10
    assert mean(gaps_ms) == pytest.approx(FRAME_BITS / rate_mbit / 1000, rel=0.01)


def test_below_its_rate_a_line_adds_nothing(samples: Samples) -> None:
    delays = samples.delays_ms("slow", "down")
    assert max(delays) == pytest.approx(samples.configured_ms("slow", "down"), abs=TOLERANCE_MS)
