"""Mailboxes of which other datacenters have copies: in this host's PostgreSQL, while its copy is active.

Whatever is acknowledged here is on another copy, too: PostgreSQL ends a transaction only when the synchronous
standby has it, and who has not heard of its end is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ

from services.apps.answers import Refused
from services.apps.messages import FOLDERS, PREVIEW_LENGTH, SENT, Message, headers, whole

DATABASE, USER, PORT = "postgres", "mail", 5432
MOST_AT_ONCE = 12  # connections
TABLE = """CREATE TABLE messages ("user" text, number integer, folder text, sender text, recipient text,
    subject text, body text, key text, PRIMARY KEY ("user", number), UNIQUE ("user", key))"""
# Two statements of one transaction: the lock is for the number, which nobody else of that mailbox can take in
# between. What is there already is written once more, so that this transaction, too, has to wait for the
# standby: the first one may have ended in a crash, before it was there.
APPEND = """SELECT pg_advisory_xact_lock(hashtext(%(user)s));
    INSERT INTO messages SELECT %(user)s, coalesce(max(number), 0) + 1, %(folder)s, %(sender)s, %(recipient)s,
    %(subject)s, %(body)s, %(key)s FROM messages WHERE "user" = %(user)s
    ON CONFLICT ("user", key) DO UPDATE SET key = excluded.key RETURNING number"""
COUNTS = 'SELECT folder, count(*) FROM messages WHERE "user" = %(user)s GROUP BY folder'
HEADERS = f"number, subject, sender, substr(body, 1, {PREVIEW_LENGTH}) AS preview, key"
NEWEST = f'SELECT {HEADERS} FROM messages WHERE "user" = %(user)s ORDER BY number DESC LIMIT %(count)s'
WHOLE = f"""SELECT {HEADERS}, recipient, body FROM messages
    WHERE "user" = %(user)s AND 'm' || number = %(name)s"""


class Copy:
    """The messages of some users, in PostgreSQL; ``folder`` has its socket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._idle: list[Any] = []
        self._count = 0

    async def counts(self, user: str) -> dict[str, int]:
        """Return how many messages a user has in each folder."""
        found = {row["folder"]: row["count"] for row in await self._ask(COUNTS, {"user": user})}
        return {folder: found.get(folder, 0) for folder in FOLDERS}

    async def newest(self, user: str, count: int) -> list[dict[str, Any]]:
        """Return the headers of a user's newest messages, of all folders."""
        return [headers(row) for row in await self._ask(NEWEST, {"user": user, "count": count})]

    async def message(self, user: str, name: str) -> dict[str, Any] | None:
        """Return one of a user's messages, with its body, if there is one of that Id."""
        rows = await self._ask(WHOLE, {"user": user, "name": name})
        return whole(rows[0]) if rows else None

    async def send(self, message: Message, key: str | None) -> str:
        """Keep what a user sends, and return its Id: of what was sent with that key before, if anything."""
        values = {"user": message.sender, "folder": SENT, **message._asdict(), "key": key}
        (row,) = await self._ask(APPEND, values)
        return f"m{row['number']}"

    async def _ask(self, question: str, values: Mapping[str, object]) -> list[dict[str, Any]]:
        """Return the rows of the answer; raise Refused if this is not the active copy, or it has gone."""
        if self._count >= MOST_AT_ONCE:
            raise _unsure("as much as can be is under way here")
        self._count += 1
        try:
            connection = self._idle.pop() if self._idle else await self._connected()
            rows = await _answer(connection, question, values)
            self._idle.append(connection)
            return rows
        except psycopg2.Error as error:
            self._idle.clear()  # the others are of the same server
            words = str(error).splitlines()
            raise _unsure(words[0] if words else "PostgreSQL has gone") from None
        finally:
            self._count -= 1

    async def _connected(self) -> Any:
        """Return a connection to the active copy: another refuses, and one that becomes one ends it."""
        connection = psycopg2.connect(
            host=str(self._folder),
            port=PORT,
            dbname=DATABASE,
            user=USER,
            target_session_attrs="read-write",
            async_=True,
        )
        await _ready(connection)
        return connection


async def _answer(connection: Any, question: str, values: Mapping[str, object]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        await _ready(connection)
        if connection.notices:
            # Also a transaction of which PostgreSQL does not know whether the standby has it ends well,
            # with such words.
            raise psycopg2.OperationalError(connection.notices[-1])
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


async def _ready(connection: Any) -> None:
    """Wait until what a connection was told to do is over; raise what PostgreSQL says if it failed."""
    loop = asyncio.get_running_loop()
    while (state := connection.poll()) != POLL_OK:
        happened, number = asyncio.Event(), connection.fileno()
        watch, unwatch = (
            (loop.add_reader, loop.remove_reader)
            if state == POLL_READ
            else (loop.add_writer, loop.remove_writer)
        )
        watch(number, happened.set)
        try:
            await happened.wait()
        finally:
            unwatch(number)


def _unsure(why: str) -> Refused:
    return Refused(503, f"the mailboxes here do not answer ({why}); right would be to ask again later")
