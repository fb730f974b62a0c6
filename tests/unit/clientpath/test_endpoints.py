"""The endpoint list in each form: what is pasted is right, and what is asked wrongly is refused in words."""

from __future__ import annotations

import json
import shlex
import shutil
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from pathlib import Path

import pytest

from topologies.endpoints import load_list, read_list

from ...golden import printed
from ..topologies.made_up_endpoints import EXCHANGE, MAIL, RECORDS, SITES, with_key, written
from .browser import ways, ways_by_node
from .conftest import Clientpath

WORLDWIDE = load_list("worldwide")
OPTIMIZE_4 = WORLDWIDE.prefixes(categories=["Optimize"], version=4)
OPTIMIZE_6 = WORLDWIDE.prefixes(categories=["Optimize"], version=6)


def _lines(clientpath: Clientpath, *arguments: object) -> list[str]:
    said = clientpath("endpoints", *arguments)
    assert (said.code, said.err) == (0, "")
    return said.out.splitlines()


# The table


def test_the_table_has_the_optimized_records(clientpath: Clientpath) -> None:
    title, head, *rows = _lines(clientpath)
    assert title == "Office 365 endpoints, worldwide, version 2023073100: Optimize"
    assert head.split() == ["id", "service", "category", "ER", "ports", "names", "and", "prefixes"]
    assert [row.split()[:4] for row in rows if row[0] != " "] == [
        ["1", "Exchange", "Optimize", "yes"],
        ["11", "Skype", "Optimize", "yes"],
        ["31", "SharePoint", "Optimize", "yes"],
    ]
    words = " ".join(rows).split()
    assert {*map(str, (*OPTIMIZE_4, *OPTIMIZE_6)), "*.sharepoint.com"} <= set(words)
    assert "3478,3479,3480,3481" in words


@pytest.mark.parametrize(
    "arguments, ids",
    [
        (("--category", "allow"), "2 9 10 12 13 22 46 56 64"),
        (("--category", "OPTIMIZE", "--category", "Allow"), "1 2 9 10 11 12 13 22 31 46 56 64"),
        (("--service", "skype", "--service", "exchange"), "1 11"),
        (("--instance", "china"), "1 3"),
        (("--category", "default", "--service", "sharepoint"), "32 33 35 36 37 39"),
    ],
)
def test_categories_and_services(clientpath: Clientpath, arguments: tuple[str, ...], ids: str) -> None:
    rows = _lines(clientpath, *arguments)[2:]
    assert [row.split()[0] for row in rows if row[0] != " "] == ids.split()
    told = json.loads(clientpath("endpoints", *arguments, "--format", "json").out)
    assert [each["id"] for each in told] == [int(each) for each in ids.split()]


def test_a_service_is_named_in_the_title(clientpath: Clientpath) -> None:
    assert _lines(clientpath, "--service", "skype")[0].endswith("version 2023073100: Optimize of Skype")


# JSON


def test_json_is_the_web_services(clientpath: Clientpath, here: Path) -> None:
    every = [word for each in ("optimize", "allow", "default") for word in ("--category", each)]
    out = clientpath("endpoints", *every, "--format", "json").out
    assert read_list(written(here, out)).endpoints == WORLDWIDE.endpoints


def test_json_without_ipv6_and_for_a_tenant(clientpath: Clientpath) -> None:
    out = clientpath("endpoints", "--format", "json", "--no-ipv6", "--tenant", "contoso").out
    exchange, media, sites = json.loads(out)
    assert exchange["ips"] == [str(p) for p in WORLDWIDE.endpoints[0].ips if p.version == 4]
    assert media["ips"] == ["13.107.64.0/18", "52.112.0.0/14", "52.122.0.0/15"]
    assert sites["urls"] == ["contoso.sharepoint.com", "contoso-my.sharepoint.com"]
    assert list(exchange) == [
        *("id", "serviceArea", "serviceAreaDisplayName", "urls", "ips", "tcpPorts", "udpPorts"),
        *("expressRoute", "category", "required"),
    ]


# Routes


def test_routes_lead_out_by_the_gateways_given(clientpath: Clientpath) -> None:
    title, *routes = _lines(
        clientpath, "--format", "routes", "--gateway", "192.0.2.1", "--gateway", "fe80::1", "--device", "eth0"
    )
    assert title == "# Office 365 endpoints, worldwide, version 2023073100: Optimize"
    assert routes == [
        *(f"ip route replace {prefix} via 192.0.2.1 dev eth0" for prefix in OPTIMIZE_4),
        *(f"ip -6 route replace {prefix} via fe80::1 dev eth0" for prefix in OPTIMIZE_6),
    ]


@pytest.mark.parametrize(
    "given, wanted",
    [
        ((), "GATEWAY, GATEWAY6, DEVICE"),
        (("--no-ipv6",), "GATEWAY, DEVICE"),
        (("--gateway", "192.0.2.1", "--device", "eth0"), "GATEWAY6"),
        (("--gateway", "fe80::1", "--device", "eth0"), "GATEWAY"),
    ],
)
def test_what_has_to_be_filled_in_is_said(
    clientpath: Clientpath, given: tuple[str, ...], wanted: str
) -> None:
    _, told, *routes = _lines(clientpath, "--format", "routes", *given)
    assert told == f"# To be filled in with the local line's, not the tunnel's: {wanted}."
    words = {word for route in routes for word in shlex.split(route)}
    assert words & {"GATEWAY", "GATEWAY6", "DEVICE"} == set(wanted.split(", "))


def test_names_have_no_routes(clientpath: Clientpath) -> None:
    _, told = _lines(clientpath, "--format", "routes", "--category", "default")
    assert told == "# No prefix is published for these: they are known by their names only."


# WireGuard


def _allowed(lines: list[str]) -> tuple[list[IPv4Network], list[IPv6Network]]:
    key, _, value = lines[-1].partition(" = ")
    assert key == "AllowedIPs" and all(line.startswith("#") for line in lines[:-1])
    prefixes = [ip_network(text) for text in value.split(", ")]
    four = [each for each in prefixes if isinstance(each, IPv4Network)]
    six = [each for each in prefixes if isinstance(each, IPv6Network)]
    assert prefixes == [*four, *six]
    return four, six


def test_a_tunnel_takes_all_but_the_prefixes(clientpath: Clientpath) -> None:
    lines = _lines(clientpath, "--format", "wireguard")
    assert "--concentrator" in lines[1]
    four, six = _allowed(lines)
    assert not any(each.overlaps(out) for each in four for out in OPTIMIZE_4)
    assert not any(each.overlaps(out) for each in six for out in OPTIMIZE_6)
    assert list(collapse_addresses([*four, *OPTIMIZE_4])) == [IPv4Network("0.0.0.0/0")]
    assert list(collapse_addresses([*six, *OPTIMIZE_6])) == [IPv6Network("::/0")]
    assert list(collapse_addresses(four)) == four and list(collapse_addresses(six)) == six


@pytest.mark.parametrize("address", ["198.51.100.1", "2001:db8::1"])
def test_a_tunnel_does_not_take_its_own_packets(clientpath: Clientpath, address: str) -> None:
    lines = _lines(clientpath, "--format", "wireguard", "--concentrator", address)
    assert len(lines) == 2
    four, six = _allowed(lines)
    own = ip_network(address)
    out_4 = [*OPTIMIZE_4, own] if isinstance(own, IPv4Network) else OPTIMIZE_4
    out_6 = [*OPTIMIZE_6, own] if isinstance(own, IPv6Network) else OPTIMIZE_6
    assert not any(each.overlaps(out) for each in four for out in out_4)
    assert not any(each.overlaps(out) for each in six for out in out_6)
    assert list(collapse_addresses([*four, *out_4])) == [IPv4Network("0.0.0.0/0")]
    assert list(collapse_addresses([*six, *out_6])) == [IPv6Network("::/0")]


def test_a_tunnel_without_ipv6(clientpath: Clientpath) -> None:
    four, six = _allowed(_lines(clientpath, "--format", "wireguard", "--no-ipv6"))
    assert four == _allowed(_lines(clientpath, "--format", "wireguard"))[0]
    assert six == []


def test_a_tunnel_takes_everything_where_nothing_is_excepted(clientpath: Clientpath) -> None:
    lines = _lines(clientpath, "--format", "wireguard", "--category", "default")
    assert lines[-1] == "AllowedIPs = 0.0.0.0/0, ::/0"


# A proxy file

PAC = {
    "optimize": {
        "outlook.office.com": True,
        "Outlook.Office365.com": True,
        "contoso.sharepoint.com": True,
        "contoso-my.sharepoint.com": True,
        "sharepoint.com": False,
        "sharepoint.com.example.net": False,
        "xoutlook.office.com": False,
        "outlookxofficexcom": False,
        "login.microsoftonline.com": False,
    },
    "allow": {
        "word.officeapps.live.com": True,
        "cdn.odc.officeapps.live.com": False,  # Default: records 91 and 160
        "officeapps.live.com": False,  # Default: record 53
        "login.microsoftonline.com": True,
        "outlook.office365.com": False,  # Optimize: record 1
        "smtp.office365.com": True,
        "a.mail.protection.outlook.com": True,
    },
    "default": {
        "outlook.office365.com": False,  # *.office365.com is Default
        "other.office365.com": True,
        "cdn.onenote.net": True,
        "xcdn.onenote.net": True,
        "login.microsoftonline.com": False,
        "x.microsoftonline.com": True,
        "x.auth.microsoft.com": False,  # Allow, in *.microsoft.com
        "x.events.data.microsoft.com": True,
        "autodiscover.contoso.onmicrosoft.com": True,
        "example.net": False,
    },
}


@pytest.mark.parametrize("category", PAC)
def test_a_proxy_file_lets_out_the_names_of_a_category(clientpath: Clientpath, category: str) -> None:
    file = "\n".join(_lines(clientpath, "--format", "pac", "--category", category))
    hosts = [*PAC[category], ""]
    expected = ["DIRECT" if PAC[category].get(host) else "PROXY proxy.example.net:8080" for host in hosts]
    assert ways(file, hosts) == expected
    node = shutil.which("node")
    if node:
        assert ways_by_node(node, file, hosts) == expected


def test_a_proxy_file_of_a_tenant_and_a_proxy(clientpath: Clientpath) -> None:
    lines = _lines(clientpath, "--format", "pac", "--tenant", "contoso", "--proxy", "10.1.0.9:3128")
    hosts = ["contoso.sharepoint.com", "contoso-my.sharepoint.com", "fabrikam.sharepoint.com"]
    assert ways("\n".join(lines), hosts) == ["DIRECT", "DIRECT", "PROXY 10.1.0.9:3128"]


def test_a_wildcard_in_a_wildcard_in_a_wildcard(clientpath: Clientpath, here: Path) -> None:
    inner = with_key(SITES, id=1, urls=["*.a.b.example.net", "*.example.net"])
    outer = with_key(SITES, id=2, category="Allow", urls=["*.b.example.net", "x.a.b.example.net"])
    path = written(here, [inner, outer])
    file = clientpath("endpoints", "--file", path, "--format", "pac", "--category", "default").out
    hosts = ["y.a.b.example.net", "x.a.b.example.net", "a.b.example.net", "b.example.net"]
    assert ways(file, hosts) == [
        *("DIRECT", "PROXY proxy.example.net:8080", "PROXY proxy.example.net:8080", "DIRECT")
    ]


def test_a_proxy_file_without_names_is_still_one(clientpath: Clientpath) -> None:
    file = "\n".join(_lines(clientpath, "--format", "pac", "--service", "skype"))
    assert ways(file, ["teams.microsoft.com"]) == ["PROXY proxy.example.net:8080"]


# A newer list


def test_what_changed_is_told_apart_from_what_is_pasted(clientpath: Clientpath, here: Path) -> None:
    every = [each.record() for each in WORLDWIDE.endpoints]
    exchange, mail, *rest = every
    exchange["ips"] = [*exchange["ips"][1:], "198.18.0.0/24"]
    exchange["category"] = "Allow"
    new = with_key(SITES, id=999, urls=["new.example.net"], tcpPorts="443")
    wrapped = {"version": "2023092900", "endpoints": [new, exchange, *rest]}
    said = clientpath(
        "endpoints", "--file", written(here, wrapped), "--format", "routes", "--category", "allow"
    )
    assert said.code == 0
    newer = here / "newer.json"
    head, *changes = said.err.splitlines()
    assert head == f"{newer} (2023092900) against the kept list (2023073100): 1 new, 1 gone, 1 changed"
    assert changes[0] == "+ id 999: SharePoint, Default, TCP 443: new.example.net"
    assert changes[1].startswith("- id 2: Exchange, Allow, TCP 587,993,995,143: outlook.office365.com smtp.")
    assert changes[2:] == [
        '~ id 1: category -"Optimize" +"Allow"; ips -13.107.6.152/31 +198.18.0.0/24',
    ]
    assert "version 2023092900: Allow" in said.out.splitlines()[0]
    assert "ip route replace 198.18.0.0/24 via GATEWAY dev DEVICE" in said.out.splitlines()
    assert mail["id"] == 2


def test_a_given_list_that_is_the_kept_one(clientpath: Clientpath, here: Path) -> None:
    records = [each.record() for each in load_list("china").endpoints]
    path = written(here, records)
    said = clientpath("endpoints", "--file", path, "--instance", "china", "--format", "json")
    assert said.err == f"{path} against the kept list (2023062900): 0 new, 0 gone, 0 changed\n"
    assert said.out == clientpath("endpoints", "--instance", "china", "--format", "json").out


def test_a_list_says_itself_which_office_365_it_is_of(clientpath: Clientpath, here: Path) -> None:
    path = written(here, {"instance": "China", "version": "2023092900", "endpoints": RECORDS})
    said = clientpath("endpoints", "--file", path)
    assert "+ id 31: SharePoint, Default, no ports: *.sharepoint.com *-admin.sharepoint.com" in said.err
    assert "against the kept list (2023062900): 1 new, 16 gone, 2 changed" in said.err
    assert said.out.startswith("Office 365 endpoints, china, version 2023092900: Optimize")


def test_a_version_that_is_not_known_is_said(clientpath: Clientpath, here: Path) -> None:
    said = clientpath("endpoints", "--file", written(here, RECORDS))
    assert said.out.startswith("Office 365 endpoints, worldwide, of no known version: Optimize")


@pytest.mark.parametrize(
    "document, told",
    [
        (
            "<html>",
            "is not JSON: Expecting value: line 1 column 1 (char 0); right would be a list of records",
        ),
        ([with_key(EXCHANGE, category=None)], "id 1: category: is missing; right would be"),
        (
            [with_key(EXCHANGE, ips=["13.107.6.153/31"])],
            'id 1: ips: "13.107.6.153/31" is an address inside a prefix; right would be "13.107.6.152/31"',
        ),
        (
            [with_key(EXCHANGE, ips=["::ffff:13.107.6.152/127"])],
            'id 1: ips: "::ffff:13.107.6.152/127" mixes IPv4 and IPv6; right would be "13.107.6.152/31"',
        ),
        ([EXCHANGE, with_key(MAIL, id=1)], "id 1: is that of records number 1 and 2"),
        ([with_key(EXCHANGE, tcpPorts="http")], 'id 1: tcpPorts: "http" are no ports; right would be'),
        ([with_key(EXCHANGE, urls=["*.com"])], 'id 1: urls: "*.com" has a wildcard where none can be'),
        (
            {"instance": "China", "endpoints": RECORDS},
            'instance: is "China"; right would be one of: worldwide',
        ),
    ],
)
@pytest.mark.parametrize("form", ["table", "routes", "wireguard", "pac", "json"])
def test_a_wrong_file_is_refused(
    clientpath: Clientpath, here: Path, document: object, told: str, form: str
) -> None:
    path = written(here, document)
    said = clientpath("endpoints", "--file", path, "--instance", "worldwide", "--format", form)
    assert said.complaint.startswith(f"{path}: {told}")


def test_a_file_that_is_not_there(clientpath: Clientpath) -> None:
    told = (
        "/nowhere/newer.json: cannot be read (No such file or directory); right would be a readable JSON file"
    )
    assert clientpath("endpoints", "--file", "/nowhere/newer.json").complaint == told


# Wrong use


@pytest.mark.parametrize(
    "arguments, told",
    [
        ("--category optimise", "Invalid value for '--category': 'optimise' is not one of"),
        ("--service teams", "Invalid value for '--service': 'teams' is not one of"),
        (
            "--instance germany",
            "Invalid value for '--instance': 'germany' is not one of 'worldwide', 'china'.",
        ),
        ("--format csv", "Invalid value for '--format': 'csv' is not one of"),
        (
            "--gateway 192.0.2.1",
            "--gateway means nothing to --format table; right would be --format routes",
        ),
        ("--format pac --device eth0", "--device means nothing to --format pac; right would be --format rou"),
        ("--format pac --concentrator ::1", "--concentrator means nothing to --format pac; right would be"),
        ("--format json --proxy a:1", "--proxy means nothing to --format json; right would be --format pac"),
        (
            "--format routes --gateway 192.0.2.1 --gateway 192.0.2.2",
            "two gateways of one kind; right would be one for IPv4 and one for IPv6",
        ),
        ("--format routes --gateway eth0", "Invalid value for '--gateway': \"eth0\" is no address; right"),
        ("--format routes --gateway 192.0.2.0/24", '"192.0.2.0/24" is no address; right would be one such'),
        ("--format wireguard --concentrator vpn.example.net", '"vpn.example.net" is no address; right would'),
        ("--format routes --device 'eth0;reboot'", '"eth0;reboot" is no device; right would be one such as'),
        ("--format routes --device averylonginterface", 'is no device; right would be one such as "eth0"'),
        (
            "--format pac --proxy proxy",
            '"proxy" is no proxy; right would be one such as "proxy.example.net:80',
        ),
        (
            "--format pac --proxy '\"+x:80'",
            'is no proxy; right would be one such as "proxy.example.net:8080"',
        ),
        (
            "--tenant con.toso",
            '"con.toso" cannot name a tenant; right would be what is before ".onmicrosoft.',
        ),
        ("--tenant Con --format pac", '"Con" cannot name a tenant; right would be what is before'),
        ("--tenant '' --format json", '"" cannot name a tenant; right would be what is before'),
    ],
)
def test_what_is_asked_wrongly(clientpath: Clientpath, arguments: str, told: str) -> None:
    assert told in clientpath("endpoints", *shlex.split(arguments)).complaint


# The page


def test_the_page_shows_what_its_commands_print() -> None:
    text = (printed.DOCS / "endpoints.md").read_text(encoding="utf-8")
    assert len(printed.commands(text)) == 4
    assert printed.anew(text) == text
