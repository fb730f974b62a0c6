"""The experiments on the backbone, in a guest: all held, and what they say is in the captures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from measurement import numbered
from measurement.packets import UdpPacket, decode
from measurement.pcapng import read_capture

from .conftest import IN_THE_ARTICLE, Finished, clientpath, require_all_held

STEPS = {"backbone_rtt": 3, "backbone_failover": 6, "backbone_classes": 6}


def numbers(capture: Path) -> list[int]:
    """Return the numbers of a stream's datagrams in a capture, in the order in which they were seen."""
    packets = (decode(frame) for frame in read_capture(capture).frames)
    known = (numbered.read(each.payload) for each in packets if isinstance(each, UdpPacket))
    return [each.number for each in known if each is not None]


@pytest.mark.parametrize("experiment", STEPS)
def test_it_is_held_with_every_step_and_control_shown(
    finish: Callable[..., Finished], experiment: str
) -> None:
    options = () if experiment == "backbone_rtt" else IN_THE_ARTICLE
    require_all_held(finish(experiment, *options), STEPS[experiment])


def test_of_a_cut_stream_exactly_those_on_the_link_are_missing(finish: Callable[..., Finished]) -> None:
    run = finish("backbone_failover", *IN_THE_ARTICLE)
    sent, arrived = (numbers(run.folder / "pcap" / "cut" / f"{host}-fe.pcapng") for host in ("ams", "iad"))
    missing = sorted(set(sent) - set(arrived))
    figure = next(each for each in run.result.figures if (each.name, each.case) == ("lost", "cut"))
    assert sent == list(range(len(sent))) and len(arrived) == len(set(arrived))
    assert missing == list(range(missing[0], missing[0] + len(missing)))
    assert len(missing) == figure.measured > 0


def test_without_groups_more_is_missing(finish: Callable[..., Finished]) -> None:
    run = finish("backbone_failover", *IN_THE_ARTICLE)
    arrived = {
        case: len(numbers(run.folder / "pcap" / case / "iad-fe.pcapng"))
        for case in ("cut", "controller-alone")
    }
    assert arrived["controller-alone"] < arrived["cut"]
    assert len(numbers(run.folder / "pcap" / "successor" / "iad-fe.pcapng")) == 2000


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("backbone_failover", "--source", "amx"), 'unknown datacenter "amx"; did you mean "ams"'),
        (("backbone_failover", "--source", "ams", "--target", "ams"), '"ams" is both ends'),
        (("backbone_failover", "--source", "ams", "--target", "bjs"), "no backbone joins two clouds"),
        (("backbone_classes", "--demands", "none.toml"), "none.toml: cannot be read"),
    ],
)
def test_wrong_use_is_told_in_words_and_nothing_is_started(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = clientpath("run", *arguments, *IN_THE_ARTICLE, "--out", str(tmp_path / "run"))
    assert done.returncode == 2 and words in done.stderr
    assert not (tmp_path / "run").exists()
