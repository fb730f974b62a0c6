"""The five models: which prefixes go through the tunnel, past it, and who is asked for names."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from experiments.vpn_ways import CALLED, EVERYTHING, Model, exceptions, service_domains, way
from experiments.way import Way
from topologies.load import load_world

WORLD = load_world("article")
HQ = WORLD.office("hq")
EXCHANGE, SHAREPOINT, MEDIA, SIGN_IN, PORTAL = map(
    IPv4Address, ("40.97.128.1", "40.108.144.1", "13.107.64.1", "20.190.128.1", "13.107.6.2")
)


def past(model: Model, address: IPv4Address) -> bool:
    """Say whether an address is an exception in a model."""
    return any(address in prefix for prefix in way(WORLD, model, HQ).direct)


def test_there_are_five() -> None:
    assert list(CALLED) == ["forced", "few", "broad", "selective", "none"]


def test_a_forced_tunnel_has_everything_and_no_exception() -> None:
    assert way(WORLD, "forced", HQ) == Way(office="hq", tunnelled=(EVERYTHING,))


def test_without_a_vpn_there_is_none() -> None:
    assert way(WORLD, "none", HQ) == Way()


def test_few_exceptions_are_what_is_to_be_optimized_and_broad_ones_all_that_has_a_prefix() -> None:
    assert [past("few", each) for each in (EXCHANGE, SHAREPOINT, MEDIA, SIGN_IN, PORTAL)] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert past("broad", SIGN_IN)
    # The list has the portal's names, and no prefix of theirs: no exception by prefix reaches it.
    assert not past("broad", PORTAL)
    assert set(exceptions("few")) < set(exceptions("broad"))


def test_selective_is_the_offices_own_networks() -> None:
    found = way(WORLD, "selective", HQ).tunnelled
    assert sorted(map(str, found)) == ["10.1.0.0/24", "10.1.1.0/24", "100.64.2.0/29"]


@pytest.mark.parametrize("model", ["forced", "few", "broad", "selective"])
def test_split_dns_changes_nothing_but_who_is_asked(model: Model) -> None:
    plain, split = way(WORLD, model, HQ), way(WORLD, model, HQ, split_dns=True)
    assert split == plain.model_copy(update={"split_dns": service_domains(WORLD)})


def test_the_domains_are_those_of_whole_chains() -> None:
    found = service_domains(WORLD)
    assert {"office.com", "office365.com", "sharepoint.com", "akadns.net"} <= set(found)
    assert "com" not in found and "." not in found
