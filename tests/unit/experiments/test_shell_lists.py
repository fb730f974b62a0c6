"""What a shell lists, what can be cut, and where can be captured."""

from __future__ import annotations

import pytest

from experiments.shell_captures import points_at
from experiments.shell_lists import joined, links_text, nodes_text
from experiments.shell_plan import plan_shell
from experiments.shell_words import NotUnderstood
from topologies.load import load_world
from topologies.plan import Plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_shell(load_world("article"), 1, 10).network


def test_nodes_are_listed_with_their_addresses(plan: Plan) -> None:
    said = nodes_text(plan).splitlines()
    assert len(said) == len(plan.nodes)
    assert "traveller      host    100.64.0.10" in said
    assert "ams-wan        switch" in said


def test_links_are_listed_with_what_they_add_and_whether_they_are_cut(plan: Plan) -> None:
    assert len(links_text(plan, None, ()).splitlines()) == len(plan.wires)
    (cut,) = plan.wires_between("ams-wan", "dub-wan")
    said = links_text(plan, "dub-wan", [cut]).splitlines()
    assert [line for line in said if line.endswith("cut")] == [
        f"ams-wan:ams-dub  dub-wan:dub-ams  {cut.delay_ms:.3f} ms     cut"
    ]
    assert len(said) == len(plan.wires_at("dub-wan"))


def test_a_rate_is_listed_too() -> None:
    plan = plan_shell(load_world("continents"), 1, 10).network
    rates = [wire for wire in plan.wires if wire.there.rate_mbit is not None]
    said = links_text(plan, None, ())
    assert said.count("Mbit/s") >= len(rates)


@pytest.mark.parametrize("a, b", [("ams-wan", "dub-wan"), ("ams", "dub")])
def test_a_trunk_is_named_by_its_switches_or_its_datacenters(plan: Plan, a: str, b: str) -> None:
    assert joined(plan, a, b) == ("ams-wan", "dub-wan")
    assert joined(plan, b, a) == ("dub-wan", "ams-wan")


@pytest.mark.parametrize(
    "a, b, words",
    [
        ("traveller", "ams-fe", "nothing joins traveller and ams-fe; traveller is joined to: traveller-cpe"),
        ("travler", "ams-fe", 'there is no node "travler"; did you mean "traveller"'),
        ("traveller", "amsfe", 'there is no node "amsfe"; did you mean "ams-fe"'),
        ("traveller", "traveller", "nothing joins traveller and traveller"),
    ],
)
def test_where_nothing_is_joined_it_is_said_what_is(plan: Plan, a: str, b: str, words: str) -> None:
    with pytest.raises(NotUnderstood) as error:
        joined(plan, a, b)
    assert words in str(error.value)


def test_one_captures_at_each_interface_of_a_node(plan: Plan) -> None:
    assert [(each.name, each.interface) for each in points_at(plan, "traveller", None)] == [
        ("traveller", "eth0")
    ]
    both = points_at(plan, "traveller-cpe", None)
    assert [(each.name, each.interface) for each in both] == [
        ("traveller-cpe-lan", "lan"),
        ("traveller-cpe-line", "line"),
    ]
    assert points_at(plan, "traveller-cpe", "line") == both[1:]


@pytest.mark.parametrize(
    "node, interface, words",
    [
        ("dub-br", None, "interfaces; right would be one of: dub-fe"),
        ("dub-br", "wam", 'dub-br has no interface "wam"; did you mean "wan"?'),
        ("dub", None, 'there is no node "dub"'),
    ],
)
def test_where_one_cannot_capture_it_is_said_where_one_can(
    plan: Plan, node: str, interface: str | None, words: str
) -> None:
    with pytest.raises(NotUnderstood) as error:
        points_at(plan, node, interface)
    assert words in str(error.value)
