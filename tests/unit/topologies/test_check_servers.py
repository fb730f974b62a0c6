"""Name servers that would leave a resolver without a way, and the one message for each."""

import pytest

from topologies.errors import WorldError
from topologies.load import parse_world

from .made_up_plans import ARTICLE_TEXT, changed, renamed, without_lines

ACDC = 'zones = ["ms-acdc.office.com"]'
EFZ = '"*-efz.ms-acdc.office.com"'


def _message(text: str) -> str:
    with pytest.raises(WorldError) as error:
        parse_world(text)
    return str(error.value)


# Zones


@pytest.mark.parametrize(
    "zone, of",
    [
        (".", '"."'),
        ("com", '"com", "net"'),
        ("net", '"com", "net"'),
        ("office.com", '"office.com"'),
        ("b-msedge.net", '"b-msedge.net"'),
    ],
)
def test_every_zone_on_the_way_to_microsofts_names_has_a_server(zone: str, of: str) -> None:
    left = of.replace(f'"{zone}"', '"example.org"')
    assert _message(ARTICLE_TEXT.replace(of, left)) == (
        f'nameservers: none has the zone "{zone}"; right would be "{zone}" among the zones of one'
    )


@pytest.mark.parametrize(
    "pattern, hint",
    [
        ("*-efz.ms-acdc.office.co", 'did you mean "*-efz.ms-acdc.office.com"?'),
        ("*-efz.outlook.com", 'did you mean "*-efz.outlook.cn"?'),
        ("*.efz.ms-acdc.office.com", 'did you mean "*-efz.ms-acdc.office.com"?'),
        (
            "*x",
            "right would be one of: *-efz.ms-acdc.office.com, *-efz.outlook.cn,"
            " *-portal.partner.microsoftonline.cn",
        ),
    ],
)
def test_a_pattern_stands_for_at_least_one_front_doors_name(pattern: str, hint: str) -> None:
    with pytest.raises(WorldError) as error:
        changed(EFZ, f'"{pattern}"')
    assert (
        str(error.value) == f'nameserver "efz1": zones: "{pattern}" stands for no front door\'s name; {hint}'
    )


@pytest.mark.parametrize("pattern", ["*", "*-efz.ms-acdc.office.com", "*ams-efz.ms-acdc.office.com", "*.net"])
def test_a_pattern_may_stand_for_one_front_door_or_for_all(pattern: str) -> None:
    assert changed(EFZ, f'"{pattern}"').nameserver("efz1").zones == (pattern,)


def test_a_pattern_of_a_service_that_is_not_there_does_no_harm() -> None:
    assert without_lines("exchange").nameserver("efz1").zones == ("*-efz.ms-acdc.office.com",)


# Times to live


def test_steered_names_of_one_zone_have_one_time_to_live() -> None:
    assert _message(ARTICLE_TEXT.replace(ACDC, 'zones = ["office.com"]')) == (
        'nameserver "msdns1": zones: "portal.office.com" lives 300 s and "outlook.ms-acdc.office.com" 60 s;'
        " right would be zones of different servers for the two"
    )


def test_steered_names_of_one_server_have_one_time_to_live_also_in_different_zones() -> None:
    with pytest.raises(WorldError) as error:
        changed(ACDC, 'zones = ["ms-acdc.office.com", "office.com"]')
    assert str(error.value) == (
        'nameserver "acdc1": zones: "portal.office.com" lives 300 s and "outlook.ms-acdc.office.com" 60 s;'
        " right would be zones of different servers for the two"
    )


def test_a_name_of_a_service_that_is_not_there_is_in_nobodys_way() -> None:
    lines = [line for line in ARTICLE_TEXT.split("\n") if not line.startswith("exchange")]
    world = parse_world("\n".join(lines).replace(ACDC, 'zones = ["office.com"]'))
    assert world.nameserver("acdc1").zones == ("office.com",)


def test_names_that_only_a_top_level_zone_has_are_nobodys_concern_until_somebody_asks() -> None:
    world = changed('"microsoftonline.cn", "outlook.cn", "sharepoint.cn"', '"sharepoint.cn"')
    again = ARTICLE_TEXT.replace('"microsoftonline.cn", "outlook.cn", ', "")
    assert world.nameserver("cndns1").zones == ("sharepoint.cn",)
    assert parse_world(again).nameserver("cnreg").zones == ("cn",)


def test_a_pattern_takes_no_steered_name_out_of_its_zone() -> None:
    text = ARTICLE_TEXT.replace(ACDC, 'zones = ["office.com"]').replace(EFZ, '"*.ms-acdc.office.com"')
    assert _message(text).startswith('nameserver "msdns1": zones: "portal.office.com" lives 300 s and')


# Anycast


def test_an_anycast_server_is_in_a_cloud_that_has_a_datacenter() -> None:
    text = ARTICLE_TEXT.replace('anycast = "worldwide"', 'anycast = "empty"')
    assert _message(f'{text}\n[[clouds]]\nname = "empty"\n') == (
        'nameserver "acdc": anycast: no datacenter is in the cloud "empty";'
        " right would be one of: 21vianet, worldwide"
    )


@pytest.mark.parametrize("taken", ["isplis", "hq", "traveller", "edge1"])
def test_no_instance_of_an_anycast_server_has_a_name_that_another_node_has(taken: str) -> None:
    with pytest.raises(WorldError) as error:
        renamed({taken: "acdc-ams"})
    assert str(error.value) == (
        'nameserver "acdc": name: an instance of it would be "acdc-ams", a name that is taken;'
        " right would be another one"
    )


def test_no_instance_of_an_anycast_server_looks_like_the_router_of_a_place() -> None:
    with pytest.raises(WorldError, match='nameserver "r2": name: an instance of it would be "r2-ams"'):
        renamed({"acdc": "r2"})


def test_an_instance_is_only_where_the_server_is() -> None:
    # It is in the worldwide cloud: Beijing has none.
    assert renamed({"isplis": "acdc-bjs"}).resolver("acdc-bjs").name == "acdc-bjs"
