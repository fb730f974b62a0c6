"""A document on its way to a second server: what counts as there, and what is said if it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from services.apps import copying
from services.apps.answers import Refused
from services.apps.copying import Other

SITE, TARGET = "contoso.sharepoint.com", "/Shared%20Documents/a.txt"
HERE = "127.0.0.1"
CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
RIGHT = "right would be to ask again later"
Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """A second server: what came in over which connection; what it does then is said by the test.

    ``answers`` are sent one after another, b"" ends the connection instead, None says nothing.
    """

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.came: list[tuple[int, bytes, bytes]] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take in one document after another."""
        self.connections += 1
        number = self.connections
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                self.came.append((number, head, await reader.readexactly(length)))
                answer = self.answers.pop(0)
                if answer == b"":
                    break
                if answer is not None:
                    writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()


def _put(server: Server, *documents: Path) -> list[str]:
    """Write documents to a server, one after another; return what was said of each, "" if all is well."""

    async def run() -> list[str]:
        listening = await asyncio.start_server(server.serve, HERE, 0)
        other = Other(HERE, listening.sockets[0].getsockname()[1], None)
        said = []
        for document in documents:
            try:
                await other.put(SITE, TARGET, document)
                said.append("")
            except Refused as refused:
                assert refused.status == 503
                said.append(str(refused))
        await _ended(listening, other)
        return said

    return asyncio.run(run())


async def _ended(listening: asyncio.Server, other: Other) -> None:
    """Leave nothing open behind."""
    if other._kept is not None:
        other._kept.close()
    listening.close()
    await asyncio.sleep(0.01)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    file = tmp_path / ".part"
    file.write_bytes(b"x" * 200_000 + b"end")
    return file


def test_a_document_is_there_when_the_other_server_says_so(document: Path) -> None:
    server = Server(CREATED)
    assert _put(server, document) == [""]
    ((_, head, body),) = server.came
    lines = head.decode().split("\r\n")
    assert lines[0] == f"PUT {TARGET} HTTP/1.1"
    assert {f"Host: {SITE}".lower(), "x-copy: yes", "content-length: 200003"} <= {
        each.lower() for each in lines
    }
    assert body == document.read_bytes()


def test_an_empty_document_is_one_too(tmp_path: Path) -> None:
    empty = tmp_path / ".part"
    empty.touch()
    server = Server(CREATED)
    assert _put(server, empty) == [""]
    assert [body for *_, body in server.came] == [b""]


def test_a_connection_is_kept_for_the_next_one(document: Path) -> None:
    server = Server(CREATED, CREATED, CREATED)
    assert _put(server, document, document, document) == [""] * 3
    assert server.connections == 1


def test_where_the_kept_connection_has_ended_it_is_another_one(document: Path) -> None:
    server = Server(CREATED, b"", CREATED)
    assert _put(server, document, document) == ["", ""]
    assert [number for number, *_ in server.came] == [1, 1, 2]


def test_who_closes_after_each_document_is_connected_to_anew(document: Path) -> None:
    closing = CREATED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    server = Server(closing, CREATED)
    assert _put(server, document, document) == ["", ""]
    assert server.connections == 2


def test_a_new_connection_that_ends_is_a_refusal_and_the_next_one_is_tried_anew(document: Path) -> None:
    server = Server(b"", CREATED)
    words = f"the server at {HERE} cannot be written to (RemoteProtocolError); {RIGHT}"
    assert _put(server, document, document) == [f"it would be in one place only: {words}", ""]


@pytest.mark.parametrize("status", [200, 204, 400, 413, 503])
def test_anything_but_created_is_a_refusal(document: Path, status: int) -> None:
    server = Server(b"HTTP/1.1 %d Other\r\nContent-Length: 0\r\n\r\n" % status)
    (said,) = _put(server, document)
    assert f"the server at {HERE} refuses it ({status}); {RIGHT}" in said


@pytest.mark.parametrize(
    "answer", [b"220 smtp.example.net\r\n\r\n", b"HTTP/1.1 201\r\nContent-Length: x\r\n\r\n"]
)
def test_what_is_no_http_is_a_refusal(document: Path, answer: bytes) -> None:
    (said,) = _put(Server(answer), document)
    assert f"cannot be written to (RemoteProtocolError); {RIGHT}" in said


def test_who_says_nothing_is_not_waited_for_forever(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "SILENCE_S", 0.2)
    server = Server(None, CREATED)
    said = _put(server, document, document)
    assert said == [
        f"it would be in one place only: the server at {HERE} says nothing for 0.2 s; {RIGHT}",
        "",
    ]
    assert server.connections == 2


def test_a_kept_connection_that_says_nothing_is_not_tried_a_second_time(
    document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "SILENCE_S", 0.2)
    server = Server(CREATED, None)
    assert [bool(said) for said in _put(server, document, document)] == [False, True]
    assert server.connections == 1


def test_where_nobody_listens_it_is_a_refusal(document: Path) -> None:
    async def run() -> None:
        listening = await asyncio.start_server(Server().serve, HERE, 0)
        port = listening.sockets[0].getsockname()[1]
        listening.close()
        await Other(HERE, port, None).put(SITE, TARGET, document)

    with pytest.raises(Refused, match=r"cannot be written to \(ConnectionRefusedError\)"):
        asyncio.run(run())


def test_documents_at_the_same_time_go_one_after_another(document: Path) -> None:
    server = Server(CREATED, CREATED, CREATED)

    async def run() -> None:
        listening = await asyncio.start_server(server.serve, HERE, 0)
        other = Other(HERE, listening.sockets[0].getsockname()[1], None)
        await asyncio.gather(*(other.put(SITE, TARGET, document) for _ in range(3)))
        await _ended(listening, other)

    asyncio.run(run())
    assert server.connections == 1
    assert [body for *_, body in server.came] == [document.read_bytes()] * 3
