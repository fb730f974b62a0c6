"""``clientpath compare``: its options are the experiment's, and what is wrong is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Clientpath, FakeMachine


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["--via", "direct,vnp:frankfurt"], '--via: unknown way "vnp"; did you mean "vpn"?'),
        (
            ["--via", "vpn:frankfrt"],
            'unknown office "frankfrt", and no city is called so; did you mean "Frank',
        ),
        (["--via", "split"], '--via: "split": by which office? Right would be split:frankfurt'),
        (["--via", "vpn:cordoba"], 'office "cordoba": several cities are called so; right would be'),
        (["--client", "lagoss"], 'unknown client "lagoss", and no city is called so; did you mean "Lagos"?'),
        (["--client", "clerk", "--via", "vpn:hq"], '--via: vpn:hq: client "clerk" is inside the office "hq"'),
        (["--tenant", "contso"], 'unknown tenant "contso"; did you mean "contoso"?'),
        (["--tenant", "lotus"], 'client "lagos": its tenant "lotus" is not in the cloud "worldwide"'),
        (["--service", "exchnge"], '--service: unknown service "exchnge"; did you mean "exchange"?'),
        (["--service", ""], "--service: is empty; right would be some of portal,exchange,sharepoint,media"),
        (["--world", "artcle"], "artcle: no such file, and no built-in world"),
        (["--vai", "direct"], "No such option"),
        (["--seed", "-1"], "Invalid value for '--seed'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_is_told_and_nothing_is_made(
    clientpath: Clientpath, fake: FakeMachine, here: Path, arguments: list[str], told: str
) -> None:
    assert clientpath("compare", *arguments).complaint.startswith(told)
    assert fake.runs == [] and list(here.iterdir()) == []


def test_it_is_run_in_a_folder_of_its_own(clientpath: Clientpath, fake: FakeMachine, here: Path) -> None:
    said = clientpath("compare", "--client", "lagos", "--via", "vpn:frankfurt", "--service", "exchange")
    ((machine, folder, seed),) = fake.runs
    assert (machine, seed) == ("guest", 1)
    assert folder.parent == here / "runs" and folder.name.endswith("-compare")
    assert said.out.startswith("\nCompare: ways side by side  (world article, seed 1)\n")
    assert said.out.endswith(f"all:     clientpath judge {folder}\n")


def test_its_help_has_the_ways_and_the_experiments_options(clientpath: Clientpath) -> None:
    said = clientpath("compare", "--help")
    assert said.code == 0
    for word in ("--client", "--tenant", "--via", "--service", "--world", "expressroute:OFFICE"):
        assert word in said.out
