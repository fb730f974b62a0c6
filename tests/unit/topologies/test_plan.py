"""The values of a plan, and how a plan is asked for its parts."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from pydantic import ValidationError

from topologies.access import Line
from topologies.plan import End, Neighbour, Node, Plan, Route, Wire, interface_at, mac, other_end

HOST = Node(name="host", kind="host", site="router", address=IPv4Address("100.64.0.2"))
ROUTER = Node(name="router", kind="router", site="router", address=IPv4Address("100.127.0.1"))
SWITCH = Node(name="switch", kind="switch", site="router")
LAN = Wire(
    a=End(node="host", interface="eth0", mac=mac(1)), b=End(node="router", interface="lan", mac=mac(2))
)
TRUNK = Wire(
    a=End(node="router", interface="wan", mac=mac(3)),
    b=End(node="switch", interface="up", mac=mac(4)),
    there=Line(delay_ms=3),
    back=Line(delay_ms=5),
)
PLAN = Plan(seed=1, nodes=(HOST, ROUTER, SWITCH), wires=(LAN, TRUNK), routes=(), neighbours=())


def test_a_node_is_found_by_its_name() -> None:
    assert PLAN.node("router") == ROUTER
    with pytest.raises(KeyError, match="elsewhere"):
        PLAN.node("elsewhere")


def test_nodes_are_found_by_their_kind() -> None:
    assert PLAN.of_kind("host") == (HOST,)
    assert PLAN.of_kind("switch") == (SWITCH,)


def test_wires_are_found_at_both_of_their_ends() -> None:
    assert PLAN.wires_at("host") == (LAN,)
    assert PLAN.wires_at("router") == (LAN, TRUNK)


def test_the_wires_that_join_two_nodes_are_found_from_either_side() -> None:
    assert PLAN.wires_between("host", "router") == PLAN.wires_between("router", "host") == (LAN,)
    assert PLAN.wires_between("host", "switch") == PLAN.wires_between("host", "host") == ()
    assert PLAN.wires_between("elsewhere", "host") == ()


def test_each_node_has_its_own_routes_and_neighbours_in_their_order() -> None:
    routes = tuple(
        Route(node=node, prefix=IPv4Network(f"10.{number}.0.0/16"), interface="eth0", via=ROUTER.address)
        for number, node in enumerate(("host", "router", "host"))
    )
    known = Neighbour(node="router", interface="lan", address=HOST.address, mac=mac(1))
    plan = PLAN.model_copy(update={"routes": routes, "neighbours": (known,)})
    assert plan.routes_at("host") == (routes[0], routes[2])
    assert plan.neighbours_at("router") == (known,)
    assert plan.routes_at("switch") == ()
    assert plan.neighbours_at("host") == ()


def test_ports_are_numbered_at_each_node_by_itself() -> None:
    assert (PLAN.port_number("router", "lan"), PLAN.port_number("router", "wan")) == (1, 2)
    assert PLAN.port_number("switch", "up") == 1
    with pytest.raises(KeyError):
        PLAN.port_number("switch", "wan")


def test_a_plan_that_has_been_asked_is_the_same_plan() -> None:
    asked = Plan.model_validate_json(PLAN.model_dump_json())
    asked.node("host"), asked.wires_at("host"), asked.routes_at("host"), asked.port_number("switch", "up")
    assert asked == PLAN and asked.model_dump_json() == PLAN.model_dump_json()


def test_a_wire_has_a_near_and_a_far_end() -> None:
    assert (interface_at(TRUNK, "router"), interface_at(TRUNK, "switch")) == ("wan", "up")
    assert (other_end(TRUNK, "router"), other_end(TRUNK, "switch")) == (TRUNK.b, TRUNK.a)


def test_a_wires_delay_is_there_and_back() -> None:
    assert TRUNK.delay_ms == 3 + 5
    assert LAN.delay_ms == 0


def test_a_mac_address_is_local_and_belongs_to_one_interface() -> None:
    assert mac(0x010203) == "02:00:00:01:02:03"
    assert len({mac(number) for number in range(1000)}) == 1000


def test_a_node_answers_at_its_own_address_alone_unless_it_is_said() -> None:
    assert HOST.aliases == ()
    shared = HOST.model_copy(update={"aliases": (IPv4Address("13.107.24.1"),)})
    assert Node.model_validate_json(shared.model_dump_json()) == shared != HOST


def test_a_plan_has_one_of_the_ways_to_control_congestion_that_the_machine_has() -> None:
    assert PLAN.congestion == "cubic"
    assert Plan.model_validate({**PLAN.model_dump(), "congestion": "bbr"}).congestion == "bbr"
    with pytest.raises(ValidationError, match="'cubic' or 'bbr'"):
        Plan.model_validate({**PLAN.model_dump(), "congestion": "reno"})


def test_a_plan_survives_its_file() -> None:
    assert Plan.model_validate_json(PLAN.model_dump_json()) == PLAN
