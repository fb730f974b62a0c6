"""The arbiter: what its configuration says, and what is made of its answers and of its silence."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from services.etcd import BATCH_S, LAGGING_S, SELDOM, Etcd, Members, is_decided, value_of

MEMBERS = Members(group="contoso", addresses={"dub": "192.0.2.1", "ams": "192.0.2.2", "par": "192.0.2.3"})


def test_a_member_is_told_of_all_others(tmp_path: Path) -> None:
    member = Etcd("ams-mbx", tmp_path, tmp_path / "data", "ams", MEMBERS)
    told = json.loads(member.files()["etcd.json"])
    assert told["initial-cluster"] == (
        "dub=http://192.0.2.1:2380,ams=http://192.0.2.2:2380,par=http://192.0.2.3:2380"
    )
    assert told["name"] == "ams"
    assert told["listen-client-urls"] == told["advertise-client-urls"] == "http://192.0.2.2:2379"
    assert told["data-dir"] == str(tmp_path / "data")
    assert told["election-timeout"] >= 5 * told["heartbeat-interval"]  # or etcd does not start
    assert member.argv() == [str(tmp_path / "etcd"), "--config-file", str(tmp_path / "etcd.json")]


def test_what_it_does_less_often_is_as_long_as_before_and_differs_in_the_time_alone() -> None:
    there, instead = SELDOM.there, SELDOM.instead
    assert len(there) == len(instead) and there[:-4] == instead[:-4]
    assert [int.from_bytes(each[-4:], "little") for each in (there, instead)] == [10**8, LAGGING_S * 10**9]


def test_it_writes_to_its_database_in_nanoseconds(tmp_path: Path) -> None:
    told = json.loads(Etcd("ams-mbx", tmp_path, tmp_path / "data", "ams", MEMBERS).files()["etcd.json"])
    assert told["backend-batch-interval"] == BATCH_S * 10**9  # Go's time.Duration


@pytest.mark.parametrize(
    "name, order",
    [("par", ["192.0.2.3", "192.0.2.1", "192.0.2.2"]), ("vie", ["192.0.2.1", "192.0.2.2", "192.0.2.3"])],
)
def test_somebody_beside_a_member_asks_that_one_first(name: str, order: list[str]) -> None:
    assert MEMBERS.clients_from(name) == [f"{address}:2379" for address in order]


Answers = dict[str, tuple[int, Any]]


@pytest.fixture
def answers() -> Answers:
    """What the member answers, by path."""
    return {}


@pytest.fixture
def client(answers: Answers) -> Iterator[str]:
    """Somebody who answers as etcd's JSON gateway does; keeps the last question in ``asked``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, words = answers[self.path]
            body = words if isinstance(words, bytes) else json.dumps(words).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_key_that_is_there_has_a_value(client: str, answers: Answers) -> None:
    kvs = [{"key": _encoded("/service/contoso/leader"), "value": _encoded("dub")}]
    answers["/v3/kv/range"] = 200, {"kvs": kvs, "count": "1"}
    assert value_of(client, "/service/contoso/leader") == "dub"


def test_a_key_that_is_not_there_has_none(client: str, answers: Answers) -> None:
    answers["/v3/kv/range"] = 200, {"header": {"revision": "7"}}
    assert value_of(client, "/service/contoso/leader") is None


def test_a_member_that_has_lost_the_others_is_an_error_in_its_own_words(
    client: str, answers: Answers
) -> None:
    answers["/v3/kv/range"] = 503, {"error": "etcdserver: no leader"}
    with pytest.raises(OSError, match=f'etcd at {client}: .*"etcdserver: no leader"'):
        value_of(client, "leader")


@pytest.mark.parametrize("version, decided", [("not_decided", False), ("3.4.0", True)])
def test_at_its_start_nobody_has_decided(client: str, answers: Answers, version: str, decided: bool) -> None:
    answers["/version"] = 200, {"etcdserver": "3.4.23", "etcdcluster": version}
    assert is_decided(client) is decided


def test_nobody_there_is_an_error() -> None:
    with pytest.raises(OSError):
        is_decided("127.0.0.1:9")
