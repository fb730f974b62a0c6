"""Cases in a line each, and what an experiment of nothing else builds and captures."""

from __future__ import annotations

import pytest

from experiments.experiment import Options
from experiments.four_services import request_of, requests_of
from experiments.order import Case, Order
from experiments.visits import selected, visit, written
from experiments.vpn_ways import way
from measurement.journey import Request
from topologies.errors import WorldError
from topologies.load import load_world
from topologies.steering import Answers
from topologies.world import World

WORLD = load_world("article")
FORCED = way(WORLD, "forced", WORLD.office("hq"))


def order(*cases: Case) -> Order:
    """Return the order of an experiment of some cases."""
    experiment = written("mine", "Mine", lambda world: cases, lambda reading: [], lambda reading: [])
    return experiment.plan_order(WORLD, 7, 10.0, Options())


def asking(url: str, name: str = "one") -> Case:
    """Return a case with a request of one's own."""
    return visit(WORLD, name, "traveller", "portal").model_copy(update={"requests": (Request(url=url),)})


def test_a_client_asks_its_own_resolver_unless_another_is_named() -> None:
    own = visit(WORLD, "own", "traveller", "portal")
    other = visit(WORLD, "other", "traveller", "portal", resolver="ispsin")
    assert (own.resolver, own.text) == ("isplis", "traveller asks isplis")
    assert (other.resolver, other.text) == ("ispsin", "traveller asks ispsin")


def test_a_case_has_its_way_and_how_names_are_answered() -> None:
    case = visit(
        WORLD, "one", "traveller", "media", resolver="hqdns", way=FORCED, answers=Answers(client_subnet=True)
    )
    assert (case.way, case.answers) == (FORCED, Answers(client_subnet=True))
    assert case.text == "traveller asks hqdns, with a tunnel to hq"


def test_services_are_asked_once_each_in_their_order() -> None:
    case = visit(WORLD, "one", "traveller", "sharepoint", "portal", "media", "exchange")
    assert [request.name for request in case.requests] == ["sharepoint", "portal", "media", "exchange"]
    assert {each.name: each for each in case.requests} == {
        each.name: each for each in requests_of(WORLD, WORLD.client("traveller"))
    }


def test_a_request_is_that_of_the_clients_own_cloud() -> None:
    here = WORLD.client("traveller")
    there = here.model_copy(update={"tenant": "lotus"})
    assert request_of(WORLD, here, "portal").url == "https://portal.office.com/"
    assert request_of(WORLD, there, "portal").url == "https://portal.partner.microsoftonline.cn/"
    with pytest.raises(WorldError, match='cloud "21vianet": relays: is missing'):
        request_of(WORLD, there, "media")


@pytest.mark.parametrize(
    "arguments, options, wrong",
    [
        (("travler", "portal"), {}, 'unknown client "travler"; did you mean "traveller"?'),
        (("traveller", "portal"), {"resolver": "ispsni"}, 'unknown resolver "ispsni"; did you mean "ispsin"'),
        (("traveller",), {}, "traveller uses nothing; right would be some of exchange, sharepoint, portal"),
        (("traveller", "protal"), {}, 'there is no service "protal"; did you mean "portal"?'),
    ],
)
def test_whoever_is_unknown_is_told_with_the_nearest_name(
    arguments: tuple[str, ...], options: dict[str, str], wrong: str
) -> None:
    with pytest.raises(WorldError) as told:
        visit(WORLD, "one", *arguments, **options)  # type: ignore[arg-type]
    assert wrong in str(told.value)


# What is built


def test_only_what_the_cases_use_is_built() -> None:
    one = selected(WORLD, [visit(WORLD, "one", "traveller", "portal")])
    assert (one.clients, one.services, one.offices, one.vpn, one.relays) == (
        ("traveller",),
        ("portal",),
        (),
        (),
        False,
    )
    assert "ispsin" not in one.resolvers and "bjs" not in one.datacenters
    more = selected(
        WORLD,
        [
            visit(WORLD, "one", "traveller", "portal", resolver="ispsin"),
            visit(WORLD, "two", "colleague", "media", "exchange", way=FORCED),
        ],
    )
    assert (more.clients, more.services) == (("traveller", "colleague"), ("portal", "exchange"))
    assert (more.offices, more.vpn, more.relays) == (("hq",), (("colleague", "hq"),), True)
    assert {"isplis", "ispsin", "ispsea", "hqdns"} <= set(more.resolvers)


def test_everything_that_is_built_is_captured_once() -> None:
    found = order(visit(WORLD, "one", "traveller", "portal", "sharepoint", resolver="hqdns", way=FORCED))
    names = [point.name for point in found.captures]
    assert len(set(names)) == len(names)
    assert {"traveller", "traveller-wg0", "hq-gw", "hqdns", "msdns1", "dub-fe", "mwh-spo", "dub-br"} <= set(
        names
    )
    where = {point.name: (point.node, point.interface) for point in found.captures}
    assert where["hq-gw"] == ("hq-gw", "line") and where["dub-br"] == ("dub-br", "wan")
    assert where["traveller-wg0"] == ("traveller", "wg0")


def test_an_order_has_the_cases_the_world_and_the_seed() -> None:
    case = visit(WORLD, "one", "traveller", "portal")
    found = order(case)
    assert (found.experiment, found.world, found.seed, found.tolerance_us) == ("mine", "article", 7, 10.0)
    assert found.cases == (case,) and found.is_served


def test_a_request_of_ones_own_is_of_the_service_at_its_host() -> None:
    assert selected(WORLD, [asking("https://contoso.sharepoint.com/x")]).services == ("sharepoint",)
    follows = asking("https://portal.office.com/launch/sharepoint")
    follows = follows.model_copy(update={"requests": (*follows.requests, Request(url="{location}"))})
    assert selected(WORLD, [follows]).services == ("portal",)
    with pytest.raises(WorldError, match=r'no service is reached at "portal\.ofice\.com"; did you mean'):
        selected(WORLD, [asking("https://portal.ofice.com/")])
    with pytest.raises(WorldError, match=r'no service is reached at "lotus\.sharepoint\.com"'):
        selected(WORLD, [asking("https://lotus.sharepoint.com/")])  # which is a tenant of the other cloud


@pytest.mark.parametrize(
    "names, told",
    [
        ([], "cases: none; right would be one or more"),
        (["one", "one"], 'cases: "one", "one"; right would be one or more, each with a name of its own'),
        (["one", "../two"], 'cases: "one", "../two"; right would be'),
        ([""], 'cases: ""; right would be'),
        (["One"], 'cases: "One"; right would be'),
    ],
)
def test_cases_need_names_that_folders_can_have(names: list[str], told: str) -> None:
    with pytest.raises(WorldError) as wrong:
        order(*(visit(WORLD, name, "traveller", "portal") for name in names))
    assert str(wrong.value).startswith(told)


def test_the_cases_are_made_of_the_world_that_is_given() -> None:
    seen: list[World] = []

    def cases(world: World) -> list[Case]:
        seen.append(world)
        return [visit(world, "one", "traveller", "portal")]

    written("mine", "Mine", cases, lambda reading: [], lambda reading: []).plan_order(WORLD, 1, 10, Options())
    assert seen == [WORLD]
