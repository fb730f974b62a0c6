"""A database of mailboxes is made once, from Debian's, and is at every place alike."""

from __future__ import annotations

import csv
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services import postgres
from services.apps.messages import INBOX, Message
from services.postgres import OWN, SHARED, Place, as_postgres, parameters, seed
from topologies.errors import CommandError, ServiceError

from .fake_postgres import Server

ANNA, BERT = "anna@contoso.onmicrosoft.com", "bert@contoso.onmicrosoft.com"
MESSAGES = [
    Message("x@example.com", ANNA, "One", "first"),
    Message("x@example.com", BERT, 'With "quotes", commas', "and\nlines"),
    Message("y@example.com", ANNA, "Two", ""),
]


class Machine:
    """Runs nothing but `cp`, and keeps what it was told to run, and what PostgreSQL was given."""

    def __init__(self) -> None:
        self.ran: list[list[str]] = []
        self.orders = ""
        self.rows: list[list[str]] = []
        self.fails = ""

    def run(self, argv: list[str]) -> str:
        """Stand in for `topologies.commands.run`."""
        self.ran.append(argv)
        if self.fails and self.fails in " ".join(argv):
            raise CommandError(f"'{argv[0]}' ended with code 1: no")
        if argv[0] == "cp":
            shutil.copytree(argv[-2], argv[-1])
        if given := re.search(r"< (\S+)$", argv[-1]):
            self.orders = Path(given[1]).read_text(encoding="utf-8")
            table = re.search(r"FROM '([^']+)'", self.orders)
            assert table is not None
            with Path(table[1]).open(newline="", encoding="utf-8") as file:
                self.rows = list(csv.reader(file))
        return ""


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Machine]:
    """A machine with Debian's cluster, and without a PostgreSQL that would really run."""
    debian = tmp_path / "debian"
    (debian / "base").mkdir(parents=True)
    (debian / "PG_VERSION").write_text("15\n")
    (debian / "postgresql.auto.conf").write_text("port = 6000\n")
    found = Machine()
    monkeypatch.setattr(postgres, "MADE_BY_DEBIAN", debian)
    monkeypatch.setattr(postgres, "run", found.run)
    fake = Server()
    monkeypatch.setitem(sys.modules, "psycopg2", fake)
    monkeypatch.setitem(sys.modules, "psycopg2.extensions", fake.extensions)
    yield found
    sys.modules.pop("services.apps.copies", None)


@pytest.fixture
def places(tmp_path: Path) -> list[Place]:
    work = tmp_path / "work"
    work.mkdir(mode=0o700)
    return [Place(work, f"{name}-mbx") for name in ("dub", "ams", "par")]


def settings(text: str) -> dict[str, str]:
    return dict(re.findall(r"^(\w+) = '(.*)'$", text, re.MULTILINE))


def test_every_place_has_the_same_database(machine: Machine, places: list[Place]) -> None:
    seed(places, MESSAGES)
    trees = [
        {
            path.relative_to(place.folder): path.read_bytes()
            for path in place.folder.rglob("*")
            if path.is_file()
        }
        for place in places
    ]
    assert trees[0] == trees[1] == trees[2]
    assert {Path("data/PG_VERSION"), Path("data/postgresql.conf")} <= set(trees[0])
    assert sum("--single" in argv[-1] for argv in machine.ran) == 1


def test_messages_are_numbered_in_each_recipients_inbox(machine: Machine, places: list[Place]) -> None:
    seed(places, iter(MESSAGES))
    numbers = [(user, number, folder) for user, number, folder, *_ in machine.rows]
    assert numbers == [(ANNA, "1", INBOX), (BERT, "1", INBOX), (ANNA, "2", INBOX)]
    assert [tuple(row[3:]) for row in machine.rows] == [tuple(message) for message in MESSAGES]


def test_what_is_typed_has_a_line_for_each_statement_and_nothing_is_left_of_it(
    machine: Machine, places: list[Place]
) -> None:
    seed(places, MESSAGES)
    statements = machine.orders.splitlines()
    assert [line.split()[0] for line in statements] == ["CREATE", "COPY", "CREATE", "GRANT", "SELECT"]
    (columns,) = re.findall(r"COPY messages \((.*?)\)", machine.orders)
    names = [column.strip('" ') for column in columns.split(",")]
    table = statements[0].partition("(")[2]
    assert all(re.search(rf'"?{name}"? (text|integer)', table) for name in names)
    assert len(names) == len(machine.rows[0])
    assert [path.name for path in places[0].folder.iterdir()] == ["data"]


def test_a_cluster_has_our_settings_and_none_of_debians(machine: Machine, places: list[Place]) -> None:
    seed(places, MESSAGES)
    told = settings((places[0].data / "postgresql.conf").read_text())
    assert told == {name: str(value) for name, value in {**SHARED, **OWN}.items()}
    for name in ("postgresql.auto.conf", "pg_hba.conf", "pg_ident.conf"):
        assert (places[0].data / name).read_text() == ""


def test_only_its_own_account_runs_it_and_can_come_by(machine: Machine, places: list[Place]) -> None:
    seed(places, MESSAGES)
    servers = [argv for argv in machine.ran if any(str(postgres.PROGRAMS) in word for word in argv)]
    assert servers and all(argv[0] == "setpriv" and "--reuid=postgres" in argv for argv in servers)
    assert as_postgres(["id"])[-1] == "id"
    work = places[0].folder.parent
    assert work.stat().st_mode & 0o777 == 0o711
    assert places[0].folder.stat().st_mode & 0o777 == 0o755
    assert places[0].data.stat().st_mode & 0o777 == 0o700


def test_a_standby_has_no_less_of_anything_than_what_it_follows() -> None:
    assert SHARED["hot_standby"] == "on" and SHARED["wal_level"] == "replica"
    assert int(str(SHARED["max_wal_senders"])) >= 3 and int(str(SHARED["max_replication_slots"])) >= 3
    assert not SHARED.keys() & OWN.keys()


def test_a_copy_is_told_where_its_own_socket_is(tmp_path: Path) -> None:
    one, two = Place(tmp_path, "dub-mbx"), Place(tmp_path, "ams-mbx")
    assert parameters(one) == {**OWN, "unix_socket_directories": str(one.folder)}
    assert parameters(one) != parameters(two)
    assert one.data.parent == one.folder


def test_without_debians_cluster_nothing_is_made(
    machine: Machine, places: list[Place], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(postgres, "MADE_BY_DEBIAN", tmp_path / "gone")
    with pytest.raises(ServiceError, match="gone is missing; right would be the cluster that Debian's"):
        seed(places, MESSAGES)
    assert machine.ran == [] and not places[0].folder.exists()


@pytest.mark.parametrize("command", ["pg_resetwal", "--single", "chown"])
def test_what_postgresql_says_is_told(machine: Machine, places: list[Place], command: str) -> None:
    machine.fails = command
    with pytest.raises(CommandError, match="ended with code 1: no"):
        seed(places, MESSAGES)
    assert not places[1].folder.exists()
