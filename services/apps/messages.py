"""The messages of a mailbox server: generated once from a seed, then added to; and its database in one file.

It has no clock: a message's number in its mailbox gives its Id and its time. What is sent with a key is kept
once, however often it comes.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple, Protocol

FOLDERS = INBOX, SENT = ("Inbox", "SentItems")
FIRST, BETWEEN = datetime(2024, 1, 8, 8, tzinfo=timezone.utc), timedelta(minutes=37)
PREVIEW_LENGTH = 100
SENDERS = ("alba", "bruno", "carla", "dinis", "elsa", "fausto", "gilda", "hugo")
SUBJECTS = ("Minutes of the meeting", "Your booking", "Figures of the quarter", "Lunch", "A question")
# Nothing that JSON would have to escape: a body is as long on its way as in the database.
SENTENCES = (
    "The train leaves at nine and arrives before noon. ",
    "Please find the figures of last quarter below. ",
    "Nobody has asked for the second room yet. ",
    "We moved the meeting to the larger office. ",
    "The invoice was paid on the third of the month. ",
    "Let me know whether the draft can go out. ",
    "Two of the samples came back from the laboratory. ",
)

SENTENCES_A_PAGE = 40  # and the same page again and again: choosing takes time where a mailbox is made

TABLE = """CREATE TABLE messages (user TEXT, number INTEGER, folder TEXT, sender TEXT, recipient TEXT,
    subject TEXT, body TEXT, key TEXT, PRIMARY KEY (user, number), UNIQUE (user, key))"""
# One statement, and so one transaction: nobody else can take the number in between.
APPEND = """INSERT INTO messages SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7
    FROM messages WHERE user = ?1 ON CONFLICT (user, key) DO UPDATE SET key = excluded.key RETURNING number"""
HEADERS = f"number, subject, sender, substr(body, 1, {PREVIEW_LENGTH}) AS preview, key"


class Message(NamedTuple):
    """What somebody wrote to somebody."""

    sender: str
    recipient: str
    subject: str
    body: str


def received(seed: int, user: str, number: int, length: int) -> Message:
    """Return a message that a user has got, with a body of so many characters."""
    chance = random.Random(f"{seed} {user} {number}")
    page = "".join(chance.choices(SENTENCES, k=SENTENCES_A_PAGE))
    body = page * (length // len(page) + 1)
    sender = f"{chance.choice(SENDERS)}@example.com"
    return Message(sender, user, f"{chance.choice(SUBJECTS)} ({number})", body[:length])


Row = Mapping[str, Any] | sqlite3.Row  # columns by name


class Store(Protocol):
    """Where messages are kept; all of it raises `services.apps.answers.Refused` if that cannot be now."""

    async def counts(self, user: str) -> dict[str, int]:
        """Return how many messages a user has in each folder."""

    async def newest(self, user: str, count: int) -> list[dict[str, Any]]:
        """Return the headers of a user's newest messages, of all folders."""

    async def message(self, user: str, name: str) -> dict[str, Any] | None:
        """Return one of a user's messages, with its body, if there is one of that Id."""

    async def send(self, message: Message, key: str | None) -> str:
        """Keep what a user sends, and return its Id: of what was sent with that key before, if anything."""


class Database:
    """The messages of a server's users, in one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self, inbox: Iterable[Message]) -> None:
        """Write the file with these messages: as a whole, or not at all."""
        part = Database(self.path.with_name(self.path.name + ".part"))
        part.path.unlink(missing_ok=True)
        with part._opened() as database:
            database.execute(TABLE)
            for message in inbox:
                database.execute(APPEND, (message.recipient, INBOX, *message, None))
        part.path.replace(self.path)

    async def counts(self, user: str) -> dict[str, int]:
        """Return how many messages a user has in each folder."""
        question = "SELECT folder, count(*) FROM messages WHERE user = ? GROUP BY folder"
        with self._opened() as database:
            found = {row[0]: row[1] for row in database.execute(question, (user,))}
        return {folder: found.get(folder, 0) for folder in FOLDERS}

    async def newest(self, user: str, count: int) -> list[dict[str, Any]]:
        """Return the headers of a user's newest messages, of all folders."""
        question = f"SELECT {HEADERS} FROM messages WHERE user = ? ORDER BY number DESC LIMIT ?"
        with self._opened() as database:
            return [headers(row) for row in database.execute(question, (user, count))]

    async def message(self, user: str, name: str) -> dict[str, Any] | None:
        """Return one of a user's messages, with its body, if there is one of that Id."""
        question = f"SELECT {HEADERS}, recipient, body FROM messages WHERE user = ? AND 'm' || number = ?"
        with self._opened() as database:
            row = database.execute(question, (user, name)).fetchone()
        return None if row is None else whole(row)

    async def send(self, message: Message, key: str | None) -> str:
        """Keep what a user sends, and return its Id: of what was sent with that key before, if anything."""
        with self._opened() as database:
            number: int = database.execute(APPEND, (message.sender, SENT, *message, key)).fetchone()[0]
        return f"m{number}"

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction."""
        with closing(sqlite3.connect(self.path)) as database, database:
            database.row_factory = sqlite3.Row
            yield database


def headers(row: Row) -> dict[str, Any]:
    """Return a message's headers as they are told; `row` has number, subject, sender, preview and key."""
    found = {
        "Id": f"m{row['number']}",
        "Subject": row["subject"],
        "From": _address(row["sender"]),
        "ReceivedDateTime": (FIRST + row["number"] * BETWEEN).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "BodyPreview": row["preview"],
    }
    return found if row["key"] is None else {**found, "IdempotencyKey": row["key"]}


def whole(row: Row) -> dict[str, Any]:
    """Return a message as it is told; `row` has also its recipient and its body."""
    body = {"ContentType": "Text", "Content": row["body"]}
    return {**headers(row), "ToRecipients": [_address(row["recipient"])], "Body": body}


def _address(address: str) -> dict[str, Any]:
    return {"EmailAddress": {"Name": address.partition("@")[0].capitalize(), "Address": address}}
