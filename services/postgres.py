"""Mailboxes in PostgreSQL: a database that is made once, and copied to wherever there is a copy of it.

Copies begin alike, as those of a database that was seeded long ago do: what follows comes by replication. A
cluster is not made by initdb, which takes seven seconds in a guest, but from the one that Debian's package
makes when it is installed.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from services.apps.messages import INBOX, Message
from topologies.commands import run
from topologies.errors import ServiceError

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
MADE_BY_DEBIAN = Path("/var/lib/postgresql/15/main")
ACCOUNT, SUPERUSER = "postgres", "postgres"
PORT = 5432
# Those of which a standby may not have less than what it follows, and what replication needs.
SHARED = {
    "max_connections": 30,
    "max_worker_processes": 4,
    "max_wal_senders": 6,
    "max_replication_slots": 6,
    "wal_level": "replica",
    "wal_log_hints": "on",  # for pg_rewind
    "hot_standby": "on",
}
# Small: a guest has little memory, and everything in it is little.
OWN = {
    "shared_buffers": "4MB",
    "max_wal_size": "32MB",
    "min_wal_size": "2MB",
    "jit": "off",
    "autovacuum": "off",
    "dynamic_shared_memory_type": "mmap",
    "unix_socket_permissions": "0777",
}
SEGMENT_MB = 1  # of the write-ahead log, instead of 16


class Place:
    """Where one copy is: a folder with its socket, and its data below."""

    def __init__(self, work: Path, node: str) -> None:
        self.folder = work / f"{node}.postgres"

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"


def as_postgres(argv: list[str]) -> list[str]:
    """Return a command that runs by PostgreSQL's own account, as which alone it runs."""
    return ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups", *argv]


def seed(places: Iterable[Place], messages: Iterable[Message]) -> None:
    """Make a database with these messages in their recipients' inboxes, and a copy of it at each place.

    Raises ServiceError where Debian's cluster is missing, and CommandError in PostgreSQL's own words.
    """
    first, *others = places
    if not MADE_BY_DEBIAN.is_dir():
        raise ServiceError(
            f"{MADE_BY_DEBIAN} is missing; right would be the cluster that Debian's postgresql-15 makes"
        )
    first.folder.parent.chmod(0o711)  # the account has to come by
    _make(first)
    _fill(first, messages)
    for place in others:
        run(["cp", "-a", str(first.folder), str(place.folder)])


def _make(place: Place) -> None:
    shutil.copytree(MADE_BY_DEBIAN, place.data)
    place.folder.chmod(0o755)
    settings = "".join(f"{name} = '{value}'\n" for name, value in {**SHARED, **OWN}.items())
    for name, text in {
        "postgresql.conf": settings,
        "postgresql.auto.conf": "",
        "pg_hba.conf": "",
        "pg_ident.conf": "",
    }.items():
        (place.data / name).write_text(text)
    run(["chown", "-R", f"{ACCOUNT}:{ACCOUNT}", str(place.folder)])
    place.data.chmod(0o700)
    run(as_postgres([str(PROGRAMS / "pg_resetwal"), f"--wal-segsize={SEGMENT_MB}", "-D", str(place.data)]))


def _fill(place: Place, messages: Iterable[Message]) -> None:
    """Fill the database, without anybody who could ask it meanwhile."""
    # Only inside a machine is psycopg2 there, which this imports.
    from services.apps.copies import DATABASE, TABLE, USER

    table = place.folder / "messages.csv"
    numbers: dict[str, int] = {}
    with table.open("w", newline="", encoding="utf-8") as file:
        for message in messages:
            numbers[message.recipient] = number = numbers.get(message.recipient, 0) + 1
            csv.writer(file).writerow([message.recipient, number, INBOX, *message])
    columns = '"user", number, folder, sender, recipient, subject, body'
    orders = place.folder / "orders.sql"
    # With a new segment of the log at last: who follows is sent all of one, also what it has.
    orders.write_text(
        f"{_on_a_line(TABLE)}\nCOPY messages ({columns}) FROM '{table}' (FORMAT csv)\n"
        f"CREATE ROLE {USER} LOGIN\nGRANT SELECT, INSERT, UPDATE ON messages TO {USER}\n"
        "SELECT pg_switch_wal()\n"
    )
    run(
        as_postgres(
            [
                "sh",
                "-c",
                f"{PROGRAMS}/postgres --single -c exit_on_error=on -D {place.data} {DATABASE} < {orders}",
            ]
        )
    )
    for path in (table, orders):
        path.unlink()


def _on_a_line(words: str) -> str:
    """Return a statement as a single user types it."""
    return " ".join(words.split())


def parameters(place: Place) -> Mapping[str, str]:
    """Return what a copy's PostgreSQL is told beside what all of them share."""
    return {**OWN, "unix_socket_directories": str(place.folder)}
