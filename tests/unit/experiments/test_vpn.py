"""What the VPN's experiment orders: cases, ways and captures; and the worlds that it cannot be run in."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from experiments.vpn import EXPERIMENT, VpnOptions, change_world
from experiments.vpn_ways import exceptions, service_domains
from topologies.errors import WorldError
from topologies.world import World

from .made_up_vpn import WORLD, made_up_vpn

RUN = made_up_vpn()
ORDER = RUN.order
EVERYTHING = (IPv4Network("0.0.0.0/0"),)
SPLIT = service_domains(WORLD)
MODELS = ("forced", "few", "few-split-dns", "broad", "selective", "selective-split-dns", "none")


def refused(world: World = WORLD, **chosen: str) -> str:
    """Return why an order cannot be planned."""
    options = VpnOptions(**chosen)
    with pytest.raises(WorldError) as error:
        EXPERIMENT.plan_order(EXPERIMENT.change_world(world, options), 1, 20.0, options)
    return str(error.value)


def with_offices(*names: str) -> World:
    return WORLD.model_copy(update={"offices": tuple(WORLD.office(name) for name in names)})


# The order


def test_the_order_has_the_five_models_and_the_controls() -> None:
    assert [case.name for case in ORDER.cases] == [*MODELS, "next-door", "mismatch"]
    assert {case.client for case in ORDER.cases} == {"traveller"}
    assert {case.warm for case in ORDER.cases} == {True}


@pytest.mark.parametrize(
    "name, resolver, office, has_exceptions, splits",
    [
        ("forced", "hqdns", "hq", "", False),
        ("few", "hqdns", "hq", "few", False),
        ("few-split-dns", "hqdns", "hq", "few", True),
        ("broad", "hqdns", "hq", "broad", True),
        ("selective", "hqdns", "hq", "", False),
        ("selective-split-dns", "hqdns", "hq", "", True),
        ("none", "isplis", "", "", False),
        ("next-door", "branchdns", "branch", "", False),
        ("mismatch", "isplis", "hq", "", False),
    ],
)
def test_each_case_has_its_way(
    name: str, resolver: str, office: str, has_exceptions: str, splits: bool
) -> None:
    case = ORDER.case(name)
    assert (case.resolver, case.way.office) == (resolver, office)
    assert case.way.direct == (exceptions(has_exceptions) if has_exceptions else ())  # type: ignore[arg-type]
    assert case.way.split_dns == (SPLIT if splits else ())
    is_selective = name.startswith("selective")
    assert (case.way.tunnelled == EVERYTHING) is (bool(office) and not is_selective)


def test_the_text_of_a_case_says_which_model_it_is() -> None:
    assert ORDER.case("few-split-dns").text == "forced tunnel, few exceptions, split DNS"
    assert ORDER.case("selective").text == "selective tunnel"
    assert ORDER.case("next-door").text == "an office next door, in Madrid"


def test_each_case_asks_for_the_four_services() -> None:
    for case in ORDER.cases:
        assert [(each.name, each.url) for each in case.requests] == [
            ("exchange", "https://outlook.office365.com/owa/auth.owa"),
            ("sharepoint", "https://contoso.sharepoint.com/"),
            ("portal", "https://portal.office.com/"),
            ("media", "stun:13.107.64.1:3478"),
        ]


def test_captures_are_at_both_ends_of_tunnels_and_at_all_that_answers() -> None:
    points = {point.name: (point.node, point.interface) for point in ORDER.captures}
    assert len(points) == len(ORDER.captures)
    for name in ("traveller", "isplis", "hqdns", "branchdns", "acdc1", "iad-efz", "mwh-spo", "iad-rly"):
        assert points[name] == (name, "eth0")
    assert points["traveller-wg0"] == ("traveller", "wg0") and points["traveller-wg1"] == ("traveller", "wg1")
    assert points["hq-gw"] == ("hq-gw", "line") and points["branch-gw"] == ("branch-gw", "line")
    assert points["hq-gw-wg0"] == ("hq-gw", "wg0")
    for name in ORDER.selection.datacenters:
        assert points[f"{name}-br"] == (f"{name}-br", "wan") and points[f"{name}-fe"][0] == f"{name}-fe"
    ends = {(end.node, end.interface) for wire in RUN.plan.wires for end in (wire.a, wire.b)}
    assert set(points.values()) <= ends | {(each.node, each.interface) for each in RUN.plan.tunnels}


def test_the_client_has_a_tunnel_to_both_offices() -> None:
    assert ORDER.selection.vpn == (("traveller", "hq"), ("traveller", "branch"))
    assert set(ORDER.selection.offices) == {"hq", "branch"} and ORDER.selection.relays


def test_the_backbone_is_tried_between_two_datacenters() -> None:
    (probe,) = ORDER.probes
    assert (probe.source, probe.target) == ("dub-fe", "mwh-fe")
    at_home = made_up_vpn(tenant="fabrikam").order.probes[0]
    assert at_home.source == "dub-fe" != at_home.target


# What can be chosen


def test_another_client_dials_in_to_the_office_that_is_far_from_it() -> None:
    order = made_up_vpn(client="colleague").order
    assert {case.client for case in order.cases} == {"colleague"}
    assert (order.case("forced").way.office, order.case("next-door").way.office) == ("branch", "hq")
    assert order.case("none").resolver == order.case("mismatch").resolver == "ispsea"


def test_the_office_can_be_named() -> None:
    assert made_up_vpn(office="hq").order == ORDER


def test_another_tenant_has_its_own_site_and_its_users() -> None:
    run = made_up_vpn(tenant="fabrikam")
    case = run.order.case("forced")
    assert run.world.client("traveller").tenant == "fabrikam"
    assert run.world.client("colleague").tenant == WORLD.client("colleague").tenant
    assert case.requests[1].url == "https://fabrikam.sharepoint.com/"
    users = {request.headers["X-AnchorMailbox"] for request in case.requests[:2]}
    assert users == {"traveller@fabrikam.onmicrosoft.com"}


def test_without_a_tenant_the_world_is_as_it_is() -> None:
    assert change_world(WORLD, VpnOptions()) is WORLD


# Wrong input


def test_unknown_names_are_told() -> None:
    assert refused(client="nobody").startswith('unknown client "nobody"; right would be one of')
    assert refused(office="nowhere").startswith('unknown office "nowhere"; right would be one of')
    assert refused(tenant="none").startswith('unknown tenant "none"; right would be one of')


def test_a_tenant_of_another_cloud_has_no_published_endpoints() -> None:
    text = refused(tenant="lotus")
    assert text.startswith('client "traveller": its tenant "lotus" is not in the cloud "worldwide"')
    others = tuple(
        each.model_copy(update={"tenant": "lotus"}) if each.name == "resident" else each
        for each in WORLD.clients
    )
    world = WORLD.model_copy(update={"clients": others})
    assert 'client "resident": its tenant "lotus"' in refused(world, client="resident")
    # With another tenant the client is one of those that can.
    assert "lotus" not in refused(world, client="resident", tenant="contoso")


def test_an_office_has_to_have_a_concentrator() -> None:
    offices = tuple(each.model_copy(update={"tunnel": None}) for each in WORLD.offices if each.name == "hq")
    other = WORLD.office("branch").model_copy(update={"name": "third", "resolver": "hqdns"})
    world = WORLD.model_copy(update={"offices": (*offices, WORLD.office("branch"), other)})
    assert refused(world, office="hq").startswith('office "hq": tunnel: is missing')
    bare = tuple(each.model_copy(update={"tunnel": None}) for each in WORLD.offices)
    assert refused(WORLD.model_copy(update={"offices": bare})).startswith(
        "offices: none has a VPN concentrator"
    )


def test_another_office_has_to_be_there_to_compare_with() -> None:
    assert refused(with_offices("hq")).startswith('office "hq" alone has a VPN concentrator')


def test_who_is_inside_an_office_needs_no_vpn() -> None:
    for office in ("", "hq", "branch"):
        assert refused(client="clerk", office=office).startswith('client "clerk" is inside the office "hq"')


def test_without_relays_there_is_no_media() -> None:
    clouds = tuple(each.model_copy(update={"relays": None}) for each in WORLD.clouds)
    assert "relays: is missing" in refused(WORLD.model_copy(update={"clouds": clouds}))
