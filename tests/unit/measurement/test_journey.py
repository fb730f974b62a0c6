"""Journeys, what clients say of their requests, are kept a line each; a line that is none is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import ValidationError

from measurement import journey as journeys
from measurement.journey import (
    CLIENT,
    PHASES,
    PYTHON,
    Fetch,
    Journey,
    Request,
    load,
    save,
    travel,
    use_resolver,
)
from topologies.errors import CommandError, MeasurementError
from topologies.network import Network

from .rows import NAME, NODE, fetch, journey


def written(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


# What is kept


def test_journeys_that_are_saved_are_read_as_the_same(tmp_path: Path) -> None:
    odd = fetch(body='two\nlines "and" ünïcode\u2028', error="cut off")
    made = [journey(), journey(odd, fetch(name="send", opened=0), case="at-home")]
    save(made, tmp_path / "journey.jsonl")
    assert load(tmp_path / "journey.jsonl") == made


def test_a_journey_is_one_line(tmp_path: Path) -> None:
    save([journey(fetch(body="two\nlines"), fetch()), journey()], tmp_path / "journey.jsonl")
    assert (tmp_path / "journey.jsonl").read_text().count("\n") == 2


def test_no_journeys_are_an_empty_file(tmp_path: Path) -> None:
    save([], tmp_path / "journey.jsonl")
    assert (tmp_path / "journey.jsonl").read_bytes() == b""
    assert load(tmp_path / "journey.jsonl") == []


GARBLED = {
    "not JSON": "not a journey",
    "cut": journey().model_dump_json()[:-10],
    "something else": "[1, 2]",
    "without a key": journey().model_dump_json(exclude={"resolver"}),
    "without a key of a request": json.dumps(
        {**journey().model_dump(), "fetches": [fetch().model_dump(exclude={"status"})]}
    ),
    "without requests": json.dumps({**journey().model_dump(), "fetches": []}),
    "with an unknown key": journey().model_dump_json().replace("{", '{"new":1,', 1),
    "with an unknown key of a request": journey().model_dump_json().replace('"name":', '"new":1,"name":', 1),
    "with a text for a number": journey().model_dump_json().replace('"status":200', '"status":"fine"'),
    "with a phase too few": journey().model_dump_json().replace('"tls":111,', ""),
    "of one request as it once was": fetch().model_dump_json(),
    "empty": "",
}


@pytest.mark.parametrize("what", GARBLED)
def test_a_line_that_is_no_journey_is_named(tmp_path: Path, what: str) -> None:
    good = journey().model_dump_json()
    path = written(tmp_path / "journey.jsonl", good, good, GARBLED[what], good)
    with pytest.raises(MeasurementError, match=r"^journey\.jsonl, line 3: not a journey: "):
        load(path)


def test_a_missing_file_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "journey.jsonl")


def test_a_journey_is_a_value() -> None:
    assert journey() == Journey.model_validate_json(journey().model_dump_json())
    with pytest.raises(ValueError, match="frozen"):
        journey().client = "nobody"  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        journey().first.status = 200  # type: ignore[misc]


def test_a_request_of_a_journey_is_found_by_its_name() -> None:
    made = journey(fetch(name="sign-in"), fetch(name="folders"), fetch(name="folders", opened=0))
    assert made.first == fetch(name="sign-in")
    assert made.fetch("folders") == fetch(name="folders")
    assert made.fetch("send") is None


@pytest.mark.parametrize("names", [PHASES[:-1], PHASES[::-1], (*PHASES, "more"), ()])
def test_a_request_tells_every_phase_in_its_order(names: tuple[str, ...]) -> None:
    told = f"has the phases {', '.join(names)}; right would be {', '.join(PHASES)}"
    with pytest.raises(ValidationError, match=told):
        fetch(phases_us=dict.fromkeys(names, 1))


def test_a_request_is_for_a_page_unless_it_says_otherwise() -> None:
    request = Request(url="https://x.example/")
    assert (request.name, request.method, request.headers) == ("page", "GET", {})
    assert (request.body, request.upload_bytes) == ("", 0)


def test_a_client_asks_posts_and_puts_and_nothing_else() -> None:
    for method in ("GET", "POST", "PUT"):
        assert Request.model_validate({"url": "u", "method": method}).method == method
    with pytest.raises(ValidationError, match="method"):
        Request.model_validate({"url": "u", "method": "DELETE"})


# How a client is sent


class FakeNetwork:
    """Keeps what is run, and answers with one text."""

    def __init__(self, answer: str = "") -> None:
        self.answer = answer
        self.runs: list[tuple[str, list[str], dict[str, str] | None]] = []

    def run(self, node: str, argv: list[str], env: dict[str, str] | None = None) -> str:
        self.runs.append((node, argv, env))
        return self.answer


REQUESTS = (
    Request(name="sign-in", method="POST", url="https://x.example/a", body="b"),
    Request(url="{location}"),
)


def as_the_client_tells(*fetches: Fetch, pem: str = "") -> str:
    """Return what the client prints of requests; with a certificate where a connection was opened."""
    told = [each.model_dump() for each in fetches]
    for each in told:
        if each["opened"]:
            each["certificate"]["pem"] = pem
    return json.dumps(told)


def travelled(network: FakeNetwork, tmp_path: Path) -> Journey:
    return travel(
        cast(Network, network),
        case="nearest",
        client=NODE,
        resolver=("isplis", "100.64.0.53"),
        requests=REQUESTS,
        authority=tmp_path / "ca.pem",
        key_log=tmp_path / "nearest.keys",
    )


def test_a_client_is_told_its_requests_and_where_to_leave_the_secrets(tmp_path: Path) -> None:
    network = FakeNetwork(as_the_client_tells(fetch()))
    travelled(network, tmp_path)
    ((node, argv, env),) = network.runs
    assert (node, argv[:3], argv[4]) == (NODE, [PYTHON, "-I", str(CLIENT)], str(tmp_path / "ca.pem"))
    assert json.loads(argv[3]) == [request.model_dump() for request in REQUESTS]
    assert env is not None and env["SSLKEYLOGFILE"] == str(tmp_path / "nearest.keys")


def test_what_a_client_tells_is_its_journey(tmp_path: Path) -> None:
    told = fetch(), fetch(name="folders", status=503, error="cut off")
    assert travelled(FakeNetwork(as_the_client_tells(*told)), tmp_path) == journey(*told)


def test_each_new_connections_certificate_is_kept_as_a_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[list[str]] = []

    def openssl(argv: list[str]) -> str:
        shown.append(argv)
        return "X509v3 Subject Alternative Name: \n    DNS:portal.office.com\n"

    monkeypatch.setattr(journeys, "run", openssl)
    told = fetch(), fetch(opened=0), fetch(opened=1)
    made = travelled(FakeNetwork(as_the_client_tells(*told, pem="PEM")), tmp_path)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["nearest.3.pem", "nearest.pem"]
    assert [argv[3] for argv in shown] == [str(tmp_path / name) for name in ("nearest.pem", "nearest.3.pem")]
    whole = {"subject": f"CN={NAME}", "alternative_names": "DNS:portal.office.com"}
    assert [each.certificate for each in made.fetches] == [whole, {}, whole]


def test_a_connection_that_was_kept_shows_no_certificate_again(tmp_path: Path) -> None:
    kept = fetch(opened=0, certificate={"subject": "of the first request", "pem": "PEM"})
    assert travelled(FakeNetwork(as_the_client_tells(kept)), tmp_path).first.certificate == {}
    assert list(tmp_path.iterdir()) == []


def test_a_client_that_fails_itself_is_an_error(tmp_path: Path) -> None:
    class Failing(FakeNetwork):
        def run(self, *_: Any, **__: Any) -> str:
            raise CommandError("no pycurl")

    with pytest.raises(CommandError, match="no pycurl"):
        travelled(Failing(), tmp_path)


def test_a_client_has_a_resolver_of_its_own_and_its_file_is_mounted_once(tmp_path: Path) -> None:
    network, folder = FakeNetwork(), tmp_path / "traveller"
    for address in ("100.64.0.2", "100.64.3.2"):
        use_resolver(cast(Network, network), NODE, folder, address)
        assert (folder / "resolv.conf").read_text().splitlines()[0] == f"nameserver {address}"
    mounted = ["mount", "--bind", str(folder / "resolv.conf"), "/etc/resolv.conf"]
    assert network.runs == [(NODE, mounted, None)]
