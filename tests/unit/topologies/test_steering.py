"""Who is sent where: the datacenter with the shortest round trip."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from topologies.errors import WorldError
from topologies.health import Health
from topologies.hosts import front_end
from topologies.internet import internet_rtt_ms
from topologies.paths import configured_rtt_ms
from topologies.places import Place, find_place
from topologies.steering import Answers, Preferences, Steering, nearest_datacenter, prefer, steer
from topologies.world import Client, Resolver, World

from .made_up_plans import ARTICLE, MODEST, overridden, planned
from .made_up_worlds import places, worlds

BY_PLACE = Answers()


def _steered(steering: Steering) -> dict[str, str]:
    return {str(prefix): datacenter for prefix, datacenter in steering.nearest}


def test_a_place_is_near_to_the_datacenter_that_a_map_shows() -> None:
    cities = ["Lisbon", "Seattle", "Singapore", "Lima", "Nairobi", "Auckland"]
    nearest = [nearest_datacenter(ARTICLE, find_place(city), "worldwide").name for city in cities]
    assert nearest == ["dub", "mwh", "sin", "gru", "jnb", "syd"]


@MODEST
@given(worlds(), places)
def test_no_datacenter_of_the_cloud_is_nearer_than_the_nearest(world: World, place: Place) -> None:
    cloud = world.datacenters[0].cloud
    nearest = nearest_datacenter(world, place, cloud)
    assert nearest.cloud == cloud
    rtts_ms = {each.name: internet_rtt_ms(world, place, each.place) for each in world.datacenters_of(cloud)}
    assert rtts_ms[nearest.name] == min(rtts_ms.values())


def test_a_sovereign_cloud_is_reached_inside_its_region() -> None:
    nearest = [
        nearest_datacenter(ARTICLE, find_place(city), "21vianet").name for city in ("Lisbon", "Singapore")
    ]
    assert nearest == ["bjs", "sha"]


def test_nothing_is_nearest_in_a_cloud_that_nobody_knows() -> None:
    with pytest.raises(WorldError, match='no datacenter is in a cloud "worldwid"; did you mean "worldwide"'):
        nearest_datacenter(ARTICLE, find_place("Lisbon"), "worldwid")
    with pytest.raises(WorldError, match='no datacenter is in a cloud ""'):
        steer(ARTICLE, "", BY_PLACE)


def test_every_resolvers_and_every_clients_network_is_steered() -> None:
    steering = steer(ARTICLE, "worldwide", BY_PLACE)
    assert steering.default == "ams"
    assert _steered(steering) == {
        "100.64.0.0/29": "dub",  # Lisbon: the provider's resolver
        "100.64.0.8/29": "dub",  # and the traveller
        "100.64.1.0/29": "mwh",  # Seattle
        "100.64.1.8/29": "mwh",
        "100.64.2.0/29": "iad",  # Chicago
        "100.64.3.0/29": "sin",  # Singapore
        "100.64.4.0/29": "tyo",  # Shanghai
        "100.64.4.8/29": "tyo",
        "100.64.5.0/29": "dub",  # Madrid
    }


@MODEST
@given(worlds(), st.data())
def test_in_any_world_everybody_who_can_ask_is_steered_to_the_own_nearest(
    world: World, data: st.DataObject
) -> None:
    cloud = world.datacenters[0].cloud
    steered = _steered(steer(world, cloud, BY_PLACE))
    outside = [client for client in world.clients if client.office is None]
    askers: tuple[Resolver | Client, ...] = (*world.resolvers, *outside)
    assert steered.keys() == {str(asker.prefix) for asker in askers}
    asker = data.draw(st.sampled_from(askers))
    assert steered[str(asker.prefix)] == nearest_datacenter(world, asker.place, cloud).name


@MODEST
@given(worlds())
@example(overridden("traveller", "dub", 900))
@example(overridden("isplis", "msdns2", 900))
def test_the_network_that_is_built_takes_nobody_sooner_elsewhere_than_to_the_own_nearest(
    world: World,
) -> None:
    plan = planned(world)
    cloud = world.datacenters[0].cloud
    for resolver in world.resolvers:
        nearest = nearest_datacenter(world, resolver.place, cloud).name
        rtts_ms = {
            each.name: configured_rtt_ms(plan, resolver.name, front_end(each.name))
            for each in world.datacenters_of(cloud)
        }
        assert rtts_ms[nearest] == min(rtts_ms.values())


def test_a_known_round_trip_moves_the_nearest() -> None:
    far = steer(overridden("isplis", "dub", 900), "worldwide", BY_PLACE)
    assert _steered(far)["100.64.0.0/29"] == _steered(far)["100.64.0.8/29"] == "ams"
    near = steer(overridden("gru", "isplis", 1), "worldwide", BY_PLACE)
    assert _steered(near)["100.64.0.0/29"] == "gru"
    assert _steered(near)["100.64.1.0/29"] == "mwh"


def test_who_asks_from_elsewhere_is_sent_to_the_datacenter_that_is_named_or_else_the_first() -> None:
    named = Answers(datacenter="gru")
    assert steer(ARTICLE, "worldwide", named).default == "gru"
    assert steer(ARTICLE, "21vianet", named).default == "bjs"


def test_the_same_for_all_is_the_same_whoever_asks() -> None:
    same = Answers(how="same for all", datacenter="iad")
    assert steer(ARTICLE, "worldwide", same) == Steering(nearest=(), default="iad")
    assert steer(ARTICLE, "worldwide", same, own="gru") == Steering(nearest=(), default="iad")
    # A datacenter of one cloud is nobody's in another.
    assert steer(ARTICLE, "21vianet", same) == Steering(nearest=(), default="bjs")


@pytest.mark.parametrize("datacenter", [each.name for each in ARTICLE.datacenters_of("worldwide")])
def test_one_of_many_anycast_servers_knows_its_own_datacenter_alone(datacenter: str) -> None:
    answer = steer(ARTICLE, "worldwide", Answers(how="anycast"), own=datacenter)
    assert answer == Steering(nearest=(), default=datacenter)


@pytest.mark.parametrize("own", [None, "bjs"])
def test_a_server_that_is_not_one_of_many_looks_at_who_asks_then_too(own: str | None) -> None:
    assert steer(ARTICLE, "worldwide", Answers(how="anycast"), own) == steer(ARTICLE, "worldwide", BY_PLACE)


@pytest.mark.parametrize(
    "answers, label",
    [
        (Answers(), "by-place"),
        (Answers(client_subnet=True), "by-place-ecs"),
        (Answers(how="anycast"), "anycast"),
        (Answers(how="same for all", datacenter="iad"), "same-for-all-iad"),
        (Answers(how="same for all", datacenter="iad", client_subnet=True), "same-for-all-iad-ecs"),
    ],
)
def test_each_way_to_answer_has_a_folder_of_its_own(answers: Answers, label: str) -> None:
    assert answers.label == label


def test_there_is_no_other_way_to_answer() -> None:
    with pytest.raises(ValidationError, match="'by place', 'same for all' or 'anycast'"):
        Answers.model_validate({"how": "at random"})


# By what is up


def _preferred(answers: Answers = BY_PLACE, *built: str) -> Preferences:
    there = built or [each.name for each in ARTICLE.datacenters_of("worldwide")]
    return prefer(ARTICLE, "worldwide", answers, there)


def test_what_is_nearest_comes_first_and_then_all_others() -> None:
    orders = {str(network): order for network, order in _preferred().nearest}
    steering = steer(ARTICLE, "worldwide", BY_PLACE)
    assert {network: order[0] for network, order in orders.items()} == _steered(steering)
    assert orders["100.64.0.0/29"][:3] == ("dub", "ams", "iad")
    there = sorted(each.name for each in ARTICLE.datacenters_of("worldwide"))
    assert [sorted(order) for order in orders.values()] == [there] * len(orders)


@MODEST
@given(worlds())
def test_in_any_world_preferences_go_by_round_trips(world: World) -> None:
    cloud = world.datacenters[0].cloud
    built = [each.name for each in world.datacenters]
    askers: tuple[Resolver | Client, ...] = (*world.resolvers, *world.clients)
    places_of = {each.prefix: each.place for each in askers}
    for network, order in prefer(world, cloud, BY_PLACE, built).nearest:
        rtts_ms = [internet_rtt_ms(world, places_of[network], world.datacenter(each).place) for each in order]
        assert rtts_ms == sorted(rtts_ms)


def test_only_what_is_built_is_preferred() -> None:
    preferred = _preferred(BY_PLACE, "gru", "iad")
    assert {frozenset(order) for _, order in preferred.nearest} == {frozenset({"gru", "iad"})}
    assert sorted(preferred.default) == ["gru", "iad"]


def test_everybody_else_has_the_default_first_and_then_what_is_near_to_it() -> None:
    assert _preferred(Answers(datacenter="dub")).default[:2] == ("dub", "ams")
    assert _preferred(Answers(datacenter="sin"), "ams", "sin", "tyo").default == ("sin", "tyo", "ams")
    assert _preferred(Answers(datacenter="bjs"), "ams", "sin").default == ("ams", "sin")


def test_what_is_up_decides_only_where_answers_go_by_place() -> None:
    assert Answers(health=Health(ttl_s=0)).label == "by-place-nested-30x4-10-ttl0"
    for how in ("same for all", "anycast"):
        words = f'what is up does not decide where all are answered "{how}"; right would be how = "by place"'
        with pytest.raises(ValidationError, match=words):
            Answers.model_validate({"how": how, "health": Health()})
