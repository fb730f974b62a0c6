"""What counts as down, by probes in a row; and a probe's three outcomes, at this computer's own addresses."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import monitor
from services.base import supervised
from services.monitor import Monitor, Settings, Verdict, down_file, lua_of, monitor_folder, probe
from topologies.errors import ServiceError
from topologies.health import Health

from .daemons import LocalNetwork

HERE, THERE = "192.0.2.1", "192.0.2.2"
LISTENS, REFUSES, SILENT = "127.0.0.2", "127.0.0.3", "127.0.0.4"
FAST = Health(interval_s=10, tolerated_failures=1, timeout_s=5)
RESET_BY_PEER = 104  # Linux's ECONNRESET

# Verdicts


def test_all_is_up_until_too_many_probes_in_a_row_have_failed() -> None:
    verdict = Verdict([HERE, THERE], tolerated_failures=2)
    assert verdict.down == []
    assert [verdict.note(HERE, answered=False) for _ in range(4)] == [False, False, True, False]
    assert verdict.down == [HERE]


def test_one_answer_makes_it_up_again_and_forgets_what_failed() -> None:
    verdict = Verdict([HERE], tolerated_failures=1)
    said = [verdict.note(HERE, answered=each) for each in (False, True, False, False, True, False)]
    assert said == [False, False, False, True, True, False]


def test_with_none_tolerated_the_first_failure_counts() -> None:
    verdict = Verdict([HERE, THERE], tolerated_failures=0)
    assert verdict.note(THERE, answered=False)
    assert verdict.down == [THERE]


@given(st.integers(0, 9), st.lists(st.booleans(), max_size=40))
def test_down_is_whoever_has_left_more_in_a_row_unanswered_than_are_tolerated(
    tolerated: int, answers: list[bool]
) -> None:
    verdict = Verdict([HERE], tolerated)
    for number, answered in enumerate(answers, start=1):
        before = verdict.down
        changed = verdict.note(HERE, answered=answered)
        last = answers[max(0, number - tolerated - 1) : number]
        assert (verdict.down == [HERE]) == (len(last) == tolerated + 1 and not any(last))
        assert changed == (before != verdict.down)


def test_what_is_down_is_told_sorted() -> None:
    verdict = Verdict([THERE, HERE], tolerated_failures=0)
    for address in (THERE, HERE):
        verdict.note(address, answered=False)
    assert verdict.down == [HERE, THERE]


def test_lua_reads_it_as_a_set() -> None:
    assert lua_of([]) == "return {}\n"
    assert lua_of([HERE, THERE]) == f'return {{["{HERE}"] = true, ["{THERE}"] = true}}\n'


# Probes


@pytest.fixture
def port() -> Iterator[int]:
    """A port at which one address listens, one refuses, and one neither answers nor refuses."""
    with (
        socket.create_server((LISTENS, 0)) as listens,
        socket.socket() as silent,
        socket.socket() as waiting,
    ):
        number = listens.getsockname()[1]
        silent.bind((SILENT, number))
        silent.listen(0)  # room for one connection; what comes after it is not heard
        waiting.connect((SILENT, number))
        yield number


def test_who_listens_has_answered_and_who_refuses_has_not(port: int) -> None:
    began = time.monotonic()
    assert dict(probe([LISTENS, REFUSES], port, timeout_s=5)) == {LISTENS: True, REFUSES: False}
    assert time.monotonic() - began < 4


def test_who_says_nothing_has_failed_after_the_timeout_and_nobody_waits_for_him(port: int) -> None:
    began = time.monotonic()
    found = [(*each, time.monotonic() - began) for each in probe([SILENT, LISTENS, REFUSES], port, 0.5)]
    assert [each[:2] for each in found][-1] == (SILENT, False)
    assert sorted(each[:2] for each in found) == [(LISTENS, True), (REFUSES, False), (SILENT, False)]
    assert found[1][2] < 0.4
    assert 0.5 <= found[2][2] < 2


def test_nobody_to_be_asked_is_no_probe() -> None:
    assert list(probe([], 443, 5)) == []


def test_an_address_that_cannot_be_reached_has_failed_at_once() -> None:
    began = time.monotonic()
    assert list(probe(["255.255.255.255"], 443, 5)) == [("255.255.255.255", False)]
    assert time.monotonic() - began < 4


def test_a_probes_connection_is_reset_and_not_ended() -> None:
    with socket.create_server((LISTENS, 0)) as listens:
        assert list(probe([LISTENS], listens.getsockname()[1], 5)) == [(LISTENS, True)]
        listens.settimeout(0.2)
        try:
            accepted, _ = listens.accept()  # where the kernel's ACK was too quick to be held back
        except TimeoutError:
            return
        with accepted, pytest.raises(ConnectionResetError):
            accepted.recv(1)


def test_sockets_are_closed_also_if_nobody_wants_the_rest(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[socket.socket] = []
    made = monitor._socket

    def noted() -> socket.socket:
        opened.append(made())
        return opened[-1]

    monkeypatch.setattr(monitor, "_socket", noted)
    results = probe([LISTENS, SILENT], port, 5)
    assert next(results) == (LISTENS, True)
    assert isinstance(results, Iterator)
    results.close()  # type: ignore[attr-defined]
    assert [each.fileno() for each in opened] == [-1, -1]


@given(st.floats(-1, 10))
def test_a_wait_ends_before_the_deadline_or_shortly_after(left_s: float) -> None:
    # The kernel may be late by a thousandth: by less than what is left over, or by next to nothing.
    wait_s = monitor._wait_s(left_s)
    assert 0 <= wait_s <= max(0.0, left_s)
    assert wait_s * 1.001 <= left_s or wait_s <= monitor.CLOSE_S


# The service


def test_it_stands_beside_its_authority_and_writes_what_that_reads() -> None:
    authority = Path("/run/of/today/msdns1/by-place")
    made = Monitor("msdns1", authority, (HERE,), FAST)
    assert (made.node, made.folder) == ("msdns1", monitor_folder(authority))
    assert made.down == down_file(authority) == authority / "monitor" / "down.lua"
    files = made.files()
    assert Settings.model_validate_json(files["settings.json"]) == Settings(addresses=(HERE,), health=FAST)
    assert files["down.lua"] == "return {}\n"
    assert made.answers()


def test_it_runs_until_it_is_stopped(tmp_path: Path) -> None:
    network = LocalNetwork()
    with supervised(network) as supervisor:
        supervisor.become([Monitor("msdns1", tmp_path, (HERE,), FAST)])
        while not (tmp_path / "monitor" / "log.txt").exists():
            supervisor.require_alive()
            time.sleep(0.01)
    assert (tmp_path / "monitor" / "log.txt").read_text() == ""


class Stopped(Exception):
    """The end of a monitor that would go on."""


def test_it_probes_at_multiples_of_the_interval_and_writes_each_new_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Monitor("msdns1", tmp_path, (HERE, THERE), FAST)
    made.folder.mkdir()
    made.down.write_text("what was down before a power cut")
    rounds = [[True, True], [False, True], [False, True], [False, True], [True, False]]
    clock = [1003.0]
    probed: list[tuple[float, str]] = []

    def sleep(seconds: float) -> None:
        clock[0] += seconds + 0.01  # Linux is never early

    def answered(addresses: tuple[str, ...], port: int, timeout_s: float) -> Iterator[tuple[str, bool]]:
        assert (addresses, port, timeout_s) == ((HERE, THERE), 443, 5)
        probed.append((clock[0], made.down.read_text()))
        if not rounds:
            raise Stopped
        for address, answer in zip(addresses, rounds.pop(0), strict=True):
            clock[0] += 1.5
            yield address, answer

    monkeypatch.setattr(monitor, "probe", answered)
    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(time, "time", lambda: clock[0])
    monkeypatch.setattr(time, "time_ns", lambda: round(clock[0] * 1e9))
    with pytest.raises(Stopped):
        made._run(LocalNetwork())
    assert [time_s for time_s, _ in probed] == pytest.approx([1010, 1020, 1030, 1040, 1050, 1060], abs=0.015)
    down, up = lua_of([HERE]), lua_of([])
    assert [text for _, text in probed] == [up, up, up, down, down, up]
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["address"], each["up"]) for each in said] == [(HERE, False), (HERE, True)]
    assert [each["time_ns"] / 1e9 for each in said] == pytest.approx([1031.5, 1051.5], abs=0.015)


def test_a_monitor_that_ends_by_itself_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> Iterator[tuple[str, bool]]:
        raise OSError("no sockets are left")

    monkeypatch.setattr(monitor, "probe", broken)
    monkeypatch.setattr(Health, "next_probe_s", lambda self, time_s: time_s)
    with pytest.raises(ServiceError, match=r"monitor ended with code 1(.|\n)*no sockets are left"):
        with supervised(LocalNetwork()) as supervisor:
            supervisor.become([Monitor("msdns1", tmp_path, (HERE,), FAST)])
            time.sleep(0.5)


def test_what_closes_a_probe_is_a_reset() -> None:
    assert struct.unpack("ii", monitor.RESET) == (1, 0)
