"""Wrong edges and providers: the built-in world's with one thing changed, and the one message for it."""

from __future__ import annotations

import pytest

from topologies.errors import WorldError

from .made_up_edges import EDGES, changed

DENVER = '{ name = "den", place = "Denver" }'
PHOENIX = '{ name = "phx", site = "phx" }'

# what the file has, what is there instead, the whole message
WRONG = [
    # edges
    (
        'name = "den"\ncloud = "worldwide"',
        'name = "den"\ncloud = "worldwild"',
        'edge "den": cloud: unknown cloud "worldwild"; did you mean "worldwide"?',
    ),
    (
        'name = "den"\ncloud = "worldwide"',
        'name = "iad"\ncloud = "worldwide"',
        'edge "iad": name: "iad" is taken by datacenter "iad"; right would be one not in use',
    ),
    (
        'name = "den"\ncloud = "worldwide"',
        'name = "denver12"\ncloud = "worldwide"',
        'edge "denver12": name: "denver12" cannot name a datacenter;'
        " right would be a letter and up to 6 more of a-z and 0-9",
    ),
    (
        'label = "edge-den"',
        'label = "nameast"',
        'edge "den": label: "nameast" is taken by datacenter "iad"; right would be one not in use',
    ),
    (
        'prefix = "13.107.18.16/28"',
        'prefix = "13.107.18.16/29"',
        'edge "den": prefix: "13.107.18.16/29" is too small; right would be a /28 or larger',
    ),
    (
        'prefix = "13.107.18.16/28"',
        'prefix = "13.107.6.48/28"',
        'edge "den": prefix: "13.107.6.48/28" overlaps "13.107.6.48/28" of datacenter "iad";'
        " right would be prefixes that share no address",
    ),
    (
        'exchange = "40.103.0.0/29"',
        'exchange = "13.107.136.8/29"',
        'edge "den": exchange: "13.107.136.8/29" overlaps "13.107.136.8/29" of cloud "worldwide";'
        " right would be prefixes that share no address",
    ),
    (
        'exchange = "40.103.0.0/29"\n',
        "",
        'edge "den": exchange: is missing, unlike in the datacenters of the cloud "worldwide";'
        " right would be a prefix",
    ),
    (
        'front_doors = "13.107.136.8/29"\n',
        "",
        'cloud "worldwide": front_doors: is missing, and providers lead to its edges;'
        ' right would be front_doors = "13.107.136.8/29"',
    ),
    (
        'front_doors = "13.107.136.8/29"',
        'front_doors = "13.107.136.8/31"',
        'cloud "worldwide": front_doors: "13.107.136.8/31" is too small; right would be a /30 or larger',
    ),
    (
        'front_doors = "13.107.136.8/29"\n',
        'front_doors = "13.107.136.8/29"\n\n[[clouds]]\nname = "21vianet"\n\n[[edges]]\nname = "can"\n'
        'cloud = "21vianet"\nplace = "Guangzhou"\nlabel = "edge-can"\nprefix = "103.9.8.0/28"\n',
        'edge "can": cloud: "21vianet" has no datacenter that the edge could fetch from;'
        " right would be a cloud with one",
    ),
    # providers
    (
        'name = "mtn"',
        'name = "mountain"',
        'isp "mountain": name: "mountain" cannot name a provider or a router of one;'
        " right would be a letter and up to 4 more of a-z and 0-9",
    ),
    (
        'name = "pac"',
        'name = "mtn"',
        'isp "mtn": name: "mtn" is taken by another one; right would be one not in use',
    ),
    (
        "as_number = 64512",
        "as_number = 8075",
        'isp "mtn": as_number: 8075 is Microsoft\'s; right would be another one',
    ),
    (
        "as_number = 64513",
        "as_number = 64512",
        'isp "pac": as_number: 64512 is that of "mtn"; right would be one not in use',
    ),
    (
        "as_number = 64512",
        "as_number = 65535",
        'isp "mtn": as_number: is 65535; right would be 65534 or less',
    ),
    ("as_number = 64512\n", "", 'isp "mtn": as_number: is missing; right would be as_number = 64501'),
    (
        'cities = ["Denver", "Salt Lake City"]\n',
        "",
        'isp "mtn": cities: is missing; right would be cities = ["Denver"]',
    ),
    (
        'cities = ["Denver", "Salt Lake City"]',
        "cities = []",
        'isp "mtn": cities: is a list of 0; right would be a list of 1 or more',
    ),
    (
        'cities = ["Dallas", "Chicago"]',
        'cities = ["Dallas", "Denver"]',
        'isp "mid": cities: Denver is behind "mtn", too; right would be one provider',
    ),
    (
        'cities = ["Dallas", "Chicago"]',
        'cities = ["Dallas", "Dallas"]',
        'isp "mid": cities: Dallas is behind it twice; right would be one provider',
    ),
    # their routers
    (
        DENVER,
        '{ name = "den" }',
        'isp "mtn": pops[0]: "den" stands nowhere; right would be the site with which it peers,'
        " or else a place",
    ),
    (
        PHOENIX,
        '{ name = "phx", site = "phx", place = "Phoenix" }',
        'isp "mtn": pops[1]: "phx" stands twice; right would be the site with which it peers,'
        " or else a place",
    ),
    (
        DENVER,
        '{ name = "den", place = "Denver", preference = 110 }',
        'isp "mtn": pops[0]: "den" has a preference and no peer; right would be a site, or no preference',
    ),
    (
        "preference = 110",
        "preference = 1001",
        'isp "rus": pops[1].preference: is 1001; right would be 1000 or less',
    ),
    (
        PHOENIX,
        '{ name = "phx", site = "phxx" }',
        'isp "mtn": pop "phx": site: unknown site "phxx"; did you mean "phx"?',
    ),
    (
        PHOENIX,
        '{ name = "den", site = "phx" }',
        'isp "mtn": pops: "den" is there twice; right would be once',
    ),
    (
        DENVER,
        '{ name = "den", site = "phx" }',
        'isp "mtn": pops: "den" and "phx" both peer with "phx"; right would be one of the two',
    ),
    (
        PHOENIX,
        '{ name = "phx", place = "Phoenix" }',
        'isp "mtn": pops: none peers, so nothing is reached; right would be a site for one of them',
    ),
    (
        'name = "denver"',
        'name = "mtn-den"',
        'isp "mtn": pops: its router would be "mtn-den", a name that is taken; right would be another one',
    ),
    (
        'name = "acdc"',
        'name = "mtn"',
        'isp "mtn": pops: its router would be "mtn-den", a name that is taken; right would be another one',
    ),
    # their users
    (
        "public = true",
        'public = "yes"',
        'resolver "open1": public: is "yes"; right would be true or false',
    ),
]


@pytest.mark.parametrize("right, wrong, message", WRONG, ids=[message for _, _, message in WRONG])
def test_a_wrong_world_has_one_clear_message(right: str, wrong: str, message: str) -> None:
    with pytest.raises(WorldError) as error:
        changed(right, wrong)
    assert str(error.value) == message


def test_an_edge_has_no_exchange_where_datacenters_have_none() -> None:
    text_of = "".join(f'exchange = "{each.exchange}"\n' for each in EDGES.datacenters[:1])
    with pytest.raises(WorldError, match=r'datacenter "iad": exchange: is missing'):
        changed(text_of, "")


def test_the_built_in_world_is_as_it_is_described() -> None:
    assert len(EDGES.clients) == 40
    assert len({each.place.name for each in EDGES.clients}) == 40
    assert len(EDGES.datacenters) + len(EDGES.edges) == 18
    assert {each.name for each in EDGES.resolvers if each.public} == {f"open{n}" for n in range(1, 7)}
