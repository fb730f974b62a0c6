"""Whose copy is active: followed through changes, and from a member that ends or errs to the next one."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.apps import leader
from services.apps.leader import Leader

KEY = "/service/contoso/leader"
Change = Callable[[str | None], None]


def _kv(value: str) -> dict[str, str]:
    return {"key": _encoded(KEY), "value": _encoded(value)}


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class Member:
    """One member of etcd, as far as it is asked; what it was asked is in ``asked``."""

    def __init__(self, value: str | None = None) -> None:
        self.value = value
        self.asked: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.watches: list[asyncio.StreamWriter] = []
        self.writers: list[asyncio.StreamWriter] = []
        self.address = ""
        self.revision = 7
        self.is_lost = False

    async def start(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = "{}:{}".format(*server.sockets[0].getsockname())
        return server

    def change(self, value: str | None) -> None:
        """Tell all who watch."""
        self.revision += 1
        event = {"type": "DELETE", "kv": {"key": _encoded(KEY)}} if value is None else {"kv": _kv(value)}
        for each in self.watches:
            self._chunk(each, {"result": {"header": {"revision": str(self.revision)}, "events": [event]}})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line, *fields = head.decode().strip().split("\r\n")
                headers = {name.lower(): value for name, value in (each.split(": ") for each in fields)}
                question = json.loads(await reader.readexactly(int(headers["content-length"])))
                path = line.split()[1]
                self.asked.append((path, headers, question))
                self._answer(path, writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()

    def _answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        if path == "/v3/watch":
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            self._chunk(writer, {"result": {"header": {}, "created": True}})
            self.watches.append(writer)
            return
        told: dict[str, Any] = {"header": {"revision": str(self.revision)}}
        if self.is_lost:
            told = {"error": "etcdserver: no leader", "code": 14}
        elif self.value is not None:
            told["kvs"] = [_kv(self.value)]
        body = json.dumps(told).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    def _chunk(self, writer: asyncio.StreamWriter, told: dict[str, Any]) -> None:
        line = json.dumps(told).encode() + b"\n"
        writer.write(b"%x\r\n" % len(line) + line + b"\r\n")


async def _until(known: Leader, value: str | None) -> None:
    for _ in range(500):
        if await known.now() == value:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(await known.now())


def _with(members: list[Member], test: Callable[[Leader], Awaitable[None]]) -> None:
    async def run() -> None:
        servers = [await each.start() for each in members]
        try:
            await test(Leader([each.address for each in members], KEY))
        finally:
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
            for writer in (writer for member in members for writer in member.writers):
                writer.close()
            for server in servers:
                server.close()
            await asyncio.sleep(0.01)

    asyncio.run(run())


def test_the_first_question_waits_for_the_first_answer() -> None:
    member = Member("dub")

    async def test(known: Leader) -> None:
        assert await known.now() == "dub"

    _with([member], test)
    path, headers, question = member.asked[0]
    assert path == "/v3/kv/range"
    assert headers["grpc-metadata-hasleader"] == "true"
    assert question == {"key": _encoded(KEY)}


def test_changes_are_told_and_nothing_between_is_missed() -> None:
    member = Member("dub")

    async def test(known: Leader) -> None:
        await _until(known, "dub")
        while not member.watches:
            await asyncio.sleep(0.01)
        member.change(None)
        await _until(known, None)
        member.change("ams")
        await _until(known, "ams")

    _with([member], test)
    assert member.asked[1][2] == {"create_request": {"key": _encoded(KEY), "start_revision": 8}}


def test_a_member_that_ends_is_left_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leader, "AGAIN_S", 0.01)
    first, second = Member("dub"), Member("ams")

    async def test(known: Leader) -> None:
        await _until(known, "dub")
        while not first.watches:
            await asyncio.sleep(0.01)
        first.watches[0].close()
        await _until(known, "ams")

    _with([first, second], test)


def test_a_member_that_has_lost_the_others_is_not_believed() -> None:
    first, second = Member("dub"), Member("ams")
    first.is_lost = True

    async def test(known: Leader) -> None:
        assert await known.now() == "ams"

    _with([first, second], test)


def test_where_nobody_answers_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leader, "ANSWER_S", 0.2)

    async def test() -> str | None:
        return await Leader(["127.0.0.1:9"], KEY).now()

    assert asyncio.run(test()) is None
