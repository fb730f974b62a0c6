"""The tables of all switches together: where a packet goes, also while trunks are cut and nobody helps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import permutations

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers import tags
from controllers.control import Control, EdgeRule, TunnelPath
from controllers.cookies import cookie, version_of
from controllers.layout import EDGE, FIRST_OF_TUNNELS, NUMBERS_A_VERSION
from controllers.openflow import Flow, ToGroup
from controllers.routes import all_routes
from controllers.tables import check_size, tables
from controllers.topology import Switch, Topology, Trunk
from topologies.errors import WorldError

from .fake_switch import Fabric, Journey, usable
from .made_up_topologies import grid, line, planet, ring, topologies, topology
from .ways import graph, length, shortest, switches_on

PATIENT = settings(deadline=None, max_examples=30)
QUEUES = ((46, 1), (10, 2), (8, 3))
VOICE, BULK, OTHER = 46, 8, 0


def _fabric(control: Control, version: int = 1, failed: frozenset[int] = frozenset()) -> Fabric:
    fabric = Fabric(control.topology)
    told = tables(control, version, failed)
    fabric.tell({number: each.before for number, each in told.items()})
    fabric.tell({number: each.whole for number, each in told.items()})
    return fabric


def _pairs(made: Topology) -> Iterator[tuple[int, int]]:
    numbers = [each.number for each in made.switches]
    return permutations(numbers, 2)


def _check_untouched(made: Topology, fabric: Fabric, version: int) -> None:
    routes = all_routes(made)
    for source, target in _pairs(made):
        tree, journey = routes[target].tree, fabric.walk(source, target)
        if source not in tree.weight:
            assert journey.delivered == ()
            continue
        way = tree.way(source)
        assert journey.delivered == (target,)
        assert list(journey.trunks) == way
        tag = tags.on_its_way(version)
        assert list(journey.log) == [
            (switch, tag if place else None) for place, switch in enumerate(switches_on(made, source, way))
        ]


@PATIENT
@given(topologies(connected=False, parallel=True), st.sampled_from(tags.VERSIONS), st.booleans())
def test_every_packet_is_delivered_once_over_its_shortest_way(
    made: Topology, version: int, protection: bool
) -> None:
    control = Control(topology=made, protection=protection)
    _check_untouched(made, _fabric(control, version), version)


def _check_cut(made: Topology, fabric: Fabric, cut: int) -> None:
    """Look at all packets while one trunk is cut: before it is met, nothing is different."""
    fabric.cut = {cut}
    routes = all_routes(made)
    for source, target in _pairs(made):
        if source not in routes[target].tree.weight:
            continue
        way = routes[target].tree.way(source)
        journey = fabric.walk(source, target)
        if cut not in way:
            assert (journey.delivered, list(journey.trunks)) == ((target,), way)
            continue
        before = way[: way.index(cut)]
        met_at = switches_on(made, source, before)[-1]
        around = routes[target].detour(met_at)
        if around is None:
            assert journey.delivered == ()
            assert shortest(made, source, target, [cut]) is None
            continue
        assert journey.delivered == (target,)
        assert list(journey.trunks) == before + around
        assert length(made, around) == shortest(made, met_at, target, [cut])
        _check_words(made, journey, cut, len(before))


def _check_words(made: Topology, journey: Journey, cut: int, met: int) -> None:
    """See that tags say what happens: on its way, around the trunk, past it."""
    seen = [tag for _, tag in journey.log[1:]]
    kinds = [tags.on_its_way(1), tags.around(1, cut), tags.past(1)]
    assert [kinds.index(tag or 0) for tag in seen] == sorted(kinds.index(tag or 0) for tag in seen)
    assert all(tag == kinds[0] for tag in seen[:met])
    assert all(tag != kinds[0] for tag in seen[met:])
    assert seen[-1] == kinds[2]


@settings(PATIENT, max_examples=25)
@given(topologies(parallel=True))
def test_while_any_one_trunk_is_cut_every_packet_takes_its_detour_without_a_controller(
    made: Topology,
) -> None:
    fabric = _fabric(Control(topology=made))
    for trunk in made.trunks:
        _check_cut(made, fabric, trunk.number)


def test_so_it_is_on_a_planet_of_thirty_switches() -> None:
    made = planet(30, 60)
    fabric = _fabric(Control(topology=made))
    _check_untouched(made, fabric, 1)
    for trunk in made.trunks[::6]:
        _check_cut(made, fabric, trunk.number)


@PATIENT
@given(topologies(parallel=True), st.data())
def test_where_a_trunk_has_failed_before_the_next_cut_is_left_all_the_same(
    made: Topology, data: st.DataObject
) -> None:
    numbers = st.sampled_from([each.number for each in made.trunks])
    failed, cut = data.draw(numbers), data.draw(numbers)
    fabric = _fabric(Control(topology=made), failed=frozenset({failed}))
    fabric.cut = {failed, cut}
    for source, target in _pairs(made):
        there_is_a_way = networkx.has_path(graph(made, fabric.cut), source, target)
        assert fabric.walk(source, target).delivered == ((target,) if there_is_a_way else ())


@settings(deadline=None, max_examples=60)
@given(topologies(connected=False, parallel=True), st.data())
def test_whatever_is_cut_a_packet_never_circles_never_doubles_and_comes_to_nobody_else(
    made: Topology, data: st.DataObject
) -> None:
    numbers = [each.number for each in made.trunks]
    fabric = _fabric(Control(topology=made))
    fabric.cut = data.draw(st.sets(st.sampled_from(numbers))) if numbers else set()
    for source, target in _pairs(made):
        journey = fabric.walk(source, target)  # raises Looped and Refused
        assert journey.delivered in ((), (target,))
        assert not fabric.cut & set(journey.trunks)
        assert len(set(journey.log)) == len(journey.log)


@PATIENT
@given(topologies(parallel=True), st.data())
def test_without_protection_a_packet_is_lost_where_it_meets_the_cut(
    made: Topology, data: st.DataObject
) -> None:
    cut = data.draw(st.sampled_from([each.number for each in made.trunks]))
    fabric = _fabric(Control(topology=made, protection=False))
    assert not any(each.groups for each in fabric.switches.values())
    fabric.cut = {cut}
    routes = all_routes(made)
    for source, target in _pairs(made):
        way, journey = routes[target].tree.way(source), fabric.walk(source, target)
        met = way.index(cut) if cut in way else len(way)
        assert list(journey.trunks) == way[:met]
        assert journey.delivered == (() if cut in way else (target,))


@PATIENT
@given(topologies(parallel=True), st.sampled_from([46, 10, 8, 0, 34]), st.data())
def test_on_every_trunk_a_packet_is_in_the_queue_of_its_class_also_around_a_cut(
    made: Topology, dscp: int, data: st.DataObject
) -> None:
    fabric = _fabric(Control(topology=made, queues=QUEUES))
    fabric.cut = data.draw(st.sets(st.sampled_from([each.number for each in made.trunks]), max_size=1))
    for source, target in _pairs(made):
        journey = fabric.walk(source, target, dscp=dscp)
        assert set(journey.queues) <= {dict(QUEUES).get(dscp)}
        assert len(journey.queues) == len(journey.trunks)


def _square(rate_kbps: int = 5000, weights: tuple[int, int] = (3, 1)) -> Control:
    """Return a ring of four with two tunnels from switch 1 to 3, one each way round."""
    tunnels = tuple(
        TunnelPath(trunks=trunks, weight=weight)
        for trunks, weight in zip(((1, 2), (4, 3)), weights, strict=True)
    )
    edge = EdgeRule(source=1, target=3, dscp=BULK, rate_kbps=rate_kbps, tunnels=tunnels)
    return Control(topology=ring(4), queues=QUEUES, edges=(edge,))


def test_a_class_takes_its_tunnels_by_weight_through_its_meter_and_in_its_queue() -> None:
    fabric = _fabric(_square())
    journeys = [fabric.walk(1, 3, dscp=BULK, flow=flow) for flow in range(8)]
    assert Counter(each.trunks for each in journeys) == {(1, 2): 6, (4, 3): 2}
    number = NUMBERS_A_VERSION + FIRST_OF_TUNNELS
    assert {each.meters for each in journeys} == {(number,)}
    assert {each.delivered for each in journeys} == {(3,)}
    assert {queue for each in journeys for queue in each.queues} == {dict(QUEUES)[BULK]}
    assert {each.log[1:] for each in journeys} == {
        ((2, tags.tunnel(1, 1)), (3, tags.tunnel(1, 1))),
        ((4, tags.tunnel(1, 2)), (3, tags.tunnel(1, 2))),
    }
    meter = fabric.switches[1].meters[number]
    assert (meter.rate_kbps, meter.burst_kbit) == (5000, 100)


def test_a_tunnel_is_for_its_class_from_its_source_to_its_target_alone() -> None:
    made = _square()
    plain, fabric = _fabric(Control(topology=made.topology, queues=QUEUES)), _fabric(made)
    for source, target in _pairs(made.topology):
        for dscp in (VOICE, BULK, OTHER):
            if (source, target, dscp) != (1, 3, BULK):
                journey = fabric.walk(source, target, dscp=dscp)
                assert journey == plain.walk(source, target, dscp=dscp)
                assert journey.meters == ()


def test_where_a_tunnel_is_cut_at_its_source_the_others_take_its_packets_at_once() -> None:
    fabric = _fabric(_square())
    fabric.cut = {1}
    assert {fabric.walk(1, 3, dscp=BULK, flow=flow).trunks for flow in range(8)} == {(4, 3)}


def test_a_tunnel_over_a_failed_trunk_is_left_out_and_without_any_the_shortest_way_is_taken() -> None:
    one = _fabric(_square(), failed=frozenset({2}))
    assert {one.walk(1, 3, dscp=BULK, flow=flow).trunks for flow in range(8)} == {(4, 3)}
    assert one.walk(1, 3, dscp=BULK).log[1][1] == tags.tunnel(1, 2)
    made = topology([(1, 2, 1.0), (2, 3, 1.0), (3, 4, 1.0), (4, 1, 1.0), (1, 3, 9.0)])
    control = Control(topology=made, queues=QUEUES, edges=_square().edges)
    none = _fabric(control, failed=frozenset({2, 3}))
    journey = none.walk(1, 3, dscp=BULK)
    assert (journey.trunks, journey.delivered, journey.meters) == ((5,), (3,), ())
    assert not none.switches[1].meters


@PATIENT
@given(topologies(parallel=True), st.data())
def test_tunnels_lead_over_their_trunks_whatever_way_that_is(made: Topology, data: st.DataObject) -> None:
    control = Control(topology=made, queues=QUEUES, edges=tuple(_edges(made, data)))
    fabric = _fabric(control)
    for rule in control.edges:
        weights = [each.weight for each in rule.tunnels]
        taken = Counter(
            fabric.walk(rule.source, rule.target, dscp=rule.dscp, flow=flow).trunks
            for flow in range(sum(weights))
        )
        wanted: Counter[tuple[int, ...]] = Counter()
        for each in rule.tunnels:
            wanted[each.trunks] += each.weight
        assert taken == wanted


def _edges(made: Topology, data: st.DataObject) -> Iterator[EdgeRule]:
    """Draw rules with tunnels over the shortest ways, and over those around each one's first trunk."""
    routes = all_routes(made)
    pairs = st.sampled_from([*_pairs(made)])
    for source, target in data.draw(st.lists(pairs, max_size=4, unique=True)):
        ways = [routes[target].tree.way(source)]
        around = routes[target].detour(source)
        ways += [] if around is None else [around]
        weights = data.draw(st.lists(st.integers(1, 5), min_size=len(ways), max_size=len(ways)))
        tunnels = tuple(
            TunnelPath(trunks=tuple(way), weight=weight) for way, weight in zip(ways, weights, strict=True)
        )
        for dscp in data.draw(st.sets(st.sampled_from([VOICE, BULK]), min_size=1)):
            yield EdgeRule(source=source, target=target, dscp=dscp, rate_kbps=1, tunnels=tunnels)


@pytest.mark.parametrize("weights", [(100_000, 50_000), (1, 0), (10_000_000, 1), (65_536, 65_535)])
def test_weights_are_what_a_switch_can_be_told(weights: tuple[int, int]) -> None:
    """A bucket's weight has 16 bits, and with 0 it would never be chosen."""
    (group,) = tables(_square(weights=weights), 1)[1].groups[-1:]
    assert group.kind == "select" and usable(group.buckets)
    one, other = (each.weight for each in group.buckets)
    assert one / (one + other) == pytest.approx(weights[0] / sum(weights), abs=0.0001) or weights == (1, 0)


@PATIENT
@given(topologies(parallel=True), st.data())
def test_no_two_entries_of_a_switch_collide_also_while_all_versions_are_there(
    made: Topology, data: st.DataObject
) -> None:
    control = Control(topology=made, queues=QUEUES, edges=tuple(_edges(made, data)))
    versions = [tables(control, version) for version in tags.VERSIONS]
    for switch in (each.number for each in made.switches):
        told = [version[switch] for version in versions]
        for each in told:
            _check_different([*each.always, *each.inner, *each.edge])
        assert len({tuple(each.always) for each in told}) == 1
        _check_different([*told[0].always, *(flow for each in told for flow in each.inner)])
        groups = [group.number for each in told for group in each.groups]
        meters = [meter.number for each in told for meter in each.meters]
        assert len(set(groups)) == len(groups) and len(set(meters)) == len(meters)


def _check_different(flows: list[Flow]) -> None:
    places = Counter((each.table, each.priority, each.match) for each in flows)
    assert [place for place, times in places.items() if times > 1] == []


@PATIENT
@given(topologies(parallel=True), st.sampled_from(tags.VERSIONS))
def test_cookies_say_whose_an_entry_is(made: Topology, version: int) -> None:
    macs = {each.mac: each.number for each in made.switches}
    for told in tables(Control(topology=made, queues=QUEUES), version).values():
        assert {version_of(each.cookie) for each in told.always} == {0}
        assert [each.cookie for each in told.edge] == [cookie(version)]
        for flow in told.inner:
            assert flow.match.mac is not None and flow.match.tag is not None
            rest = flow.match.tag - tags.on_its_way(version)
            around = 0 if rest in (0, 999) else rest
            assert flow.cookie == cookie(version, macs[flow.match.mac], around=around)


@PATIENT
@given(topologies(parallel=True))
def test_only_the_edge_lets_a_version_in_and_a_switch_can_have_the_rest_before(made: Topology) -> None:
    for told in tables(Control(topology=made), 2).values():
        assert {each for each in told.before.flows if each.table == EDGE} <= set(told.always)
        assert told.whole.flows - told.before.flows == set(told.edge)
        assert {each.table for each in told.edge} == {EDGE}


def test_groups_are_numbered_by_version_and_target() -> None:
    for number, told in tables(Control(topology=ring(4)), 3).items():
        assert [each.number for each in told.groups] == [
            3 * NUMBERS_A_VERSION + target for target in range(1, 5) if target != number
        ]
        used = {each.number for flow in told.inner for each in flow.actions if isinstance(each, ToGroup)}
        assert used == {each.number for each in told.groups}


def test_a_switch_without_a_way_is_told_nothing_of_it() -> None:
    fabric = _fabric(Control(topology=line(4)), failed=frozenset({2}))
    assert fabric.walk(1, 2).delivered == (2,)
    assert fabric.walk(1, 3).delivered == ()
    assert not any(each.match.mac == made_mac(4) for each in fabric.switches[1].flows.values())


def made_mac(number: int) -> str:
    return line(number).switch(number).mac


def _many(switches: int = 2, trunks: int = 1) -> Topology:
    made = [Switch(number=n, name=f"s{n}", uplink=1, mac=f"{n}") for n in range(1, switches + 1)]
    joined = [Trunk(number=n, a=1, b=2, a_port=n + 1, b_port=n + 1, rtt_ns=n) for n in range(1, trunks + 1)]
    return Topology(switches=tuple(made), trunks=tuple(joined))


def _tunnels(count: int) -> tuple[EdgeRule, ...]:
    tunnel = TunnelPath(trunks=(1,), weight=1)
    return tuple(
        EdgeRule(
            source=1, target=2, dscp=dscp, rate_kbps=1, tunnels=(tunnel,) * (count // 2 + dscp * (count % 2))
        )
        for dscp in range(2)
    )


def test_what_the_numbers_just_have_room_for_is_taken() -> None:
    check_size(_many(switches=4999))
    check_size(_many(trunks=499))
    check_size(_many(), _tunnels(498))
    fabric = _fabric(Control(topology=_many(trunks=499)))
    fabric.cut = {1}
    assert fabric.walk(1, 2).trunks == (2,)


@pytest.mark.parametrize(
    "made, edges, words",
    [
        (_many(switches=5000), (), r"^the backbone has 5000 switches; right would be 4999 or fewer, as"),
        (_many(trunks=500), (), r"^the backbone has 500 trunks; right would be 499 or fewer, as each has"),
        (_many(), _tunnels(499), r"^the backbone has 499 tunnels; right would be 498 or fewer, as each has"),
    ],
)
def test_more_than_there_are_numbers_for_is_refused_in_words(
    made: Topology, edges: tuple[EdgeRule, ...], words: str
) -> None:
    with pytest.raises(WorldError, match=words):
        check_size(made, edges)
    with pytest.raises(WorldError, match=words):
        tables(Control(topology=made, edges=edges), 1)


def test_the_highest_number_counts_however_few_there_are() -> None:
    made = topology([(1, 2, 1.0)])
    high = made.model_copy(update={"trunks": (made.trunks[0].model_copy(update={"number": 600}),)})
    with pytest.raises(WorldError, match=r"600 trunks; right would be 499"):
        check_size(high)


def test_a_grid_of_equal_ways_has_no_circle_when_everything_on_one_side_is_cut() -> None:
    made = grid(4, 4)
    fabric = _fabric(Control(topology=made))
    fabric.cut = {each.number for each in made.trunks if each.a <= 4 and each.b > 4}
    for source, target in _pairs(made):
        assert fabric.walk(source, target).delivered in ((), (target,))
