"""How services are run: all are checked before one starts, and whatever was started is stopped."""

import signal
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from services import base
from services.base import Supervisor, ask_udp, last_lines, render, running, supervised
from topologies.errors import ServiceError

from .daemons import DEAF, FOREVER, Daemon, LocalNetwork, refused

STOPPED, KILLED = -signal.SIGTERM, -signal.SIGKILL


@pytest.fixture
def network() -> Iterator[LocalNetwork]:
    """A network that leaves nothing behind, also when a test fails."""
    network = LocalNetwork()
    yield network
    for process in network.started:
        process.kill()
        process.wait()


def _has(log: Path, text: str) -> bool:
    return log.read_text() == text


def _run(network: LocalNetwork, *services: Daemon) -> None:
    with running(network, services):
        pass


# Configuration


def test_a_template_without_one_of_its_values_is_an_error() -> None:
    values: dict[str, object] = {"node": "isplis", "folder": "/run", "address": "100.64.0.2"}
    values |= {"client_subnet": False, "small": False}
    assert "isplis" in render("unbound.conf.j2", **values)
    for missing in values:
        with pytest.raises(UndefinedError, match=missing):
            render("unbound.conf.j2", **{key: value for key, value in values.items() if key != missing})


def test_every_services_files_are_there_before_it_is_checked_and_started(
    network: LocalNetwork, tmp_path: Path
) -> None:
    configuration = str(tmp_path / "one" / "daemon.conf")
    check = ["grep", "-qx", "node one", configuration]
    _run(network, Daemon("one", tmp_path, ["tail", "-f", configuration], check=check))
    assert network.codes == [STOPPED]


def test_a_refused_configuration_is_named_and_nothing_is_started(
    network: LocalNetwork, tmp_path: Path
) -> None:
    fine = Daemon("fine", tmp_path, FOREVER, check=["true"])
    wrong = Daemon("wrong", tmp_path, FOREVER, check=["sh", "-c", "echo 'line 3: what?' >&2; exit 2"])
    with pytest.raises(ServiceError) as error:
        _run(network, fine, wrong)
    message = str(error.value)
    assert message.startswith(f"wrong: sleep refuses the configuration in {tmp_path}/wrong: ")
    assert message.endswith("'sh -c echo 'line 3: what?' >&2; exit 2' ended with code 2: line 3: what?")
    assert network.started == []
    assert network.commanded == ["fine", "wrong"]


def test_a_checker_that_complains_on_its_standard_output_is_heard(
    network: LocalNetwork, tmp_path: Path
) -> None:
    with pytest.raises(ServiceError, match="line 3: what"):
        _run(network, Daemon("wrong", tmp_path, FOREVER, check=["sh", "-c", "echo line 3: what; exit 1"]))


def test_a_checker_that_cannot_be_started_is_no_approval(network: LocalNetwork, tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"^one: sleep refuses .*'no-such-checker' cannot be started: No"):
        _run(network, Daemon("one", tmp_path, FOREVER, check=["no-such-checker"]))
    assert network.started == []


# Start


def test_the_block_runs_when_everything_answers_from_inside_its_node(
    network: LocalNetwork, tmp_path: Path
) -> None:
    asked: list[str | None] = []

    def answers_the_third_time() -> bool:
        asked.append(network.here)
        return len(asked) >= 3

    one = Daemon("one", tmp_path, FOREVER, ready=answers_the_third_time)
    with running(network, [one, Daemon("two", tmp_path, FOREVER)]):
        assert asked == ["one"] * 3
        assert network.entered == ["one", "two", *["one"] * 3, "two"]  # to start, and to ask
        assert network.codes == [None, None]
    assert network.codes == [STOPPED, STOPPED]


def test_a_daemon_that_refuses_connections_is_asked_again(network: LocalNetwork, tmp_path: Path) -> None:
    refusals = iter([True, True, False])

    def answers_the_third_time() -> bool:
        return not next(refusals) or refused()

    _run(network, Daemon("one", tmp_path, FOREVER, ready=answers_the_third_time))
    assert next(refusals, None) is None


@pytest.mark.parametrize("ready", [refused, lambda: False])
def test_a_daemon_that_dies_at_its_start_is_named_with_its_last_words(
    network: LocalNetwork, tmp_path: Path, ready: Callable[[], bool]
) -> None:
    talk = "for n in $(seq 20); do echo line $n; done; echo cannot bind >&2; exit 3"
    fine = Daemon("fine", tmp_path, FOREVER)
    with pytest.raises(ServiceError) as error:
        _run(network, fine, Daemon("dead", tmp_path, ["sh", "-c", talk], ready=ready))
    head, *lines = str(error.value).splitlines()
    assert head == "dead: sh ended with code 3; its last lines:"
    assert lines == [*(f"line {number}" for number in range(10, 21)), "cannot bind"]
    assert network.codes == [STOPPED, 3]


def test_a_daemon_that_dies_without_a_word_is_named_too(network: LocalNetwork, tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"^dead: false ended with code 1; its last lines:\n\(the log is"):
        _run(network, Daemon("dead", tmp_path, ["false"], ready=refused))


@pytest.mark.parametrize("ready", [refused, lambda: False])
def test_a_daemon_that_never_answers_is_named_with_the_deadline(
    network: LocalNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ready: Callable[[], bool]
) -> None:
    monkeypatch.setattr(base, "READY_DEADLINE_S", 0.05)
    mute = Daemon("mute", tmp_path, FOREVER, ready=ready)
    mute.folder.mkdir()
    mute.log.write_text("waiting for a lock\n")
    with pytest.raises(ServiceError) as error:
        _run(network, Daemon("fine", tmp_path, FOREVER), mute)
    expected = "mute: sleep did not answer within 0.05 s; its last lines:\nwaiting for a lock"
    assert str(error.value) == expected
    assert network.codes == [STOPPED, STOPPED]


def test_a_program_that_cannot_be_started_leaves_nothing_running(
    network: LocalNetwork, tmp_path: Path
) -> None:
    with pytest.raises(OSError, match="no-such-daemon"):
        _run(network, Daemon("fine", tmp_path, FOREVER), Daemon("gone", tmp_path, ["no-such-daemon"]))
    assert network.codes == [STOPPED]


# Stop


def test_an_error_in_the_block_comes_out_and_everything_is_stopped(
    network: LocalNetwork, tmp_path: Path
) -> None:
    services = [Daemon(name, tmp_path, FOREVER) for name in ("one", "two", "three")]
    with pytest.raises(KeyError, match="of the block"):
        with running(network, services):
            assert network.codes == [None] * 3
            raise KeyError("of the block")
    assert network.codes == [STOPPED] * 3


def test_a_daemon_that_dies_during_the_block_is_named_at_its_end(
    network: LocalNetwork, tmp_path: Path
) -> None:
    services = [Daemon(name, tmp_path, FOREVER) for name in ("one", "two")]
    with pytest.raises(ServiceError, match=r"^one: sleep ended with code -9; its last lines:"):
        with running(network, services):
            network.started[0].kill()
            network.started[0].wait()
    assert network.codes == [KILLED, STOPPED]


def test_a_daemon_that_does_not_listen_is_killed(
    network: LocalNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "STOP_DEADLINE_S", 0.05)
    log = tmp_path / "deaf" / "log.txt"
    _run(network, Daemon("deaf", tmp_path, DEAF, ready=partial(_has, log, "deaf\n")))
    assert network.codes == [KILLED]


def test_a_log_grows_from_one_start_to_the_next(network: LocalNetwork, tmp_path: Path) -> None:
    log = tmp_path / "one" / "log.txt"
    for starts in (1, 2):
        said = "started\n" * starts
        argv = ["sh", "-c", "echo started; exec sleep 600"]
        _run(network, Daemon("one", tmp_path, argv, ready=partial(_has, log, said)))
    assert log.read_text() == "started\nstarted\n"


# One set of services after another


def test_a_service_that_stays_is_not_touched_and_one_that_is_not_wanted_ends(
    network: LocalNetwork, tmp_path: Path
) -> None:
    stays, goes, comes = (Daemon(name, tmp_path, FOREVER) for name in ("stays", "goes", "comes"))
    with supervised(network) as supervisor:
        supervisor.become([stays, goes])
        (tmp_path / "stays" / "daemon.conf").write_text("by hand")
        again = Daemon("stays", tmp_path, FOREVER, check=["false"], ready=refused)
        supervisor.become([comes, again])
        assert network.codes == [None, STOPPED, None]
        assert (tmp_path / "stays" / "daemon.conf").read_text() == "by hand"
    assert network.codes == [STOPPED] * 3


def test_a_service_in_the_same_node_with_another_folder_is_another_one(
    network: LocalNetwork, tmp_path: Path
) -> None:
    with supervised(network) as supervisor:
        supervisor.become([Daemon("one", tmp_path / "warm", FOREVER)])
        supervisor.become([Daemon("one", tmp_path / "cold", FOREVER)])
        assert network.codes == [STOPPED, None]
        supervisor.become([Daemon("one", tmp_path / "warm", FOREVER)])
        assert network.codes == [STOPPED, STOPPED, None]


def test_what_is_not_wanted_has_ended_before_anything_starts(network: LocalNetwork, tmp_path: Path) -> None:
    # It may have the address that the new one is to have.
    seen: list[list[int | None]] = []

    def note() -> bool:
        seen.append(network.codes)
        return True

    with supervised(network) as supervisor:
        supervisor.become([Daemon("old", tmp_path, FOREVER)])
        supervisor.become([Daemon("new", tmp_path, FOREVER, ready=note)])
    assert seen == [[STOPPED, None]]


def test_a_refused_configuration_starts_nothing_and_what_runs_is_stopped_at_the_end(
    network: LocalNetwork, tmp_path: Path
) -> None:
    with pytest.raises(ServiceError, match=r"^wrong: sleep refuses"):
        with supervised(network) as supervisor:
            supervisor.become([Daemon("fine", tmp_path, FOREVER)])
            wrong = Daemon("wrong", tmp_path, FOREVER, check=["false"])
            supervisor.become([Daemon("fine", tmp_path, FOREVER), Daemon("new", tmp_path, FOREVER), wrong])
    assert network.codes == [STOPPED]


def test_a_service_that_died_between_two_sets_is_named_at_the_end(
    network: LocalNetwork, tmp_path: Path
) -> None:
    with pytest.raises(ServiceError, match=r"^one: sleep ended with code -9"):
        with supervised(network) as supervisor:
            supervisor.become([Daemon("one", tmp_path, FOREVER)])
            network.started[0].kill()
            network.started[0].wait()
            supervisor.become([Daemon("one", tmp_path, FOREVER), Daemon("two", tmp_path, FOREVER)])
    assert network.codes == [KILLED, STOPPED]


def test_who_stops_twice_stops_once(network: LocalNetwork, tmp_path: Path) -> None:
    supervisor = Supervisor(network)
    supervisor.become([Daemon("one", tmp_path, FOREVER)])
    supervisor.stop()
    supervisor.stop()
    supervisor.require_alive()
    assert network.codes == [STOPPED]


# Questions


def test_an_answer_comes_from_whoever_was_asked_or_not_at_all() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        address, port = listening.getsockname()
        with pytest.raises(TimeoutError):
            ask_udp(address, port, b"?", timeout_s=0.05)
        assert listening.recv(10) == b"?"
    with pytest.raises(OSError, match="refused"):
        ask_udp(address, port, b"?")


# Logs


def test_the_end_of_a_log_is_its_last_twelve_lines(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(b"".join(b"line %d\n" % number for number in range(100)) + b"\xff\n")
    assert last_lines(log).splitlines() == [*(f"line {number}" for number in range(89, 100)), "\ufffd"]


@pytest.mark.parametrize("text", [None, ""])
def test_an_empty_log_and_none_are_told(tmp_path: Path, text: str | None) -> None:
    log = tmp_path / "log.txt"
    if text is not None:
        log.write_text(text)
    assert last_lines(log) == "(the log is empty)"


def test_a_service_runs_as_long_as_it_is_wanted(network: LocalNetwork, tmp_path: Path) -> None:
    one, other = (Daemon(node, tmp_path, FOREVER) for node in ("ams", "dub"))
    with supervised(network) as supervisor:
        supervisor.become([one])
        assert supervisor.runs(one) and not supervisor.runs(other)
        assert supervisor.runs(Daemon("ams", tmp_path, FOREVER))  # the same node and folder
        supervisor.become([other])
        assert supervisor.runs(other) and not supervisor.runs(one)


def test_of_services_that_are_alike_the_first_is_checked(network: LocalNetwork, tmp_path: Path) -> None:
    class Twin(Daemon):
        @property
        def alike(self) -> str:
            return "twins"

    twins = [Twin(node, tmp_path, FOREVER, check=["true"]) for node in ("ams", "dub", "mwh")]
    alone = [Daemon(node, tmp_path, FOREVER, check=["true"]) for node in ("gru", "sin")]
    with running(network, [*twins, *alone]):
        assert network.commanded == ["ams", "gru", "sin"]
        assert len(network.started) == 5


def test_a_refusal_of_the_first_of_many_alike_is_one_of_all(network: LocalNetwork, tmp_path: Path) -> None:
    class Twin(Daemon):
        @property
        def alike(self) -> str:
            return "twins"

    twins = [Twin(node, tmp_path, FOREVER, check=["false"]) for node in ("ams", "dub")]
    with pytest.raises(ServiceError, match="ams: sleep refuses"), running(network, twins):
        pass
    assert network.started == []
