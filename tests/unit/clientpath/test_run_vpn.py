"""What `run vpn` and `run vpn_hours` refuse before they have made anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from topologies.load import BUILTIN

from .conftest import Clientpath, FakeMachine

VPN, HOURS = ("run", "vpn"), ("run", "vpn_hours")


def nothing_was_made(fake: FakeMachine, here: Path) -> bool:
    """Say whether no machine was started and no file or folder made."""
    return fake.runs == [] and list(here.iterdir()) == []


@pytest.mark.parametrize(
    "arguments, told",
    [
        ([*VPN, "--client", "nobody"], 'unknown client "nobody"; right would be one of:'),
        ([*VPN, "--client", "travellr"], 'unknown client "travellr"; did you mean "traveller"'),
        ([*VPN, "--client", "clerk"], 'client "clerk" is inside the office "hq", and needs no VPN'),
        ([*VPN, "--office", "nowhere"], 'unknown office "nowhere"; right would be one of: branch, hq'),
        ([*VPN, "--office", "branch"], 'office "branch": "dub" is nearest to it, as it is to "traveller"'),
        ([*VPN, "--client", "resident"], 'office "branch" is not next door to "resident"'),
        ([*VPN, "--tenant", "none"], 'unknown tenant "none"; right would be one of:'),
        (
            [*VPN, "--tenant", "lotus"],
            'client "traveller": its tenant "lotus" is not in the cloud "worldwide"',
        ),
        ([*HOURS, "--client", "nobody"], 'unknown client "nobody"; right would be one of:'),
        ([*HOURS, "--client", "clerk"], 'client "clerk" is inside the office "hq", and needs no VPN'),
        ([*HOURS, "--office", "nowhere"], 'unknown office "nowhere"; right would be one of: branch, hq'),
        ([*HOURS, "--minutes", "4"], "Invalid value for '--minutes'"),
        ([*HOURS, "--minutes", "601"], "Invalid value for '--minutes'"),
        ([*HOURS, "--minutes", "five"], "Invalid value for '--minutes'"),
        ([*HOURS, "--keepalive-s", "0"], "Invalid value for '--keepalive-s'"),
        ([*HOURS, "--keepalive-s", "121"], "Invalid value for '--keepalive-s'"),
    ],
    ids=lambda value: " ".join(value[1:]) if isinstance(value, list) else "",
)
def test_wrong_use(
    clientpath: Clientpath, fake: FakeMachine, here: Path, arguments: list[str], told: str
) -> None:
    assert clientpath(*arguments).complaint.startswith(told)
    assert nothing_was_made(fake, here)


HQ, BRANCH = 'tunnel = "10.1.1.0/24"\n', 'tunnel = "10.2.1.0/24"\n'


@pytest.mark.parametrize(
    "command, changes, told",
    [
        ([*VPN, "--office", "hq"], {HQ: ""}, 'office "hq": tunnel: is missing'),
        (VPN, {HQ: "", BRANCH: ""}, "offices: none has a VPN concentrator"),
        (VPN, {BRANCH: ""}, 'office "hq" alone has a VPN concentrator'),
        ([*HOURS, "--office", "hq"], {HQ: ""}, 'office "hq": tunnel: is missing'),
        (HOURS, {HQ: "", BRANCH: ""}, "offices: none has a VPN concentrator"),
        (VPN, {HQ: 'tunnel = "100.64.0.0/24"\n'}, '"100.64.0.0/24" is not inside an office'),
        (VPN, {HQ: 'tunnel = "10.1.0.0/28"\n'}, "overlaps"),
        (HOURS, {HQ: 'tunnel = "10.2.0.0/24"\n'}, "overlaps"),
        (HOURS, {'prefix = "100.64.0.8/29"': 'prefix = "100.64.0.8/30"'}, "right would be a /29 or larger"),
    ],
    ids=[
        "an office without a concentrator",
        "no office with one",
        "just one with one",
        "hours at an office without a concentrator",
        "hours without any",
        "a tunnel in a client's network",
        "a tunnel that overlaps the office's own network",
        "a tunnel that is another office's network",
        "a client without another address",
    ],
)
def test_worlds_in_which_nobody_can_dial_in(
    clientpath: Clientpath,
    fake: FakeMachine,
    here: Path,
    command: list[str],
    changes: dict[str, str],
    told: str,
) -> None:
    text = (BUILTIN / "article.toml").read_text(encoding="utf-8")
    for there, instead in changes.items():
        assert there in text
        text = text.replace(there, instead)
    world = here.parent / "mine.toml"
    world.write_text(text)
    assert told in clientpath(*command, "--world", world).complaint
    assert nothing_was_made(fake, here)
