"""Open vSwitch's database as a client of it: a few transactions over its socket, no process for a setting.

The `ovs` package has a client, too. It reads JSON letter by letter in Python, and keeps a copy of the
database that nobody here needs. Source: RFC 7047; ovs-vswitchd.conf.db(5).
"""

from __future__ import annotations

import codecs
import json
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from topologies.errors import BuildError

DATABASE = "Open_vSwitch"
ROOT = "Open_vSwitch"  # its table with the one row that all others hang from
DEADLINE_S = 60.0
CHUNK_BYTES = 1 << 16

Row = dict[str, Any]
Operation = dict[str, Any]


class Database:
    """A connection to ovsdb-server."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._letters = codecs.getincrementaldecoder("utf-8")()
        self._decoder = json.JSONDecoder()
        self._read = ""
        self._number = 0

    def transact(self, *operations: Operation) -> list[Row]:
        """Do operations, all or none, and return the result of each; raise BuildError if one is refused."""
        answer: list[Row] = self._call("transact", [DATABASE, *operations])
        for number, result in enumerate(answer):
            if result and result.get("error"):
                refused = operations[number] if number < len(operations) else {"op": "commit"}
                what = f"{refused['op']} {refused.get('table', '')}".strip()
                raise BuildError(f"Open vSwitch refused '{what}': {result['error']}: {result.get('details')}")
        return answer

    def apply(self, *operations: Operation) -> None:
        """Do operations, and wait until Open vSwitch has done what they ask; BuildError if it does not."""
        count = {"op": "mutate", "table": ROOT, "where": [], "mutations": [["next_cfg", "+=", 1]]}
        asked = {"op": "select", "table": ROOT, "where": [], "columns": ["next_cfg"]}
        results = self.transact(*operations, count, asked)
        wanted = results[len(operations) + 1]["rows"][0]["next_cfg"]
        monitored = {ROOT: {"columns": ["cur_cfg"]}}
        rows = self._call("monitor", [DATABASE, "cfg", monitored]).get(ROOT, {})
        while not any(row["new"]["cur_cfg"] >= wanted for row in rows.values()):
            rows = self._update("Open vSwitch to apply its settings").get(ROOT, {})
        self._call("monitor_cancel", ["cfg"])

    def select(self, table: str, where: Sequence[Any], columns: Sequence[str]) -> list[Row]:
        """Return columns of the rows of a table for which all of the conditions hold."""
        asked = {"op": "select", "table": table, "where": list(where), "columns": list(columns)}
        rows: list[Row] = self.transact(asked)[0]["rows"]
        return rows

    def _call(self, method: str, parameters: Sequence[Any]) -> Any:
        self._number += 1
        self._send({"method": method, "params": parameters, "id": self._number})
        while True:
            message = self._receive(f"an answer to '{method}'")
            if message.get("id") == self._number and "result" in message:
                if message["error"] is not None:
                    raise BuildError(f"Open vSwitch's database refused '{method}': {message['error']}")
                return message["result"]

    def _update(self, what: str) -> Any:
        while True:
            message = self._receive(what)
            if message.get("method") == "update":
                return message["params"][1]

    def _send(self, message: Mapping[str, Any]) -> None:
        try:
            self._connection.sendall(json.dumps(message).encode())
        except OSError:
            raise BuildError(
                f"ovsdb-server ended while waiting for '{message.get('method')}': see ovsdb-server.log"
            ) from None

    def _receive(self, what: str) -> dict[str, Any]:
        """Return the next message; a question whether we are still there is answered on the way."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            message = self._complete()
            if message is None:
                self._read += self._letters.decode(self._bytes(what, deadline))
            elif message.get("method") == "echo":
                self._send({"result": message["params"], "error": None, "id": message["id"]})
            else:
                return message

    def _complete(self) -> dict[str, Any] | None:
        """Return the next message if all of it has been read."""
        try:
            message, end = self._decoder.raw_decode(self._read)
        except json.JSONDecodeError:
            return None
        self._read = self._read[end:].lstrip()
        found: dict[str, Any] = message
        return found

    def _bytes(self, what: str, deadline: float) -> bytes:
        self._connection.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            received = self._connection.recv(CHUNK_BYTES)
        except TimeoutError:
            raise BuildError(f"waited {DEADLINE_S:g} s in vain for {what}: see ovs-vswitchd.log") from None
        if not received:
            raise BuildError(f"ovsdb-server ended while waiting for {what}: see ovsdb-server.log")
        return received


@contextmanager
def connected(path: Path) -> Iterator[Database]:
    """Connect to the database at a socket's path for the block; raise BuildError if nobody listens there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(str(path))
        except OSError as error:
            raise BuildError(f"no Open vSwitch answers at {path}: {error.strerror}") from None
        yield Database(connection)


def insert(table: str, row: Row, name: str = "") -> Operation:
    """Return the operation that adds a row; others of the same transaction refer to it by its name."""
    return {"op": "insert", "table": table, "row": row} | ({"uuid-name": name} if name else {})


def named(names: Sequence[str]) -> list[Any]:
    """Return the set of rows that the same transaction adds under these names."""
    return ["set", [["named-uuid", name] for name in names]]


def mapping(values: Mapping[str, str]) -> list[Any]:
    """Return a map as the database has it."""
    return ["map", [list(item) for item in values.items()]]
