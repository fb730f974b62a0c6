"""Dialling in: a session begins in sight of the captures, and its keys are kept."""

from __future__ import annotations

from typing import Any

import pytest

from experiments import dialling
from experiments.dialling import forget, greet, keys_kept
from experiments.way import Way
from experiments.window import Secrets
from measurement.wireguard_keys import Initiation, key_log

from .fake_ways import FakeNetwork, as_network

HQ, BRANCH, NONE = Way(office="hq"), Way(office="branch"), Way()


@pytest.fixture
def network() -> FakeNetwork:
    return FakeNetwork()


def test_the_clients_own_end_forgets_its_session(network: FakeNetwork) -> None:
    forget(as_network(network), "traveller", HQ)
    forget(as_network(network), "traveller", BRANCH)
    assert network.said == ["renew traveller wg0", "renew traveller wg1"]


def test_two_echoes_go_to_the_concentrators_address_in_the_tunnel(network: FakeNetwork) -> None:
    greet(as_network(network), "traveller", HQ)
    greet(as_network(network), "traveller", BRANCH)
    assert [said.split()[0] for said in network.said] == ["traveller:", "traveller:"]
    assert [said.split()[-1] for said in network.said] == ["10.1.1.1", "10.2.1.1"]
    for said in network.said:
        assert said.split()[1] == "ping" and "-c 2" in said


def test_without_an_office_nobody_dials_in(network: FakeNetwork) -> None:
    secrets = Secrets()
    forget(as_network(network), "traveller", NONE)
    greet(as_network(network), "traveller", NONE)
    with keys_kept(as_network(network), "traveller", NONE, secrets):
        pass
    assert network.said == [] and secrets.wireguard_keys == ""


class FakeHandshakes:
    """Keeps whose handshakes are wanted; has one more with each block."""

    wanted: list[Any]
    problem = ""

    def __init__(self, network: object, identities: object, pairs: object) -> None:
        self.initiations: list[Initiation] = []
        type(self).wanted = [identities, pairs]

    def __enter__(self) -> FakeHandshakes:
        return self

    def __exit__(self, *_: object) -> None:
        self.initiations.append(Initiation(b"p" * 32, b"r" * 32, b"e" * 32))


def test_the_keys_of_handshakes_of_either_end_are_kept_when_the_block_is_over(
    network: FakeNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialling, "Handshakes", FakeHandshakes)
    secrets = Secrets()
    with keys_kept(as_network(network), "traveller", BRANCH, secrets):
        assert secrets.wireguard_keys == ""
    assert FakeHandshakes.wanted == [
        network.tunnels.identities,
        [("traveller", "branch-gw"), ("branch-gw", "traveller")],
    ]
    assert secrets.wireguard_keys == key_log([Initiation(b"p" * 32, b"r" * 32, b"e" * 32)])


def test_keys_that_cannot_be_read_are_told_in_words(
    network: FakeNetwork, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dialling, "Handshakes", FakeHandshakes)
    with keys_kept(as_network(network), "traveller", BRANCH, Secrets()):
        assert capsys.readouterr().out == ""
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(FakeHandshakes, "problem", "no keys of tunnels: nobody may look")
    with keys_kept(as_network(network), "traveller", BRANCH, Secrets()):
        pass
    assert capsys.readouterr().out == "traveller: no keys of tunnels: nobody may look\n"
