"""The client of Open vSwitch's database, against a server of the test's own at the other end of a socket."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from topologies import ovsdb
from topologies.errors import BuildError
from topologies.ovsdb import Database, connected, insert, mapping, named

Message = dict[str, Any]
Answer = Callable[[Message], list[Message]]


class Server(threading.Thread):
    """Answers each request with what a function returns for it; ends when the client does."""

    def __init__(self, connection: socket.socket, answer: Answer, piece: int = 1 << 16) -> None:
        super().__init__(daemon=True)
        self.connection, self.answer, self.piece = connection, answer, piece
        self.asked: list[Message] = []

    def run(self) -> None:
        with contextlib.suppress(OSError):  # the client may go at any time
            self._serve()

    def _serve(self) -> None:
        decoder, text = json.JSONDecoder(), ""
        while received := self.connection.recv(1 << 16):
            text += received.decode()
            while text:
                try:
                    message, end = decoder.raw_decode(text)
                except json.JSONDecodeError:
                    break
                text = text[end:]
                self.asked.append(message)
                self.send(self.answer(message))

    def send(self, answers: list[Message]) -> None:
        data = b"".join(json.dumps(answer, ensure_ascii=False).encode() for answer in answers)
        for start in range(0, len(data), self.piece):
            self.connection.sendall(data[start : start + self.piece])


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


def ask(
    pair: tuple[socket.socket, socket.socket], answer: Answer, piece: int = 1 << 16
) -> tuple[Database, Server]:
    server = Server(pair[1], answer, piece)
    server.start()
    return Database(pair[0]), server


def done(request: Message, *results: Any) -> Message:
    return {"id": request["id"], "result": list(results), "error": None}


@pytest.mark.parametrize("piece", [1, 7, 1 << 16])
def test_a_transaction_is_one_request_and_its_answer_may_come_in_pieces(
    pair: tuple[socket.socket, socket.socket], piece: int
) -> None:
    database, server = ask(pair, lambda asked: [done(asked, {"uuid": ["uuid", "ü"]}, {})], piece)
    results = database.transact(insert("Bridge", {"name": "a"}, "one"), insert("Port", {}))
    assert results == [{"uuid": ["uuid", "ü"]}, {}]
    (asked,) = server.asked
    assert asked["method"] == "transact"
    assert asked["params"][1:] == [
        {"op": "insert", "table": "Bridge", "row": {"name": "a"}, "uuid-name": "one"},
        {"op": "insert", "table": "Port", "row": {}},
    ]


@pytest.mark.parametrize("place, what", [(0, "insert Bridge"), (1, "commit")])
def test_an_operation_that_is_refused_is_named(
    pair: tuple[socket.socket, socket.socket], place: int, what: str
) -> None:
    error = {"error": "constraint violation", "details": "too many"}
    database, _ = ask(pair, lambda asked: [done(asked, *[None] * place, error)])
    with pytest.raises(BuildError, match=f"refused '{what}': constraint violation: too many"):
        database.transact(insert("Bridge", {}))


def test_a_request_that_the_server_does_not_know_is_told(pair: tuple[socket.socket, socket.socket]) -> None:
    database, _ = ask(pair, lambda asked: [{"id": asked["id"], "result": None, "error": "unknown database"}])
    with pytest.raises(BuildError, match="refused 'transact': unknown database"):
        database.transact()


def applied(cur_cfg: list[int]) -> Answer:
    """Return a server that has 7 as the next configuration, and applies one after another of the list."""

    def answer(asked: Message) -> list[Message]:
        if asked["method"] == "transact":
            return [done(asked, {}, {"count": 1}, {"rows": [{"next_cfg": 7}]})]
        if asked["method"] != "monitor":
            return [{"id": asked["id"], "result": {}, "error": None}]
        rows = [{"Open_vSwitch": {"row": {"new": {"cur_cfg": number}}}} for number in cur_cfg]
        first = {"id": asked["id"], "result": rows[0], "error": None}
        return [first, *({"method": "update", "params": ["cfg", row], "id": None} for row in rows[1:])]

    return answer


@pytest.mark.parametrize("cur_cfg", [[7], [8], [5, 6, 7], [6, 9]])
def test_what_is_asked_for_is_waited_for(
    pair: tuple[socket.socket, socket.socket], cur_cfg: list[int]
) -> None:
    database, server = ask(pair, applied(cur_cfg))
    database.apply(insert("Bridge", {}))
    assert [asked["method"] for asked in server.asked] == ["transact", "monitor", "monitor_cancel"]
    assert server.asked[0]["params"][2]["mutations"] == [["next_cfg", "+=", 1]]


def test_a_switch_that_does_not_apply_it_is_not_waited_for_for_ever(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ovsdb, "DEADLINE_S", 0.05)
    database, _ = ask(pair, applied([5, 6]))
    with pytest.raises(BuildError, match=r"waited 0\.05 s in vain for Open vSwitch to apply .*vswitchd"):
        database.apply(insert("Bridge", {}))


def test_a_server_that_ends_is_told(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[1].close()
    with pytest.raises(BuildError, match="ovsdb-server ended while waiting for 'transact'"):
        Database(pair[0]).transact()


def test_a_question_whether_we_are_there_is_answered(pair: tuple[socket.socket, socket.socket]) -> None:
    probe = {"method": "echo", "params": ["there?"], "id": "echo"}

    def answer(asked: Message) -> list[Message]:
        return [probe, done(asked)] if asked.get("method") else []

    database, server = ask(pair, answer)
    assert database.transact() == []
    assert database.transact() == []
    assert {"result": ["there?"], "error": None, "id": "echo"} in server.asked


def test_nobody_at_the_socket_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=f"no Open vSwitch answers at {tmp_path}/db.sock"):
        with connected(tmp_path / "db.sock"):
            pass


def test_sets_and_maps_are_written_as_the_database_has_them() -> None:
    assert named(["a", "b"]) == ["set", [["named-uuid", "a"], ["named-uuid", "b"]]]
    assert mapping({"datapath-id": "1"}) == ["map", [["datapath-id", "1"]]]
