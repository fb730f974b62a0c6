"""ExpressRoute: what is planned, and what a run's evidence shows, or shows otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from experiments import pipeline
from experiments.expressroute import EXPERIMENT, ExpressRouteOptions
from experiments.expressroute_cases import (
    CHINA,
    LEAKED_DEFAULT,
    LEAKED_PRIVATE,
    MAIN,
    NO_FILTER,
    OWN_LINE,
    OWN_POOLS,
    SHARED_POOL,
    TOO_MANY,
    VPN_CIRCUIT,
    WAYS,
    WITHOUT_EXCHANGE,
)
from experiments.expressroute_failing import BFD, HOLD_TIME
from experiments.order import Order, learning
from measurement.result import Verdict
from tests.unit.measurement import path_rows, rows
from topologies.errors import WorldError
from topologies.world import World

from .changes import Change, all_of, cut, lost, minus, plus, saying, silent, where
from .made_up_expressroute import (
    CLERK,
    GATEWAY,
    IAD_BORDER,
    POOL,
    RESOLVER,
    WORLD,
    made_up_expressroute,
)
from .saved_runs import claims, judged

RUN = made_up_expressroute()
CLAIMS = tuple(claims(RUN))
PRI, SEC, LINE, INNER = "hq-er-pri", "hq-er-sec", "hq-gw", "hq-er-gw"
IAD, MWH_SITE, PORTAL = RUN.address("iad-efz"), RUN.address("mwh-spo"), RUN.address("iad-fe")
STEERED, REGIONAL = "outlook.ms-acdc.office.com", "iad-efz.ms-acdc.office.com"
HOST = "outlook.office365.com"
PHASES_US = RUN.journey(LEAKED_DEFAULT).fetches[0].phases_us
LATER_US = {**PHASES_US, "first_byte": PHASES_US["first_byte"] + 9_000}


def order(world: World = WORLD, **chosen: str) -> Order:
    return EXPERIMENT.plan_order(world, 1, 20.0, ExpressRouteOptions(**chosen))


# The order


def test_routers_learn_anew_wherever_routing_changes_and_nowhere_else() -> None:
    kept = {VPN_CIRCUIT, OWN_LINE, CHINA, "vpn-internet"}
    wanted = [learning(each.name) for each in RUN.order.cases if each.name not in kept]
    assert RUN.order.learning == [*wanted, learning(HOLD_TIME), learning(BFD)]


def test_the_route_filter_has_the_services_that_are_asked_for() -> None:
    chosen = order(services="12076:5020, exchange")
    routing = chosen.case(MAIN).routing
    assert routing is not None and routing.services == ("exchange", "sharepoint")
    without = chosen.case(WITHOUT_EXCHANGE).routing
    assert without is not None and without.services == ("sharepoint",)


@pytest.mark.parametrize(
    ("services", "told"),
    [
        ("exchange,12076:5011", 'unknown community "12076:5011"; did you mean "12076:5010"'),
        ("exhange", 'unknown service "exhange"; did you mean "exchange"?'),
        ("", "--services: is empty; right would be"),
        (" , ", "--services: is empty; right would be"),
    ],
)
def test_a_route_filter_of_something_else_is_an_error(services: str, told: str) -> None:
    with pytest.raises(WorldError, match=re.escape(told)):
        order(services=services)


@pytest.mark.parametrize("client", ["traveller", "colleague"])
def test_a_client_without_a_circuit_is_an_error(client: str) -> None:
    with pytest.raises(WorldError, match=f'client "{client}" is not inside an office with a circuit'):
        order(client=client)


def test_a_world_without_a_circuit_is_an_error() -> None:
    bare = World.model_validate({**dict(WORLD), "circuits": ()})
    with pytest.raises(WorldError, match="no client is inside an office with a circuit"):
        order(bare)


def test_a_circuit_whose_lines_cannot_go_silent_is_an_error() -> None:
    (circuit,) = WORLD.circuits
    quick = circuit.model_copy(update={"delay_ms": 0.0})
    with pytest.raises(
        WorldError, match=r'circuit "circuit": delay_ms: is 0, .* right would be delay_ms = 0\.5'
    ):
        order(World.model_validate({**dict(WORLD), "circuits": (quick,)}))


def test_without_exchange_in_the_filter_nothing_has_to_move() -> None:
    assert not order(services="sharepoint").exercises


def test_the_order_can_be_planned_and_its_network_built() -> None:
    planned = pipeline.plan(EXPERIMENT, WORLD, 1, 20.0, ExpressRouteOptions())
    nodes = {node.name for node in planned.network.nodes}
    assert {"hq-gw", "hq-er", "circuit-m1", "circuit-m2"} <= nodes
    assert {point.node for point in planned.order.captures} <= nodes


def test_what_fails_goes_silent_and_its_interfaces_stay_up() -> None:
    for exercise in RUN.order.exercises:
        assert [event.do for event in exercise.events] == ["silence", "silence"]
        assert not exercise.steady


# A sound run


def test_a_sound_run_is_held_and_shown() -> None:
    for claim in CLAIMS:
        found = judged(RUN, claim)
        assert found.verdict is Verdict.HELD, (claim, found.observed)
        assert found.frames, claim
    assert len(CLAIMS) == 5 + 18


@pytest.mark.parametrize("services", ["exchange", "sharepoint", "teams,other", "exchange,teams"])
def test_it_is_held_with_other_route_filters(services: str) -> None:
    run = made_up_expressroute(services=services)
    for claim in claims(run):
        found = judged(run, claim)
        assert found.verdict is Verdict.HELD, (claim, found.observed)


# Evidence of something else


def on_line(case: str, node: str, address: str) -> Change:
    return plus(rows.talk(case=case, node=node, src=POOL, dst=address))


def update(
    case: str, node: str, *announced: str, src: str = "198.51.100.2", dst: str = "198.51.100.1"
) -> Change:
    """Let somebody announce more, at the end of a case's learning."""
    place = {"case": learning(case), "node": node, "frame": 90}
    return plus(path_rows.bgp_message(**place, src=src, dst=dst, announced=announced, communities=()))


def moved(case: str, by: int, place: int) -> Change:
    return where(case, "iad-efz", "datagram_run", lambda row: {"first": row.first + by}, only=place)


UNTRUE = {
    "Microsoft's edge is another AS": (
        "step 1",
        where(learning(NO_FILTER), SEC, "bgp_message", lambda _: {"as_number": 8075}, as_number=12076),
        "is AS 8075, not 12076",
    ),
    "a prefix without a filter": ("step 1", update(NO_FILTER, PRI, "52.96.0.0/14"), "announced 52.96.0.0/14"),
    "no prefix with one": (
        "step 1",
        minus(learning(MAIN), PRI, "bgp_message", type="update", src="198.51.100.2"),
        "nothing is announced in circuit either",
    ),
    "another prefix": (
        "step 2",
        update(MAIN, PRI, "192.0.2.0/24"),
        "primary: 1 are not as published: ('192.0.2.0/24', 'none')",
    ),
    "a prefix with another community": (
        "step 2",
        where(
            learning(MAIN),
            SEC,
            "bgp_message",
            lambda _: {"communities": ("12076:5030",)},
            communities=("12076:5010",),
        ),
        "secondary: 32 are not as published",
    ),
    "the question goes to somebody else, too": (
        "step 3",
        plus(rows.query(case=MAIN, node="clerk", src=CLERK, dst="8.8.8.8", name="x.example")),
        "also asked 8.8.8.8",
    ),
    "the answer is another one": (
        "step 3",
        where(
            NO_FILTER,
            "clerk",
            "dns_answer",
            lambda _: {"answers": (rows.record(REGIONAL, "A", "192.0.2.1"),)},
            name=HOST,
        ),
        "without a circuit ['192.0.2.1']",
    ),
    "a question over the circuit": ("step 3", on_line(MAIN, SEC, RESOLVER), RESOLVER),
    "no question over the Internet": ("step 3", minus(MAIN, LINE, "dns_query"), "no question of hqdns"),
    "the region is another one": (
        "step 3",
        where(
            MAIN,
            "hqdns",
            "dns_answer",
            lambda _: {"answers": (rows.record(STEERED, "CNAME", "dub-efz.ms-acdc.office.com"),)},
            name=STEERED,
        ),
        "dub-efz.ms-acdc.office.com",
    ),
    "SharePoint on the Internet line": ("step 4", on_line(MAIN, LINE, MWH_SITE), MWH_SITE),
    "Exchange on the secondary line": ("step 4", on_line(MAIN, SEC, IAD), IAD),
    "Exchange not on the primary line": (
        "step 4",
        minus(MAIN, PRI, "tcp_connection", server=IAD),
        "nothing of exchange",
    ),
    "media not on the primary line": ("step 4", minus(MAIN, PRI, "stun_exchange"), "nothing of media"),
    "Exchange sees the office's own address": (
        "step 4",
        where(MAIN, "iad-efz", "tcp_connection", lambda _: {"client": GATEWAY}),
        "no connection with client 203.0.113.2",
    ),
    "the path over the circuit is another one": (
        "step 4",
        where(MAIN, "clerk", "icmp_time_exceeded", lambda _: {"src": "192.0.2.1"}, src="198.51.100.2"),
        "192.0.2.1",
    ),
    "the portal on the circuit": ("step 5", on_line(MAIN, PRI, PORTAL), PORTAL),
    "the path over the Internet is another one": (
        "step 5",
        where(MAIN, "clerk", "icmp_time_exceeded", lambda _: {"src": "192.0.2.1"}, src="100.127.0.5"),
        "192.0.2.1",
    ),
    "without a filter something is on the circuit": ("control 1", on_line(NO_FILTER, PRI, IAD), IAD),
    "without 5010 Exchange is on the circuit": ("control 2", on_line(WITHOUT_EXCHANGE, PRI, IAD), IAD),
    "without 5010 SharePoint is on the Internet": (
        "control 2",
        on_line(WITHOUT_EXCHANGE, LINE, MWH_SITE),
        MWH_SITE,
    ),
    "a prefix of the other cloud": (
        "control 3",
        update(MAIN, SEC, "42.159.40.0/29", src="198.51.100.6", dst="198.51.100.5"),
        "42.159.40.0/29",
    ),
    "the other cloud on the circuit": (
        "control 3",
        on_line(CHINA, PRI, RUN.address("bjs-efz")),
        "42.159.40.1",
    ),
    "an answer over the Internet line": (
        "control 4",
        where(SHARED_POOL, LINE, "tcp_connection", lambda _: {"synack_frame": 9}),
        "answered on the Internet line",
    ),
    "an answer at the client": (
        "control 4",
        where(SHARED_POOL, "clerk", "tcp_connection", lambda _: {"synack_frame": 9}),
        f"{IAD} answered clerk",
    ),
    "no answer over the circuit": (
        "control 4",
        minus(SHARED_POOL, PRI, "talk", src=IAD),
        f"nothing from {IAD}",
    ),
    "the answer gets through the firewall": ("control 4", on_line(SHARED_POOL, INNER, IAD), IAD),
    "SYN does not leave": ("control 4", minus(SHARED_POOL, LINE, "tcp_connection"), f"no SYN to {IAD}"),
    "with own pools the answer comes over the circuit": ("control 5", on_line(OWN_POOLS, PRI, IAD), IAD),
    "the session is not ended": (
        "control 6",
        minus(learning(TOO_MANY), SEC, "bgp_message", type="notification"),
        "sent no notification",
    ),
    "it is ended for another reason": (
        "control 6",
        where(
            learning(TOO_MANY),
            PRI,
            "bgp_message",
            lambda _: {"error_code": 4, "error_subcode": 0, "error_name": "Hold Timer Expired"},
            type="notification",
        ),
        "Hold Timer Expired",
    ),
    "it is ended after fewer prefixes": (
        "control 6",
        where(
            learning(TOO_MANY),
            PRI,
            "bgp_message",
            lambda row: {"announced": row.announced[:200]},
            src="198.51.100.1",
            type="update",
        ),
        "ended after 200 prefixes",
    ),
    "Exchange still on the circuit": ("control 6", on_line(TOO_MANY, PRI, IAD), IAD),
    "a default route is passed on": (
        "control 7",
        update(LEAKED_DEFAULT, "circuit-m1", "0.0.0.0/0", dst=IAD_BORDER),
        "circuit-m1 passes on 0.0.0.0/0",
    ),
    "a private prefix is passed on": (
        "control 7",
        update(LEAKED_PRIVATE, "circuit-m2", "10.0.0.0/8", src="198.51.100.6", dst=IAD_BORDER),
        "circuit-m2 passes on 10.0.0.0/8",
    ),
    "the pool is not passed on either": (
        "control 7",
        minus(learning(LEAKED_DEFAULT), "circuit-m1", "bgp_message"),
        "does not pass on 203.0.113.0/28",
    ),
    "nothing was leaked": (
        "control 7",
        where(
            learning(LEAKED_PRIVATE),
            PRI,
            "bgp_message",
            lambda _: {"announced": ("203.0.113.0/28",)},
            src="198.51.100.1",
            type="update",
        ),
        "10.0.0.0/8 is not announced at all",
    ),
    "packets move too late": ("control 8", moved(HOLD_TIME, 50, 1), "after 185000 ms"),
    "packets move too soon": ("control 8", moved(HOLD_TIME, -200, 1), "after 60000 ms"),
    "they are seen as somebody else": (
        "control 8",
        where(HOLD_TIME, "iad-efz", "datagram_run", lambda _: {"src": GATEWAY}, only=1),
        f"then seen as {GATEWAY}",
    ),
    "they never move": (
        "control 10",
        minus(HOLD_TIME, "iad-efz", "datagram_run", src=GATEWAY),
        "nothing arrives any more",
    ),
    "the connection has no answer any more": (
        "control 9",
        where(HOLD_TIME, "clerk", "tcp_burst", lambda row: {"time_ns": row.time_ns + 10**15}),
        "no answer any more",
    ),
    "there were two connections": (
        "control 9",
        plus(rows.connection(case=HOLD_TIME, node="clerk", client=CLERK, server=IAD, server_port=8100)),
        "opened 2 connections",
    ),
    "the connection goes on over the Internet": (
        "control 11",
        where(HOLD_TIME, "clerk", "tcp_burst", lambda row: {"time_ns": row.time_ns + 60 * 10**9}, only=2),
        "answers again after",
    ),
    "an inner address leaves": (
        "control 11",
        plus(rows.talk(case=HOLD_TIME, node=LINE, src=CLERK, dst=IAD)),
        CLERK,
    ),
    "BFD is slower": ("control 12", moved(BFD, 10, 1), "after 1000 ms"),
    "with BFD the connection has no answer any more": (
        "control 13",
        where(BFD, "clerk", "tcp_burst", lambda row: {"time_ns": row.time_ns + 10**12}),
        "no answer any more",
    ),
    "with BFD both lines take longer": ("control 14", moved(BFD, 15, 2), "after 1000 ms"),
    "with BFD the connection goes on": (
        "control 15",
        where(BFD, "clerk", "tcp_burst", lambda row: {"time_ns": row.time_ns + 10**9}, only=2),
        "answers again after",
    ),
    "a round trip is longer": (
        "control 16",
        where(MAIN, "clerk", "stun_exchange", lambda row: {"rtt_us": row.rtt_us + 30}, server="13.107.64.1"),
        "media (circuit), by 30.000 us",
    ),
    "a first byte is later": (
        "control 16",
        all_of(
            where(
                LEAKED_DEFAULT,
                "clerk",
                "tcp_burst",
                lambda row: {"time_ns": row.time_ns + 9 * 10**6},
                bytes=334,
            ),
            saying(LEAKED_DEFAULT, 0, phases_us=LATER_US),
        ),
        "first bytes: exchange (leaked-default)",
    ),
    "no answer where one is due": (
        "control 16",
        saying(VPN_CIRCUIT, 0, error="Connection timed out", status=0),
        "traveller got no answer of exchange: Connection timed out",
    ),
}


@pytest.mark.parametrize("what", UNTRUE)
def test_refuted_by_other_evidence(what: str) -> None:
    claim, change, told = UNTRUE[what]
    found = judged(change(RUN), claim)
    assert found.verdict is Verdict.REFUTED, found.observed
    assert told in found.observed


NEEDED = {
    "step 1": [(learning(NO_FILTER), PRI), (learning(MAIN), SEC)],
    "step 2": [(learning(MAIN), PRI), (learning(MAIN), SEC)],
    "step 3": [(MAIN, "clerk"), (NO_FILTER, "clerk"), (MAIN, LINE), (MAIN, PRI), (MAIN, SEC)],
    "step 4": [(MAIN, "clerk"), (MAIN, PRI), (MAIN, SEC), (MAIN, LINE), (MAIN, "iad-efz")],
    "step 5": [(MAIN, "clerk"), (MAIN, PRI), (MAIN, LINE), (MAIN, "iad-fe")],
    "control 1": [(NO_FILTER, PRI), (NO_FILTER, SEC), (NO_FILTER, LINE)],
    "control 2": [(WITHOUT_EXCHANGE, PRI), (WITHOUT_EXCHANGE, LINE)],
    "control 3": [(CHINA, PRI), (CHINA, "bjs-efz"), (learning(MAIN), PRI)],
    "control 4": [(SHARED_POOL, PRI), (SHARED_POOL, LINE), (SHARED_POOL, INNER), (SHARED_POOL, "clerk")],
    "control 5": [(OWN_POOLS, PRI), (OWN_POOLS, LINE)],
    "control 6": [(learning(TOO_MANY), PRI), (TOO_MANY, PRI)],
    "control 7": [(learning(LEAKED_DEFAULT), "circuit-m1"), (learning(LEAKED_PRIVATE), SEC)],
    "control 8": [(HOLD_TIME, "iad-efz"), (HOLD_TIME, "clerk")],
    "control 11": [(HOLD_TIME, LINE), (HOLD_TIME, "clerk")],
    "control 14": [(BFD, "iad-efz")],
    "control 18": [(MAIN, "iad-br"), (OWN_LINE, "isplis")],
}


@pytest.mark.parametrize(("claim", "place"), [(claim, place) for claim in NEEDED for place in NEEDED[claim]])
@pytest.mark.parametrize("damage", [lost, cut], ids=["lost", "cut"])
def test_inconclusive_without_a_whole_capture(
    claim: str, place: tuple[str, str], damage: Callable[[str, str], Change]
) -> None:
    found = judged(damage(*place)(RUN), claim)
    assert found.verdict is Verdict.INCONCLUSIVE, found.observed


@pytest.mark.parametrize(
    ("claim", "case"), [("step 4", MAIN), ("control 1", NO_FILTER), ("control 16", CHINA)]
)
def test_inconclusive_without_what_the_client_says(claim: str, case: str) -> None:
    found = judged(silent(case)(RUN), claim)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.observed == f"journey.jsonl has no journey of {case}"


# What is found, side by side


def test_the_table_has_four_services_over_five_ways_as_the_wires_say() -> None:
    table = EXPERIMENT.tables(RUN)[0]
    assert len(table.rows) == 4 * len(WAYS)
    by_key = {(row.group, row.cells[0]): row.cells for row in table.rows}
    text = RUN.case(MAIN).text
    assert by_key[text, "exchange"][3:5] == ("circuit", POOL)
    assert by_key[text, "portal"][3:5] == ("Internet", GATEWAY)
    away = RUN.case(VPN_CIRCUIT).text
    assert by_key[away, "media"][3:5] == ("tunnel, circuit", POOL)
    assert by_key[RUN.case(OWN_LINE).text, "exchange"][3] == "own line"
    for cells in by_key.values():
        assert cells[5] == pytest.approx(cells[6], abs=0.001)


def test_round_trips_by_hand() -> None:
    """Chicago to Ashburn is 12.274 ms, the circuit's own line 1 ms, Ashburn to Quincy 65.485 ms."""
    rtts = {(row.group, row.cells[0]): row.cells[6] for row in EXPERIMENT.tables(RUN)[0].rows}
    text = RUN.case(MAIN).text
    assert rtts[text, "exchange"] == rtts[text, "media"] == 13.274
    assert rtts[text, "sharepoint"] == pytest.approx(13.274 + 65.485, abs=0.001)
    assert rtts[RUN.case(NO_FILTER).text, "sharepoint"] == 38.218


def test_each_sessions_prefixes_are_counted_by_community() -> None:
    table = EXPERIMENT.tables(RUN)[1]
    counts = {(row.group, row.cells[0]): row.cells[2] for row in table.rows}
    for line in ("primary line", "secondary line"):
        assert [counts[line, f"12076:{each}"] for each in (5010, 5020, 5030, 5100)] == [16, 5, 5, 11]


def test_failures_have_their_times_and_losses() -> None:
    cells = [row.cells for row in EXPERIMENT.tables(RUN)[2].rows]
    assert [each[1:4] for each in cells] == [
        (160_000.0, 180_000.0, 319),
        (170_000.0, 180_000.0, 339),
        (800.0, 900.0, 39),
        (700.0, 900.0, 34),
    ]
    assert [each[5] for each in cells] == [230_000.0, None, 1_500.0, None]
    figures = {(figure.name, figure.case): figure for figure in EXPERIMENT.figures(RUN)}
    figure = figures["the primary line goes silent: packets move after", HOLD_TIME]
    assert (figure.measured, figure.expected) == (160_000.0, 180_000.0)


def test_what_packets_do_not_show_is_in_no_table() -> None:
    run = all_of(lost(MAIN, "iad-efz"), lost(HOLD_TIME, "iad-efz"), lost(learning(MAIN), PRI))(RUN)
    services, routes, failures = EXPERIMENT.tables(run)
    assert (RUN.case(MAIN).text, "exchange") not in {(row.group, row.cells[0]) for row in services.rows}
    assert {row.group for row in routes.rows} == {"secondary line"}
    assert {row.group for row in failures.rows} == {"noticed by BFD"}
    assert {figure.case for figure in EXPERIMENT.figures(run)} == {BFD}


def test_the_picture_has_each_way() -> None:
    (picture,) = EXPERIMENT.pictures(RUN).values()
    for name in WAYS:
        assert RUN.case(name).text in picture
