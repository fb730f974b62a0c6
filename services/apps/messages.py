"""The database of a mailbox server: generated once from a seed, then added to.

It has no clock: a message's number in its mailbox gives its Id and its time.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

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
    subject TEXT, body TEXT, PRIMARY KEY (user, number))"""
# One statement, and so one transaction: nobody else can take the number in between.
APPEND = """INSERT INTO messages SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6
    FROM messages WHERE user = ?1 RETURNING number"""
HEADERS = f"number, subject, sender, substr(body, 1, {PREVIEW_LENGTH}) AS preview"


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
                database.execute(APPEND, (message.recipient, INBOX, *message))
        part.path.replace(self.path)

    def count(self, user: str, folder: str) -> int:
        """Return how many messages a user has in a folder."""
        question = "SELECT count(*) FROM messages WHERE user = ? AND folder = ?"
        with self._opened() as database:
            return int(database.execute(question, (user, folder)).fetchone()[0])

    def newest(self, user: str, count: int) -> list[dict[str, Any]]:
        """Return the headers of a user's newest messages, of all folders."""
        question = f"SELECT {HEADERS} FROM messages WHERE user = ? ORDER BY number DESC LIMIT ?"
        with self._opened() as database:
            return [_headers(row) for row in database.execute(question, (user, count))]

    def message(self, user: str, name: str) -> dict[str, Any] | None:
        """Return one of a user's messages, with its body, if there is one of that Id."""
        question = f"SELECT {HEADERS}, recipient, body FROM messages WHERE user = ? AND 'm' || number = ?"
        with self._opened() as database:
            row = database.execute(question, (user, name)).fetchone()
        if row is None:
            return None
        body = {"ContentType": "Text", "Content": row["body"]}
        return {**_headers(row), "ToRecipients": [_address(row["recipient"])], "Body": body}

    def send(self, message: Message) -> str:
        """Keep what a user sends, and return its Id."""
        with self._opened() as database:
            number: int = database.execute(APPEND, (message.sender, SENT, *message)).fetchone()[0]
        return f"m{number}"

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction."""
        with closing(sqlite3.connect(self.path)) as database, database:
            database.row_factory = sqlite3.Row
            yield database


def _headers(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "Id": f"m{row['number']}",
        "Subject": row["subject"],
        "From": _address(row["sender"]),
        "ReceivedDateTime": (FIRST + row["number"] * BETWEEN).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "BodyPreview": row["preview"],
    }


def _address(address: str) -> dict[str, Any]:
    return {"EmailAddress": {"Name": address.partition("@")[0].capitalize(), "Address": address}}
