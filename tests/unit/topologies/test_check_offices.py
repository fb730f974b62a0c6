"""Wrong offices: the article's with one thing changed, and the one message that this must give."""

import pytest

from topologies.errors import WorldError
from topologies.load import parse_world
from topologies.world import World

from .made_up_plans import ARTICLE, ARTICLE_TEXT

FREE = [f"192.0.{number}.0/24" for number in range(3, 203)]  # 200 networks, the pool not among them
CLERK = """
[[clients]]
name = "typist"
place = "Chicago"
resolver = "hqdns"
tenant = "contoso"
prefix = "10.1.0.16/29"
office = "hq"
"""
SECOND = """
[[circuits]]
name = "spare"
office = "hq"
peering = "Chicago"
pool = "203.0.113.16/28"
links = "198.51.100.8/29"
"""


def _with(right: str, instead: str) -> World:
    """Return the article's world, and a second person in the office, with one thing changed."""
    text = ARTICLE_TEXT + CLERK
    assert right in text
    return parse_world(text.replace(right, instead, 1))


def _announcing(*prefixes: str) -> World:
    listed = ", ".join(f'"{each}"' for each in prefixes)
    return _with("delay_ms = 0.5", f"delay_ms = 0.5\nannounce = [{listed}]")


def _message(right: str, instead: str) -> str:
    with pytest.raises(WorldError) as error:
        _with(right, instead)
    return str(error.value)


# what the file has, what is there instead, the whole message
WRONG = [
    # tunnels
    (
        '"100.64.0.8/29"',
        '"10.1.1.8/29"',
        'client "traveller": prefix: "10.1.1.8/29" overlaps "10.1.1.0/24" of office "hq";'
        " right would be prefixes that share no address",
    ),
    (
        'tunnel = "10.2.1.0/24"',
        'tunnel = "10.1.0.128/25"',
        'office "branch": tunnel: "10.1.0.128/25" overlaps "10.1.0.0/24" of office "hq";'
        " right would be prefixes that share no address",
    ),
    (
        'tunnel = "10.2.1.0/24"',
        'tunnel = "10.1.1.0/24"',
        'office "hq": tunnel: "10.1.1.0/24" overlaps "10.1.1.0/24" of office "branch";'
        " right would be prefixes that share no address",
    ),
    (
        'tunnel = "10.1.1.0/24"',
        'tunnel = "10.1.1.0/31"',
        'office "hq": tunnel: "10.1.1.0/31" is too small; right would be a /30 or larger',
    ),
    (
        'tunnel = "10.1.1.0/24"',
        'tunnel = "192.168.1.0/24"',
        'office "hq": tunnel: "192.168.1.0/24" is not inside an office; right would be a part of 10.0.0.0/8',
    ),
    # those inside
    (
        'prefix = "10.1.0.16/29"',
        'prefix = "100.64.2.8/29"',
        'client "typist": prefix: "100.64.2.8/29" is not inside the office "hq";'
        " right would be a part of 10.1.0.0/24",
    ),
    (
        'prefix = "10.1.0.16/29"',
        'prefix = "10.0.0.0/15"',
        'client "typist": prefix: "10.0.0.0/15" is not inside the office "hq";'
        " right would be a part of 10.1.0.0/24",
    ),
    (
        'prefix = "10.1.0.16/29"',
        'prefix = "10.1.0.0/28"',
        'client "clerk": prefix: "10.1.0.8/29" overlaps "10.1.0.0/28" of client "typist";'
        " right would be prefixes that share no address",
    ),
    (
        'place = "Chicago"\nresolver = "hqdns"\ntenant',
        'place = "Chicago"\nresolver = "ispsea"\ntenant',
        'client "clerk": resolver: "ispsea" is not that of the office "hq"; right would be "hqdns"',
    ),
    (
        'place = "Chicago"\nresolver = "hqdns"\ntenant',
        'place = "Boston"\nresolver = "hqdns"\ntenant',
        'client "clerk": place: is not that of the office "hq"; right would be Chicago',
    ),
    (
        'prefix = "10.1.0.16/29"',
        'prefix = "10.1.0.16/29"\naccess = { delay_ms = 4 }',
        'client "typist": access: is that of the office "hq"; right would be none',
    ),
    (
        'prefix = "10.1.0.16/29"\noffice = "hq"',
        'prefix = "10.1.0.16/29"\noffice = "brunch"',
        'client "typist": office: unknown office "brunch"; did you mean "branch"?',
    ),
    # resolvers
    (
        'name = "branchdns"\nplace = "Madrid"',
        'name = "branchdns"\nplace = "Lisbon"',
        'office "branch": resolver: "branchdns" is not at its place; right would be one in Madrid',
    ),
    (
        '"100.64.5.0/29"',
        '"100.64.5.0/30"',
        'office "branch": resolver: "branchdns" has a network without room for the office\'s gateway,'
        ' "100.64.5.0/30"; right would be a /29 or larger',
    ),
    (
        'place = "Madrid"\nresolver = "branchdns"',
        'place = "Chicago"\nresolver = "hqdns"',
        'office "hq": resolver: "hqdns" is that of hq and branch; right would be a resolver for each office',
    ),
    # circuits
    (
        CLERK,
        SECOND,
        'circuit "spare": office: "hq" has the circuit "circuit"; right would be one circuit for an office',
    ),
    (
        'office = "hq"\npeering',
        'office = "brunch"\npeering',
        'circuit "circuit": office: unknown office "brunch"; did you mean "branch"?',
    ),
    (
        'peering = "Chicago"',
        'peering = "Chicargo"',
        'circuit "circuit": peering: unknown place "Chicargo"; did you mean "Chicago" or "Cairo"?'
        " (or give {latitude = ..., longitude = ...})",
    ),
    (
        'peering = "Chicago"',
        "",
        'circuit "circuit": peering: is missing; right would be peering = "Chicago", or another place',
    ),
    (
        'pool = "203.0.113.0/28"',
        "",
        'circuit "circuit": pool: is missing; right would be pool = "203.0.113.0/28"',
    ),
    (
        'links = "198.51.100.0/29"',
        "",
        'circuit "circuit": links: is missing; right would be links = "198.51.100.0/29"',
    ),
    (
        'office = "hq"\npeering',
        "peering",
        'circuit "circuit": office: is missing; right would be the name of one of the [[offices]]',
    ),
    (
        'links = "198.51.100.0/29"',
        'links = "198.51.100.0/30"',
        'circuit "circuit": links: "198.51.100.0/30" is too small; right would be a /29 or larger',
    ),
    (
        'pool = "203.0.113.0/28"',
        'pool = "203.0.113.0/30"',
        'circuit "circuit": pool: "203.0.113.0/30" is too small; right would be a /29 or larger',
    ),
    (
        'links = "198.51.100.0/29"',
        'links = "203.0.113.8/29"',
        'circuit "circuit": links: "203.0.113.8/29" overlaps "203.0.113.0/28" of circuit "circuit";'
        " right would be prefixes that share no address",
    ),
    (
        "delay_ms = 0.5",
        'announce = ["100.64.2.0/28"]',
        'resolver "hqdns": prefix: "100.64.2.0/29" overlaps "100.64.2.0/28" of circuit "circuit";'
        " right would be prefixes that share no address",
    ),
    (
        "delay_ms = 0.5",
        "delay_ms = -1",
        'circuit "circuit": delay_ms: is -1; right would be 0 or more',
    ),
    (
        'name = "circuit"',
        'name = "hqdns"',
        'circuit "hqdns": name: "hqdns" is taken by resolver "hqdns"; right would be one not in use',
    ),
    (
        'name = "circuit"',
        'name = "er1-m1"',
        'circuit "er1-m1": name: "er1-m1" is a name that the network gives itself;'
        " right would be another one",
    ),
    # relays
    (
        '"13.107.64.0/24"',
        '"13.107.6.0/24"',
        'datacenter "ams": prefix: "13.107.6.0/28" overlaps "13.107.6.0/24" of cloud "worldwide";'
        " right would be prefixes that share no address",
    ),
    (
        '"13.107.64.0/24"',
        '"13.107.64.0/31"',
        'cloud "worldwide": relays: "13.107.64.0/31" is too small; right would be a /30 or larger',
    ),
]


@pytest.mark.parametrize("right, wrong, message", WRONG, ids=[message for _, _, message in WRONG])
def test_a_wrong_office_has_one_clear_message(right: str, wrong: str, message: str) -> None:
    assert _message(right, wrong) == message


def test_several_may_work_inside() -> None:
    world = parse_world(ARTICLE_TEXT + CLERK)
    assert [each.name for each in world.clients if each.office == "hq"] == ["clerk", "typist"]


@pytest.mark.parametrize(
    "without", ['tunnel = "10.2.1.0/24"', 'tunnel = "10.1.1.0/24"'], ids=["branch", "headquarters"]
)
def test_an_office_without_a_gateway_has_any_resolver(without: str) -> None:
    text = ARTICLE_TEXT.replace('"100.64.5.0/29"', '"100.64.5.0/30"').replace(without, "")
    if "10.2" in without:
        assert parse_world(text).office("branch").tunnel is None
        return
    with pytest.raises(WorldError, match=r"without room for the office's gateway"):
        parse_world(text)


@pytest.mark.parametrize("office", ["circuit", "client"])
def test_an_office_with_a_circuit_or_people_inside_has_a_gateway_though_nobody_dials_in(office: str) -> None:
    text = ARTICLE_TEXT.replace('tunnel = "10.1.1.0/24"\n', "").replace('"100.64.2.0/29"', '"100.64.2.0/30"')
    gone = {"circuit": '[[clients]]\nname = "clerk"', "client": "[[circuits]]"}[office]
    before, after = text.split(gone)
    text = before + after.partition("\n\n")[2]
    with pytest.raises(WorldError, match=r'^office "hq": resolver: "hqdns" has a network without room'):
        parse_world(text)


def test_two_offices_may_have_a_circuit_each() -> None:
    world = _with(CLERK, SECOND.replace('"hq"', '"branch"'))
    assert [each.office for each in world.circuits] == ["hq", "branch"]


# What Microsoft's edge accepts


def test_two_hundred_prefixes_are_accepted_and_one_more_is_not() -> None:
    assert len(_announcing(*FREE[:199]).circuits[0].announce) == 199
    with pytest.raises(WorldError) as error:
        _announcing(*FREE)
    assert str(error.value) == (
        'circuit "circuit": announce: with the pool these are 201 prefixes, and Microsoft\'s edge drops a'
        " session that brings more than 200; right would be 200 at most"
    )


def test_a_default_route_is_not_accepted() -> None:
    with pytest.raises(WorldError) as error:
        _announcing("192.0.3.0/24", "0.0.0.0/0")
    assert str(error.value) == (
        'circuit "circuit": announce[1]: "0.0.0.0/0" is a default route, and not accepted by Microsoft\'s'
        " edge; right would be the customer's own prefixes"
    )


@pytest.mark.parametrize(
    "prefix",
    ["10.9.0.0/16", "172.31.255.0/24", "192.168.0.0/16", "192.168.7.0/29", "172.0.0.0/8", "8.0.0.0/6"],
)
@pytest.mark.parametrize("key", ["pool", "links", "announce"])
def test_private_addresses_are_not_accepted(key: str, prefix: str) -> None:
    now = {"pool": "203.0.113.0/28", "links": "198.51.100.0/29"}
    with pytest.raises(WorldError) as error:
        if key == "announce":
            _announcing(prefix)
        else:
            _with(now[key], prefix)
    where = "announce[0]" if key == "announce" else key
    assert str(error.value) == (
        f'circuit "circuit": {where}: "{prefix}" is private (RFC 1918), and not accepted by Microsoft\'s'
        " edge; right would be a public prefix"
    )


@pytest.mark.parametrize("prefix", ["172.15.0.0/16", "172.32.0.0/16", "11.0.0.0/8", "192.167.0.0/16"])
def test_what_is_next_to_private_addresses_is_accepted(prefix: str) -> None:
    assert str(_announcing(prefix).circuits[0].announce[0]) == prefix


# Passwords


@pytest.mark.parametrize("key", ["password", "microsoft_password"])
@pytest.mark.parametrize(
    "password", ["se cret", 'se\\"cret', "geheim;", "s" * 26, "pässword", "a\\nb", "{x}"]
)
def test_an_odd_password_is_refused(key: str, password: str) -> None:
    with pytest.raises(WorldError) as error:
        _with("delay_ms = 0.5", f'{key} = "{password}"')
    message = str(error.value)
    assert message.startswith(f'circuit "circuit": {key}: "')
    assert message.endswith("cannot be a session's password; right would be up to 25 letters and digits")
    assert message.isprintable()


@pytest.mark.parametrize("password", ["", "a", "S3cret", "s" * 25])
def test_letters_and_digits_are_a_password_and_none_is_none(password: str) -> None:
    (circuit,) = _with("delay_ms = 0.5", f'password = "{password}"\nmicrosoft_password = "other"').circuits
    assert (circuit.password, circuit.microsoft_password) == (password, "other")
    assert (ARTICLE.circuits[0].password, ARTICLE.circuits[0].microsoft_password) == ("", None)
