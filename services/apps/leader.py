"""Whose copy is the active one: the key of etcd's that says so, followed by a server that has to know.

etcd tells of each change (a watch of its JSON gateway). A member that has fallen silent, or that has lost the
others, is left for the next one.
"""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Sequence
from typing import Any

import h11

CONNECT_S, ANSWER_S, AGAIN_S = 2.0, 3.0, 1.0
IDLE_S, PROBE_S, PROBES = 5, 2, 3  # of TCP's keepalive: silence is noticed after 11 s
READ_BYTES = 65_536
# Only a member that sees a leader is to go on: one that is cut off from the others would tell of nothing.
HEADERS = {"Content-Type": "application/json", "Grpc-Metadata-hasleader": "true"}


class Leader:
    """Follows one key, from the first question on, for as long as the event loop runs."""

    def __init__(self, members: Sequence[str], key: str) -> None:
        """``members`` are asked in this order, each as ADDRESS:PORT."""
        self._members = members
        self._key = base64.b64encode(key.encode()).decode()
        self._task: asyncio.Task[None] | None = None
        self._told = asyncio.Event()
        self._value: str | None = None

    async def now(self) -> str | None:
        """Return the key's value as far as is known, None if it is not there."""
        if self._task is None:
            self._task = asyncio.create_task(self._follow())
            try:
                await asyncio.wait_for(self._told.wait(), ANSWER_S)
            except asyncio.TimeoutError:
                return None
        return self._value

    async def _follow(self) -> None:
        while True:
            for member in self._members:
                try:
                    await self._follow_at(member)
                except (OSError, asyncio.TimeoutError, h11.ProtocolError, ValueError, KeyError):
                    continue
            await asyncio.sleep(AGAIN_S)

    async def _follow_at(self, member: str) -> None:
        """Follow the key at one member, until that is silent or ends the watch."""
        host, _, port = member.partition(":")
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), CONNECT_S)
        try:
            _keep_alive(writer.get_extra_info("socket"))
            asking = _Asking(reader, writer, member)
            known = await asyncio.wait_for(asking.once("/v3/kv/range", {"key": self._key}), ANSWER_S)
            after = int(known["header"]["revision"]) + 1  # which an error does not have
            self._take(known.get("kvs", []))
            watch = {"create_request": {"key": self._key, "start_revision": after}}
            async for told in asking.lines("/v3/watch", watch):
                for event in told["result"].get("events", []):
                    self._take([] if event.get("type") == "DELETE" else [event["kv"]])
        finally:
            writer.close()

    def _take(self, found: list[dict[str, Any]]) -> None:
        self._value = base64.b64decode(found[0]["value"]).decode() if found else None
        self._told.set()


class _Asking:
    """Questions over one connection, one after another."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> None:
        self._reader, self._writer, self._host = reader, writer, host
        self._http = h11.Connection(h11.CLIENT)

    async def once(self, path: str, question: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a question; raise ValueError if it is none."""
        body = b"".join([piece async for piece in self._pieces(path, question)])
        self._http.start_next_cycle()
        answer: dict[str, Any] = json.loads(body)
        return answer

    async def lines(self, path: str, question: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Yield an answer's lines as they come."""
        rest = b""
        async for piece in self._pieces(path, question):
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield json.loads(line)

    async def _pieces(self, path: str, question: dict[str, Any]) -> AsyncIterator[bytes]:
        body = json.dumps(question).encode()
        headers = {**HEADERS, "Host": self._host, "Content-Length": str(len(body))}
        for event in (
            h11.Request(method="POST", target=path, headers=list(headers.items())),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self._writer.write(self._http.send(event) or b"")
        while not isinstance(come := await self._next(), h11.EndOfMessage):
            if isinstance(come, h11.Data):
                yield bytes(come.data)

    async def _next(self) -> object:
        while (come := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(READ_BYTES))
        if isinstance(come, h11.ConnectionClosed):
            raise ConnectionError(f"{self._host} has closed the connection")
        return come


def _keep_alive(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        (socket.TCP_KEEPIDLE, IDLE_S),
        (socket.TCP_KEEPINTVL, PROBE_S),
        (socket.TCP_KEEPCNT, PROBES),
    ):
        connection.setsockopt(socket.IPPROTO_TCP, option, value)
