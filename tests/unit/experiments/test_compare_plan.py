"""What is run to compare ways: cases and calls in their order, and where is captured."""

from __future__ import annotations

import pytest

from experiments.compare import EXPERIMENT, CompareOptions
from experiments.compare_plan import FILTERED, UNFILTERED
from experiments.compare_visits import by_service
from experiments.order import Order
from experiments.passage import passage
from topologies.errors import WorldError
from topologies.load import load_world
from topologies.planning import plan_network

WORLD = load_world("article")
ALL = "expressroute:frankfurt,vpn:frankfurt,split:frankfurt"


def order(**chosen: str) -> Order:
    options = CompareOptions(**chosen)
    return EXPERIMENT.plan_order(EXPERIMENT.change_world(WORLD, options), 1, 10.0, options)


def test_each_way_is_a_case_and_those_over_a_circuit_come_last() -> None:
    found = order(via=ALL)
    assert [(case.name, case.routing) for case in found.cases] == [
        ("direct", UNFILTERED),
        ("vpn-frankfurt", UNFILTERED),
        ("split-frankfurt", UNFILTERED),
        ("expressroute-frankfurt", FILTERED),
        ("direct-again", FILTERED),
    ]
    assert found.learning == ["direct-routes", "expressroute-frankfurt-routes", "call-direct-routes"]


def test_each_way_is_a_call_and_those_over_a_circuit_come_first() -> None:
    found = order(via=ALL)
    assert [(call.name, call.routing, call.server) for call in found.calls] == [
        ("call-expressroute-frankfurt", FILTERED, "mwh"),
        ("call-direct", UNFILTERED, "mwh"),
        ("call-vpn-frankfurt", UNFILTERED, "mwh"),
        ("call-split-frankfurt", UNFILTERED, "mwh"),
    ]
    assert len({call.media[0].port for call in found.calls}) == 4  # no conversation goes on in another call
    assert {call.way for call in found.calls} == {case.way for case in found.cases}


def test_who_is_asked_for_names_is_where_the_way_leads() -> None:
    asked = {case.name: case.resolver for case in order(via=ALL).cases}
    assert asked == {
        "direct": "isplagos",
        "vpn-frankfurt": "frankfdns",
        "split-frankfurt": "frankfdns",
        "expressroute-frankfurt": "frankfdns",
        "direct-again": "isplagos",
    }
    (split,) = (case for case in order(via=ALL).cases if case.name == "split-frankfurt")
    assert "office365.com" in split.way.split_dns


def test_without_a_circuit_no_router_learns_anything() -> None:
    found = order(via="vpn:frankfurt")
    assert {case.routing for case in found.cases} | {call.routing for call in found.calls} == {None}
    assert (found.learning, found.selection.circuits) == ([], ())


def test_whoever_is_inside_has_no_tunnel_and_is_direct_again_without_a_filter() -> None:
    found = order(client="clerk", via="expressroute")
    assert [(case.name, case.routing, case.resolver, case.way.office) for case in found.cases] == [
        ("direct", UNFILTERED, "hqdns", ""),
        ("expressroute-hq", FILTERED, "hqdns", ""),
        ("direct-again", UNFILTERED, "hqdns", ""),
    ]


@pytest.mark.parametrize(
    "service, built, names, calls",
    [
        ("portal", ("portal",), ("portal",), False),
        ("exchange", ("exchange",), ("exchange", "folders", "message"), False),
        ("sharepoint", ("sharepoint",), ("sharepoint", "document"), False),
        ("media", (), (), True),
        ("media,portal", ("portal",), ("portal",), True),
    ],
)
def test_only_what_is_asked_for_is_built_and_done(
    service: str, built: tuple[str, ...], names: tuple[str, ...], calls: bool
) -> None:
    found = order(service=service)
    assert found.selection.services == built
    assert {tuple(request.name for request in case.requests) for case in found.cases} == ({names} - {()})
    assert (bool(found.calls), found.selection.relays, found.selection.calls) == (calls, calls, calls)
    assert found.files == ({"plan.docx": 300_000} if service == "sharepoint" else {})


def test_requests_are_told_apart_by_service() -> None:
    assert by_service(order().cases[0].requests) == {
        "portal": ("portal",),
        "exchange": ("exchange", "folders", "message"),
        "sharepoint": ("sharepoint", "document"),
    }


def test_every_place_that_a_claim_looks_at_is_captured() -> None:
    options = CompareOptions()
    world = EXPERIMENT.change_world(WORLD, options)
    found = EXPERIMENT.plan_order(world, 1, 10.0, options)
    names = [point.name for point in found.captures]
    assert len(names) == len(set(names))
    assert {"lagos", "lagos-wg0", "isplagos", "frankfdns", "frankfurt-gw"} <= set(names)
    assert {"frankfurt-er-pri", "frankfurt-er-sec", "mwh-spo", "mwh-mcu"} <= set(names)
    assert {"jnb-fe", "jnb-efz", "jnb-rly", "ams-fe", "ams-efz", "ams-rly"} <= set(names)
    plan = plan_network(world, found.selection)
    assert {point.node for point in found.captures} <= {node.name for node in plan.nodes}
    for call in found.calls:
        assert passage(world, plan, call, "13.107.64.1").at in names


def test_a_cloud_without_relays_has_no_calls() -> None:
    clouds = tuple(cloud.model_copy(update={"relays": None}) for cloud in WORLD.clouds)
    world = WORLD.model_copy(update={"clouds": clouds})
    options = CompareOptions(client="traveller", via="direct")
    with pytest.raises(WorldError, match='cloud "worldwide": relays: is missing'):
        EXPERIMENT.plan_order(world, 1, 10.0, options)
    portal = options.model_copy(update={"service": "portal"})
    assert EXPERIMENT.plan_order(world, 1, 10.0, portal).calls == ()


def test_the_options_that_were_chosen_make_the_same_run_again() -> None:
    options = CompareOptions(client="Lagos, Portugal", via="vpn:cordoba/spain", service="media")
    assert options.as_given == (
        "--client",
        "Lagos, Portugal",
        "--via",
        "vpn:cordoba/spain",
        "--service",
        "media",
    )
