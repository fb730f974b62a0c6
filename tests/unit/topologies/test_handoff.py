"""Where anycast lands: by arithmetic, as routers find it that tell each other what they know."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given

from topologies.errors import WorldError
from topologies.handoff import choice, landing
from topologies.internet import internet_rtt_ms
from topologies.paths import configured_rtt_ms
from topologies.peering import Peering, Session, pop_place, sessions
from topologies.planning import plan_network
from topologies.world import World

from .made_up_edges import CITIES, CLOUD, EDGES, chosen, edges_plan, providers
from .made_up_plans import PATIENT

SELECTION = chosen()
OPENED = Peering(opened=(("mtn", "den"), ("afr", "jnb")))


def lands(client: str, peering: Peering | None = None) -> str:
    """Return the site where a client's packets land."""
    return landing(EDGES, SELECTION, edges_plan(), client, CLOUD, peering or Peering()).site


def test_denver_is_handed_off_in_phoenix_until_its_provider_peers_at_home() -> None:
    assert (lands("denver"), lands("saltlake")) == ("phx", "phx")
    assert (lands("denver", OPENED), lands("saltlake", OPENED)) == ("den", "den")


def test_moscow_is_handed_off_in_stockholm_and_no_longer_path_changes_it_but_the_community_does() -> None:
    assert lands("moscow") == "sto"
    assert lands("moscow", Peering(prepended=(("rus", "sto", 9),))) == "sto"
    assert lands("moscow", Peering(lowered=(("rus", "sto"),))) == "mow"


def test_a_longer_path_decides_where_preferences_are_equal() -> None:
    assert lands("nslondon") == "lon"
    assert lands("nslondon", Peering(prepended=(("nwe", "lon", 1),))) == "ams"


@pytest.mark.parametrize("client", CITIES)
@pytest.mark.parametrize("peering", [Peering(), OPENED])
def test_where_it_lands_is_reached_as_fast_by_its_own_address(client: str, peering: Peering) -> None:
    found = landing(EDGES, SELECTION, edges_plan(), client, CLOUD, peering)
    assert found.there[0].source == client
    assert found.there[-1].to == f"{found.site}-pop"
    own_ms = configured_rtt_ms(edges_plan(), client, f"{found.site}-pop")
    assert found.rtt_ms == pytest.approx(own_ms, abs=1e-9)


def test_a_way_leads_by_the_providers_routers() -> None:
    found = landing(EDGES, SELECTION, edges_plan(), "denver", CLOUD, Peering())
    assert (found.home, found.exit) == ("mtn-den", "mtn-phx")
    named = [hop.to for hop in found.there]
    assert named[0] == "denver-cpe"
    assert named[2:] == ["mtn-den", "mtn-phx", "phx-br", "phx-pop"]


def test_a_peering_that_the_plan_has_no_way_back_for_is_left_as_it_was_entered() -> None:
    selection = chosen(clients=("saltlake", "moscow"))
    nobody = selection.model_copy(update={"meets": ()})
    plan = plan_network(EDGES, nobody)
    found = landing(EDGES, nobody, plan, "saltlake", CLOUD, Peering(opened=(("mtn", "den"),)))
    assert found.site == "den"
    assert found.rtt_ms == pytest.approx(2 * sum(hop.delay_ms for hop in found.there))


def test_only_clients_and_resolvers_land_somewhere() -> None:
    with pytest.raises(WorldError) as error:
        lands("den-pop")
    assert str(error.value) == '"den-pop" is no client and no resolver; right would be one of those'


def test_a_cloud_that_a_provider_hears_nothing_of_is_not_reached() -> None:
    isp = EDGES.isp("mtn")
    with pytest.raises(WorldError) as error:
        choice(EDGES, SELECTION, isp, isp.pops[0], "21vianet", Peering())
    assert str(error.value) == (
        'isp "mtn": pops: none peers with a site of the cloud "21vianet" that is built; right would'
        " be one that does"
    )


# Routers that tell each other


@dataclass(frozen=True)
class Route:
    """A route at a router: the session that it came in by, and whether it is the router's own."""

    session: Session
    own: bool


def learned(world: World, peering: Peering) -> dict[str, Session]:
    """Return what each router of Denver's provider takes, when none changes its mind any more.

    A router tells its fellows what it takes if it has that from outside (RFC 4456, section 1).
    """
    isp = world.isp("mtn")
    outside = [each for each in sessions(world, SELECTION, peering) if each.isp == "mtn"]
    takes: dict[str, Route] = {}
    while True:
        told = [route.session for route in takes.values() if route.own]
        before = dict(takes)
        for pop in isp.pops:
            known = [Route(each, own=True) for each in outside if each.pop == pop.name]
            known += [Route(each, own=False) for each in told if each.pop != pop.name]
            if known:
                takes[pop.name] = best(world, pop.name, known)
        if takes == before:
            return {name: route.session for name, route in takes.items()}


def best(world: World, here: str, known: list[Route]) -> Route:
    """Choose as RFC 4271 has it: step by step, what is worse than another one is struck out."""
    isp = world.isp("mtn")
    places = {pop.name: pop_place(world, pop) for pop in isp.pops}
    most = max(route.session.worth for route in known)
    known = [route for route in known if route.session.worth == most]
    shortest = min(route.session.prepended for route in known)
    known = [route for route in known if route.session.prepended == shortest]
    known = [route for route in known if route.own] or known
    return min(known, key=lambda route: internet_rtt_ms(world, places[here], places[route.session.pop]))


@PATIENT
@given(providers())
def test_arithmetic_is_what_routers_come_to_that_tell_each_other(made: tuple[World, Peering]) -> None:
    world, peering = made
    isp = world.isp("mtn")
    for pop in isp.pops:
        assert choice(world, SELECTION, isp, pop, CLOUD, peering) == learned(world, peering)[pop.name]
