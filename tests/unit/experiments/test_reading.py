"""A run is read from its folder alone; what is no run is told as such, with the file that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.reading import Reading, read_run
from experiments.run_files import NotARun
from measurement.evidence import Missing
from topologies.errors import ClientpathError

from .made_up_run import made_up_run
from .saved_runs import SAVED, copied, damaged, journeys_text

NOTHING: tuple[str, ...] = ()


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return read_run(copied(tmp_path_factory.mktemp("saved") / "run", captures={"nearest/traveller"}))


def refused(folder: Path) -> str:
    """Return what is said of a folder, after making sure that nothing was written there."""
    before = sorted(folder.rglob("*"))
    with pytest.raises(NotARun) as error:
        read_run(folder)
    assert isinstance(error.value, ClientpathError)
    assert sorted(folder.rglob("*")) == before
    return str(error.value)


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    assert refused(tmp_path / "no") == f"{tmp_path / 'no'} is not a run's folder: it has no order.json"


def test_an_empty_folder(tmp_path: Path) -> None:
    assert refused(tmp_path) == f"{tmp_path} is not a run's folder: it has no order.json"


def test_a_file_instead_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert str(tmp_path / "file") in refused(tmp_path / "file")


@pytest.mark.parametrize("name", ["order.json", "world.json", "network.json"])
def test_a_folder_that_lacks_a_file(tmp_path: Path, name: str) -> None:
    run = copied(tmp_path / "run", NOTHING)
    (run / name).unlink()
    assert refused(run) == f"{run} is not a run's folder: it has no {name}"


GARBAGE: dict[str, Callable[[bytes], bytes]] = {
    "is empty": lambda content: b"",
    "is no JSON": lambda content: b"garbage",
    "is no text": lambda content: b"\xff\xfe\x00garbage",
    "is cut": lambda content: content[: len(content) // 2],
    "is a list": lambda content: b"[]",
    "has an unknown key": lambda content: content.replace(b"{", b'{"later": 1,', 1),
}


@pytest.mark.parametrize("what", GARBAGE)
@pytest.mark.parametrize("name", ["order.json", "world.json", "network.json"])
def test_a_file_that(tmp_path: Path, name: str, what: str) -> None:
    run = copied(tmp_path / "run", NOTHING)
    (run / name).write_bytes(GARBAGE[what]((run / name).read_bytes()))
    assert refused(run).startswith(f"{run / name} cannot be read by this version: ")


def test_a_world_that_cannot_be(tmp_path: Path) -> None:
    run = copied(tmp_path / "run", NOTHING)
    text = (run / "world.json").read_text()
    (run / "world.json").write_text(text.replace('"resolver": "isplis"', '"resolver": "nobody"'))
    assert 'unknown resolver "nobody"' in refused(run)


def test_everything_is_read(reading: Reading) -> None:
    assert (reading.order.experiment, reading.world.name, reading.plan.seed) == (
        "nearest_datacenter",
        "article",
        1,
    )
    assert {journey.case for journey in reading.journeys} == {case.name for case in reading.order.cases}
    assert {(row.case, row.node) for row in reading.observations} == {("nearest", "traveller")}


def test_the_observations_are_kept_in_the_folder(tmp_path: Path) -> None:
    run = copied(tmp_path / "run", captures={"nearest/traveller"})
    read_run(run)
    assert "traveller.pcapng" in (run / "observations.json").read_text()


def test_a_case_has_its_own_evidence_and_its_own_journey(reading: Reading) -> None:
    assert all(row.case == "nearest" for row in reading.evidence("nearest").rows)
    assert reading.evidence("at-home").rows == []
    assert reading.journey("at-home").client == "colleague"
    assert reading.case("at-home").client == "colleague"


def test_an_address_is_the_plans(reading: Reading) -> None:
    assert reading.address("traveller") == "100.64.0.10"


def test_a_case_without_a_journey_is_missing_evidence(reading: Reading) -> None:
    with pytest.raises(Missing, match=r"^journey\.jsonl has no journey of backbone-echo$"):
        reading.journey("backbone-echo")


@pytest.mark.parametrize("text", [None, "", "{}\n", "not a journey\n"])
def test_journeys_that_cannot_be_read_are_missing_evidence(tmp_path: Path, text: str | None) -> None:
    run = damaged(copied(tmp_path / "run", NOTHING), journeys_text(text))
    with pytest.raises(Missing, match="has no journey of nearest"):
        read_run(run).journey("nearest")


def test_the_saved_run_is_a_run_of_this_version() -> None:
    assert sorted(path.name for path in SAVED.iterdir()) == [
        "journey.jsonl",
        "network.json",
        "order.json",
        "pcap",
        "world.json",
    ]


# Addresses and name servers of a run with several


def test_all_addresses_of_a_node_are_the_plans_and_the_first_is_the_one_that_it_sends_from() -> None:
    reading = made_up_run()
    assert reading.addresses("dub-efz") == ("40.101.28.1", "40.101.28.2", "40.101.28.3", "40.101.28.4")
    assert reading.addresses("dub-efz")[0] == reading.address("dub-efz")
    assert reading.addresses("traveller") == ("100.64.0.10",)


@pytest.mark.parametrize(
    "case, name, servers",
    [
        ("nearest", "outlook.office365.com", {"13.107.6.51": "msdns1", "13.107.6.19": "msdns2"}),
        ("nearest", "outlook.ms-acdc.office.com", {"13.107.6.52": "acdc1", "13.107.6.20": "acdc2"}),
        ("nearest", "dub-efz.ms-acdc.office.com", {"13.107.6.54": "efz1", "13.107.6.22": "efz2"}),
        ("anycast", "outlook.ms-acdc.office.com", {"13.107.24.1": "acdc-dub"}),
        ("anycast", "dub-efz.ms-acdc.office.com", {"13.107.6.54": "efz1", "13.107.6.22": "efz2"}),
    ],
)
def test_the_servers_of_a_name_are_those_of_its_zone_in_the_case(
    case: str, name: str, servers: dict[str, str]
) -> None:
    assert made_up_run().servers_of(case, name, nearest="dub") == servers


def test_of_an_anycast_server_the_nearest_is_meant() -> None:
    found = made_up_run().servers_of("anycast", "outlook.ms-acdc.office.com", nearest="sin")
    assert found == {"13.107.24.1": "acdc-sin"}


def test_a_case_that_the_order_does_not_have() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        made_up_run().servers_of("nowhere", "outlook.office365.com", nearest="dub")
