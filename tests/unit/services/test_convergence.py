"""What BIRD says is read, and routing has converged when nothing is left to be told, and not earlier."""

from __future__ import annotations

from pathlib import Path

import pytest

from services import convergence
from services.bird_reports import Channel, Look, Report, reached_of, reports_of
from services.convergence import LONGEST_LOOK_S, LOOK_S, md5_refusals, wait_converged
from topologies.errors import ServiceError

from .birds import (
    BFD,
    CONNECTING,
    DROPPED,
    KERNEL,
    Answer,
    Scripted,
    channel,
    neighbor,
    said,
    session,
    speaker,
)
from .daemons import LocalNetwork

DEADLINE_S = 30.0
# Of a session that has told four routes and has been told two.
CUSTOMER = said(KERNEL, session("er1-m1"), channel(imported=4, filtered=0, exported=2))
MICROSOFT = said(session("hq-er"), channel(imported=1, filtered=1, exported=4))
NETSTAT = "TcpExt: SyncookiesSent TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure Other\nTcpExt: 7 {} {} {} 9\n"


class Clock:
    """Time passes by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """Tell it."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let it pass."""
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(convergence, "time", clock)
    return clock


@pytest.fixture
def network() -> LocalNetwork:
    return LocalNetwork()


@pytest.fixture(autouse=True)
def refused(monkeypatch: pytest.MonkeyPatch, network: LocalNetwork) -> dict[str, list[str]]:
    """What each node's kernel has counted, before and after."""
    counted: dict[str, list[str]] = {}

    def read(_: Path) -> str:
        left = counted.get(network.here or "", [NETSTAT.format(0, 0, 0)])
        return left.pop(0) if len(left) > 1 else left[0]

    monkeypatch.setattr(Path, "read_text", read)
    return counted


def pair(customer: list[Answer], microsoft: list[Answer], *, bfd: bool = False) -> list[Scripted]:
    """Return both ends of a session, with what they answer."""
    return [
        Scripted(speaker("hq-er", neighbor("er1-m1", bfd=bfd)), *customer),
        Scripted(speaker("er1-m1", neighbor("hq-er", policy="msee-ce")), *microsoft),
    ]


# Reading


def test_a_session_is_read_with_its_state_its_routes_and_every_change() -> None:
    told = reports_of(said(KERNEL, session("hq-er"), channel(), channel("ipv6", filtered=0)))
    assert list(told) == ["kernel1", "hq-er"]
    changes = (
        "Import updates: 2 0 1 0 1",
        "Import withdraws: 0 0 --- 1 0",
        "Export updates: 7 1 2 --- 4",
        "Export withdraws: 0 --- --- --- 0",
    )
    four, six = told["hq-er"].channels
    assert four == Channel("ipv4", exported=4, received=2, changes=changes)
    assert six == Channel("ipv6", exported=4, received=1, changes=changes)
    assert (told["hq-er"].info, told["hq-er"].is_established) == ("Established", True)


def test_another_protocol_is_no_session() -> None:
    kernel = reports_of(said(KERNEL))["kernel1"]
    assert kernel.channels == (Channel("ipv4", exported=5, changes=("Export updates: 13 0 4 --- 9",)),)
    assert not kernel.is_established
    assert not Report("static1", "Static", "Established").is_established


@pytest.mark.parametrize(
    "info, words",
    [
        (CONNECTING, "Connect"),
        (DROPPED, "Automatic shutdown: Route limit exceeded"),
        ("start  2026-11-26 20:43:29  Idle          Error: BFD session down", "Idle Error: BFD session down"),
    ],
)
def test_a_session_that_is_not_established_is_read_with_birds_words(info: str, words: str) -> None:
    report = reports_of(said(session("hq-er", info)))["hq-er"]
    assert (report.info, report.is_established, report.channels) == (words, False, ())


def test_only_what_bfd_says_is_up_is_reached() -> None:
    assert reached_of(BFD) == {"198.51.100.2"}


def test_how_a_session_is_tried_is_no_change_of_routing() -> None:
    looks = [
        Look(reports_of(said(session("hq-er", info))), frozenset())
        for info in (CONNECTING, CONNECTING.replace("Connect", "Active "))
    ]
    assert looks[0] == looks[1]
    assert looks[0] != Look(looks[0].reports, frozenset({"198.51.100.2"}))


def test_segments_that_were_refused_are_counted_by_reason() -> None:
    old = "TcpExt: TCPMD5Failure\nTcpExt: 1\nIpExt: TCPMD5NotFound\nIpExt: 2\n"
    assert md5_refusals(old) == {"TCPMD5Failure": 1}
    assert md5_refusals(NETSTAT.format(1, 2, 3)) == {
        "TCPMD5NotFound": 1,
        "TCPMD5Unexpected": 2,
        "TCPMD5Failure": 3,
    }
    assert md5_refusals("") == {}


# Waiting


def test_two_looks_that_are_alike_are_enough(network: LocalNetwork, clock: Clock) -> None:
    wait_converged(network, pair([CUSTOMER], [MICROSOFT]))
    assert clock.now == LOOK_S


def _later(told: Answer, *, routes: int) -> Answer:
    now = f"Export updates:{routes:15}"
    return [(code, text.replace("Export updates:              7", now)) for code, text in told]


WAITING: list[tuple[str, list[Answer], list[Answer], int]] = [
    ("no session yet", [said(session("er1-m1", CONNECTING)), CUSTOMER], [MICROSOFT], 2),
    ("the far end has none yet", [CUSTOMER], [said(session("hq-er", CONNECTING)), MICROSOFT], 2),
    ("a route under way", [CUSTOMER], [said(session("hq-er"), channel(filtered=0)), MICROSOFT], 2),
    (
        "a withdrawal under way",
        [CUSTOMER],
        [said(session("hq-er"), channel(imported=2)), MICROSOFT],
        2,
    ),
    ("an attribute that changes", [_later(CUSTOMER, routes=8), CUSTOMER], [MICROSOFT], 2),
    (
        "something still changes",
        [_later(CUSTOMER, routes=n) for n in range(5)] + [CUSTOMER],
        [MICROSOFT],
        6,
    ),
]


@pytest.mark.parametrize(
    "customer, microsoft, looks", [each[1:] for each in WAITING], ids=[each[0] for each in WAITING]
)
def test_it_waits_for(
    network: LocalNetwork, clock: Clock, customer: list[Answer], microsoft: list[Answer], looks: int
) -> None:
    wait_converged(network, pair(customer, microsoft))
    assert clock.now == looks * LOOK_S


def test_it_waits_until_bfd_reaches_the_neighbor(network: LocalNetwork) -> None:
    birds = pair([CUSTOMER], [MICROSOFT], bfd=True)
    wait_converged(network, birds)
    birds[0].bfd = [("1020", BFD[2][1].replace("Up  ", "Down"))]
    with pytest.raises(ServiceError, match="is established, but BFD does not reach the neighbor"):
        wait_converged(network, birds)
    assert "show bfd sessions" not in birds[1].asked


def test_a_session_with_somebody_who_is_not_asked_is_done_when_it_is_established(
    network: LocalNetwork,
) -> None:
    wait_converged(network, pair([CUSTOMER], [MICROSOFT])[:1])


def test_it_looks_more_seldom_the_longer_it_takes(network: LocalNetwork, clock: Clock) -> None:
    waiting = [said(session("er1-m1", CONNECTING))] * 30
    birds = pair([*waiting, CUSTOMER], [MICROSOFT])
    wait_converged(network, birds, deadline_s=300)
    assert 180 < clock.now < 250  # of which 17 of the longest, and at the end a short one


# What is wrong is told


def failed(network: LocalNetwork, birds: list[Scripted], down: convergence.Down | None = None) -> list[str]:
    """Wait in vain; return the lines of what is said then."""
    with pytest.raises(ServiceError) as error:
        wait_converged(network, birds, down=down, deadline_s=DEADLINE_S)
    return str(error.value).splitlines()


def test_each_end_of_a_session_that_is_not_established_is_told_with_birds_words(
    network: LocalNetwork, clock: Clock
) -> None:
    active = "start  2026-11-26 20:42:18.886  Active        Socket: Connection reset by peer"
    birds = pair([said(session("er1-m1", active))], [said(session("hq-er", DROPPED))])
    assert failed(network, birds) == [
        "hq-er: BGP with er1-m1, after 30 s: is not established: BIRD says"
        ' "Active Socket: Connection reset by peer"',
        "er1-m1: BGP with hq-er, after 30 s: is not established: BIRD says"
        ' "Automatic shutdown: Route limit exceeded"',
    ]
    assert DEADLINE_S < clock.now <= DEADLINE_S + LONGEST_LOOK_S


def test_routes_that_do_not_arrive_are_counted(network: LocalNetwork) -> None:
    birds = pair([CUSTOMER], [said(session("hq-er"), channel(filtered=0))])
    assert failed(network, birds) == [
        "hq-er: BGP with er1-m1, after 30 s: 2 routes of ipv4 are told, and 1 have arrived"
    ]


def test_a_family_that_the_far_end_does_not_speak_is_told(network: LocalNetwork) -> None:
    both = said(session("er1-m1"), channel(imported=4, filtered=0, exported=2), channel("ipv6", exported=3))
    assert failed(network, pair([both], [MICROSOFT])) == [
        "hq-er: BGP with er1-m1, after 30 s: 3 routes of ipv6 are told, and None have arrived"
    ]


def test_segments_refused_while_it_was_waited_for_are_told_and_what_they_mean(
    network: LocalNetwork, refused: dict[str, list[str]]
) -> None:
    refused["er1-m1"] = [NETSTAT.format(0, 2, 5), NETSTAT.format(0, 2, 13)]
    passive = CONNECTING.replace("Connect", "Passive")
    birds = pair([said(session("er1-m1", CONNECTING))], [said(session("hq-er", passive))])
    assert failed(network, birds) == [
        'hq-er: BGP with er1-m1, after 30 s: is not established: BIRD says "Connect"',
        'er1-m1: BGP with hq-er, after 30 s: is not established: BIRD says "Passive"; its kernel has'
        " refused TCP segments for their MD5 (TCPMD5Failure 8): right would be the same password at both"
        " ends",
    ]


def test_of_a_session_that_is_established_refused_segments_say_nothing(
    network: LocalNetwork, refused: dict[str, list[str]]
) -> None:
    refused["hq-er"] = [NETSTAT.format(0, 0, 0), NETSTAT.format(0, 0, 8)]
    birds = pair([CUSTOMER], [said(session("hq-er"), channel(filtered=0))])
    assert "MD5" not in "".join(failed(network, birds))


def test_a_session_that_bird_does_not_know_is_told(network: LocalNetwork) -> None:
    assert failed(network, pair([said(KERNEL)], [MICROSOFT]))[0].endswith("BIRD knows no such session")


def test_routing_that_never_rests_is_told(network: LocalNetwork) -> None:
    customer = [_later(CUSTOMER, routes=number) for number in range(100)]
    assert failed(network, pair(customer, [MICROSOFT])) == [
        "BGP has not come to rest after 30 s: routers still tell each other something"
    ]


# Sessions that are to be down


@pytest.mark.parametrize("key", [("er1-m1", "hq-er"), ("hq-er", "er1-m1")])
def test_a_session_that_is_to_be_down_may_be_named_from_either_end(
    network: LocalNetwork, clock: Clock, key: tuple[str, str]
) -> None:
    birds = pair([said(session("er1-m1", CONNECTING))], [said(session("hq-er", DROPPED))])
    wait_converged(network, birds, down={key: ""})
    assert clock.now == LOOK_S


def test_bird_has_to_say_why_it_is_down_at_the_end_that_is_named(network: LocalNetwork) -> None:
    birds = pair([said(session("er1-m1", CONNECTING))], [said(session("hq-er", DROPPED))])
    wait_converged(network, birds, down={("er1-m1", "hq-er"): "Route limit exceeded"})
    assert failed(network, birds, {("hq-er", "er1-m1"): "Route limit exceeded"}) == [
        'hq-er: BGP with er1-m1, after 30 s: is down, but BIRD says "Connect" and not "Route limit exceeded"'
    ]


def test_it_is_told_if_it_is_established_all_the_same(network: LocalNetwork) -> None:
    assert failed(network, pair([CUSTOMER], [MICROSOFT]), {("hq-er", "er1-m1"): ""}) == [
        "hq-er: BGP with er1-m1, after 30 s: is established, and should not be",
        "er1-m1: BGP with hq-er, after 30 s: is established, and should not be",
    ]
