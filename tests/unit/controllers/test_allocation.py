"""Traffic engineering: cases worked by hand, and what must hold of any backbone and any demands.

Where a property is held against a linear program or a flow, that is made here, of every trunk and tunnel,
and shares nothing with what is tested but the candidate paths. Rounding may leave a kbit/s of each share
unused, and what one demand leaves another may lack: `ROUNDING` is for that.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations
from math import inf
from random import Random
from typing import Any

import networkx
import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from controllers import fairness
from controllers.allocation import Allocation, allocate, edge_rates, single_path
from controllers.demands import CLASSES, Demand, TrafficClass
from controllers.topology import Topology
from controllers.tunnels import tunnels
from topologies.errors import ClientpathError

from ..topologies.made_up_plans import PATIENT
from .made_up_topologies import line, planet, ring, topologies, topology

Network = tuple[Topology, tuple[Demand, ...]]

ROUNDING = 0.001 * 40
ALL = 1000  # more tunnels than a small backbone has


def demand(a: int, b: int, rate_mbit: float, traffic_class: TrafficClass = "elastic") -> Demand:
    return Demand(source=f"s{a}", target=f"s{b}", traffic_class=traffic_class, rate_mbit=rate_mbit)


def shares(allocation: Allocation) -> list[tuple[int, tuple[int, ...], float]]:
    return [(each.demand, each.tunnel.switches, each.rate_mbit) for each in allocation.shares]


RATES = st.one_of(
    st.integers(1, 40).map(float),
    st.floats(0.01, 100).map(lambda rate: round(rate, 3)),
    st.floats(0.0001, 2000),
)


@st.composite
def networks(draw: st.DrawFn, max_switches: int = 7, classes: Sequence[TrafficClass] = CLASSES) -> Network:
    """Draw a backbone where some trunks have no limit, and up to 12 demands, some alike."""
    rates = st.one_of(RATES, st.none())
    made = draw(topologies(max_switches, connected=draw(st.booleans()), parallel=True, rates=rates))
    pairs = st.sampled_from([*permutations(range(1, len(made.switches) + 1), 2)])
    drawn = st.builds(lambda pair, *rest: demand(*pair, *rest), pairs, RATES, st.sampled_from(classes))
    return made, tuple(draw(st.lists(drawn, max_size=12)))


# Worked by hand


def test_two_parallel_paths_carry_what_both_have_room_for() -> None:
    made = topology([(1, 2, 1.0), (2, 4, 1.0), (1, 3, 2.0), (3, 4, 2.0)], [10, 8, 5, 20])
    found = allocate(made, [demand(1, 4, 100)])
    assert shares(found) == [(0, (1, 2, 4), 8.0), (0, (1, 3, 4), 5.0)]
    assert found.carried_mbit() == (13.0,)
    assert found.load_mbit() == {(1, 1): 8.0, (2, 2): 8.0, (3, 1): 5.0, (4, 3): 5.0}
    assert shares(single_path(made, [demand(1, 4, 100)])) == [(0, (1, 2, 4), 8.0)]


def test_a_demand_that_fits_takes_the_shorter_way_only() -> None:
    made = topology([(1, 2, 1.0), (1, 3, 1.0), (3, 2, 1.0)], [10, 10, 10])
    assert shares(allocate(made, [demand(1, 2, 10)])) == [(0, (1, 2), 10.0)]


def test_max_min_on_a_line_is_the_textbooks() -> None:
    # D. Bertsekas, R. Gallager, "Data Networks", 2nd edition, 6.5.2: who goes further gets no less for it.
    made = topology([(1, 2, 1.0), (2, 3, 1.0)], [10, 4])
    found = allocate(made, [demand(1, 3, 100), demand(1, 2, 100), demand(2, 3, 100)])
    assert found.carried_mbit() == (2.0, 8.0, 2.0)


def test_max_min_on_a_triangle_goes_round() -> None:
    # 14 leave switch 1; 7 for each, because 3 of the second demand's go over switch 2.
    made = topology([(1, 2, 1.0), (1, 3, 1.0), (2, 3, 1.0)], [10, 4, 10])
    wanted = [demand(1, 2, 100), demand(1, 3, 100)]
    assert shares(allocate(made, wanted)) == [(0, (1, 2), 7.0), (1, (1, 3), 4.0), (1, (1, 2, 3), 3.0)]
    assert single_path(made, wanted).carried_mbit() == (10.0, 4.0)


def test_whoever_wants_less_than_the_level_leaves_the_rest_to_the_others() -> None:
    wanted = [demand(1, 2, rate) for rate in (1, 2.5, 8, 9)]
    assert allocate(topology([(1, 2, 1.0)], [12]), wanted).carried_mbit() == (1.0, 2.5, 4.25, 4.25)


def test_background_starves_first_then_elastic() -> None:
    made = topology([(1, 2, 1.0)], [10])
    for interactive, expected in ((2, (2, 6, 2)), (5, (5, 5, 0)), (12, (10, 0, 0))):
        wanted = [demand(1, 2, 6, "elastic"), demand(1, 2, 6, "background")]
        found = allocate(made, [*wanted, demand(1, 2, interactive, "interactive")])
        assert tuple(found.carried_by_class().values()) == expected
        assert found.total_mbit() == 10
        assert list(found.carried_by_class()) == ["interactive", "elastic", "background"]


def test_a_lower_class_takes_the_long_way_round_the_higher_one() -> None:
    wanted = [demand(1, 2, 10, "background"), demand(1, 2, 10, "interactive")]
    made = topology([(1, 2, 1.0), (1, 3, 5.0), (3, 2, 5.0)], [10, 10, 10])
    assert shares(allocate(made, wanted)) == [(0, (1, 3, 2), 10.0), (1, (1, 2), 10.0)]


def test_a_trunk_has_its_rate_in_each_direction() -> None:
    found = allocate(topology([(1, 2, 1.0)], [10]), [demand(1, 2, 50), demand(2, 1, 50)])
    assert found.carried_mbit() == (10.0, 10.0)
    assert found.load_mbit() == {(1, 1): 10.0, (1, 2): 10.0}


def test_fairness_may_carry_less_in_all_than_shortest_paths() -> None:
    # The first demand's detour takes from two others what it gains once.
    made = topology([(1, 2, 1.0), (1, 3, 1.0), (3, 2, 1.0)], [1, 10, 10])
    wanted = [demand(1, 2, 100), demand(1, 3, 10), demand(3, 2, 10)]
    assert single_path(made, wanted).carried_mbit() == (1.0, 10.0, 10.0)
    assert allocate(made, wanted).carried_mbit() == (5.5, 5.5, 5.5)


def test_a_third_is_rounded_down() -> None:
    found = allocate(topology([(1, 2, 1.0)], [10]), [demand(1, 2, 9)] * 3)
    assert found.carried_mbit() == (3.333, 3.333, 3.333)
    assert found.total_mbit() == 9.999


@pytest.mark.parametrize("rates", [*permutations([16.0, 5.0, 19.0])])
def test_what_rounding_took_is_given_back_only_where_there_is_room(rates: tuple[float, ...]) -> None:
    # 13 1/3 for each of three: somebody's shares are rounded down twice.
    found = allocate(topology([(1, 2, 1.0)] * 3, rates), [demand(1, 2, 100)] * 3)
    for (trunk, _), load in found.load_mbit().items():
        assert load <= rates[trunk - 1]
    assert set(found.carried_mbit()) <= {13.332, 13.333}


@pytest.mark.parametrize("k, carried", [(1, 4.0), (2, 7.0), (3, 9.0), (15, 9.0)])
def test_no_more_tunnels_are_used_than_there_may_be(k: int, carried: float) -> None:
    made = topology([(1, 2, 1.0), (1, 2, 2.0), (1, 2, 3.0)], [4, 3, 2])
    assert allocate(made, [demand(1, 2, 100)], k=k).total_mbit() == carried


# Whatever the backbone and the demands


@PATIENT
@given(networks(), st.integers(1, 5))
def test_no_trunk_has_more_than_its_rate_and_nobody_more_than_is_wanted(network: Network, k: int) -> None:
    made, wanted = network
    found = allocate(made, wanted, k=k)
    load: Counter[tuple[int, int]] = Counter()
    carried: Counter[int] = Counter()
    for each in found.shares:
        kbit = round(each.rate_mbit * 1000)
        assert kbit >= 1 and each.rate_mbit == kbit / 1000
        carried[each.demand] += kbit
        load.update(dict.fromkeys(zip(each.tunnel.trunks, each.tunnel.switches, strict=False), kbit))
    for (trunk, _), kbit in load.items():
        rate_mbit = made.trunk(trunk).rate_mbit
        assert rate_mbit is None or Fraction(kbit, 1000) <= Fraction(str(rate_mbit))
    for index, each_wanted in enumerate(wanted):
        assert Fraction(carried[index], 1000) <= Fraction(str(each_wanted.rate_mbit))
    assert found.load_mbit() == {end: kbit / 1000 for end, kbit in load.items()}
    assert found.carried_mbit() == tuple(carried[index] / 1000 for index in range(len(wanted)))
    assert found.total_mbit() == sum(carried.values()) / 1000


@PATIENT
@given(networks(), st.integers(1, 5))
def test_what_leaves_a_source_arrives_at_its_target_over_the_pairs_own_tunnels(
    network: Network, k: int
) -> None:
    made, wanted = network
    seen = set()
    for share in allocate(made, wanted, k=k).shares:
        pair = (made.named(wanted[share.demand].source), made.named(wanted[share.demand].target))
        numbers = (pair[0].number, pair[1].number)
        assert share.tunnel in tunnels(made, [numbers], k)[numbers]
        assert (share.demand, share.tunnel.number) not in seen
        seen.add((share.demand, share.tunnel.number))
    assert sorted(seen) == [(each.demand, each.tunnel.number) for each in allocate(made, wanted, k=k).shares]


@PATIENT
@given(networks(), st.integers(1, 5))
def test_a_class_gets_the_same_whatever_lower_classes_want(network: Network, k: int) -> None:
    made, wanted = network
    everything = allocate(made, wanted, k=k)
    for rank in range(len(CLASSES)):
        higher = [index for index, each in enumerate(wanted) if each.traffic_class in CLASSES[: rank + 1]]
        alone = allocate(made, [wanted[index] for index in higher], k=k)
        assert [(higher[each.demand], each.tunnel, each.rate_mbit) for each in alone.shares] == [
            (each.demand, each.tunnel, each.rate_mbit) for each in everything.shares if each.demand in higher
        ]


def _most_for(
    made: Topology,
    wanted: Sequence[Demand],
    floors: Sequence[float],
    first: int,
    k: int,
    taken: dict[Any, float],
) -> float:
    """Return the most that a demand can have while each other one has at least its floor."""
    columns = []
    for index, each in enumerate(wanted):
        pair = (made.named(each.source).number, made.named(each.target).number)
        columns += [(index, tunnel) for tunnel in tunnels(made, [pair], k)[pair]]
    rows, limits = [], []
    for trunk in made.trunks:
        for end in (trunk.a, trunk.b):
            if trunk.rate_mbit is not None:
                over = [(trunk.number, end) in zip(t.trunks, t.switches, strict=False) for _, t in columns]
                rows.append([float(each) for each in over])
                limits.append(max(0.0, trunk.rate_mbit - taken.get((trunk.number, end), 0.0)))
    for index, each in enumerate(wanted):
        mine = [float(owner == index) for owner, _ in columns]
        rows += [mine, [-each for each in mine]]
        limits += [each.rate_mbit, -floors[index]]
    cost = [-float(owner == first) for owner, _ in columns]
    solution = linprog(cost, A_ub=numpy.array(rows), b_ub=limits, method="highs") if columns else None
    if solution is None:
        return 0.0
    assert solution.status == 0, solution.message
    return -float(solution.fun)


@PATIENT
@given(networks(max_switches=5), st.integers(1, 5))
def test_nobody_can_have_more_unless_somebody_who_has_no_more_gets_less(network: Network, k: int) -> None:
    made, everybody = network
    found = allocate(made, everybody, k=k)
    carried = found.carried_mbit()
    for rank, traffic_class in enumerate(CLASSES):
        higher = [n for n, each in enumerate(everybody) if each.traffic_class in CLASSES[:rank]]
        before = Allocation(
            demands=everybody, shares=tuple(each for each in found.shares if each.demand in higher)
        )
        mine = [n for n, each in enumerate(everybody) if each.traffic_class == traffic_class]
        wanted, rates = [everybody[n] for n in mine], [carried[n] for n in mine]
        for first, rate in enumerate(rates):
            floors = [each if each <= rate + ROUNDING and n != first else 0.0 for n, each in enumerate(rates)]
            most = _most_for(made, wanted, floors, first, k, before.load_mbit())
            assert rate <= most + 1e-6 and most <= rate + ROUNDING


@PATIENT
@given(networks(classes=["elastic"]), st.integers(1, 4))
def test_with_more_tunnels_whoever_has_least_has_no_less(network: Network, k: int) -> None:
    # Of what is carried in all it does not hold: see above. The fair rates in order, lowest first, are never
    # before those of fewer tunnels in the order of a dictionary.
    made, wanted = network
    fewer, more = (sorted(allocate(made, wanted, k=n).carried_mbit()) for n in (k, k + 1))
    differing = [(a, b) for a, b in zip(fewer, more, strict=True) if abs(a - b) > ROUNDING]
    assert not differing or differing[0][0] < differing[0][1]


@PATIENT
@given(topologies(6, connected=False, parallel=True, rates=RATES))
def test_one_demand_gets_the_maximum_flow(made: Topology) -> None:
    source, target = 1, len(made.switches)
    graph: networkx.DiGraph[int] = networkx.DiGraph()
    graph.add_nodes_from(range(1, target + 1))
    for trunk in made.trunks:
        for here, there in permutations((trunk.a, trunk.b)):
            room = graph.get_edge_data(here, there, {"capacity": 0})["capacity"]
            graph.add_edge(here, there, capacity=room + Fraction(str(trunk.rate_mbit)))
    flow = float(networkx.maximum_flow_value(graph, source, target))
    found = allocate(made, [demand(source, target, 1e6)], k=ALL).total_mbit()
    assert flow - ROUNDING <= found <= flow


def _filled(made: Topology, wanted: Sequence[Demand]) -> list[float]:
    """Return max-min fair rates on shortest paths by filling them slowly, until a trunk is full.

    Bertsekas and Gallager, as above: with one path for each demand that is all there is to it.
    """
    ways: list[list[tuple[int, int]]] = []
    for each in wanted:
        pair = (made.named(each.source).number, made.named(each.target).number)
        ways.append(
            [end for t in tunnels(made, [pair], 1)[pair] for end in zip(t.trunks, t.switches, strict=False)]
        )
    room = {(t.number, end): t.rate_mbit or inf for t in made.trunks for end in (t.a, t.b)}
    rates = [0.0] * len(wanted)
    rising = {n for n, way in enumerate(ways) if way}
    while rising:
        users = Counter(end for n in rising for end in ways[n])
        step = min(
            *(room[end] / count for end, count in users.items()),
            *(wanted[n].rate_mbit - rates[n] for n in rising),
        )
        for n in rising:
            rates[n] += step
        for end, count in users.items():
            room[end] -= step * count
        full = {end for end in users if room[end] <= 1e-9}
        rising -= {n for n in rising if rates[n] >= wanted[n].rate_mbit - 1e-9 or full & {*ways[n]}}
    return rates


@PATIENT
@given(networks(classes=["background"]))
def test_single_paths_have_what_filling_them_slowly_gives(network: Network) -> None:
    made, wanted = network
    found = single_path(made, wanted)
    assert all(each.tunnel.number == 1 for each in found.shares)
    assert found.carried_mbit() == pytest.approx(_filled(made, wanted), abs=ROUNDING)


@PATIENT
@given(networks(), st.randoms(use_true_random=False))
def test_the_same_backbone_gives_the_same_shares_however_it_is_listed(
    network: Network, random: Random
) -> None:
    made, wanted = network
    shuffled = list(made.trunks)
    random.shuffle(shuffled)
    other = Topology(switches=made.switches[::-1], trunks=tuple(shuffled))
    assert allocate(other, wanted) == allocate(made, wanted)


def test_another_process_gives_the_same_shares() -> None:
    made = planet(12, 24, rates=[40.0, 10.0])
    wanted = [demand(a, b, a + b / 7, CLASSES[a % 3]) for a, b in permutations(range(1, 13), 2)]
    code = (
        "import json, sys; from controllers.allocation import *; from controllers.demands import Demand\n"
        "made, wanted = json.load(sys.stdin)\n"
        "made, wanted = Topology.model_validate(made), [Demand.model_validate(each) for each in wanted]\n"
        "print(allocate(made, wanted, k=4).model_dump_json())"
    )
    given_in = json.dumps([made.model_dump(), [each.model_dump() for each in wanted]])
    for seed in ("1", "2"):
        ended = subprocess.run(
            [sys.executable, "-c", code],
            input=given_in,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert Allocation.model_validate_json(ended.stdout) == allocate(made, wanted, k=4)


# Rates at the edge


@PATIENT
@given(networks())
def test_rates_at_the_edge_are_sorted_and_all_that_is_carried(network: Network) -> None:
    made, wanted = network
    found = allocate(made, wanted, k=3)
    rates = edge_rates(found)
    order = [(source, target, CLASSES.index(each)) for source, target, each in rates]
    assert order == sorted(order)
    for (source, target, traffic_class), through in rates.items():
        numbers = [tunnel.number for tunnel, _ in through]
        assert numbers == sorted(set(numbers))
        alike = [
            carried
            for each, carried in zip(wanted, found.carried_mbit(), strict=True)
            if (each.source, each.target, each.traffic_class) == (source, target, traffic_class)
        ]
        assert sum(rate for _, rate in through) == pytest.approx(sum(alike), abs=1e-9)
    assert sum(rate for each in rates.values() for _, rate in each) == pytest.approx(found.total_mbit())


def test_demands_that_are_alike_have_their_rates_together() -> None:
    found = allocate(topology([(1, 2, 1.0)], [10]), [demand(1, 2, 3), demand(1, 2, 4)])
    (tunnel,) = {each.tunnel for each in found.shares}
    assert edge_rates(found) == {("s1", "s2", "elastic"): ((tunnel, 7.0),)}


# At the edges of what can be asked


def test_without_limits_everything_is_carried() -> None:
    wanted = [demand(1, 3, 1e9), demand(2, 4, 0.001), demand(4, 1, 12.345)]
    assert allocate(ring(5), wanted).carried_mbit() == (1e9, 0.001, 12.345)


def test_without_demands_or_ways_nothing_is_carried() -> None:
    nothing = allocate(ring(3), [])
    assert (nothing.shares, nothing.total_mbit(), nothing.load_mbit(), edge_rates(nothing)) == ((), 0, {}, {})
    assert nothing.carried_by_class() == {"interactive": 0, "elastic": 0, "background": 0}
    parted = topology([(1, 2, 1.0), (3, 4, 1.0)], [10, 10])
    assert allocate(parted, [demand(1, 3, 5), demand(1, 2, 5)]).carried_mbit() == (0, 5)


def test_less_than_a_kilobit_is_nothing() -> None:
    assert allocate(topology([(1, 2, 1.0)], [0.0009]), [demand(1, 2, 5)]).shares == ()
    assert allocate(topology([(1, 2, 1.0)], [5]), [demand(1, 2, 0.0009)]).shares == ()
    assert 1.001 * 1000 < 1001
    assert allocate(topology([(1, 2, 1.0)], [1.001]), [demand(1, 2, 9)]).total_mbit() == 1.001
    assert allocate(topology([(1, 2, 1.0)], [1.0009]), [demand(1, 2, 9)]).total_mbit() == 1.0


def test_rates_far_apart_are_still_exact() -> None:
    made = topology([(1, 2, 1.0), (1, 3, 1.0), (3, 2, 1.0)], [1e300, 5e8, 7e8])
    wanted = [demand(1, 2, 1e9), demand(1, 3, 0.002), demand(3, 2, 0.003)]
    assert allocate(made, wanted).carried_mbit() == (1e9, 0.002, 0.003)
    small = topology([(1, 2, 1.0)], [1.0])
    assert allocate(small, [demand(1, 2, 1e9), demand(1, 2, 0.002)]).carried_mbit() == (0.998, 0.002)


@pytest.mark.parametrize("seed", range(5))
def test_programs_of_the_highest_rates_have_solutions(seed: int) -> None:
    random = Random(seed)
    made = planet(12, 24, rates=[10 ** random.uniform(8, 8.9) for _ in range(24)])
    pairs = [random.choice([*permutations(range(1, 13), 2)]) for _ in range(100)]
    wanted = [demand(a, b, 10 ** random.uniform(8, 8.9)) for a, b in pairs]
    assert allocate(made, wanted, k=4).total_mbit() > 1e9


def test_trunks_without_length_carry_no_more_than_is_wanted() -> None:
    made = topology([(1, 2, 0.0), (1, 2, 0.0)], [10, 10])
    wanted = [demand(1, 2, 6), demand(1, 2, 20, "background")]
    assert allocate(made, wanted).carried_mbit() == (6, 14)


def test_what_cannot_be_asked_is_refused() -> None:
    for odd in (demand(1, 9, 1), demand(9, 1, 1)):
        with pytest.raises(KeyError, match="s9"):
            allocate(line(3), [odd])
    with pytest.raises(ValueError, match="right would be two switches"):
        allocate(line(3), [demand(2, 2, 1)])
    with pytest.raises(ValueError, match="right would be 1 or more"):
        allocate(line(3), [demand(1, 2, 1)], k=0)


def test_a_solver_that_gives_up_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    class GaveUp:
        status, message = 4, "numerical difficulties"

    monkeypatch.setattr(fairness, "linprog", lambda *_, **__: GaveUp())
    with pytest.raises(ClientpathError, match="no rates could be found: numerical difficulties"):
        allocate(line(3), [demand(1, 2, 1)])
