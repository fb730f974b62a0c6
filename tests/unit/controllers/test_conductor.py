"""The conductor over switches that are slow, each in its own way, while packets are under way."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from controllers import cookies
from controllers.conductor import Conductor, Phase
from controllers.control import Control, EdgeRule, TunnelPath
from controllers.cookies import version_of
from controllers.effects import Add, Confirm, Drain, InForce, Remove
from controllers.layout import CLASS, EDGE
from controllers.openflow import Flow, State
from controllers.states import entered, of_version, versions
from controllers.tables import tables

from .fake_channels import Stage
from .fake_switch import Fabric
from .made_up_topologies import line, topologies, topology

# Ring and chord: every trunk can be cut without parting it.
SMALL = topology([(1, 2, 1.0), (2, 3, 1.0), (3, 4, 1.0), (4, 1, 1.0), (1, 3, 1.5)])
TUNNELS = (
    EdgeRule(
        source=1,
        target=3,
        dscp=8,
        rate_kbps=1000,
        tunnels=(TunnelPath(trunks=(1, 2), weight=1), TunnelPath(trunks=(4, 3), weight=1)),
    ),
)
PLAIN = Control(topology=SMALL)
RICH = Control(topology=SMALL, queues=((46, 1), (8, 2)), edges=TUNNELS)


def _at_rest(control: Control = PLAIN) -> Stage:
    stage = Stage(control)
    stage.rush()
    stage.check_at_rest()
    return stage


def _rush_with_packets(stage: Stage) -> None:
    """Let everything arrive, a little at each switch in turn, with packets between all pairs meanwhile."""
    while any((*stage.to_switch.values(), *stage.to_controller.values(), stage.drains)):
        for number in stage.numbers:
            stage.carry_out_next(number, 25)
            stage.hear_next(number)
            _inject_all(stage)
            for packet in range(len(stage.packets) - 1, -1, -1):
                stage.move(packet)
        if not any((*stage.to_switch.values(), *stage.to_controller.values())):
            stage.drain_next()
    stage.rush()
    assert stage.lost == []


def _inject_all(stage: Stage) -> None:
    for source in stage.numbers:
        for target in set(stage.numbers) - {source}:
            stage.inject(source, target)


class Update(RuleBasedStateMachine):
    """Trunks are cut and mended while messages and packets are under way; at most one is down at a time."""

    most_down = 1
    dies = False

    @initialize(made=st.one_of(st.just(SMALL), topologies(max_switches=5, parallel=True)))
    def begin(self, made: object) -> None:
        self.stage = _at_rest(Control.model_validate({"topology": made}))

    def _switch(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(self.stage.numbers))

    @rule(data=st.data(), count=st.integers(1, 60))
    def a_switch_carries_out(self, data: st.DataObject, count: int) -> None:
        busy = [number for number in self.stage.numbers if self.stage.to_switch[number]]
        if busy:
            self.stage.carry_out_next(data.draw(st.sampled_from(busy)), count)

    @rule(data=st.data())
    def the_controller_hears(self, data: st.DataObject) -> None:
        speaking = [number for number in self.stage.numbers if self.stage.to_controller[number]]
        if speaking:
            self.stage.hear_next(data.draw(st.sampled_from(speaking)))

    @rule(data=st.data())
    def a_packet_is_let_in(self, data: st.DataObject) -> None:
        source, target = self._switch(data), self._switch(data)
        if source != target:
            self.stage.inject(source, target)

    @rule(data=st.data())
    def a_packet_moves(self, data: st.DataObject) -> None:
        if self.stage.packets:
            self.stage.move(data.draw(st.integers(0, len(self.stage.packets) - 1)))

    @rule(data=st.data())
    def a_trunk_changes(self, data: st.DataObject) -> None:
        down = self.stage.fabric.cut
        numbers = [each.number for each in self.stage.control.topology.trunks]
        trunk = data.draw(st.sampled_from(numbers if len(down) < self.most_down else sorted(down)))
        self.stage.change(trunk, up=trunk in down)

    @rule()
    def packets_of_old_versions_are_gone(self) -> None:
        self.stage.drain_next()

    @rule()
    def everybody_catches_up(self) -> None:
        self.stage.rush(draining=False, moving=False)

    @precondition(lambda self: self.dies)
    @rule()
    def the_controller_dies_and_another_one_begins(self) -> None:
        self.stage.begin()

    @invariant()
    def nothing_is_lost(self) -> None:
        assert self.stage.lost == []

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            self.stage.rush()
            assert self.stage.lost == []
            self.stage.check_at_rest()


class Storm(Update):
    """Several trunks are down at a time: packets may be lost, but none circles or doubles."""

    most_down = 3


class Deaths(Update):
    """The controller dies, too, at any point, also one that has just begun."""

    dies = True


STATEFUL = settings(
    deadline=None,
    max_examples=15,
    stateful_step_count=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
for _machine in (Update, Storm, Deaths):
    _machine.TestCase.settings = STATEFUL
TestUpdate, TestStorm, TestDeaths = Update.TestCase, Storm.TestCase, Deaths.TestCase


def test_when_all_have_connected_a_version_is_put_behind_the_edges_then_at_the_edges_then_in_force() -> None:
    conductor = Conductor(PLAIN)
    for number in (1, 2, 3):
        assert conductor.connected(number, (), State()) == []
    effects = conductor.connected(4, (), State())
    told = tables(PLAIN, 1)
    assert effects == [each for n in (1, 2, 3, 4) for each in (Add(n, told[n].before, State()), Confirm(n))]
    assert [conductor.confirmed(number) for number in (1, 2, 3)] == [[]] * 3
    effects = conductor.confirmed(4)
    edges = {n: State(frozenset(told[n].edge)) for n in told}
    assert effects == [each for n in (1, 2, 3, 4) for each in (Add(n, edges[n], told[n].before), Confirm(n))]
    assert [conductor.confirmed(number) for number in (4, 3, 2)] == [[]] * 3
    assert conductor.confirmed(1) == [InForce(1, frozenset())]


def test_a_cut_begins_an_update_whoever_says_it_first_and_one_only() -> None:
    stage = _at_rest()
    stage.change(1, up=False)
    stage.hear_next(2)
    assert stage.conductor.phase is Phase.BEFORE
    stage.hear_next(1)
    stage.rush()
    assert [(each.version, each.without) for each in stage.in_force] == [
        (1, frozenset()),
        (2, frozenset({1})),
    ]
    stage.check_at_rest()


def test_what_changes_during_an_update_begins_the_next_one_when_it_is_done() -> None:
    stage = _at_rest()
    stage.change(1, up=False)
    stage.hear_next(1)
    stage.change(1, up=True)
    stage.rush()
    assert [each.without for each in stage.in_force] == [frozenset(), {1}, frozenset()]
    stage.check_at_rest()


def test_three_changes_faster_than_packets_leave_wait_for_a_free_version() -> None:
    stage = _at_rest()
    for trunk in (1, 2, 3):
        stage.change(trunk, up=False)
        stage.rush(draining=False)
        stage.change(trunk, up=True)
        stage.rush(draining=False)
    assert [each.version for each in stage.in_force] == [1, 2, 3]
    assert list(stage.drains) == [{1}, {2}]
    stage.change(5, up=False)
    stage.rush(draining=False)
    assert len(stage.in_force) == 3
    stage.drain_next()
    assert stage.conductor.phase is Phase.BEFORE
    stage.rush()
    stage.check_at_rest()
    assert (stage.in_force[-1].version, stage.in_force[-1].without) == (1, frozenset({5}))


def test_a_version_that_drained_during_an_update_is_clean_before_it_is_used_again() -> None:
    """Where trunk 2 parts the row there is no way to 3, and so no entry may be left of the old version 1."""
    stage = _at_rest(Control(topology=line(3)))
    stage.change(1, up=False)
    stage.rush(draining=False)  # version 2; 1 drains
    stage.change(1, up=True)
    stage.hear_next(1)
    stage.hear_next(2)
    stage.drain_next()  # 1 is free while 3 is on its way
    stage.rush(draining=False)
    stage.change(2, up=False)
    stage.hear_next(2)
    stage.hear_next(3)
    assert stage.conductor._next == 1
    stage.rush(draining=False)
    wanted = tables(stage.control, 1, {2})
    for number, state in stage.states().items():
        mine = {each for each in state.flows if version_of(each.cookie) == 1}
        assert mine == {each for each in wanted[number].whole.flows if version_of(each.cookie) == 1}


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_switch_that_disappears_does_not_block_an_update(number: int) -> None:
    for steps in range(12):
        stage = _at_rest()
        stage.change(3, up=False)
        for step in range(steps):
            each = stage.numbers[step % 4]
            stage.carry_out_next(each, 1000)
            stage.hear_next(each)
        stage.disconnect(number)
        stage.rush()
        assert stage.conductor.phase is Phase.RESTING
        stage.connect(number)
        stage.rush()
        stage.check_at_rest()


def test_without_a_switch_from_the_beginning_patience_ends_and_it_is_told_when_it_comes() -> None:
    stage = Stage(PLAIN)
    stage.disconnect(3)
    stage.rush()
    assert stage.in_force == []
    stage.carry_out(stage.conductor.patience_ended())
    stage.rush()
    assert [each.version for each in stage.in_force] == [1]
    assert stage.conductor.patience_ended() == []
    stage.connect(3)
    stage.rush()
    stage.check_at_rest()


def test_nobody_at_all_is_no_reason_to_go_on() -> None:
    """Else the first switch to come would let packets in before the others know their tag."""
    stage = _at_rest()
    stage.change(1, up=False)
    stage.hear_next(1)
    assert stage.conductor.phase is Phase.BEFORE
    for number in stage.numbers:
        stage.disconnect(number)
    assert stage.conductor.phase is Phase.BEFORE
    for number in stage.numbers:
        stage.connect(number)
    stage.rush()
    stage.check_at_rest()
    conductor = Conductor(PLAIN)
    assert conductor.patience_ended() == []
    assert [type(each) for each in conductor.connected(1, (), State())] == [Add, Confirm]


@pytest.mark.parametrize("control", [PLAIN, RICH], ids=["plain", "rich"])
@pytest.mark.parametrize("moment", range(14))
def test_a_switch_that_lost_its_state_and_reconnects_gets_it_back(control: Control, moment: int) -> None:
    stage = _at_rest(control)
    stage.change(1, up=False)
    for step in range(moment):
        each = stage.numbers[step % 4]
        stage.carry_out_next(each, 1000)
        stage.hear_next(each)
    stage.disconnect(2, forgetting=True)
    stage.connect(2)
    stage.rush()
    stage.check_at_rest()


def test_a_switch_that_comes_back_empty_has_its_ways_before_its_edge() -> None:
    stage = _at_rest()
    stage.disconnect(1, forgetting=True)
    stage.connect(1)
    stage.hear_next(1)
    while stage.to_switch[1]:
        stage.carry_out_next(1)
        for target in (2, 3, 4):
            stage.inject(1, target)
        for packet in range(len(stage.packets) - 1, -1, -1):
            if entered(stage.fabric.switches[1].state):
                while packet < len(stage.packets):
                    stage.move(packet)
            else:
                stage.packets.pop(packet)
    stage.rush()
    assert stage.lost == []
    stage.check_at_rest()


def test_a_switch_that_was_away_during_updates_forgets_what_is_old_and_its_old_version_drains() -> None:
    stage = _at_rest(RICH)
    stage.disconnect(1)
    for trunk in (2, 3):
        stage.change(trunk, up=False)
    stage.rush()
    assert stage.in_force[-1].version != 1
    stage.connect(1)
    stage.rush(draining=False)
    # Both tunnels are cut, so nothing replaces the entrance to them: it has to go.
    assert entered(stage.fabric.switches[1].state) == {stage.in_force[-1].version}
    assert frozenset({1}) in stage.drains
    stage.rush()
    stage.check_at_rest()


def test_the_version_of_a_switch_that_was_away_is_not_used_again_before_it_has_drained() -> None:
    stage = _at_rest()
    stage.disconnect(1)
    stage.change(2, up=False)
    stage.rush()
    assert stage.in_force[-1].version == 2
    stage.connect(1)
    stage.rush(draining=False)
    stage.change(2, up=True)
    stage.rush(draining=False)
    assert stage.in_force[-1].version == 3
    stage.rush()
    stage.check_at_rest()


def test_a_switch_that_nobody_knows_changes_nothing() -> None:
    stage = Stage(PLAIN)
    assert stage.conductor.connected(99, (), State()) == []
    stage.rush()
    stage.check_at_rest()
    assert stage.conductor.connected(99, {1}, State()) == []
    assert stage.conductor.port(99, 1, up=False) == []
    assert stage.conductor.gone(99) == []
    stage.check_at_rest()


def _die_after(steps: int, control: Control, *, trunk: int = 1) -> Stage:
    """Return a stage whose controller died a number of steps after a trunk was cut, and was succeeded."""
    stage = _at_rest(control)
    stage.change(trunk, up=False)
    for step in range(steps):
        each = stage.numbers[step % 4]
        stage.carry_out_next(each, 9)
        stage.hear_next(each)
        if step % 3 == 2:
            stage.drain_next()
    stage.begin()
    return stage


@pytest.mark.parametrize("control", [PLAIN, RICH], ids=["plain", "rich"])
def test_a_controller_that_dies_at_any_point_has_a_successor_that_ends_in_force(control: Control) -> None:
    for steps in range(0, 60, 2):
        stage = _die_after(steps, control)
        _rush_with_packets(stage)
        stage.check_at_rest()


def test_what_a_controller_left_behind_that_died_before_its_first_version_was_in_is_removed() -> None:
    stage = Stage(PLAIN)
    for number in stage.numbers:
        stage.hear_next(number)
    for number in stage.numbers:
        stage.carry_out_next(number, 1000)
    stage.begin()
    for number in stage.numbers:
        stage.hear_next(number)
    stage.drain_next()  # of version 1, which nobody was let in by, while version 2 is on its way
    stage.rush()
    assert [each.version for each in stage.in_force] == [2]
    stage.check_at_rest()


@pytest.mark.parametrize("steps", range(30))
def test_a_chain_of_successors_each_of_which_dies_ends_in_force_too(steps: int) -> None:
    stage = _at_rest()
    for trunk in (1, 2, 3, 4):
        stage.change(trunk, up=False)
        for step in range(steps):
            each = stage.numbers[step % 4]
            stage.carry_out_next(each, 20)
            stage.hear_next(each)
        stage.begin()
        stage.change(trunk, up=True)
    stage.rush()
    assert stage.lost == []
    stage.check_at_rest()


def _mixed(*of: int, control: Control = PLAIN, failed: Collection[int] = ()) -> Stage:
    """Return a stage on which each switch lets packets in by another version; all have all of them inside."""
    stage = Stage(control)
    stage.fabric = Fabric(control.topology)
    for version in (1, 2, 3):
        told = tables(control, version, failed)
        stage.fabric.tell({number: each.before for number, each in told.items()})
    for number, version in zip(stage.numbers, of, strict=True):
        edge = tables(control, version)[number].edge
        stage.fabric.tell({number: State(frozenset(edge))})
    stage.without = {1: frozenset(), 2: frozenset(), 3: frozenset()}
    stage.begin()
    return stage


@pytest.mark.parametrize("of", [(1, 2, 3, 3), (1, 1, 2, 3), (1, 2, 2, 3), (1, 2, 2, 2), (3, 3, 3, 3)])
def test_where_edges_let_in_by_all_versions_one_is_agreed_on_and_the_others_drain(
    of: tuple[int, ...],
) -> None:
    stage = _mixed(*of)
    stage.in_force.append(InForce(0, frozenset()))  # paths are there: nothing is to be lost
    _rush_with_packets(stage)
    stage.check_at_rest()


def test_while_one_is_agreed_on_nothing_but_edges_changes_for_what_it_was_made_of_is_not_known() -> None:
    stage = _mixed(1, 2, 3, 3)
    stage.fabric.cut = {1}
    stage.begin()
    for number in stage.numbers:
        stage.hear_next(number)
    sent = [part for messages in stage.to_switch.values() for what, part in messages if what == "add"]
    assert sent and all(isinstance(each, Flow) and each.table == EDGE for each in sent)
    stage.rush()
    stage.check_at_rest()
    assert [each.without for each in stage.in_force] == [{1}]


def test_a_version_that_becomes_free_for_a_successor_has_nothing_left_of_what_it_was() -> None:
    """All three were made while trunk 3 had another end to lead to."""
    stage = _mixed(1, 1, 2, 2, control=Control(topology=line(4)))
    stage.fabric.cut = {3}
    stage.begin()
    for number in stage.numbers:
        stage.hear_next(number)
    assert list(stage.drains) == [{3}]
    stage.drain_next()
    _check_third(stage, {3})
    stage.rush()
    stage.check_at_rest()


def _check_third(stage: Stage, failed: Collection[int]) -> None:
    """See that a switch that is told version 3 has that of it which is wanted, and nothing else."""
    assert (stage.conductor.phase, stage.conductor._next) == (Phase.BEFORE, 3)
    for number, told in tables(stage.control, 3, failed).items():
        stage.carry_out_next(number, 1000)
        if number not in stage.absent:
            assert of_version(stage.fabric.switches[number].state, 3) == of_version(told.before, 3)


def test_a_switch_that_comes_back_with_the_coming_version_from_long_ago_has_nothing_left_of_it() -> None:
    stage = _at_rest(Control(topology=line(4)))
    stage.disconnect(2)
    stage.fabric.switches[2].forget()
    stage.fabric.tell({2: tables(stage.control, 3)[2].whole})
    stage.change(1, up=False)
    stage.rush()  # version 2
    stage.change(1, up=True)
    stage.rush()  # version 1
    stage.conductor._draining.add(2)  # so the next one is 3
    stage.change(3, up=False)
    stage.hear_next(3)
    stage.connect(2)
    stage.hear_next(2)
    _check_third(stage, {3})


@pytest.mark.parametrize("trunk", [each.number for each in SMALL.trunks])
def test_packets_that_are_under_way_during_a_whole_update_arrive(trunk: int) -> None:
    for up in (False, True):
        stage = _at_rest()
        if up:
            stage.change(trunk, up=False)
            stage.rush()
        _inject_all(stage)
        for packet in range(len(stage.packets) - 1, -1, -1):
            stage.move(packet)
        assert stage.packets
        stage.change(trunk, up=up)
        stage.rush(draining=False, moving=False)
        assert stage.in_force[-1].without == stage.fabric.cut
        stage.rush()
        assert stage.lost == []
        stage.check_at_rest()


def test_what_only_switches_that_were_away_let_in_drains_too() -> None:
    stage = _at_rest(Control(topology=line(4)))
    stage.disconnect(1)
    stage.disconnect(2)
    stage.change(3, up=False)
    stage.rush()
    stage.connect(2)
    stage.rush(draining=False)
    assert stage.fabric.walk(1, 3).delivered == (3,)  # in version 1, over 2
    stage.connect(1)
    stage.rush()
    stage.check_at_rest()


def test_a_switch_has_confirmed_when_it_has_confirmed_everything() -> None:
    stage = _at_rest()
    stage.disconnect(1, forgetting=True)
    stage.connect(1)
    stage.hear_next(1)
    stage.change(2, up=False)
    stage.hear_next(2)
    for number in (2, 3, 4):
        stage.carry_out_next(number, 1000)
        while stage.to_controller[number]:
            stage.hear_next(number)
    for _ in range(2):
        while not stage.to_controller[1]:
            stage.carry_out_next(1)
        stage.hear_next(1)
        assert stage.conductor.phase is Phase.BEFORE
    stage.rush()
    stage.check_at_rest()


def test_while_no_version_is_free_a_switch_may_come_and_go() -> None:
    for of in ((1, 2, 3, 3), (1, 1, 2, 2)):
        stage = _mixed(*of)
        stage.disconnect(4)
        for number in (1, 2, 3):
            stage.hear_next(number)
        stage.carry_out(stage.conductor.patience_ended())
        stage.connect(4)
        stage.hear_next(4)
        stage.disconnect(2)
        stage.connect(2)
        stage.rush()
        stage.check_at_rest()


def test_a_successor_finds_what_is_in_force_and_tells_nobody_anything() -> None:
    for control in (PLAIN, RICH):
        stage = _at_rest(control)
        before = stage.states()
        stage.begin()
        stage.rush()
        assert (stage.in_force[-1], stage.states()) == (InForce(1, frozenset()), before)


def test_a_successor_that_finds_another_versions_entrance_does_not_take_its_ways_from_packets() -> None:
    """The one before died after all edges had version 3, and before version 2's tunnel was shut."""
    stage = _at_rest(RICH)
    stage.change(2, up=False)
    stage.rush()
    stage.change(3, up=False)
    stage.hear_next(3)
    while stage.conductor.phase is not Phase.EDGES:
        for each in stage.numbers:
            stage.carry_out_next(each, 1000)
            stage.hear_next(each)
    for each in stage.numbers:  # what adds, but nothing that removes
        while stage.to_switch[each] and stage.to_switch[each][0][0] == "add":
            stage.carry_out_next(each)
    assert entered(stage.fabric.switches[1].state) == {1, 2}
    stage.begin()
    stage.inject(1, 3, dscp=8)
    stage.move(0)
    for number in stage.numbers:
        stage.hear_next(number)
        stage.carry_out_next(number, 1000)
    # Nobody says yet that a version is in force, and version 2 still has its ways inside.
    assert len(stage.in_force) == 2
    assert all(2 in versions(state) for state in stage.states().values())
    stage.rush()
    stage.check_at_rest()


@pytest.mark.parametrize(
    "others", [PLAIN, RICH.model_copy(update={"queues": ((8, 1),)})], ids=["none", "one"]
)
def test_a_successor_with_other_rules_has_none_of_the_old_ones_left_when_it_says_so(others: Control) -> None:
    stage = _at_rest(RICH)
    stage.control = others
    stage.begin()
    said = len(stage.in_force)
    while len(stage.in_force) == said:
        for number in stage.numbers:
            stage.carry_out_next(number, 1)
            if len(stage.in_force) == said:
                stage.hear_next(number)
    wanted = tables(others, stage.in_force[-1].version)
    for number, state in stage.states().items():
        assert _classes(state) == _classes(wanted[number].whole)
    stage.rush()
    stage.check_at_rest()


def _classes(state: State) -> set[Flow]:
    return {each for each in state.flows if each.table == CLASS}


def test_a_confirmation_that_nobody_asked_for_changes_nothing() -> None:
    stage = _at_rest()
    assert stage.conductor.confirmed(1) == []
    stage.change(1, up=False)
    stage.hear_next(1)
    assert stage.conductor.confirmed(99) == []
    assert stage.conductor.phase is Phase.BEFORE
    stage.rush()
    stage.check_at_rest()


def test_a_port_without_a_trunk_and_a_switch_that_is_not_there_change_nothing() -> None:
    stage = _at_rest()
    uplink = SMALL.switch(1).uplink
    assert stage.conductor.port(1, uplink, up=False) == []
    assert stage.conductor.failed == set()
    stage.disconnect(1)
    assert stage.conductor.port(1, 1, up=False) == []
    assert stage.conductor.failed == set()


def test_a_trunk_has_failed_as_soon_as_one_end_says_so_and_until_both_have_taken_it_back() -> None:
    conductor = _at_rest().conductor
    ends = SMALL.trunk(1)
    conductor.port(ends.a, ends.a_port, up=False)
    assert conductor.failed == {1}
    conductor.port(ends.b, ends.b_port, up=False)
    conductor.port(ends.a, ends.a_port, up=True)
    assert conductor.failed == {1}
    conductor.port(ends.b, ends.b_port, up=True)
    assert conductor.failed == set()


def test_a_flap_that_is_over_before_anybody_heard_of_it_ends_where_it_began() -> None:
    stage = _at_rest()
    for _ in range(5):
        stage.change(1, up=False)
        stage.change(1, up=True)
    stage.rush()
    stage.check_at_rest()


def test_what_is_cut_before_the_controller_begins_is_not_used() -> None:
    stage = Stage(PLAIN)
    stage.change(1, up=False)
    stage.rush()
    stage.check_at_rest()
    other = Stage(PLAIN)
    other.fabric.cut = {1}
    other.begin()
    other.rush()
    assert [each.without for each in other.in_force] == [{1}]
    other.check_at_rest()


@settings(deadline=None, max_examples=15)
@given(topologies(max_switches=6, parallel=True), st.data())
def test_any_switch_may_go_and_come_back_at_any_time_with_or_without_what_it_was_told(
    made: object, data: st.DataObject
) -> None:
    stage = _at_rest(Control.model_validate({"topology": made}))
    trunks = st.sampled_from([each.number for each in stage.control.topology.trunks])
    numbers = st.sampled_from(stage.numbers)
    steps: dict[str, Callable[[], None]] = {
        "cut": lambda: stage.change(data.draw(trunks), up=False),
        "mend": lambda: stage.change(data.draw(trunks), up=True),
        "go": lambda: stage.disconnect(data.draw(numbers)),
        "forget": lambda: stage.disconnect(data.draw(numbers), forgetting=True),
        "come": lambda: stage.connect(data.draw(numbers)),
        "carry out": lambda: stage.carry_out_next(data.draw(numbers), 30),
        "hear": lambda: stage.hear_next(data.draw(numbers)),
        "drain": stage.drain_next,
        "rush": lambda: stage.rush(draining=False),
    }
    for name in data.draw(st.lists(st.sampled_from(sorted(steps)), max_size=40)):
        if name == "come" and not stage.absent:
            continue
        steps[name]()
    for number in sorted(stage.absent):
        stage.connect(number)
    stage.rush()
    stage.check_at_rest()


def test_effects_are_of_what_is_lacking_and_of_what_is_too_much_only() -> None:
    stage = _at_rest()
    stage.disconnect(1)
    stage.connect(1)
    (told,) = stage.to_controller[1]
    effects = told()
    assert {type(each) for each in effects} == {Confirm}
    extra = Flow(CLASS, 7, cookies.cookie(0), tables(PLAIN, 1)[1].inner[0].match)
    stage.fabric.switches[1].add(extra)
    effects = stage.conductor.connected(1, (), stage.fabric.switches[1].state)
    assert [each for each in effects if not isinstance(each, Confirm)] == [
        Remove(1, State(frozenset({extra})))
    ]
    assert not any(isinstance(each, Drain) for each in effects)
