"""What makes the switches; only the database's operations are tried here, Open vSwitch needs a machine."""

from typing import Any

import pytest
from hypothesis import example, given

from topologies import switching
from topologies.errors import BuildError
from topologies.plan import interface_at
from topologies.switching import Bridge, _bridge, datapath_id, port_number
from topologies.world import World

from .made_up_plans import ARTICLE, MODEST, planned
from .made_up_worlds import worlds


class FakeDatabase:
    """Keeps what it is asked to do; its interfaces have the ports that it is made with."""

    def __init__(
        self, ofports: dict[str, int] | None = None, rows: dict[str, list[Any]] | None = None
    ) -> None:
        self.applied: list[dict[str, Any]] = []
        self.rows = rows or {}
        self.ofports = ofports

    def apply(self, *operations: dict[str, Any]) -> None:
        self.applied += operations
        if self.ofports is None:
            self.ofports = {row["name"]: row.get("ofport_request", 65534) for row in self.added("Interface")}

    def select(self, table: str, where: Any, columns: Any) -> list[Any]:
        if table == "Interface":
            return [{"name": n, "ofport": p, "error": "busy"} for n, p in (self.ofports or {}).items()]
        return self.rows.get(table, [])

    def added(self, table: str) -> list[Any]:
        return [each["row"] for each in self.applied if each["op"] == "insert" and each["table"] == table]


def made(*bridges: Bridge, **options: Any) -> FakeDatabase:
    database: Any = FakeDatabase(**options)
    switching.make(database, bridges)
    assert isinstance(database, FakeDatabase)
    return database


@MODEST
@given(worlds())
@example(ARTICLE)
def test_switches_and_their_ports_are_numbered_from_one(world: World) -> None:
    plan = planned(world)
    switches = [node.name for node in plan.of_kind("switch")]
    assert [datapath_id(plan, name) for name in switches] == list(range(1, len(switches) + 1))
    for name in switches:
        ports = [interface_at(wire, name) for wire in plan.wires_at(name)]
        assert [port_number(plan, name, port) for port in ports] == list(range(1, len(ports) + 1))


def test_a_switch_is_made_with_its_number_and_forwards_nothing_by_itself() -> None:
    plan = planned(ARTICLE)
    database = made(_bridge(plan, "mwh-wan"))
    (bridge,) = database.added("Bridge")
    number = datapath_id(plan, "mwh-wan")
    assert (bridge["name"], bridge["fail_mode"]) == ("mwh-wan", "secure")
    assert bridge["protocols"] == ["set", ["OpenFlow13"]]
    assert bridge["other_config"] == ["map", [["datapath-id", f"{number:016x}"]]]
    (controller,) = database.added("Controller")
    assert controller == {
        "target": "tcp:127.0.0.1:6653",
        "inactivity_probe": 3_600_000,
        "connection_mode": "out-of-band",
    }


def test_every_port_is_added_with_the_number_that_flows_use_and_keeps_its_queue() -> None:
    plan = planned(ARTICLE)
    database = made(_bridge(plan, "bjs-wan"))
    interfaces = {row["name"]: row.get("ofport_request") for row in database.added("Interface")}
    assert interfaces == {"bjs-wan": None, "bjs-br": 1, "bjs-sha": 2}
    ports = {row["name"]: row.get("qos") for row in database.added("Port")}
    leave = ["named-uuid", "leave"]
    assert ports == {"bjs-wan": None, "bjs-br": leave, "bjs-sha": leave}
    assert database.added("QoS") == [{"type": "linux-noop"}]


def test_all_switches_are_one_transaction_in_which_every_name_is_said_once() -> None:
    plan = planned(ARTICLE)
    database = made(*(_bridge(plan, node.name) for node in plan.of_kind("switch")))
    names = [each["uuid-name"] for each in database.applied if each["op"] == "insert"]
    assert len(names) == len(set(names))
    assert all(name.replace("_", "").isalnum() for name in names)
    *_, last = database.applied
    assert last["table"] == "Open_vSwitch" and len(last["mutations"][0][2][1]) == len(
        database.added("Bridge")
    )


def test_a_port_that_did_not_get_its_number_is_told() -> None:
    bridge = Bridge("s1", 1, {"s1-eth1": 1, "s1-eth2": 2})
    with pytest.raises(BuildError, match="gave s1-eth2 the port -1, not 2: busy"):
        made(bridge, ofports={"s1-eth1": 1, "s1-eth2": -1})


def test_only_switches_that_are_there_are_removed() -> None:
    rows = {"Bridge": [{"_uuid": ["uuid", "1"], "name": "s1"}, {"_uuid": ["uuid", "2"], "name": "other"}]}
    database: Any = FakeDatabase(rows=rows)
    switching.remove(database, ["s1", "s2"])
    (operation,) = database.applied
    assert operation["mutations"] == [["bridges", "delete", ["set", [["uuid", "1"]]]]]
    switching.remove(database, ["s3"])
    assert len(database.applied) == 1


@pytest.mark.parametrize(
    "controllers, connected", [(["uuid", "a"], True), (["uuid", "b"], False), (["set", []], False)]
)
def test_a_switch_has_a_controller_if_one_of_its_own_is_connected(controllers: Any, connected: bool) -> None:
    told = [{"_uuid": ["uuid", "a"], "is_connected": True}, {"_uuid": ["uuid", "b"], "is_connected": False}]
    database: Any = FakeDatabase(rows={"Bridge": [{"controller": controllers}], "Controller": told})
    assert switching.has_controller(database, "s1") is connected


def test_ports_come_and_go_while_a_switch_runs() -> None:
    database: Any = FakeDatabase(rows={"Port": [{"_uuid": ["uuid", "p"]}]})
    switching.add_port(database, "s1", "s1-eth9", 9)
    (port,) = database.added("Port")
    assert (port["name"], port["qos"]) == ("s1-eth9", ["named-uuid", "leave"])
    switching.remove_port(database, "s1", "s1-eth9")
    assert database.applied[-1]["where"] == [["name", "==", "s1"]]
    assert database.applied[-1]["mutations"] == [["ports", "delete", ["set", [["uuid", "p"]]]]]
