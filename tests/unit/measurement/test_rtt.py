"""Round trips from rows, beside those that a plan of two wires configures."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest

from measurement.evidence import frames
from measurement.observation import Observation
from measurement.result import PathResult
from measurement.rtt import error_us, used_paths
from topologies.access import Line
from topologies.plan import End, Node, Plan, Route, Wire

from .captures import CLIENT, RESOLVER, SERVER
from .rows import OTHER, answer, connection, echo, evidence

ALIAS, ANYCAST = "13.107.6.157", "13.107.24.1"


def plan() -> Plan:
    """Return a client between its resolver (30 ms away and back) and a server (20 ms there, 21 ms back).

    The server has an address more, and one that the resolver has, too.
    """
    nodes = {
        "traveller": (CLIENT,),
        "isplis": (RESOLVER, ANYCAST),
        "dub-fe": (SERVER, ALIAS, ANYCAST),
    }
    return Plan(
        seed=1,
        nodes=tuple(
            Node(
                name=name,
                kind="host",
                site=name,
                address=IPv4Address(address),
                aliases=tuple(map(IPv4Address, aliases)),
            )
            for name, (address, *aliases) in nodes.items()
        ),
        wires=(
            _wire("traveller", "dns", "isplis", Line(delay_ms=15), Line(delay_ms=15)),
            _wire("traveller", "web", "dub-fe", Line(delay_ms=20), Line(delay_ms=21)),
        ),
        routes=(
            _route("traveller", f"{RESOLVER}/32", "dns"),
            _route("traveller", f"{SERVER}/32", "web"),
            _route("isplis", "0.0.0.0/0", "eth0"),
            _route("dub-fe", "0.0.0.0/0", "eth0"),
        ),
        neighbours=(),
    )


def _wire(a: str, interface: str, b: str, there: Line, back: Line) -> Wire:
    mac = "02:00:00:00:00:01"
    ends = End(node=a, interface=interface, mac=mac), End(node=b, interface="eth0", mac=mac)
    return Wire(a=ends[0], b=ends[1], there=there, back=back)


def _route(node: str, prefix: str, interface: str) -> Route:
    return Route(node=node, prefix=IPv4Network(prefix), interface=interface, via=IPv4Address(OTHER))


def paths(*rows: Observation) -> list[tuple[str, str, float, float]]:
    return [
        (path.source, path.to, path.configured_rtt_ms, path.measured_rtt_ms)
        for path in used_paths([evidence(*rows)], plan())
    ]


AT_SERVER = answer(node="isplis", rtt_us=123.5)


def test_an_exchange_of_dns_counts_without_what_the_server_took() -> None:
    assert paths(answer(rtt_us=30_125.0), AT_SERVER) == [("traveller", "isplis", 30.0, 30.0015)]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([answer()], id="the server's own capture does not have it"),
        pytest.param([AT_SERVER], id="only the server's own capture has it"),
        pytest.param([answer(rtt_us=None), AT_SERVER], id="the client repeated its question"),
        pytest.param([answer(), answer(node="isplis", rtt_us=None)], id="the server saw the question twice"),
        pytest.param([answer(), answer(node="isplis", id=8)], id="the server answered another question"),
        pytest.param([answer(), answer(node="isplis", dst=OTHER)], id="the server answered somebody else"),
        pytest.param([answer(src=OTHER), answer(src=OTHER, node="isplis")], id="nobody has the address"),
        pytest.param([answer(node="dub-fe"), AT_SERVER], id="a router on the way saw it, and not the client"),
    ],
)
def test_an_exchange_of_dns_does_not_count_where(rows: list[Observation]) -> None:
    assert paths(*rows) == []


def test_a_connection_counts_at_its_client() -> None:
    assert paths(connection(rtt_us=41_000.25)) == [("traveller", "dub-fe", 41.0, 41.00025)]


def test_every_address_of_a_node_is_its_own() -> None:
    assert paths(connection(server=ALIAS)) == [("traveller", "dub-fe", 41.0, 40.0)]
    assert paths(echo(dst=ALIAS, rtt_us=41_005.0)) == [("traveller", "dub-fe", 41.0, 41.005)]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([connection(server=ANYCAST)], id="a connection"),
        pytest.param([echo(dst=ANYCAST)], id="an echo"),
        pytest.param(
            [answer(src=ANYCAST), answer(src=ANYCAST, node="isplis", rtt_us=5.0)], id="an exchange of DNS"
        ),
    ],
)
def test_an_address_that_several_nodes_have_is_the_end_of_no_path(rows: list[Observation]) -> None:
    assert paths(*rows) == []


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(connection(node="dub-fe"), id="the server saw it"),
        pytest.param(connection(rtt_us=None), id="its first packet was repeated"),
        pytest.param(connection(server=OTHER), id="nobody has the address"),
    ],
)
def test_a_connection_does_not_count_where(row: Observation) -> None:
    assert paths(row) == []


def test_an_echo_counts_at_its_sender() -> None:
    assert paths(echo(rtt_us=41_005.0)) == [("traveller", "dub-fe", 41.0, 41.005)]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(echo(node="dub-fe"), id="another node saw it"),
        pytest.param(echo(rtt_us=None, reply_frame=None), id="it did not come back"),
        pytest.param(echo(dst=OTHER), id="nobody has the address"),
    ],
)
def test_an_echo_does_not_count_where(row: Observation) -> None:
    assert paths(row) == []


@pytest.mark.parametrize(
    "rtts_us, worst_ms",
    [((41_001.0, 41_009.0, 41_003.0), 41.009), ((41_001.0, 40_990.0), 40.99), ((41_000.0,), 41.0)],
)
def test_the_round_trip_that_is_farthest_off_is_kept_with_its_frame(
    rtts_us: tuple[float, ...], worst_ms: float
) -> None:
    rows = [echo(rtt_us=rtt_us, frame=number) for number, rtt_us in enumerate(rtts_us, 1)]
    (path,) = used_paths([evidence(*rows)], plan())
    assert path.measured_rtt_ms == worst_ms
    assert path.frames == frames(next(row for row in rows if row.rtt_us == worst_ms * 1000))


def test_the_worst_is_kept_over_all_cases() -> None:
    cases = [evidence(echo(rtt_us=rtt_us)) for rtt_us in (41_001.0, 41_007.0, 41_002.0)]
    assert [path.measured_rtt_ms for path in used_paths(cases, plan())] == [41.007]


def test_each_pair_is_one_path_in_the_order_of_the_names() -> None:
    back = echo(node="dub-fe", src=SERVER, dst=CLIENT)
    found = paths(echo(), answer(), AT_SERVER, connection(), back)
    assert [path[:2] for path in found] == [
        ("dub-fe", "traveller"),
        ("traveller", "dub-fe"),
        ("traveller", "isplis"),
    ]


def test_what_is_off_is_told_in_microseconds_either_way() -> None:
    values = {"source": "a", "to": "b", "configured_rtt_ms": 41.0, "frames": ()}
    for measured_ms in (41.0105, 40.9895):
        path = PathResult.model_validate({**values, "measured_rtt_ms": measured_ms})
        assert error_us(path) == pytest.approx(10.5)
