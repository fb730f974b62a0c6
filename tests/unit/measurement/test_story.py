"""A run's story: addresses have names, and frames say what they show."""

from __future__ import annotations

from measurement.result import FrameRef, StepResult, Verdict
from measurement.story import comments_of, names_of
from topologies.load import load_world
from topologies.planning import plan_network
from topologies.selection import select

from .test_result import result


def step(number: int, text: str, *frames: int) -> StepResult:
    shown = tuple(FrameRef(file="pcap/one/a.pcapng", frame=each) for each in frames)
    return StepResult(number=number, text=text, expected="", observed="", verdict=Verdict.HELD, frames=shown)


def test_a_frame_says_everything_that_it_shows() -> None:
    told = comments_of(
        result().model_copy(
            update={
                "steps": (step(1, "asks", 1), step(2, "answers", 1, 2)),
                "controls": (step(1, "none", 2),),
            }
        )
    )
    assert {frame.frame: words for frame, words in told.items()} == {
        1: "step 1, held: asks\nstep 2, held: answers",
        2: "step 2, held: answers\ncontrol 1, held: none",
    }


def test_addresses_have_the_names_of_their_nodes_and_anycast_what_its_nodes_share() -> None:
    world = load_world("article")
    selection = select(
        world,
        clients=("traveller",),
        clouds=("worldwide",),
        services=("portal", "exchange"),
        anycast=True,
        relays=True,
        vpn=(("traveller", "hq"),),
    )
    names = names_of(plan_network(world, selection))
    assert names["100.64.0.10"] == "traveller"
    assert names["13.107.24.1"] == "acdc-anycast"
    assert names["13.107.64.1"] == "rly-anycast"
    assert names["10.1.1.1"] == "hq-gw-wg0"
