"""What the experiment over hours orders, and who cannot dial in."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from pydantic import ValidationError

from experiments.exercise import KeepAlive, Renumber, Restart
from experiments.hours import KEEPALIVE, REKEY, RESTART, ROAM, SILENCE
from experiments.vpn_hours import EXPERIMENT, HoursOptions
from topologies.errors import WorldError
from topologies.world import World

from .made_up_hours import WORLD, made_up_hours

ORDER = made_up_hours().order
HOUR_MS = 3_600_000.0


def refused(world: World = WORLD, **chosen: Any) -> str:
    """Return why an order cannot be planned."""
    with pytest.raises(WorldError) as error:
        EXPERIMENT.plan_order(world, 1, 10.0, HoursOptions(**chosen))
    return str(error.value)


def test_there_is_an_exercise_for_each_thing_that_happens() -> None:
    assert [each.name for each in ORDER.exercises] == [REKEY, SILENCE, KEEPALIVE, RESTART, ROAM]
    assert [each.text for each in ORDER.exercises] == [
        "a datagram each second, for 60 minutes",
        "60 minutes of silence",
        "the same, kept alive each 25 s",
        "the concentrator restarts",
        "the client gets another address",
    ]
    assert not ORDER.cases and not ORDER.probes


def test_each_is_the_clients_who_has_only_the_office_in_its_tunnel() -> None:
    for exercise in ORDER.exercises:
        assert (exercise.client, exercise.way.office) == ("traveller", "hq")
        assert IPv4Network("0.0.0.0/0") not in exercise.way.tunnelled
        assert any(IPv4Address("100.64.2.2") in each for each in exercise.way.tunnelled)


def test_an_hour_of_data_is_a_datagram_each_second() -> None:
    (stream,) = ORDER.exercise(REKEY).streams
    assert (stream.source, stream.target) == ("traveller", "hqdns")
    assert (stream.start_ms, stream.interval_us, stream.count) == (0.0, 1_000_000, 3600)


@pytest.mark.parametrize("name", [SILENCE, KEEPALIVE])
def test_an_hour_of_silence_is_between_two_datagrams(name: str) -> None:
    streams = ORDER.exercise(name).streams
    assert [(each.source, each.start_ms, each.count) for each in streams] == [
        ("traveller", 0.0, 1),
        ("traveller", HOUR_MS, 1),
    ]


def test_a_client_keeps_alive_from_the_beginning_to_the_end_of_its_exercise() -> None:
    assert ORDER.exercise(KEEPALIVE).events == (
        KeepAlive(at_ms=0, every_s=25),
        KeepAlive(at_ms=HOUR_MS, every_s=0),
    )
    assert ORDER.exercise(SILENCE).events == ()


@pytest.mark.parametrize(
    "name, event",
    [
        (RESTART, Restart(at_ms=30_000)),
        (ROAM, Renumber(at_ms=30_000, node="traveller", address=IPv4Address("100.64.0.11"))),
    ],
)
def test_what_happens_happens_while_both_send(name: str, event: object) -> None:
    exercise = ORDER.exercise(name)
    assert exercise.events == (event,)
    up, down = exercise.streams
    assert (up.source, up.target, down.source, down.target) == ("traveller", "hqdns", "hqdns", "traveller")
    assert up.interval_us == down.interval_us == 100_000
    # Longer than the client's patience after it, and not so long that keys would be renewed.
    assert up.count * 0.1 - 30 >= 60 and up.count * 0.1 < 120
    # The office sends when the client has dialled in, and never at the same time.
    assert down.start_ms > 1000 and (down.start_ms - up.start_ms) % 100 == 50


def test_the_move_is_the_last_exercise_for_nothing_undoes_it() -> None:
    assert ORDER.exercises[-1].name == ROAM


def test_no_more_is_built_than_a_client_its_office_and_a_datacenter() -> None:
    found = ORDER.selection
    assert (found.clients, found.resolvers, found.offices) == (("traveller",), ("hqdns",), ("hq",))
    assert (found.nameservers, found.datacenters, found.vpn) == ((), ("iad",), (("traveller", "hq"),))


def test_captures_are_at_both_ends_of_the_tunnel_and_inside_it() -> None:
    points = {point.name: (point.node, point.interface) for point in ORDER.captures}
    assert points == {
        "traveller": ("traveller", "eth0"),
        "traveller-wg0": ("traveller", "wg0"),
        "hq-gw": ("hq-gw", "line"),
        "hqdns": ("hqdns", "eth0"),
    }


def test_how_long_and_how_often_can_be_chosen() -> None:
    order = made_up_hours(minutes=5, keepalive_s=60).order
    assert order.exercise(REKEY).streams[0].count == 300
    assert order.exercise(SILENCE).streams[1].start_ms == 300_000.0
    assert order.exercise(KEEPALIVE).events[0] == KeepAlive(at_ms=0, every_s=60)
    assert order.exercise(RESTART) == ORDER.exercise(RESTART)


@pytest.mark.parametrize(
    "wrong", [{"minutes": 4}, {"minutes": 601}, {"keepalive_s": 0}, {"keepalive_s": 121}, {"minutes": "x"}]
)
def test_what_cannot_be_chosen(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        HoursOptions.model_validate(wrong)


def test_others_can_dial_in_elsewhere() -> None:
    order = made_up_hours(client="colleague", office="branch").order
    assert (order.selection.clients, order.selection.offices) == (("colleague",), ("branch",))
    (moved,) = order.exercise(ROAM).events
    assert isinstance(moved, Renumber)
    assert (moved.node, moved.address) == ("colleague", IPv4Address("100.64.1.11"))


def test_the_first_office_with_a_concentrator_is_taken() -> None:
    hq = WORLD.office("hq").model_copy(update={"tunnel": None})
    world = WORLD.model_copy(update={"offices": (hq, WORLD.office("branch"))})
    order = EXPERIMENT.plan_order(world, 1, 10.0, HoursOptions())
    assert order.selection.offices == ("branch",)


def test_who_cannot_dial_in_is_told_why() -> None:
    assert refused(client="nobody").startswith('unknown client "nobody"; right would be one of')
    assert refused(office="nowhere").startswith('unknown office "nowhere"; right would be one of')
    assert refused(client="clerk").startswith('client "clerk" is inside the office "hq"')
    bare = tuple(each.model_copy(update={"tunnel": None}) for each in WORLD.offices)
    world = WORLD.model_copy(update={"offices": bare})
    assert refused(world).startswith("offices: none has a VPN concentrator; right would be")
    assert refused(world, office="hq").startswith('office "hq": tunnel: is missing')
