"""Doing an exercise, on sockets that are none: everything at its time, and nothing is left open."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP
from scapy.packet import Raw
from scapy.utils import checksum

from controllers.process import Keeper
from experiments import exercising
from experiments.asking import Asking
from experiments.conversing import Conversing
from experiments.exercise import (
    FIRST_PORT,
    Ask,
    Conversation,
    Cut,
    Die,
    Echo,
    Exercise,
    KeepAlive,
    Mend,
    Renumber,
    Restart,
    Silence,
    Stream,
    Succeed,
)
from experiments.exercising import (
    ARRIVAL_S,
    ECHO_BYTES,
    ECHO_ID,
    FIRST_FRESH_PORT,
    Exercising,
    _checksum,
    _echo_request,
)
from experiments.registry import find
from experiments.way import Way
from measurement import numbered, timeline
from measurement.packets import IcmpPacket, decode
from topologies.network import Network
from topologies.planning import plan_network
from topologies.silencing import Silencing

from ..measurement.captures import CLIENT, SERVER, ether, frames, pcap_bytes
from .fake_ways import PLAN as DIALLED
from .fake_ways import FakeTunnels
from .made_up_backbone import WORLD, planned

PLAN = planned(find("backbone_rtt"))[2]
FRONT, FAR, MINE = "dub-fe", "mwh-fe", "sin-fe"
BEGAN_NS = 5_000_000_000


@dataclass
class FakeSocket:
    """Keeps what is done with it, and where and when."""

    clock: ClassVar[Clock]
    made: ClassVar[list[FakeSocket]] = []

    family: int
    kind: int
    protocol: int = 0
    node: str = ""
    options: dict[tuple[int, int], int] = field(default_factory=dict)
    bound: tuple[str, int] | None = None
    sent: list[tuple[float, bytes, tuple[str, int]]] = field(default_factory=list)
    closed: bool = False

    def __post_init__(self) -> None:
        self.node = self.clock.network.within[-1]
        self.made.append(self)

    def setsockopt(self, level: int, name: int, value: int) -> None:
        self.options[level, name] = value

    def bind(self, address: tuple[str, int]) -> None:
        self.bound = address

    def sendto(self, content: bytes, to: tuple[str, int]) -> None:
        assert not self.closed
        self.sent.append((self.clock.ms, content, to))

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> FakeSocket:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def dscp(self) -> int:
        return self.options[socket.IPPROTO_IP, socket.IP_TOS] >> 2


@dataclass
class FakeNetwork:
    """Keeps where code is, and what is cut and mended."""

    clock: Clock
    within: list[str] = field(default_factory=list)
    done: list[tuple[float, str]] = field(default_factory=list)
    plan = PLAN

    @contextlib.contextmanager
    def inside(self, node: str) -> Iterator[None]:
        self.within.append(node)
        yield
        self.within.pop()

    def cut(self, a: str, b: str) -> None:
        self.done.append((self.clock.ms, f"cut {a} {b}"))

    def mend(self, a: str, b: str) -> None:
        self.done.append((self.clock.ms, f"mend {a} {b}"))

    def die(self) -> None:
        self.done.append((self.clock.ms, "die"))

    def succeed(self) -> None:
        self.done.append((self.clock.ms, "succeed"))


class Clock:
    """A clock on which nothing takes time but sleeping."""

    def __init__(self) -> None:
        self.now_ns = BEGAN_NS
        self.network = FakeNetwork(self)

    @property
    def ms(self) -> float:
        return (self.now_ns - BEGAN_NS) / 1e6

    def sleep(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(FakeSocket, "clock", clock, raising=False)
    monkeypatch.setattr(FakeSocket, "made", [])
    monkeypatch.setattr(socket, "socket", FakeSocket)
    monkeypatch.setattr(timeline, "exactly", lambda: None)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    monkeypatch.setattr(time, "monotonic_ns", lambda: clock.now_ns)
    monkeypatch.setattr(time, "time_ns", lambda: clock.now_ns)
    return clock


def does(clock: Clock) -> Exercising:
    return Exercising(cast(Network, clock.network), cast(Keeper, clock.network))


def exercise(**values: Any) -> Exercise:
    return Exercise.model_validate({"name": "a", "text": "b", **values})


def stream(**values: Any) -> Stream:
    found = {"source": FRONT, "target": FAR, "interval_us": 250, "count": 5}
    return Stream.model_validate({**found, **values})


def ip(node: str) -> str:
    return str(PLAN.node(node).address)


def senders() -> list[FakeSocket]:
    return [each for each in FakeSocket.made if each.sent]


# Streams


def test_datagrams_leave_at_their_times_with_their_numbers(clock: Clock) -> None:
    does(clock).do(exercise(streams=[stream(start_ms=1.5, frame_bytes=200, dscp=46)]))
    (sender,) = senders()
    assert (sender.node, sender.bound, sender.dscp) == (FRONT, (ip(FRONT), 0), 46)
    assert [at for at, _, _ in sender.sent] == [1.5, 1.75, 2.0, 2.25, 2.5]
    assert {to for _, _, to in sender.sent} == {(ip(FAR), FIRST_PORT)}
    for number, (at, content, _) in enumerate(sender.sent):
        assert numbered.read(content) == (number, BEGAN_NS + round(at * 1e6))
        assert len(content) + numbered.HEADERS_BYTES == 200


def test_datagrams_of_many_flows_come_from_their_ports_in_turn(clock: Clock) -> None:
    does(clock).do(exercise(streams=[stream(flows=3, count=7)]))
    numbers = [[numbered.read(content)[0] for _, content, _ in each.sent] for each in senders()]  # type: ignore[index]
    assert numbers == [[0, 3, 6], [1, 4], [2, 5]]


def test_fresh_datagrams_come_each_from_a_port_of_its_own_that_is_given_back(clock: Clock) -> None:
    does(clock).do(exercise(streams=[stream(fresh=True, count=3, dscp=8)]))
    assert [each.bound for each in senders()] == [(ip(FRONT), FIRST_FRESH_PORT + n) for n in range(3)]
    assert [numbered.read(each.sent[0][1])[0] for each in senders()] == [0, 1, 2]  # type: ignore[index]
    assert all(each.closed and each.node == FRONT and each.dscp == 8 for each in senders())


def test_each_stream_has_a_port_of_its_own_at_which_somebody_is_deaf(clock: Clock) -> None:
    does(clock).do(exercise(streams=[stream(), stream(target=MINE), stream(source=FAR, target=FRONT)]))
    assert [each.sent[0][2] for each in senders()] == [
        (ip(FAR), FIRST_PORT),
        (ip(MINE), FIRST_PORT + 1),
        (ip(FRONT), FIRST_PORT + 2),
    ]
    deaf = [(each.node, each.bound) for each in FakeSocket.made if not each.sent]
    assert deaf == [(FAR, ("", FIRST_PORT)), (MINE, ("", FIRST_PORT + 1)), (FRONT, ("", FIRST_PORT + 2))]


def test_streams_are_sent_side_by_side(clock: Clock) -> None:
    does(clock).do(exercise(streams=[stream(), stream(start_ms=0.1)]))
    one, two = ([at for at, _, _ in each.sent] for each in senders())
    assert one == [0.0, 0.25, 0.5, 0.75, 1.0] and two == [0.1, 0.35, 0.6, 0.85, 1.1]


# Echoes and events


def test_echoes_are_numbered_in_the_order_of_time(clock: Clock) -> None:
    late, early = Echo(at_ms=7.0, source=FRONT, target=FAR), Echo(at_ms=3.25, source=FAR, target=FRONT)
    does(clock).do(exercise(echoes=[late, early]))
    sent = {(at, each.node, to, content) for each in senders() for at, content, to in each.sent}
    assert sent == {
        (3.25, FAR, (ip(FRONT), 0), _echo_request(1)),
        (7.0, FRONT, (ip(FAR), 0), _echo_request(2)),
    }


def test_echoes_of_one_source_and_class_share_a_socket(clock: Clock) -> None:
    echoes = [Echo(at_ms=n, source=FRONT, target=FAR, dscp=n % 2 * 46) for n in range(6)]
    does(clock).do(exercise(echoes=echoes))
    assert [(each.kind, each.protocol, each.dscp, len(each.sent)) for each in senders()] == [
        (socket.SOCK_RAW, socket.IPPROTO_ICMP, 0, 3),
        (socket.SOCK_RAW, socket.IPPROTO_ICMP, 46, 3),
    ]


def test_events_happen_at_their_times_in_their_order(clock: Clock) -> None:
    events = [
        Succeed(at_ms=9),
        Mend(at_ms=4.5, a="x", b="y"),
        Cut(at_ms=1.000001, a="x", b="y"),
        Die(at_ms=8),
    ]
    does(clock).do(exercise(events=events))
    assert clock.network.done == [(1.000001, "cut x y"), (4.5, "mend x y"), (8.0, "die"), (9.0, "succeed")]


def test_a_line_is_silent_from_its_time_until_the_exercise_ends(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[float, str]] = []

    @contextlib.contextmanager
    def heard_again(self: Silencing) -> Iterator[None]:
        yield
        done.append((clock.ms, "heard again"))

    monkeypatch.setattr(Silencing, "silence", lambda _, a, b: done.append((clock.ms, f"{a} {b}")))
    monkeypatch.setattr(Silencing, "heard_again", heard_again)
    does(clock).do(exercise(events=[Silence(at_ms=2, a="hq-er", b="circuit-m1")]))
    assert done == [(2.0, "hq-er circuit-m1"), (2.0 + ARRIVAL_S * 1000, "heard again")]


def test_a_conversation_has_its_messages_at_their_times(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[float, object]] = []
    monkeypatch.setattr(Conversing, "begin", lambda _, number, each: f"{number} {each.target}")
    monkeypatch.setattr(exercising, "say", lambda caller: said.append((clock.ms, caller)))
    talk = Conversation(source=FRONT, target=FAR, interval_ms=20, count=3)
    does(clock).do(exercise(conversations=[talk, talk.model_copy(update={"target": MINE, "count": 1})]))
    assert said == [(0.0, f"0 {FAR}"), (0.0, f"1 {MINE}"), (20.0, f"0 {FAR}"), (40.0, f"0 {FAR}")]


def test_an_event_happens_between_two_datagrams(clock: Clock) -> None:
    does(clock).do(exercise(streams=[stream(interval_us=1000)], events=[Cut(at_ms=2.5, a="x", b="y")]))
    assert clock.network.done == [(2.5, "cut x y")]
    assert [at for at, _, _ in senders()[0].sent] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_nothing_is_left_open_also_after_an_error(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    doing = does(clock)
    doing.do(exercise(streams=[stream()], echoes=[Echo(at_ms=1, source=FRONT, target=FAR)]))
    assert FakeSocket.made and all(each.closed for each in FakeSocket.made)

    def fail(*_: object) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr(FakeSocket, "sendto", fail)
    with pytest.raises(OSError, match="unreachable"):
        doing.do(exercise(streams=[stream()]))
    assert all(each.closed for each in FakeSocket.made)


# Before the window


def test_every_way_that_is_used_is_warmed_up_once_in_its_class(clock: Clock) -> None:
    what = exercise(
        streams=[stream(), stream(), stream(dscp=8)],
        echoes=[Echo(at_ms=5, source=FRONT, target=FAR), Echo(at_ms=6, source=FAR, target=FRONT)],
        asks=[Ask(at_ms=7, source=MINE, target=FAR, dscp=46)],
        events=[Cut(at_ms=1, a="x", b="y")],
    )
    does(clock).warm_up(what)
    sent = {(each.node, to[0], each.dscp) for each in senders() for _, _, to in each.sent}
    assert sent == {
        (FRONT, ip(FAR), 0),
        (FRONT, ip(FAR), 8),
        (FAR, ip(FRONT), 0),
        (MINE, ip(FAR), 46),
    }
    assert sum(len(each.sent) for each in senders()) == len(sent)
    assert clock.network.done == [] and all(each.closed for each in FakeSocket.made)


@pytest.mark.parametrize(
    "events, expected",
    [
        ((), ["undisturbed", "again"]),
        ((Cut(at_ms=1, a="x", b="y"), Die(at_ms=2)), ["undisturbed", "again"]),
        ((Die(at_ms=1), Succeed(at_ms=2)), []),
    ],
    ids=["nothing happens", "a link is cut", "a controller comes"],
)
def test_switches_do_nothing_by_themselves_unless_a_controller_comes(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, events: tuple[Any, ...], expected: list[str]
) -> None:
    said: list[str] = []

    @contextlib.contextmanager
    def undisturbed() -> Iterator[None]:
        said.append("undisturbed")
        yield
        said.append("again")

    monkeypatch.setattr("experiments.exercising.undisturbed", undisturbed)
    with does(clock).undisturbed(exercise(events=events)):
        pass
    assert said == expected


# Through a tunnel


@pytest.fixture
def dialled(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A network with tunnels; what is asked of it, with the time of events."""
    fake = FakeNetwork(clock)
    said: list[str] = []

    class Tunnels(FakeTunnels):
        def restart(self, node: str, interface: str = "wg0") -> None:
            said.append(f"{clock.ms}: restart {node}")

        def keep_alive(self, node: str, interface: str, every_s: int) -> None:
            said.append(f"{clock.ms}: {node} {interface} keeps alive each {every_s}")

    @contextlib.contextmanager
    def block(name: str) -> Iterator[None]:
        said.append(name)
        yield
        said.append(f"no longer {name}")

    fake.plan = DIALLED
    fake.tunnels = Tunnels(said)  # type: ignore[attr-defined]
    monkeypatch.setattr(clock, "network", fake)
    monkeypatch.setattr(exercising, "led", lambda network, client, way: block(f"led {client} {way.office}"))
    monkeypatch.setattr(exercising, "undisturbed", lambda: block("undisturbed"))
    monkeypatch.setattr(exercising, "forget", lambda network, client, way: said.append(f"forget {client}"))
    monkeypatch.setattr(
        exercising, "renumber", lambda network, node, new: said.append(f"{clock.ms}: {node} is {new}")
    )
    return said


THROUGH = {"client": "traveller", "way": Way(office="branch")}


def test_what_a_client_sends_is_from_its_address_in_the_tunnel_and_so_is_what_is_sent_to_it(
    clock: Clock, dialled: list[str]
) -> None:
    both = [stream(source="traveller", target="branchdns"), stream(source="branchdns", target="traveller")]
    does(clock).do(exercise(streams=both, **THROUGH))
    up, down = senders()
    assert (up.node, up.bound) == ("traveller", ("10.2.1.2", 0))
    assert up.sent[0][2] == ("100.64.5.2", FIRST_PORT)
    assert (down.node, down.bound) == ("branchdns", ("100.64.5.2", 0))
    assert down.sent[0][2] == ("10.2.1.2", FIRST_PORT + 1)


def test_without_a_way_a_client_has_its_own_address(clock: Clock, dialled: list[str]) -> None:
    does(clock).do(exercise(streams=[stream(source="traveller", target="branchdns")], client="traveller"))
    assert senders()[0].bound == ("100.64.0.10", 0)


def test_another_node_has_its_own_address_beside_a_client(clock: Clock, dialled: list[str]) -> None:
    does(clock).do(exercise(streams=[stream(source="hqdns", target="branchdns")], **THROUGH))
    assert senders()[0].bound == ("100.64.2.2", 0)


def test_events_of_a_tunnel_happen_to_that_of_the_exercise(clock: Clock, dialled: list[str]) -> None:
    events = [
        Renumber(at_ms=40, node="traveller", address=IPv4Address("100.64.0.11")),
        KeepAlive(at_ms=0, every_s=25),
        Restart(at_ms=30.5),
    ]
    does(clock).do(exercise(events=events, **THROUGH))
    assert dialled == [
        "0.0: traveller wg1 keeps alive each 25",
        "30.5: restart branch-gw",
        "40.0: traveller is 100.64.0.11",
    ]


def test_what_is_sent_last_finds_somebody(clock: Clock, dialled: list[str]) -> None:
    does(clock).do(exercise(streams=[stream(source="traveller", target="branchdns")], **THROUGH))
    assert clock.ms == 1.0 + ARRIVAL_S * 1000 > 1.0 + 200


def test_a_client_has_its_way_and_no_session_before_its_exercise(clock: Clock, dialled: list[str]) -> None:
    with does(clock).prepared(exercise(streams=[stream(source="traveller", target="branchdns")], **THROUGH)):
        dialled.append("the exercise")
    assert dialled == [
        "led traveller branch",
        "undisturbed",
        "forget traveller",
        "the exercise",
        "no longer undisturbed",
        "no longer led traveller branch",
    ]
    # A first packet would begin the session before the captures' window.
    assert senders() == []


def test_where_nobody_dials_in_ways_are_warmed_up(clock: Clock, dialled: list[str]) -> None:
    with does(clock).prepared(exercise(streams=[stream(source="traveller", target="branchdns")])):
        pass
    assert "forget" not in dialled and len(senders()) == 1


# Bytes


@given(st.integers(0, 65_535))
def test_an_echo_is_read_back_with_its_number_and_a_true_checksum(number: int) -> None:
    message = _echo_request(number)
    assert checksum(message) == 0
    whole = ICMP(message)
    del whole.chksum
    assert bytes(whole) == message
    (frame,) = frames([(0, ether(IP(src=CLIENT, dst=SERVER, proto=1) / Raw(message)))])
    packet = decode(frame)
    assert isinstance(packet, IcmpPacket)
    assert (packet.type, packet.id, packet.seq) == (8, ECHO_ID, number)
    assert len(message) == 8 + ECHO_BYTES


@given(st.binary(max_size=200).filter(lambda some: len(some) % 2 == 0))
def test_the_checksum_is_scapys(message: bytes) -> None:
    assert _checksum(message) == checksum(message)


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not here")
def test_tshark_finds_nothing_wrong_with_an_echo(tmp_path: Path) -> None:
    path = tmp_path / "echo.pcap"
    echoes = [(n, ether(IP(src=CLIENT, dst=SERVER) / ICMP(_echo_request(n)))) for n in (1, 9, 65_535)]
    path.write_bytes(pcap_bytes(echoes))
    fields = ["icmp.type", "icmp.ident", "icmp.seq", "icmp.checksum.status"]
    argv = ["tshark", "-r", str(path), "-T", "fields", *(word for each in fields for word in ("-e", each))]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split("\t") for line in said] == [["8", str(ECHO_ID), str(n), "1"] for n in (1, 9, 65_535)]


# What the experiments have done


@pytest.mark.parametrize("name", ["backbone_failover", "backbone_rtt", "backbone_classes"])
def test_whatever_an_experiment_orders_can_be_done(
    name: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, order, plan = planned(find(name), WORLD)
    assert plan == plan_network(world, order.selection, 1)
    monkeypatch.setattr(clock.network, "plan", plan, raising=False)
    monkeypatch.setattr(Asking, "ask", lambda self, ask: None)
    for each in order.exercises:
        does(clock).warm_up(each)
        FakeSocket.made.clear()
        does(clock).do(each)
        sent = sum(len(made.sent) for made in FakeSocket.made)
        assert sent == sum(stream.count for stream in each.streams) + len(each.echoes)
    assert len(clock.network.done) == sum(len(each.events) for each in order.exercises)
