"""PowerDNS's files, as PowerDNS will read them."""

import re
from pathlib import Path

import pytest

from services.authority import Authority
from services.zones import zones_of
from topologies.selection import select_all
from topologies.steering import steer_by_place

from ..topologies.made_up_plans import ARTICLE, planned

FOLDER = Path("/run/of/today")
PLAN = planned(ARTICLE)
STEERING = steer_by_place(ARTICLE, "worldwide", "iad")


def _authority(name: str, *zones: str) -> Authority:
    """Return a name server of the article, with its own zones or those named."""
    server = ARTICLE.nameserver(name)
    held = server.model_copy(update={"zones": zones or server.zones})
    values = zones_of(ARTICLE, PLAN, select_all(ARTICLE), held, STEERING)
    return Authority(name, FOLDER, str(PLAN.node(name).address), values)


def test_plain_zones_are_served_from_zone_files_alone() -> None:
    files = _authority("root").files()
    assert files.keys() == {"pdns.conf", "named.conf", "root.zone"}
    lines = files["pdns.conf"].splitlines()
    assert "launch=bind" in lines
    assert f"bind-config={FOLDER}/named.conf" in lines
    assert "geoip" not in files["pdns.conf"]


def test_a_steered_zone_is_served_by_the_askers_place_alone() -> None:
    files = _authority("msdns1", "office.com").files()
    assert files.keys() == {"pdns.conf", "geoip.yaml"}
    lines = files["pdns.conf"].splitlines()
    assert "launch=geoip" in lines
    assert f"geoip-zones-file={FOLDER}/geoip.yaml" in lines
    assert "bind" not in files["pdns.conf"]


def test_a_server_with_both_kinds_of_zones_has_both_backends() -> None:
    files = _authority("msdns1", "office.com", "b-msedge.net").files()
    assert files.keys() == {"pdns.conf", "named.conf", "b-msedge.net.zone", "geoip.yaml"}
    assert "launch=bind,geoip" in files["pdns.conf"].splitlines()


def test_the_server_listens_at_its_own_address_and_says_who_it_is() -> None:
    lines = _authority("msdns2").files()["pdns.conf"].splitlines()
    assert {"local-address=13.107.6.19", "server-id=msdns2", "daemon=no"} <= set(lines)


def test_no_answer_comes_from_a_cache_and_nobody_outside_is_asked() -> None:
    lines = set(_authority("msdns1", "office.com").files()["pdns.conf"].splitlines())
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
        "com. 172800 IN NS a.gtld-servers.net.",
        "net. 172800 IN NS a.gtld-servers.net.",
        "a.root-servers.net. 172800 IN A 198.41.0.2",
        "a.gtld-servers.net. 172800 IN A 192.5.6.2",
    ]


def test_a_regional_name_has_its_address_in_the_zone_file() -> None:
    lines = _authority("edge1").files()["b-msedge.net.zone"].splitlines()
    assert "portal-office365-com.emeawest.b-msedge.net. 240 IN A 13.107.6.2" in lines
    assert "ns2.b-msedge.net. 172800 IN A 13.107.6.20" in lines


@pytest.mark.parametrize("name", ["root", "gtld", "edge1", "edge2"])
def test_a_zone_file_has_one_authority_and_a_whole_record_on_every_line(name: str) -> None:
    files = _authority(name).files()
    zones = [text for file, text in files.items() if file.endswith(".zone")]
    assert len(zones) == len(ARTICLE.nameserver(name).zones)
    for zone in zones:
        origin, first, *records = zone.splitlines()
        assert origin == "$ORIGIN ."
        assert re.fullmatch(r"\S*\. \d+ IN SOA \S+\. hostmaster\.\S+\.( \d+){5}", first)
        assert [r for r in records if not re.fullmatch(r"\S*\. \d+ IN (NS \S+\.|A [\d.]+)", r)] == []


def test_the_steered_name_has_a_line_for_every_network() -> None:
    assert _authority("msdns1").files()["geoip.yaml"].splitlines()[1:] == [
        "domains:",
        "  - domain: office.com",
        "    ttl: 300",
        "    records:",
        "      office.com:",
        "        - soa: ns1.office.com hostmaster.ns1.office.com 1 3600 600 604800 60",
        "        - ns: ns1.office.com",
        "        - ns: ns2.office.com",
        "      ns1.office.com:",
        "        - a: 13.107.6.51",
        "      ns2.office.com:",
        "        - a: 13.107.6.19",
        "    services:",
        "      portal.office.com:",
        "        default: portal-office365-com.nameast.b-msedge.net",
        "        100.64.0.0/29: portal-office365-com.emeanorth.b-msedge.net",
        "        100.64.1.0/29: portal-office365-com.namnorthwest.b-msedge.net",
        "        100.64.2.0/29: portal-office365-com.nameast.b-msedge.net",
        "        100.64.3.0/29: portal-office365-com.apacsoutheast.b-msedge.net",
        "        100.64.0.8/29: portal-office365-com.emeanorth.b-msedge.net",
        "        100.64.1.8/29: portal-office365-com.namnorthwest.b-msedge.net",
    ]


def test_it_runs_in_the_foreground_with_its_own_folder() -> None:
    assert _authority("root").argv() == ["pdns_server", f"--config-dir={FOLDER}"]
