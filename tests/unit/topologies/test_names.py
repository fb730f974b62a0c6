"""The service's names: the data are whole, and filled in for a world they lead from a host to an address."""

from itertools import permutations

import pytest
from hypothesis import example, given
from pydantic import ValidationError

from topologies import names
from topologies.base import DNS_LABEL
from topologies.errors import WorldError
from topologies.names import Alias, ServiceNames, Timed
from topologies.world import World

from .made_up_plans import ARTICLE, MODEST, changed
from .made_up_worlds import worlds

SERVICES = [pytest.param(each, id=f"{each.name}-{each.cloud}") for each in names.services()]


def _filled(world: World) -> list[ServiceNames]:
    """Return the names of every service for everybody, those that depend on a tenant once for each."""
    found = []
    for each in names.services():
        own = [tenant for tenant in world.tenants if tenant.cloud == each.cloud]
        found += [each] if each.steered else [names.of_tenant(world, each, tenant) for tenant in own]
    return found


def _follow(service: ServiceNames, host: str) -> list[str]:
    """Return the chain that begins with a host, as far as it is the same for everybody."""
    chain = [host]
    while found := [alias.target for alias in service.aliases if alias.name == chain[-1]]:
        assert len(found) == 1 and found[0] not in chain
        chain += found
    return chain


# The data


def test_every_cloud_has_each_service_once() -> None:
    clouds = {each.name for each in names.clouds()}
    assert clouds == {"worldwide", "21vianet"} == {each.name for each in ARTICLE.clouds}
    having = [(each.name, each.cloud) for each in names.services()]
    kinds = ("portal", "exchange", "sharepoint")
    assert sorted(having) == sorted((kind, cloud) for kind in kinds for cloud in clouds)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_hosts_and_all_its_answers_live_for_a_while(service: ServiceNames) -> None:
    assert service.hosts
    timed = [*service.aliases, service.regional, *([service.steered] if service.steered else [])]
    assert all(0 < each.ttl_s <= 3600 for each in timed)


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_steered_depends_on_the_datacenter_and_what_is_not_on_the_tenant(
    service: ServiceNames,
) -> None:
    last = service.regional.name
    assert ("{label}" in last or "{datacenter}" in last) == (service.steered is not None)
    assert ("{farm}" in last) == (service.steered is None)


def test_a_key_that_nobody_reads_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        Timed.model_validate({"name": "portal.office.com", "ttl_s": 300, "ttl": 300})


# Filled in


@MODEST
@given(worlds())
@example(ARTICLE)
def test_in_any_world_every_host_leads_to_where_it_is_steered_or_to_its_address(world: World) -> None:
    for service in _filled(world):
        last = service.steered.name if service.steered else service.regional.name
        assert [_follow(service, host)[-1] for host in service.hosts] == [last] * len(service.hosts)


@MODEST
@given(worlds())
@example(ARTICLE)
def test_in_any_world_all_names_are_domain_names_with_nothing_left_to_fill_in(world: World) -> None:
    for service in _filled(world):
        found = [*service.hosts, *(alias.target for alias in service.aliases)]
        there = [each for each in world.datacenters if each.cloud == service.cloud]
        found += [names.regional_name(service, each) for each in there] if service.steered else []
        labels = [label for name in found for label in name.lower().split(".")]
        assert [label for label in labels if not DNS_LABEL.fullmatch(label)] == []


@MODEST
@given(worlds())
@example(ARTICLE)
def test_in_any_world_no_two_datacenters_and_no_two_tenants_share_an_address_name(world: World) -> None:
    last = [each.regional.name for each in _filled(world) if each.steered is None]
    for service in names.services():
        if service.steered is not None:
            there = [each for each in world.datacenters if each.cloud == service.cloud]
            last += [names.regional_name(service, each) for each in there]
    assert len(last) == len(set(last))


def test_exchanges_chain_is_the_captured_one() -> None:
    service = names.service("exchange", "worldwide")
    assert _follow(service, "outlook.office.com") == [
        "outlook.office.com",
        "substrate.office.com",
        "outlook.office365.com",
        "outlook.ha.office365.com",
        "outlook.ms-acdc.office.com",
    ]
    assert names.regional_name(service, ARTICLE.datacenter("ams")) == "ams-efz.ms-acdc.office.com"
    assert service.steered == Timed(name="outlook.ms-acdc.office.com", ttl_s=60)


def test_the_portals_regional_name_has_the_regions_label() -> None:
    regional = names.regional_name(names.service("portal", "worldwide"), ARTICLE.datacenter("ams"))
    assert regional == "portal-office365-com.emeawest.b-msedge.net"


def test_a_tenants_site_has_a_chain_of_its_own() -> None:
    # Contoso is the first tenant; its datacenter is the third.
    own = names.of_tenant(ARTICLE, names.service("sharepoint", "worldwide"), ARTICLE.tenant("contoso"))
    assert own.aliases == (
        Alias(
            name="contoso.sharepoint.com",
            ttl_s=3600,
            target="304-ipv4e.clump.dprodmgd106.aa-rt.sharepoint.com",
        ),
        Alias(
            name="304-ipv4e.clump.dprodmgd106.aa-rt.sharepoint.com",
            ttl_s=30,
            target="187170-ipv4e.farm.dprodmgd106.aa-rt.sharepoint.com",
        ),
        Alias(
            name="187170-ipv4e.farm.dprodmgd106.aa-rt.sharepoint.com",
            ttl_s=60,
            target="187170-ipv4e.farm.dprodmgd106.sharepointonline.com.akadns.net",
        ),
    )
    assert own.regional == Timed(
        name="187170-ipv4e.farm.dprodmgd106.sharepointonline.com.akadns.net", ttl_s=300
    )
    assert (own.hosts, own.steered) == (("contoso.sharepoint.com",), None)


def test_no_two_tenants_share_a_name_of_their_chains_not_even_in_one_datacenter() -> None:
    world = changed('cloud = "worldwide"\ndatacenter = "dub"', 'cloud = "worldwide"\ndatacenter = "mwh"')
    assert world.tenant("contoso").datacenter == world.tenant("fabrikam").datacenter
    chains = [{alias.name for alias in each.aliases} for each in _filled(world) if each.name == "sharepoint"]
    assert len(chains) == 3 and all(a.isdisjoint(b) for a, b in permutations(chains, 2))


@pytest.mark.parametrize(
    "tenant, user, site",
    [
        ("contoso", "mia@contoso.onmicrosoft.com", "contoso.sharepoint.com"),
        ("lotus", "mia@lotus.partner.onmschina.cn", "lotus.sharepoint.cn"),
    ],
)
def test_a_tenant_has_users_and_a_site(tenant: str, user: str, site: str) -> None:
    assert names.user("mia", ARTICLE.tenant(tenant)) == user
    assert names.site_of(ARTICLE.tenant(tenant)) == site


# Clouds without names


def test_a_cloud_without_names_is_told_with_the_nearest() -> None:
    with pytest.raises(WorldError) as error:
        names.service("exchange", "worldwid")
    assert str(error.value) == (
        'no names are known of "exchange" in a cloud "worldwid"; did you mean "worldwide"?'
    )


def test_nobody_is_a_user_in_a_cloud_without_names() -> None:
    elsewhere = ARTICLE.tenant("contoso").model_copy(update={"cloud": "moon"})
    with pytest.raises(WorldError) as error:
        names.user("mia", elsewhere)
    assert str(error.value) == (
        'no names are known of a cloud "moon"; right would be one of: 21vianet, worldwide'
    )
    with pytest.raises(WorldError, match='no names are known of "sharepoint" in a cloud "moon"'):
        names.site_of(elsewhere)


def test_the_alias_that_can_lead_elsewhere_is_the_first_one_to_a_farm() -> None:
    for cloud, number in {"worldwide": 1, "21vianet": 0}.items():
        service = names.service("sharepoint", cloud)
        assert names.lever(service) == number
        assert "{farm}" in service.aliases[number].target
        assert not any("{farm}" in alias.target for alias in service.aliases[:number])


def test_a_tenants_second_farm_has_the_tenants_number_and_the_datacenters_set() -> None:
    service, tenant = names.service("sharepoint", "worldwide"), ARTICLE.tenant("contoso")
    home = names.of_tenant(ARTICLE, service, tenant)
    there = names.of_tenant(ARTICLE, service, tenant, "iad")
    assert names.of_tenant(ARTICLE, service, tenant, "mwh") == home
    assert there.hosts == home.hosts
    farms = [each.aliases[-1].name for each in (home, there)]
    assert farms == [f"187170-ipv4e.farm.dprodmgd{number}.aa-rt.sharepoint.com" for number in (106, 107)]
    assert home.regional.name != there.regional.name
