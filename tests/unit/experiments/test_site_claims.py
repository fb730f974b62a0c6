"""A site is where its tenant is: told by the redirect, the chain, the address, and by what stays open."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.active_datacenter import CLOUD, EXPERIMENT, MAIN
from experiments.site_claims import COUNTED_DOWN_S, Site, same_from_everywhere
from measurement.evidence import Missing, Refuted
from tests.unit.measurement import rows
from topologies import names

from .changes import Change, all_of, cut, lost, minus, plus, saying, silent, where
from .made_up_run import WORLD, run_of

TENANT, DUBLIN = WORLD.tenant("contoso"), WORLD.datacenter("dub")
SITE, PORTAL = "contoso.sharepoint.com", "portal.office.com"
CHAIN = names.of_tenant(WORLD, names.service("sharepoint", CLOUD), TENANT)
LAST = CHAIN.regional.name
RUN = run_of(EXPERIMENT)
CASES = [RUN.case(name) for name in (MAIN, "resolver-ispsin", "resolver-ispsea")]
CLIENT, SERVER, ELSEWHERE = RUN.address("traveller"), RUN.address("mwh-spo"), RUN.address("dub-spo")
LAUNCH, FOLLOW, AGAIN = 1, 2, 3


def site(*changes: Change) -> Site:
    return Site(all_of(*changes)(RUN), MAIN, TENANT)


def told(change: Any, case: str = MAIN, name: str = SITE) -> Change:
    """Change the records that the client is told."""
    return where(
        case, "traveller", "dns_answer", lambda row: {"answers": tuple(change(row.answers))}, name=name
    )


def with_record(name: str, **values: Any) -> Change:
    return told(lambda all: [each.model_copy(update=values) if each.name == name else each for each in all])


# The redirect


def test_the_portal_redirects_to_the_site_over_the_connection_that_it_has() -> None:
    found = site().portal_redirects(DUBLIN)
    assert found.observed == f"dub answered 302 to https://{SITE}/"
    assert {row.node for row in found.rows} == {"traveller"}


REDIRECTS = {
    "to another tenant's site": (
        saying(MAIN, LAUNCH, headers={"location": "https://fabrikam.sharepoint.com/"}),
        "the portal answered 302, to https://fabrikam.sharepoint.com/",
    ),
    "without encryption": (
        saying(MAIN, LAUNCH, headers={"location": f"http://{SITE}/"}),
        f"to http://{SITE}/",
    ),
    "nowhere": (saying(MAIN, LAUNCH, status=200), "the portal answered 200"),
    "over a connection that was opened for it": (
        saying(MAIN, LAUNCH, opened=1),
        "traveller opened another connection for launch",
    ),
    "from another datacenter": (
        saying(MAIN, LAUNCH, headers={"x-datacenter": "mwh"}),
        "launch: the answer says that mwh served it",
    ),
    "with an error": (saying(MAIN, LAUNCH, status=403), "traveller got no answer for launch: status 403"),
}


@pytest.mark.parametrize("how", REDIRECTS)
def test_a_portal_that_redirects_is_refuted_where_it_does_so(how: str) -> None:
    change, observed = REDIRECTS[how]
    with pytest.raises(Refuted, match=observed.replace(".", r"\.")):
        site(change).portal_redirects(DUBLIN)


def test_another_port_of_the_client_is_another_connection() -> None:
    copies = [
        row.model_copy(update={port: 1})
        for row in RUN.observations
        for port in ("client_port", "src_port", "dst_port")
        if (row.case, row.node, getattr(row, port, 0)) == (MAIN, "traveller", 40_000)
    ]
    with pytest.raises(Refuted, match="opened another connection for launch"):
        site(plus(*copies), saying(MAIN, LAUNCH, local_port=1)).portal_redirects(DUBLIN)


def test_a_client_that_never_asked_the_portal_to_launch_shows_nothing() -> None:
    with pytest.raises(Missing, match="the client made no request launch"):
        site(saying(MAIN, LAUNCH, name="another")).portal_redirects(DUBLIN)


# The chain


def test_the_answer_has_the_whole_chain_and_how_long_each_step_is_kept() -> None:
    found = site().is_asked_for()
    assert found.observed.endswith("told traveller 3 aliases, kept for 3600 s, 30 s, 60 s")
    assert [row.node for row in found.rows] == ["traveller", "isplis", "traveller"]


@pytest.mark.parametrize("step", range(3))
def test_a_chain_is_refuted_with_a_step_missing_with_another_target_or_kept_too_long(step: int) -> None:
    alias = CHAIN.aliases[step]
    with pytest.raises(Refuted, match=f"^{alias.name} is no alias$"):
        site(told(lambda all: [each for each in all if each.name != alias.name])).is_asked_for()
    with pytest.raises(Refuted, match=rf"^{alias.name} is elsewhere\.example$"):
        site(with_record(alias.name, data="elsewhere.example")).is_asked_for()
    for ttl_s in (0, alias.ttl_s - COUNTED_DOWN_S - 1, alias.ttl_s + 1):
        with pytest.raises(Refuted, match=f"^{alias.name} may be kept for {ttl_s} s, not {alias.ttl_s}$"):
            site(with_record(alias.name, ttl_s=ttl_s)).is_asked_for()


def test_a_resolver_may_have_counted_down_while_it_asked_on() -> None:
    found = site(with_record(CHAIN.aliases[1].name, ttl_s=29)).is_asked_for()
    assert found.observed.endswith("kept for 3600 s, 29 s, 60 s")


def test_a_target_may_be_written_with_the_last_dot() -> None:
    alias = CHAIN.aliases[0]
    assert site(with_record(alias.name, data=f"{alias.target}.")).is_asked_for().rows


QUESTIONS = {
    "another resolver is asked, too": (
        plus(rows.query(case=MAIN, src=CLIENT, dst=RUN.address("ispsin"))),
        f"{CLIENT} also asked",
    ),
    "nobody is asked": (minus(MAIN, "traveller", "dns_query", name=SITE), f"no question for {SITE}"),
    "Microsoft is not asked": (
        minus(MAIN, "isplis", "dns_query", name=SITE, src=RUN.address("isplis")),
        f"no question for {SITE} from {RUN.address('isplis')} to any of msdns1, msdns2",
    ),
    "the answer is an error": (
        where(MAIN, "traveller", "dns_answer", lambda row: {"rcode": "SERVFAIL"}, name=SITE),
        "answered SERVFAIL",
    ),
}


@pytest.mark.parametrize("what", QUESTIONS)
def test_that_the_site_is_asked_for_is_refuted_where(what: str) -> None:
    change, observed = QUESTIONS[what]
    with pytest.raises(Refuted, match=observed):
        site(change).is_asked_for()


# The address


def test_the_address_is_that_of_the_tenants_datacenter() -> None:
    assert site().is_in_the_tenants_datacenter().observed == f"{LAST} is {SERVER} (mwh)"


def test_an_address_of_another_datacenter_or_a_second_one_is_refuted() -> None:
    with pytest.raises(Refuted, match=f"^{LAST} is {ELSEWHERE}$"):
        site(with_record(LAST, data=ELSEWHERE)).is_in_the_tenants_datacenter()
    more = rows.record(LAST, "A", ELSEWHERE)
    with pytest.raises(Refuted, match=f"^{LAST} is {SERVER}, {ELSEWHERE}$"):
        site(told(lambda all: [*all, more])).is_in_the_tenants_datacenter()
    with pytest.raises(Refuted, match=f"the answer has no address for {LAST}"):
        site(told(lambda all: all[:-1])).is_in_the_tenants_datacenter()


# The connection

CONNECTIONS = {
    "the portal's connection is not used again": (
        saying(MAIN, AGAIN, opened=1),
        "traveller opened another connection for portal again",
    ),
    "the portal answers from elsewhere afterwards": (
        saying(MAIN, AGAIN, headers={"x-datacenter": "mwh"}),
        "portal again: the answer says that mwh served it",
    ),
    "another datacenter serves the site": (
        saying(MAIN, FOLLOW, headers={"x-datacenter": "dub"}),
        "the answer says that dub served it",
    ),
    "the client does not connect to the site": (
        minus(MAIN, "mwh-spo", "tcp_connection"),
        f"no connection from {CLIENT} to {SERVER} in the capture at mwh-spo",
    ),
    "the site's server does not accept": (
        where(MAIN, "traveller", "tcp_connection", lambda row: {"ack_frame": None}, server=SERVER),
        f"{SERVER} never accepted",
    ),
    "the handshake is for another name": (
        where(MAIN, "traveller", "tls_handshake", lambda row: {"server_name": PORTAL}, server=SERVER),
        f"the handshake was for {PORTAL}",
    ),
    **{
        f"a packet crosses the backbone at {name}": (
            plus(rows.talk(case=MAIN, node=f"{name}-br", protocol="icmp", packets=1)),
            rf"1 packets \(icmp\) from .* at {name}-br",
        )
        for name in ("dub", "mwh", "jnb")
    },
}


@pytest.mark.parametrize("what", CONNECTIONS)
def test_that_the_client_connects_to_the_site_is_refuted_where(what: str) -> None:
    change, observed = CONNECTIONS[what]
    with pytest.raises(Refuted, match=observed):
        site(change).client_connects(DUBLIN)


def test_that_the_client_connects_is_shown_at_both_ends_and_by_the_portals_next_answer() -> None:
    found = site().client_connects(DUBLIN)
    assert "traveller connected to mwh-spo (40.108.144.1), round trip 129.247 ms" in found.observed
    assert {row.node for row in found.rows} == {"traveller", "mwh-spo"}


UNKNOWN = [
    silent(MAIN),
    *(how(MAIN, name) for how in (lost, cut) for name in ("traveller", "mwh-spo", "jnb-br")),
]


@pytest.mark.parametrize("change", UNKNOWN)
def test_nobody_can_tell_without_the_journey_or_a_whole_capture(change: Change) -> None:
    with pytest.raises(Missing):
        site(change).client_connects(DUBLIN)


def test_a_packet_that_cannot_be_read_could_be_one_over_the_backbone() -> None:
    with pytest.raises(Missing, match="cannot be read"):
        site(plus(rows.malformed(case=MAIN, node="syd-br"))).client_connects(DUBLIN)


# From everywhere

SINGAPORE = "portal-office365-com.apacsoutheast.b-msedge.net"
DUBLINS = "portal-office365-com.emeanorth.b-msedge.net"


def everywhere(*changes: Change) -> str:
    return same_from_everywhere(all_of(*changes)(RUN), TENANT, CASES).observed


def portal_told(case: str, regional: str) -> Change:
    return told(lambda all: [rows.record(PORTAL, "CNAME", regional)], case, PORTAL)


def test_the_site_is_the_same_from_everywhere_and_the_portal_is_not() -> None:
    found = everywhere()
    assert found.startswith(f"always {SERVER}; for the portal {DUBLINS}, {SINGAPORE}, ")


def test_the_same_answer_of_the_portal_from_two_places_is_refuted() -> None:
    with pytest.raises(Refuted, match=f"ispsin was told {DUBLINS}, which is not nearest to it"):
        everywhere(portal_told("resolver-ispsin", DUBLINS))
    twice = [CASES[0], CASES[1], CASES[1]]
    with pytest.raises(Refuted, match=f"the portal's answers are not all different: {DUBLINS}, {SINGAPORE}"):
        same_from_everywhere(RUN, TENANT, twice)


def test_another_answer_for_the_site_from_one_place_is_refuted() -> None:
    another = told(lambda all: [*all[:-1], rows.record(LAST, "A", ELSEWHERE)], "resolver-ispsea")
    with pytest.raises(Refuted, match=f"{LAST} is {ELSEWHERE}"):
        everywhere(another)


def test_a_place_whose_questions_nobody_captured_shows_nothing() -> None:
    for how in (lost, cut):
        with pytest.raises(Missing, match="resolver-ispsin/traveller"):
            everywhere(how("resolver-ispsin", "traveller"))
