"""PowerDNS's files, as PowerDNS will read them."""

import re
from pathlib import Path

import pytest

from services.authority import Authority
from services.checked import CheckedHost
from services.zones import Naming, Zone
from topologies.health import Health
from topologies.names import Service
from topologies.selection import select_all
from topologies.steering import Answers

from ..topologies.made_up_plans import ARTICLE, planned

FOLDER = Path("/run/of/today")
PLAN = planned(ARTICLE)
EVERYTHING = select_all(ARTICLE)


def _authority(
    name: str, *services: Service, client_subnet: bool = False, health: Health | None = None
) -> Authority:
    """Return a name server of the article, with the zones that it has where some services are built."""
    selection = EVERYTHING.model_copy(update={"services": services or ("portal",)})
    naming = Naming(ARTICLE, PLAN, selection, Answers(datacenter="iad", health=health))
    (node, datacenter), *_ = naming.instances(ARTICLE.nameserver(name))
    zones = naming.zones_of(ARTICLE.nameserver(name), datacenter)
    return Authority(node, FOLDER, naming.address_of(name), zones, client_subnet=client_subnet)


def test_plain_zones_are_served_from_zone_files_alone() -> None:
    files = _authority("root").files()
    assert files.keys() == {"pdns.conf", "named.conf", "root.zone"}
    lines = files["pdns.conf"].splitlines()
    assert "launch=bind" in lines
    assert f"bind-config={FOLDER}/named.conf" in lines
    assert "geoip" not in files["pdns.conf"]


def test_a_zone_with_a_steered_name_is_served_from_both_backends_together() -> None:
    files = _authority("msdns1").files()
    zones = {"office.com.zone", "office365.com.zone", "sharepoint.com.zone"}
    assert files.keys() == {"pdns.conf", "named.conf", "geoip.yaml", *zones}
    lines = files["pdns.conf"].splitlines()
    assert {"launch=bind,geoip", f"geoip-zones-file={FOLDER}/geoip.yaml"} <= set(lines)
    # Else a zone's records would be looked for in the first backend that has the zone.
    assert "consistent-backends=no" in lines
    assert "consistent-backends=no" not in _authority("edge1").files()["pdns.conf"]


def test_a_steered_name_is_in_the_geoip_backend_and_nowhere_else() -> None:
    files = _authority("acdc1", "exchange").files()
    assert "outlook.ms-acdc.office.com:" in files["geoip.yaml"]
    assert not any("outlook.ms-acdc" in text for name, text in files.items() if name.endswith(".zone"))


@pytest.mark.parametrize("heeds, word", [(True, "yes"), (False, "no")])
def test_it_heeds_for_whom_it_is_asked_if_it_is_to(heeds: bool, word: str) -> None:
    lines = _authority("msdns1", client_subnet=heeds).files()["pdns.conf"].splitlines()
    assert f"edns-subnet-processing={word}" in lines


def test_the_server_listens_at_its_own_address_and_says_who_it_is() -> None:
    lines = _authority("msdns2").files()["pdns.conf"].splitlines()
    assert {"local-address=13.107.6.19", "server-id=msdns2", "daemon=no"} <= set(lines)


def test_no_answer_comes_from_a_cache_and_nobody_outside_is_asked() -> None:
    lines = set(_authority("msdns1").files()["pdns.conf"].splitlines())
    assert {"cache-ttl=0", "query-cache-ttl=0", "negquery-cache-ttl=0"} <= lines
    assert {"security-poll-suffix=", "geoip-database-files="} <= lines


def test_every_zone_file_is_listed_by_its_full_path() -> None:
    named = _authority("gtld").files()["named.conf"]
    assert named.splitlines() == [
        f'zone "{zone}" {{ type master; file "{FOLDER}/{zone}.zone"; }};' for zone in ("com", "net")
    ]


def test_the_roots_zone_file_has_absolute_names() -> None:
    assert _authority("root").files()["root.zone"].splitlines() == [
        "$ORIGIN .",
        ". 300 IN SOA a.root-servers.net. hostmaster.a.root-servers.net. 1 3600 600 604800 60",
        ". 172800 IN NS a.root-servers.net.",
        "cn. 172800 IN NS a.dns.cn.",
        "com. 172800 IN NS a.gtld-servers.net.",
        "net. 172800 IN NS a.gtld-servers.net.",
        "a.root-servers.net. 172800 IN A 198.41.0.2",
        "a.dns.cn. 172800 IN A 203.119.25.2",
        "a.gtld-servers.net. 172800 IN A 192.5.6.2",
    ]


def test_a_regional_name_has_its_address_in_the_zone_file() -> None:
    lines = _authority("edge1").files()["b-msedge.net.zone"].splitlines()
    assert "portal-office365-com.emeawest.b-msedge.net. 240 IN A 13.107.6.2" in lines
    assert "ns2.b-msedge.net. 172800 IN A 13.107.6.20" in lines


@pytest.mark.parametrize("name", [each.name for each in ARTICLE.nameservers])
def test_a_zone_file_has_one_authority_and_a_whole_record_on_every_line(name: str) -> None:
    authority = _authority(name, "portal", "exchange", "sharepoint")
    zones = [text for file, text in authority.files().items() if file.endswith(".zone")]
    assert len(zones) == len(authority.zones)
    for zone in zones:
        origin, first, *records = zone.splitlines()
        assert origin == "$ORIGIN ."
        assert re.fullmatch(r"\S*\. \d+ IN SOA \S+\. hostmaster\.\S+\.( \d+){5}", first)
        assert [r for r in records if not re.fullmatch(r"\S*\. \d+ IN ((NS|CNAME) \S+\.|A [\d.]+)", r)] == []


def test_a_step_of_a_chain_is_an_alias_with_an_absolute_target() -> None:
    lines = _authority("msdns1", "exchange").files()["office365.com.zone"].splitlines()
    assert "outlook.office365.com. 300 IN CNAME outlook.ha.office365.com." in lines


def test_the_steered_name_has_a_line_for_every_network() -> None:
    text = _authority("msdns1").files()["geoip.yaml"]
    assert [line for line in text.splitlines() if not line.startswith("#")] == [
        "domains:",
        '  - domain: "."',
        "    ttl: 300",
        "    records: {}",
        "    services:",
        "      portal.office.com:",
        "        default: portal-office365-com.nameast.b-msedge.net",
        "        100.64.0.0/29: portal-office365-com.emeanorth.b-msedge.net",
        "        100.64.1.0/29: portal-office365-com.namnorthwest.b-msedge.net",
        "        100.64.2.0/29: portal-office365-com.nameast.b-msedge.net",
        "        100.64.5.0/29: portal-office365-com.emeanorth.b-msedge.net",
        "        100.64.3.0/29: portal-office365-com.apacsoutheast.b-msedge.net",
        "        100.64.4.0/29: portal-office365-com.apacnortheast.b-msedge.net",
        "        100.64.0.8/29: portal-office365-com.emeanorth.b-msedge.net",
        "        100.64.1.8/29: portal-office365-com.namnorthwest.b-msedge.net",
        "        100.64.4.8/29: portal-office365-com.apacnortheast.b-msedge.net",
    ]


def test_the_steered_names_of_all_a_servers_zones_are_in_one_domain_of_the_backend() -> None:
    text = _authority("cndns1", "portal", "exchange").files()["geoip.yaml"]
    assert text.count("- domain:") == 1
    steered = re.findall(r"^      (\S+):$", text, re.MULTILINE)
    assert steered == ["portal.partner.microsoftonline.cn", "partner.outlook.cn"]


def test_it_runs_in_the_foreground_with_its_own_folder() -> None:
    assert _authority("root").argv() == ["pdns_server", f"--config-dir={FOLDER}"]


# What is up


def test_a_checked_name_is_a_lua_record_and_no_backend_is_beside_the_zone_files() -> None:
    files = _authority("msdns1", health=Health(ttl_s=30)).files()
    assert "geoip.yaml" not in files and "launch=bind" in files["pdns.conf"].splitlines()
    assert {"enable-lua-records=shared", "lua-records-exec-limit=0"} <= set(files["pdns.conf"].splitlines())
    code = f"dofile('{FOLDER}/checked.lua')('portal.office.com')"
    assert f'portal.office.com. 30 IN LUA CNAME "{code}"' in files["office.com.zone"].splitlines()


def test_lua_reads_what_is_down_from_the_monitors_file() -> None:
    lines = _authority("msdns1", health=Health()).files()["checked.lua"].splitlines()
    assert f'local down = dofile("{FOLDER}/monitor/down.lua")' in lines


def test_lua_knows_every_choice_and_every_networks_order() -> None:
    lines = [
        line.strip() for line in _authority("msdns1", health=Health()).files()["checked.lua"].splitlines()
    ]
    assert '["portal.office.com"] = {' in lines
    target = "portal-office365-com.emeanorth.b-msedge.net."
    assert f'dub = {{ target = "{target}", addresses = {{ "13.107.6.18", }} }},' in lines
    orders = [line for line in lines if line.startswith('{ "100.64.0.0/29"')]
    assert len(orders) == 1 and orders[0].startswith('{ "100.64.0.0/29", { "dub", "ams", "iad", ')
    (default,) = (line for line in lines if line.startswith("default ="))
    assert default.startswith('default = { "iad", ')


def test_what_is_probed_is_what_its_names_depend_on_each_once() -> None:
    probed = _authority("msdns1", health=Health()).probed
    there = [each for each in ARTICLE.datacenters if each.cloud == "worldwide"]
    assert probed == tuple(str(each.prefix[2]) for each in there)
    assert _authority("root", health=Health()).probed == ()
    hosts = [CheckedHost(name=name, ttl_s=30, addresses=("192.0.2.1", "192.0.2.2")) for name in ("a", "b")]
    shared = Zone(name="example", primary="ns1.example", records=(), checked=tuple(hosts))
    assert Authority("ns1", FOLDER, "192.0.2.53", (shared,)).probed == ("192.0.2.1", "192.0.2.2")
    assert _authority("msdns1").probed == ()


def test_a_server_without_checked_names_runs_no_lua() -> None:
    for authority in (_authority("msdns1"), _authority("root", health=Health())):
        files = authority.files()
        assert "lua" not in files["pdns.conf"] and "checked.lua" not in files
