"""Writing a document to a second server before the first one says that it has it: over a kept connection.

What is written is in both places or is refused, as in SharePoint: "if writes to either Azure region fail, the
file save will fail" (Microsoft, "SharePoint and OneDrive data resiliency in Microsoft 365").
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable
from pathlib import Path
from typing import NoReturn, TypeVar

import h11

from services.apps.answers import Refused

COPY_HEADER = "X-Copy"  # on what one server tells another: it is not to be told back
SILENCE_S = 5.0  # for any step: a connection, a part of the document, the answer
PIECE_BYTES = 65_536
CREATED = 201
Result = TypeVar("Result")


class Connection:
    """One connection to the other server, for one document after another."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT)

    async def put(self, host: str, target: str, document: Path) -> int:
        """Send a document, and return the answer's status.

        Raises OSError, TimeoutError or h11.RemoteProtocolError without one.
        """
        headers = {"Host": host, "Content-Length": str(document.stat().st_size), COPY_HEADER: "yes"}
        await self._send(h11.Request(method="PUT", target=target, headers=list(headers.items())))
        with document.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                await self._send(h11.Data(data=piece))
        await self._send(h11.EndOfMessage())
        return await self._answer()

    def has_another(self) -> bool:
        """Get ready for another document; return False, and end, where the other side wants no more."""
        if self._http.our_state is h11.MUST_CLOSE:
            self.close()
            return False
        self._http.start_next_cycle()
        return True

    async def _send(self, event: h11.Event) -> None:
        data = self._http.send(event)
        assert data is not None
        self._writer.write(data)
        await _soon(self._writer.drain())

    async def _answer(self) -> int:
        status = 0
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                self._http.receive_data(await _soon(self._reader.read(PIECE_BYTES)))
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.EndOfMessage):
                return status

    def close(self) -> None:
        """End it, whatever is under way."""
        self._writer.transport.abort()


class Other:
    """The other server of a site; with a ``context`` it is spoken to over TLS."""

    def __init__(self, address: str, port: int, context: ssl.SSLContext | None) -> None:
        self._address = address
        self._port = port
        self._context = context
        self._kept: Connection | None = None
        self._one_at_a_time = asyncio.Lock()

    async def put(self, host: str, target: str, document: Path) -> None:
        """Write a document there; raise Refused (503) if it is not known to be there."""
        async with self._one_at_a_time:
            kept, self._kept = self._kept, None
            try:
                status = await self._tried(kept, host, target, document)
            except asyncio.TimeoutError:
                self._refuse(f"says nothing for {SILENCE_S:g} s")
            except (OSError, h11.RemoteProtocolError) as error:
                self._refuse(f"cannot be written to ({type(error).__name__})")
            if status != CREATED:
                self._refuse(f"refuses it ({status})")

    async def _tried(self, kept: Connection | None, host: str, target: str, document: Path) -> int:
        """Write over the kept connection, or over a new one if that has ended meanwhile."""
        if kept is not None:
            try:
                return await self._over(kept, host, target, document)
            except (ConnectionError, h11.RemoteProtocolError):
                pass
        opened = await _soon(asyncio.open_connection(self._address, self._port, ssl=self._context))
        return await self._over(Connection(*opened), host, target, document)

    async def _over(self, connection: Connection, host: str, target: str, document: Path) -> int:
        try:
            status = await connection.put(host, target, document)
        except BaseException:  # also where whoever asked for it has gone
            connection.close()
            raise
        self._kept = connection if connection.has_another() else None
        return status

    def _refuse(self, what: str) -> NoReturn:
        error = f"it would be in one place only: the server at {self._address} {what}"
        raise Refused(503, f"{error}; right would be to ask again later")


async def _soon(awaited: Awaitable[Result]) -> Result:
    return await asyncio.wait_for(awaited, SILENCE_S)
