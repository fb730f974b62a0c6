"""Who travels, who is at home and whom to compare with: chosen from the world, or told to be missing."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from experiments.experiment import Options
from experiments.nearest_datacenter import EXPERIMENT, plan_order
from experiments.order import Order
from topologies.distance import great_circle_km
from topologies.errors import WorldError
from topologies.load import BUILTIN, load_world, parse_world
from topologies.planning import plan_network
from topologies.steering import Answers, nearest_datacenter
from topologies.world import World

from ..topologies.made_up_worlds import places, worlds

ARTICLE = load_world("article")
ARTICLE_TEXT = (BUILTIN / "article.toml").read_text(encoding="utf-8")


def changed(*changes: tuple[str, str]) -> World:
    """Return the article's world with some things in its file changed."""
    text = ARTICLE_TEXT
    for right, instead in changes:
        assert right in text, right
        text = text.replace(right, instead)
    return parse_world(text)


def order_of(world: World) -> Order:
    return plan_order(world, 7, 10.0, Options())


def refused(world: World) -> str:
    with pytest.raises(WorldError) as error:
        order_of(world)
    return str(error.value)


def test_the_order_is_the_experiments_own() -> None:
    order = order_of(ARTICLE)
    assert (order.experiment, order.world, order.seed, order.tolerance_us) == (
        EXPERIMENT.name,
        "article",
        7,
        10.0,
    )
    assert order.selection.services == ("portal",)


def test_the_traveller_travels_with_its_own_resolver_and_with_a_far_one() -> None:
    cases = {case.name: (case.client, case.resolver, case.answers) for case in order_of(ARTICLE).cases}
    assert cases == {
        "nearest": ("traveller", "isplis", Answers()),
        "far-resolver": ("traveller", "ispsin", Answers()),
        "at-home": ("colleague", "ispsea", Answers()),
        "same-answer": ("traveller", "isplis", Answers(how="same for all", datacenter="mwh")),
    }
    assert Answers().how == "by place"


def test_every_client_asks_for_the_portals_page_once() -> None:
    for case in order_of(ARTICLE).cases:
        (request,) = case.requests
        assert (request.method, request.url) == ("GET", "https://portal.office.com/")


def test_the_far_resolver_is_on_another_continent() -> None:
    far = ARTICLE.resolver(order_of(ARTICLE).case("far-resolver").resolver)
    distances = {
        each.name: great_circle_km(ARTICLE.client("traveller").place, each.place)
        for each in ARTICLE.resolvers
    }
    assert distances[far.name] == max(distances.values()) > 10_000


def test_the_echo_crosses_the_backbone_from_the_nearest_datacenter_to_the_tenants() -> None:
    (probe,) = order_of(ARTICLE).probes
    assert (probe.name, probe.source, probe.target) == ("backbone-echo", "dub-fe", "mwh-fe")
    assert (probe.name_asked, probe.comes_back) == ("", True)


def test_captures_are_at_everybody_and_at_every_border_to_the_backbone() -> None:
    order = order_of(ARTICLE)
    hosts = {node.name for node in plan_network(ARTICLE, order.selection).of_kind("host")}
    borders = {f"{name}-br" for name in order.selection.datacenters}
    assert {(point.node, point.interface) for point in order.captures} == {
        *((host, "eth0") for host in hosts),
        *((border, "wan") for border in borders),
    }
    names = [point.name for point in order.captures]
    assert names == [point.node for point in order.captures]
    assert len(set(names)) == len(names)


def test_only_the_experiments_cloud_is_built() -> None:
    assert set(order_of(ARTICLE).selection.datacenters) == {
        each.name for each in ARTICLE.datacenters if each.cloud == "worldwide"
    }


def test_the_first_client_that_is_away_travels() -> None:
    away = ARTICLE.client("traveller").model_copy(
        update={"name": "another", "prefix": ARTICLE.offices[0].prefix.supernet()}
    )
    world = ARTICLE.model_copy(update={"clients": (*ARTICLE.clients, away), "offices": ()})
    assert order_of(world).case("nearest").client == "traveller"


AT_HOME = ('datacenter = "mwh"', 'datacenter = "dub"')
COLLEAGUE = ARTICLE_TEXT[ARTICLE_TEXT.index('[[clients]]\nname = "colleague"') :].partition("\n\n")[0]
SINGAPORE = ARTICLE_TEXT[ARTICLE_TEXT.index('[[resolvers]]\nname = "ispsin"') :].partition("\n\n")[0]
SHANGHAI = ARTICLE_TEXT[ARTICLE_TEXT.index('[[resolvers]]\nname = "ispsha"') :].partition("\n\n\n")[0]
RESIDENT = ARTICLE_TEXT[ARTICLE_TEXT.index('[[clients]]\nname = "resident"') :].partition("\n\n")[0]
CLERK = ARTICLE_TEXT[ARTICLE_TEXT.index('[[clients]]\nname = "clerk"') :].partition("\n\n\n")[0]
CHICAGO = ARTICLE_TEXT[ARTICLE_TEXT.index('[[resolvers]]\nname = "hqdns"') :].partition("\n\n")[0]
OFFICES = ARTICLE_TEXT[ARTICLE_TEXT.index("[[offices]]") :].partition("\n\n\n")[0]
CIRCUIT = ARTICLE_TEXT[ARTICLE_TEXT.index("[[circuits]]") :].partition("\n\n\n")[0]


@pytest.mark.parametrize(
    "changes, told",
    [
        pytest.param(
            [
                AT_HOME,
                ('name = "traveller"\nplace = "Lisbon"', 'name = "traveller"\nplace = "Dublin"'),
                (COLLEAGUE, ""),
                (RESIDENT, ""),
                (CLERK, ""),
            ],
            'no client is away from its tenant\'s datacenter in cloud "worldwide";'
            " right would be one that is",
            id="all clients are at home",
        ),
        pytest.param(
            [(COLLEAGUE, "")],
            'no client is near "mwh"; right would be one whose resolver is, to compare with',
            id="nobody is at home",
        ),
        pytest.param(
            [(each, "") for each in (SINGAPORE, SHANGHAI, CHICAGO, RESIDENT, CLERK, OFFICES, CIRCUIT)],
            'no resolver is near another datacenter than "dub" and "mwh"; right would be one that is',
            id="no resolver is far away",
        ),
        pytest.param(
            [('tenant = "contoso"', 'tenant = "lotus"')],
            'no client is away from its tenant\'s datacenter in cloud "worldwide";'
            " right would be one that is",
            id="every client belongs to a sovereign cloud",
        ),
    ],
)
def test_a_world_that_cannot_show_the_effect_is_told_what_it_lacks(
    changes: list[tuple[str, str]], told: str
) -> None:
    assert refused(changed(*changes)) == told


def test_a_world_that_has_only_a_sovereign_cloud() -> None:
    sovereign = tuple(each for each in ARTICLE.datacenters if each.cloud == "21vianet")
    outside = (client for client in ARTICLE.clients if client.office is None)
    clients = tuple(client.model_copy(update={"tenant": "lotus"}) for client in outside)
    servers = tuple(
        server.model_copy(update={"datacenter": "bjs"} if server.datacenter else {})
        for server in ARTICLE.nameservers
        if server.anycast is None and not any("ms-acdc" in zone for zone in server.zones)
    )
    world = World(
        name="sovereign",
        clouds=ARTICLE.clouds,
        datacenters=sovereign,
        tenants=(ARTICLE.tenant("lotus"),),
        resolvers=ARTICLE.resolvers,
        clients=clients,
        nameservers=servers,
    )
    assert "worldwide" in refused(world)


@st.composite
def peopled(draw: st.DrawFn, there: st.SearchStrategy[World]) -> World:
    """Return a world with more clients, and with a tenant that is at home near one of the resolvers."""
    world = draw(there)
    resolvers = st.sampled_from(world.resolvers)
    others = [
        {
            "name": f"other{number}",
            "place": draw(places),
            "resolver": draw(resolvers).name,
            "tenant": world.tenants[0].name,
            "prefix": f"100.64.{10 + number}.0/29",
        }
        for number in range(draw(st.integers(0, 3)))
    ]
    cloud = draw(st.sampled_from(sorted({each.cloud for each in world.datacenters}, reverse=True)))
    home = nearest_datacenter(world, draw(resolvers).place, cloud)
    tenant = world.tenants[0].model_copy(update={"cloud": cloud, "datacenter": home.name})
    tenants, clients = [tenant, *world.tenants[1:]], [*world.clients, *others]
    return World.model_validate({**dict(world), "tenants": tenants, "clients": clients})


def has_an_order_or_a_world_error(world: World) -> None:
    with contextlib.suppress(WorldError):
        order = order_of(world)
        event("an order")
        own, far = (world.resolver(order.case(case).resolver) for case in ("nearest", "far-resolver"))
        lands = {nearest_datacenter(world, each.place, "worldwide").name for each in (own, far)}
        assert len({*lands, order.case("same-answer").answers.datacenter}) == 3
        plan_network(world, order.selection)


@settings(deadline=None, max_examples=40)
@given(peopled(worlds()))
def test_any_world_has_an_order_that_can_be_planned_or_a_world_error(world: World) -> None:
    has_an_order_or_a_world_error(world)


@settings(deadline=None, max_examples=40)
@given(peopled(st.just(ARTICLE)))
def test_the_articles_world_with_any_people_has_an_order_or_a_world_error(world: World) -> None:
    has_an_order_or_a_world_error(world)
