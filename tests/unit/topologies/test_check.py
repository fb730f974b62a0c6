"""Wrong worlds: the article's with one thing changed, and the one message that this must give."""

import pytest

from topologies.errors import WorldError
from topologies.load import parse_world

from .made_up_plans import ARTICLE_TEXT, changed

# what the article's file has, what is there instead, the whole message
WRONG = [
    # unknown keys
    (
        "delay_ms = 4",
        "delya_ms = 4",
        'client "traveller": access.delya_ms: unknown key; did you mean "delay_ms"?',
    ),
    ("path_stretch", "path_strech", 'internet.path_strech: unknown key; did you mean "path_stretch"?'),
    ('title = "The', 'tilte = "The', 'tilte: unknown key; did you mean "title"?'),
    ("[[offices]]", "[[ofices]]", 'ofices: unknown key; did you mean "offices"?'),
    (
        "{ delay_ms = 4 }",
        "{ up = { delay = 4 } }",
        'client "traveller": access.up.delay: unknown key; did you mean "delay_ms"?',
    ),
    (
        "rate_mbit = 1.0",
        "rate_mbits = 1.0",
        'internet.borders[0].rate_mbits: unknown key; did you mean "rate_mbit"?',
    ),
    (
        'sharepoint = "40.108.128.0/29"',
        'sharepont = "40.108.128.0/29"',
        'datacenter "ams": sharepont: unknown key; did you mean "sharepoint"?',
    ),
    # unknown places, regions, tenants and other names
    (
        'place = "Lisbon"',
        'place = "Lisboa"',
        'resolver "isplis": place: unknown place "Lisboa"; did you mean "Lisbon" or "Lima"? '
        "(or give {latitude = ..., longitude = ...})",
    ),
    (
        "Brazil South",
        "Brasil South",
        'datacenter "gru": region: unknown Azure region "Brasil South";'
        ' did you mean "Brazil South" or "Korea South" or "France South"?',
    ),
    (
        'tenant = "contoso"',
        'tenant = "contosa"',
        'client "traveller": tenant: unknown tenant "contosa"; did you mean "contoso"?',
    ),
    (
        'cloud = "worldwide"',
        'cloud = "worldwild"',
        'datacenter "ams": cloud: unknown cloud "worldwild"; did you mean "worldwide"?',
    ),
    (
        'datacenter = "mwh"',
        'datacenter = "mwx"',
        'tenant "contoso": datacenter: unknown datacenter "mwx"; did you mean "mwh"?',
    ),
    (
        'resolver = "hqdns"',
        'resolver = "hqdsn"',
        'office "hq": resolver: unknown resolver "hqdsn"; did you mean "hqdns"?',
    ),
    (
        'datacenter = "iad"',
        'datacenter = "iat"',
        'nameserver "msdns1": datacenter: unknown datacenter "iat"; did you mean "iad"?',
    ),
    (
        "path_stretch = 1.5",
        'overrides = [{ between = ["ams", "travelle"], rtt_ms = 1 }]',
        'internet.overrides[0]: between: unknown node "travelle"; did you mean "traveller"?',
    ),
    (
        'anycast = "worldwide"',
        'anycast = "worldwild"',
        'nameserver "acdc": anycast: unknown cloud "worldwild"; did you mean "worldwide"?',
    ),
    (
        'around = ["bjs", "sha"]',
        'around = ["bjss", "sha"]',
        'border "china": around: unknown node "bjss"; did you mean "bjs"?',
    ),
    (  # it is everywhere
        'around = ["bjs", "sha"]',
        'around = ["acdc"]',
        'border "china": around: unknown node "acdc"; did you mean "acdc2" or "acdc1"?',
    ),
    # numbers
    ("delay_ms = 4", "delay_ms = -4", 'client "traveller": access.delay_ms: is -4; right would be 0 or more'),
    (
        "delay_ms = 4",
        "delay_ms = inf",
        'client "traveller": access.delay_ms: is inf; right would be a finite number',
    ),
    (
        "delay_ms = 4",
        'delay_ms = "4"',
        'client "traveller": access.delay_ms: is "4"; right would be a number',
    ),
    (
        "delay_ms = 4",
        "delay_ms = true",
        'client "traveller": access.delay_ms: is true; right would be a number',
    ),
    (
        "delay_ms = 4",
        "loss_percent = 100.5",
        'client "traveller": access.loss_percent: is 100.5; right would be 100 or less',
    ),
    (
        "delay_ms = 4",
        "rate_mbit = 0",
        'client "traveller": access.rate_mbit: is 0; right would be more than 0',
    ),
    (
        "delay_ms = 4",
        "delay_ms = 4, jitter_ms = 5",
        'client "traveller": access: jitter_ms 5 is larger than delay_ms 4;'
        " right would be a jitter that never exceeds the delay",
    ),
    ("path_stretch = 1.5", "path_stretch = 0.9", "internet.path_stretch: is 0.9; right would be 1 or more"),
    (
        'place = "Lisbon"',
        "place = { latitude = 91, longitude = 0 }",
        'resolver "isplis": place.latitude: is 91; right would be 90 or less',
    ),
    (
        "loss_percent = 1.0",
        "loss_percent = 101",
        "internet.borders[0].loss_percent: is 101; right would be 100 or less",
    ),
    (
        "rate_mbit = 1.0",
        "rate_mbit = 0",
        "internet.borders[0].rate_mbit: is 0; right would be more than 0",
    ),
    (
        "path_stretch = 1.5",
        "loss_percent = -1",
        "internet.loss_percent: is -1; right would be 0 or more",
    ),
    # types
    (
        'name = "article"',
        'name = "article"\ncongestion = "reno"',
        'congestion: is "reno"; right would be "cubic" or "bbr"',
    ),
    (
        "rate_mbit = 1.0",
        "closed = 1",
        "internet.borders[0].closed: is 1; right would be true or false",
    ),
    (
        "rate_mbit = 1.0",
        'closed = "yes"',
        'internet.borders[0].closed: is "yes"; right would be true or false',
    ),
    ('name = "article"', "name = 4", 'name: is 4; right would be a text in quotes, "like this"'),
    ("{ delay_ms = 4 }", "4", 'client "traveller": access: is 4; right would be a table'),
    (
        'place = "Lisbon"',
        "place = 4",
        'resolver "isplis": place: 4 is no place;'
        " right would be a city's name or {latitude = ..., longitude = ...}",
    ),
    ('zones = ["."]', 'zones = "."', 'nameserver "root": zones: is "."; right would be a list'),
    (
        'zones = ["."]',
        "zones = []",
        'nameserver "root": zones: is a list of 0; right would be a list of 1 or more',
    ),
    (
        'around = ["bjs", "sha"]',
        "around = []",
        "internet.borders[0].around: is a list of 0; right would be a list of 1 or more",
    ),
    # missing
    (
        'around = ["bjs", "sha"]',
        "",
        'internet.borders[0].around: is missing; right would be around = ["bjs", "sha"]',
    ),
    (
        'resolver = "isplis"',
        "",
        'client "traveller": resolver: is missing; right would be the name of one of the [[resolvers]]',
    ),
    (
        'place = "Lisbon"',
        "place = { latitude = 38.7 }",
        'resolver "isplis": place.longitude: is missing; right would be degrees east, -180 to 180',
    ),
    ('name = "traveller"', "", 'clients[0].name: is missing; right would be name = "..."'),
    ('name = "article"', "", 'name: is missing; right would be name = "..."'),
    (
        'region = "West Europe"',
        "",
        'datacenter "ams": place: cannot be reached: neither region nor place is known, so no distance is;'
        ' right would be region = "West Europe" or place = "Amsterdam"',
    ),
    (
        'datacenter = "iad"',
        "",
        'nameserver "msdns1": stands nowhere; right would be place and prefix together, or datacenter',
    ),
    (
        'datacenter = "iad"',
        'anycast = "worldwide"',
        'nameserver "msdns1": is anycast; right would be a prefix, and neither place nor datacenter',
    ),
    (
        'anycast = "worldwide"',
        'anycast = "worldwide"\nplace = "Lisbon"',
        'nameserver "acdc": is anycast; right would be a prefix, and neither place nor datacenter',
    ),
    # names
    (
        'name = "acdc"',
        'name = "acdcacdc"',
        'nameserver "acdcacdc": "acdcacdc" is too long for an anycast server, of which each datacenter has'
        " one; right would be 7 characters at most",
    ),
    (
        'name = "traveller"',
        'name = "ams-mbx"',
        'client "ams-mbx": name: "ams-mbx" is a name that the network gives itself;'
        " right would be another one",
    ),
    (
        'name = "traveller"',
        'name = "colleague"',
        'client "colleague": name: "colleague" is taken by another one; right would be one not in use',
    ),
    (
        'name = "traveller"',
        'name = "ams"',
        'client "ams": name: "ams" is taken by datacenter "ams"; right would be one not in use',
    ),
    (
        'name = "lotus"',
        'name = "contoso"',
        'tenant "contoso": name: "contoso" is taken by another one; right would be one not in use',
    ),
    (
        'label = "emeanorth"',
        'label = "emeawest"',
        'datacenter "dub": label: "emeawest" is taken by datacenter "ams"; right would be one not in use',
    ),
    (
        "ns2.office.com",
        "ns1.office.com",
        'nameserver "msdns2": hostname: "ns1.office.com" is taken by nameserver "msdns1";'
        " right would be one not in use",
    ),
    (
        'name = "traveller"',
        'name = "travellers"',
        'client "travellers": name: "travellers" cannot name a node;'
        ' right would be a letter and up to 8 more of a-z, 0-9 and "-"',
    ),
    (
        'name = "traveller"',
        'name = "ams-fe"',
        'client "ams-fe": name: "ams-fe" is a name that the network gives itself; right would be another one',
    ),
    (
        'name = "ams"',
        'name = "wan"',
        'datacenter "wan": name: "wan" is a name that the network gives itself; right would be another one',
    ),
    (
        'name = "ams"',
        'name = "amsterdam"',
        'datacenter "amsterdam": name: "amsterdam" cannot name a datacenter;'
        " right would be a letter and up to 6 more of a-z and 0-9",
    ),
    (
        "ns1.office.com",
        "ns1..net",
        'nameserver "msdns1": hostname: "ns1..net" is not a domain name;'
        ' right would be lower-case labels such as "ns1.example.net"',
    ),
    (
        'label = "emeawest"',
        'label = "emea.west"',
        'datacenter "ams": label: "emea.west" is not a label;'
        ' right would be 1 to 63 characters of a-z, 0-9 and "-" inside',
    ),
    (
        '"*-efz.ms-acdc.office.com"',
        '"ams-*.ms-acdc.office.com"',
        'nameserver "efz1": zones[0]: "ams-*.ms-acdc.office.com" is not a domain name;'
        ' right would be lower-case labels such as "ns1.example.net"',
    ),
    # prefixes
    (
        '"40.101.28.0/29"',
        '"40.101.12.100/30"',
        'datacenter "dub": exchange: "40.101.12.100/30" is too small; right would be a /29 or larger',
    ),
    (
        '"40.108.136.0/29"',
        '"40.108.136.0/31"',
        'datacenter "dub": sharepoint: "40.108.136.0/31" is too small; right would be a /30 or larger',
    ),
    (
        '"40.101.28.0/29"',
        '"40.101.12.0/24"',
        'datacenter "ams": exchange: "40.101.12.96/29" overlaps "40.101.12.0/24" of datacenter "dub";'
        " right would be prefixes that share no address",
    ),
    (
        '"40.108.136.0/29"',
        '"13.107.6.24/29"',
        'datacenter "dub": sharepoint: "13.107.6.24/29" overlaps "13.107.6.16/28" of datacenter "dub";'
        " right would be prefixes that share no address",
    ),
    (
        '"13.107.24.0/24"',
        '"13.107.6.144/27"',
        'nameserver "acdc": prefix: "13.107.6.144/27" is an address inside a prefix;'
        ' right would be "13.107.6.128/27"',
    ),
    (
        '"13.107.6.16/28"',
        '"13.107.6.0/28"',
        'datacenter "dub": prefix: "13.107.6.0/28" overlaps "13.107.6.0/28" of datacenter "ams";'
        " right would be prefixes that share no address",
    ),
    (
        '"100.64.0.8/29"',
        '"100.64.0.0/28"',
        'resolver "isplis": prefix: "100.64.0.0/29" overlaps "100.64.0.0/28" of client "traveller";'
        " right would be prefixes that share no address",
    ),
    (
        '"198.41.0.0/24"',
        '"10.0.0.0/15"',
        'office "hq": prefix: "10.1.0.0/24" overlaps "10.0.0.0/15" of nameserver "root";'
        " right would be prefixes that share no address",
    ),
    (
        '"100.64.0.8/29"',
        '"100.127.0.0/29"',
        'client "traveller": prefix: "100.127.0.0/29" overlaps "100.127.0.0/16"'
        " of the routers that every world has; right would be prefixes that share no address",
    ),
    (
        '"198.41.0.0/24"',
        '"100.126.0.0/15"',
        'the routers that every world has: prefix: "100.127.0.0/16" overlaps "100.126.0.0/15"'
        ' of nameserver "root"; right would be prefixes that share no address',
    ),
    (
        '"100.64.0.8/29"',
        '"100.64.0.9/29"',
        'client "traveller": prefix: "100.64.0.9/29" is an address inside a prefix;'
        ' right would be "100.64.0.8/29"',
    ),
    (
        '"100.64.0.8/29"',
        '"100.64.0.8"',
        'client "traveller": prefix: "100.64.0.8" is not a prefix;'
        ' right would be an IPv4 prefix such as "100.64.0.8/29"',
    ),
    (
        '"100.64.0.8/29"',
        '"100.64.0.8/33"',
        'client "traveller": prefix: "100.64.0.8/33" is not a prefix;'
        ' right would be an IPv4 prefix such as "100.64.0.8/29"',
    ),
    (
        '"100.64.0.8/29"',
        '"100.64.0.8/30"',
        'client "traveller": prefix: "100.64.0.8/30" is too small; right would be a /29 or larger',
    ),
    (
        '"100.64.0.8/29"',
        '"224.0.0.0/29"',
        'client "traveller": prefix: "224.0.0.0/29" cannot hold hosts; right would be a unicast prefix',
    ),
    (
        '"10.1.0.0/24"',
        '"192.168.0.0/24"',
        'office "hq": prefix: "192.168.0.0/24" is not inside an office; right would be a part of 10.0.0.0/8',
    ),
    # meaning
    (
        'datacenter = "bjs"',
        'datacenter = "ams"',
        'tenant "lotus": datacenter: "ams" is in the cloud "worldwide";'
        ' right would be one in "21vianet": bjs, sha',
    ),
    # copies of a tenant's data
    (
        'datacenter = "mwh"',
        'datacenter = "mwh"\ncopies = ["mwh", "iad", "gruu"]',
        'tenant "contoso": copies: unknown datacenter "gruu"; did you mean "gru"?',
    ),
    (
        'datacenter = "mwh"',
        'datacenter = "mwh"\ncopies = ["mwh", "iad", "bjs"]',
        'tenant "contoso": copies: "bjs" is in the cloud "21vianet"; right would be one in "worldwide":'
        " ams, dub, mwh, iad, gru, sin, tyo, syd, jnb",
    ),
    (
        'datacenter = "mwh"',
        'datacenter = "mwh"\ncopies = ["iad", "mwh", "gru"]',
        'tenant "contoso": copies: iad, mwh, gru are not the active one and others; right would be "mwh"'
        " first, and then two or more other datacenters",
    ),
    (
        'datacenter = "mwh"',
        'datacenter = "mwh"\ncopies = ["mwh", "iad", "iad"]',
        'tenant "contoso": copies: mwh, iad, iad are not the active one and others; right would be "mwh"'
        " first, and then two or more other datacenters",
    ),
    (
        'datacenter = "mwh"',
        'datacenter = "mwh"\ncopies = ["mwh", "iad"]',
        'tenant "contoso": copies: mwh, iad are not the active one and others; right would be "mwh" first,'
        " and then two or more other datacenters",
    ),
    (
        'datacenter = "mwh"',
        'datacenter = "mwh"\ncopies = ["mwh", "iad", "gru"]\n\n[[tenants]]\nname = "northwind"\n'
        'cloud = "worldwide"\ndatacenter = "gru"\ncopies = ["gru", "sin", "tyo"]',
        'tenant "northwind": copies: "gru" has copies of "contoso", whose others are elsewhere; right would'
        " be mwh, iad, gru, or none of these",
    ),
    (
        'datacenter = "mwh"',
        'datacenter = "mwh"\nsecondary = "iat"',
        'tenant "contoso": secondary: unknown datacenter "iat"; did you mean "iad"?',
    ),
    (
        'datacenter = "mwh"',
        'datacenter = "mwh"\nsecondary = "bjs"',
        'tenant "contoso": secondary: "bjs" is in the cloud "21vianet"; right would be one in "worldwide":'
        " ams, dub, mwh, iad, gru, sin, tyo, syd, jnb",
    ),
    (
        'datacenter = "mwh"',
        'datacenter = "mwh"\nsecondary = "mwh"',
        'tenant "contoso": secondary: "mwh" has its data already; right would be another one',
    ),
    (
        'exchange = "40.101.28.0/29"',
        "",
        'datacenter "dub": exchange: is missing, and "ams" has one;'
        ' right would be one in every datacenter of the cloud "worldwide", or in none',
    ),
    (
        'sharepoint = "42.159.38.0/29"',
        "",
        'datacenter "bjs": sharepoint: is missing, and "sha" has one;'
        ' right would be one in every datacenter of the cloud "21vianet", or in none',
    ),
    (
        "path_stretch = 1.5",
        'overrides = [{ between = ["ams"], rtt_ms = 1 }]',
        "internet.overrides[0].between[1]: is missing; right would be two names",
    ),
]


@pytest.mark.parametrize("right, wrong, message", WRONG, ids=[message for _, _, message in WRONG])
def test_a_wrong_world_has_one_clear_message(right: str, wrong: str, message: str) -> None:
    with pytest.raises(WorldError) as error:
        changed(right, wrong)
    assert str(error.value) == message


@pytest.mark.parametrize(
    "section", ["clouds", "datacenters", "tenants", "resolvers", "clients", "nameservers"]
)
def test_a_missing_section_is_named(section: str) -> None:
    blocks = ARTICLE_TEXT.split("\n\n")
    text = "\n\n".join(block for block in blocks if f"[[{section}]]" not in block)
    with pytest.raises(WorldError) as error:
        parse_world(text)
    assert str(error.value) == f"{section}: is missing; right would be at least one [[{section}]]"


def test_a_tenant_may_have_copies_and_a_second_place_for_its_sites() -> None:
    right = 'datacenter = "mwh"'
    world = changed(right, f'{right}\ncopies = ["mwh", "iad", "gru", "dub"]\nsecondary = "iad"')
    assert world.tenant("contoso").copies == ("mwh", "iad", "gru", "dub")
    assert world.tenant("contoso").secondary == "iad"


@pytest.mark.parametrize("service", ["exchange", "sharepoint"])
def test_a_cloud_may_do_without_a_service_that_another_has(service: str) -> None:
    head, tail = ARTICLE_TEXT.split('name = "bjs"\n')
    elsewhere = "\n".join(line for line in tail.split("\n") if not line.startswith(service))
    world = parse_world(f'{head}name = "bjs"\n{elsewhere}')
    having = {each.cloud for each in world.datacenters if getattr(each, service) is not None}
    assert having == {"worldwide"}
