"""turnserver's file, as coturn will read it."""

from pathlib import Path

import pytest

from services import relay
from services.relay import Relay

RELAY = Relay("dub-rly", Path("/run/of/today"), ("13.107.64.2", "13.107.64.3"))


def _lines() -> set[str]:
    return set(RELAY.files()["turnserver.conf"].splitlines())


def test_it_listens_at_its_addresses_and_nowhere_else() -> None:
    listening = {line for line in _lines() if line.startswith("listening")}
    assert listening == {"listening-ip=13.107.64.2", "listening-ip=13.107.64.3", "listening-port=3478"}


def test_it_is_asked_by_udp_and_does_nothing_but_stun() -> None:
    assert {"stun-only", "no-tcp", "no-tls", "no-dtls", "no-cli"} <= _lines()


def test_an_answer_has_the_mapped_address_and_nothing_that_differs_from_version_to_version() -> None:
    assert {"no-stun-backward-compatibility", "no-software-attribute"} <= _lines()
    assert {"no-rfc5780", "response-origin-only-with-rfc5780"} <= _lines()


def test_it_leaves_nothing_but_its_log() -> None:
    assert {"userdb=:memory:", "pidfile=/dev/null", "log-file=stdout", "simple-log"} <= _lines()


def test_it_is_run_in_the_foreground_with_its_file() -> None:
    assert RELAY.argv() == ["turnserver", "-c", "/run/of/today/turnserver.conf"]
    assert RELAY.check() is None  # coturn has no checker


@pytest.mark.parametrize("deaf, ready", [("", True), ("13.107.64.3", False)])
def test_it_is_ready_when_it_answers_at_every_address(
    monkeypatch: pytest.MonkeyPatch, deaf: str, ready: bool
) -> None:
    asked: list[str] = []

    def answers(address: str) -> bool:
        asked.append(address)
        return address != deaf

    monkeypatch.setattr(relay, "answers_stun", answers)
    assert RELAY.answers() is ready
    assert asked == ["13.107.64.2", "13.107.64.3"]
