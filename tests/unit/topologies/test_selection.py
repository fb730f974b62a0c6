"""What of a world is built."""

from typing import get_args

import pytest

from topologies.errors import WorldError
from topologies.load import parse_world
from topologies.names import Service
from topologies.selection import Selection, select, select_all
from topologies.world import World

from .made_up_plans import ARTICLE, ARTICLE_TEXT, changed, without_lines

ALL: tuple[Service, ...] = get_args(Service)


def _servers(cloud: str, *services: Service, anycast: bool = False) -> list[str]:
    selection = select(ARTICLE, clients=(), clouds=(cloud,), services=services, anycast=anycast)
    return list(selection.nameservers)


def test_clients_bring_their_resolvers_and_the_datacenters_of_their_cloud() -> None:
    assert select(ARTICLE, clients=("traveller",), clouds=("worldwide",), services=("portal",)) == Selection(
        clients=("traveller",),
        resolvers=("isplis",),
        nameservers=("root", "gtld", "msdns1", "msdns2", "edge1", "edge2"),
        datacenters=("ams", "dub", "mwh", "iad", "gru", "sin", "tyo", "syd", "jnb"),
        services=("portal",),
    )


def test_further_resolvers_come_after_the_clients_own_and_once() -> None:
    clients, resolvers = ("traveller", "colleague"), ("ispsin", "isplis")
    selection = select(
        ARTICLE, clients=clients, resolvers=resolvers, clouds=("worldwide",), services=("portal",)
    )
    assert selection.resolvers == ("isplis", "ispsea", "ispsin")


def test_a_client_who_is_named_twice_is_there_once() -> None:
    clients = ("colleague", "traveller", "colleague")
    selection = select(ARTICLE, clients=clients, clouds=("worldwide",), services=("portal",))
    assert selection.clients == clients[:2]


def test_several_clouds_are_built_in_the_order_in_which_they_are_named() -> None:
    selection = select(ARTICLE, clients=(), clouds=("21vianet", "worldwide"), services=("portal",))
    assert selection.datacenters[:3] == ("bjs", "sha", "ams")
    assert {"cndns1", "cnedge1", "msdns1", "edge1"} <= set(selection.nameservers)


# Services


@pytest.mark.parametrize(
    "cloud, service, servers",
    [
        ("worldwide", "portal", ["msdns1", "msdns2", "edge1", "edge2"]),
        ("worldwide", "exchange", ["msdns1", "msdns2", "acdc1", "acdc2", "efz1", "efz2"]),
        ("worldwide", "sharepoint", ["akadns", "msdns1", "msdns2"]),
        ("21vianet", "portal", ["cnreg", "cndns1", "cndns2", "cnedge1", "cnedge2"]),
        ("21vianet", "exchange", ["cnreg", "cndns1", "cndns2", "cnedge1", "cnedge2"]),
        ("21vianet", "sharepoint", ["cnreg", "cndns1", "cndns2"]),
    ],
)
def test_a_service_brings_the_servers_of_its_names_and_no_others(
    cloud: str, service: Service, servers: list[str]
) -> None:
    found = _servers(cloud, service)
    assert found[0] == "root"
    assert [name for name in found if name not in ("root", "gtld")] == servers


def test_servers_are_in_the_worlds_order_and_once_whatever_is_asked_for() -> None:
    found = _servers("worldwide", *ALL)
    assert found == [each.name for each in ARTICLE.nameservers if each.name in found]
    assert found == _servers("worldwide", *reversed(ALL))


def test_name_servers_in_another_clouds_datacenters_are_left_out() -> None:
    there = {each.name for each in ARTICLE.datacenters_of("worldwide")}
    for name in _servers("21vianet", *ALL):
        assert ARTICLE.nameserver(name).datacenter not in there


def test_anycast_servers_are_built_on_demand() -> None:
    assert "acdc" not in _servers("worldwide", "exchange")
    assert "acdc" in _servers("worldwide", "exchange", anycast=True)
    assert "acdc" not in _servers("worldwide", "portal", anycast=True)
    assert "acdc" not in _servers("21vianet", *ALL, anycast=True)


def test_anycast_servers_are_built_where_no_others_have_their_zones() -> None:
    text = ARTICLE_TEXT.replace('zones = ["ms-acdc.office.com"]\ndatacenter', 'zones = ["net"]\ndatacenter')
    selection = select(parse_world(text), clients=(), clouds=("worldwide",), services=("exchange",))
    assert "acdc" in selection.nameservers


@pytest.mark.parametrize(
    "zone, cloud, service, name",
    [
        ('"microsoftonline.cn", ', "21vianet", "portal", "portal.partner.microsoftonline.cn"),
        ('"office365.com", ', "worldwide", "exchange", "outlook.office365.com"),
        (', "sharepoint.com"', "worldwide", "sharepoint", "contoso.sharepoint.com"),
    ],
)
def test_a_name_that_is_only_in_a_top_level_zone_has_nobody_who_knows_it(
    zone: str, cloud: str, service: Service, name: str
) -> None:
    world = parse_world(ARTICLE_TEXT.replace(zone, ""))
    with pytest.raises(WorldError) as error:
        select(world, clients=(), clouds=(cloud,), services=(service,))
    parent = ".".join(name.split(".")[-2:])
    assert str(error.value) == (
        f'nameservers: none in the clouds that are used has a zone with "{name}";'
        f' right would be "{parent}" among the zones of one'
    )


# Offices


def _with_offices(
    *clients: str,
    vpn: tuple[tuple[str, str], ...] = (),
    circuits: tuple[str, ...] = (),
    relays: bool = False,
    world: World = ARTICLE,
) -> Selection:
    return select(
        world,
        clients=clients,
        clouds=("worldwide",),
        services=("portal",),
        vpn=vpn,
        circuits=circuits,
        relays=relays,
    )


def test_an_office_is_built_where_somebody_is_inside_dials_in_or_it_has_a_circuit() -> None:
    assert _with_offices("traveller").offices == ()
    assert _with_offices("clerk").offices == ("hq",)
    assert _with_offices(circuits=("circuit",)).offices == ("hq",)
    assert _with_offices("traveller", vpn=(("traveller", "branch"),)).offices == ("branch",)


def test_offices_are_built_in_the_worlds_order_and_once() -> None:
    dialling_in = (("traveller", "branch"), ("colleague", "hq"), ("traveller", "hq"))
    selection = _with_offices("traveller", "colleague", "clerk", vpn=dialling_in, circuits=("circuit",))
    assert selection.offices == ("hq", "branch")
    assert selection.vpn == dialling_in
    assert selection.circuits == ("circuit",)


def test_an_office_brings_its_resolver_after_the_others() -> None:
    selection = _with_offices("traveller", vpn=(("traveller", "branch"),), circuits=("circuit",))
    assert selection.resolvers == ("isplis", "hqdns", "branchdns")
    assert _with_offices("clerk", "traveller").resolvers == ("hqdns", "isplis")


def test_a_tunnel_and_a_circuit_that_are_named_twice_are_there_once() -> None:
    pair = ("traveller", "hq")
    selection = _with_offices("traveller", vpn=(pair, pair), circuits=("circuit", "circuit"))
    assert (selection.vpn, selection.circuits) == ((pair,), ("circuit",))


def test_relays_are_built_where_it_is_said() -> None:
    assert _with_offices("traveller").relays is False
    assert _with_offices("traveller", relays=True).relays is True


def test_nobody_dials_in_where_there_is_no_concentrator() -> None:
    world = changed('tunnel = "10.1.1.0/24"', "")
    with pytest.raises(WorldError) as error:
        _with_offices("traveller", vpn=(("traveller", "hq"),), world=world)
    assert str(error.value) == (
        'office "hq": tunnel: is missing, so it has no VPN concentrator; right would be'
        ' tunnel = "10.1.1.0/24", or another network that is free'
    )
    assert _with_offices("traveller", vpn=(("traveller", "branch"),), world=world).offices == ("branch",)


@pytest.mark.parametrize("office", ["hq", "branch"])
def test_who_is_inside_an_office_dials_in_nowhere(office: str) -> None:
    with pytest.raises(WorldError) as error:
        _with_offices("clerk", vpn=(("clerk", office),))
    assert str(error.value) == (
        'client "clerk" is inside the office "hq", and needs no VPN; right would be a client that is outside'
    )


@pytest.mark.parametrize(
    "vpn, circuits, message",
    [
        ((("travler", "hq"),), (), 'unknown client "travler"; did you mean "traveller"?'),
        ((("traveller", "brunch"),), (), 'unknown office "brunch"; did you mean "branch"?'),
        ((), ("circus",), 'unknown circuit "circus"; did you mean "circuit"?'),
    ],
)
def test_an_unknown_office_client_or_circuit_gets_a_hint(
    vpn: tuple[tuple[str, str], ...], circuits: tuple[str, ...], message: str
) -> None:
    with pytest.raises(WorldError) as error:
        _with_offices("traveller", vpn=vpn, circuits=circuits)
    assert str(error.value) == message


# Unknown names


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"clients": ("travler",)}, 'unknown client "travler"; did you mean "traveller"?'),
        (
            {"resolvers": ("ispsen",)},
            'unknown resolver "ispsen"; did you mean "ispsin" or "ispsea" or "ispsha"?',
        ),
        ({"clouds": ("worldwid",)}, 'no datacenter is in a cloud "worldwid"; did you mean "worldwide"?'),
    ],
)
def test_an_unknown_name_gets_a_hint(wrong: dict[str, tuple[str, ...]], message: str) -> None:
    asked = {"clients": ("traveller",), "resolvers": (), "clouds": ("worldwide",), **wrong}
    with pytest.raises(WorldError) as error:
        select(
            ARTICLE,
            clients=asked["clients"],
            resolvers=asked["resolvers"],
            clouds=asked["clouds"],
            services=("portal",),
        )
    assert str(error.value) == message


def test_a_cloud_whose_names_nobody_knows_has_no_service() -> None:
    world = parse_world(ARTICLE_TEXT.replace('"21vianet"', '"moon"').replace("*-", "x-"))
    with pytest.raises(WorldError) as error:
        select(world, clients=(), clouds=("moon",), services=("portal",))
    assert str(error.value) == (
        'no names are known of "portal" in a cloud "moon"; right would be one of: 21vianet, worldwide'
    )


# Everything


def test_everything_is_everything() -> None:
    selection = select_all(ARTICLE)
    for kind in ("clients", "resolvers", "nameservers", "datacenters"):
        assert getattr(selection, kind) == tuple(part.name for part in getattr(ARTICLE, kind))
    assert selection.services == ALL
    assert selection.offices == ("hq",)  # somebody is inside; nobody has to be in the other


def test_everything_has_no_second_way_to_anywhere() -> None:
    selection = select_all(ARTICLE)
    assert (selection.circuits, selection.vpn, selection.relays) == ((), (), False)


def test_a_service_that_has_no_prefixes_is_no_part_of_everything() -> None:
    assert select_all(without_lines("exchange")).services == ("portal", "sharepoint")
    assert select_all(without_lines("exchange", "sharepoint")).services == ("portal",)
