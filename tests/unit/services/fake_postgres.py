"""What is taken of psycopg2, which is only inside a machine: connections that do as a test says."""

from __future__ import annotations

import socket
import types
from collections.abc import Mapping, Sequence
from typing import Any

POLL_OK, POLL_READ, POLL_WRITE = 0, 1, 2


class Error(Exception):
    """psycopg2's own base of errors."""


class OperationalError(Error):
    """The server, or the way to it, has gone."""


class Connection:
    """A connection whose answers are said by a test: rows, or an error; ``states`` are what polling gives.

    Its socket is a real one, so that waiting for it is, too.
    """

    def __init__(
        self, answers: Sequence[list[dict[str, Any]] | Exception], states: Sequence[int] = ()
    ) -> None:
        self.answers = list(answers)
        self.states = list(states)
        self.asked: list[tuple[str, Mapping[str, object]]] = []
        self.notices: list[str] = []
        self.own, self.server = socket.socketpair()

    def fileno(self) -> int:
        """Return the socket's number."""
        return self.own.fileno()

    def poll(self) -> int:
        """Return the next state, and at the end that all is over; raise what the server says instead."""
        if self.states:
            return self.states.pop(0)
        if self.asked and self.answers and isinstance(self.answers[0], Exception):
            raise self.answers.pop(0)  # type: ignore[misc]
        return POLL_OK

    @property
    def description(self) -> list[types.SimpleNamespace]:
        """The columns of the answer that is fetched next."""
        (found, *_) = self.answers
        assert not isinstance(found, Exception)
        return [types.SimpleNamespace(name=name) for name in (found[0] if found else {})]

    def cursor(self) -> Connection:
        """Return what asks: it is the connection itself."""
        return self

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, question: str, values: Mapping[str, object]) -> None:
        """Take a question."""
        self.asked.append((question, values))

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return the answer's rows."""
        found = self.answers.pop(0)
        assert not isinstance(found, Exception)
        return [tuple(row.values()) for row in found]


class Server(types.ModuleType):
    """The module ``psycopg2``: every connection that is asked for is the next one of a list."""

    def __init__(self) -> None:
        super().__init__("psycopg2")
        self.Error, self.OperationalError = Error, OperationalError
        self.extensions = types.ModuleType("psycopg2.extensions")
        vars(self.extensions).update(POLL_OK=POLL_OK, POLL_READ=POLL_READ)
        self.waiting: list[Connection | Exception] = []
        self.made: list[Connection] = []
        self.settings: list[dict[str, object]] = []

    def add(self, connection: Connection) -> Connection:
        """Let the server have one more connection."""
        self.made.append(connection)
        self.waiting.append(connection)
        return connection

    def close(self) -> None:
        """Close the sockets of all connections."""
        for each in self.made:
            each.own.close()
            each.server.close()

    def connect(self, **settings: object) -> Connection:
        """Return the next connection, or raise what stands in its place."""
        self.settings.append(settings)
        found = self.waiting.pop(0)
        if isinstance(found, Exception):
            raise found
        return found
