"""Mailboxes in PostgreSQL: what is asked, over which connections, and when nobody can be sure."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.apps.answers import Refused
from services.apps.messages import FOLDERS, Message

from ..fake_postgres import POLL_READ, POLL_WRITE, Connection, OperationalError, Server

FOLDER = Path("/run/ams-mbx.postgres")
USER = "traveller@contoso.onmicrosoft.com"
MAIL = Message(USER, "colleague@example.com", "Arrived", "On time.")
ROW = {"number": 11, "subject": "Arrived", "sender": USER, "preview": "On", "key": None}
COUNTED = [{"folder": FOLDERS[0], "count": 3}]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    found = Server()
    monkeypatch.setitem(sys.modules, "psycopg2", found)
    monkeypatch.setitem(sys.modules, "psycopg2.extensions", found.extensions)
    yield found
    found.close()


@pytest.fixture
def copies(server: Server) -> Iterator[Any]:
    """The module under test, loaded with what stands in for psycopg2."""
    yield importlib.import_module("services.apps.copies")
    del sys.modules["services.apps.copies"]


@pytest.fixture
def copy(copies: Any) -> Any:
    return copies.Copy(FOLDER)


def connected(
    server: Server, *answers: list[dict[str, Any]] | Exception, states: tuple[int, ...] = ()
) -> Connection:
    """Let the server have one more connection."""
    return server.add(Connection(answers, states))


def refused(copy: Any) -> str:
    """Return why a question was refused."""
    with pytest.raises(Refused) as why:
        asyncio.run(copy.counts(USER))
    assert why.value.status == 503
    assert str(why.value).endswith("; right would be to ask again later")
    return str(why.value).partition("(")[2].rpartition(")")[0]


# What is asked


def test_only_the_active_copy_takes_a_connection(server: Server, copy: Any) -> None:
    connected(server, COUNTED)
    asyncio.run(copy.counts(USER))
    assert server.settings == [
        {
            "host": str(FOLDER),
            "port": 5432,
            "dbname": "postgres",
            "user": "mail",
            "target_session_attrs": "read-write",
            "async_": True,
        }
    ]


def test_every_folder_is_counted_also_an_empty_one(server: Server, copy: Any) -> None:
    connection = connected(server, COUNTED)
    assert asyncio.run(copy.counts(USER)) == {folder: 3 * (folder == FOLDERS[0]) for folder in FOLDERS}
    ((question, values),) = connection.asked
    assert "%(user)s" in question and values == {"user": USER}


def test_headers_and_a_message_are_told_as_by_the_other_store(server: Server, copy: Any) -> None:
    connection = connected(server, [ROW], [{**ROW, "recipient": MAIL.recipient, "body": MAIL.body}], [])
    (newest,) = asyncio.run(copy.newest(USER, 5))
    assert (newest["Id"], newest["Subject"]) == ("m11", "Arrived")
    message = asyncio.run(copy.message(USER, "m11"))
    assert message["Body"]["Content"] == "On time."
    assert asyncio.run(copy.message(USER, "m12")) is None
    assert [values for _, values in connection.asked] == [
        {"user": USER, "count": 5},
        {"user": USER, "name": "m11"},
        {"user": USER, "name": "m12"},
    ]


@pytest.mark.parametrize("key", [None, "region-7"])
def test_what_is_sent_is_kept_as_its_senders_with_its_key(server: Server, copy: Any, key: str | None) -> None:
    connection = connected(server, [{"number": 11}])
    assert asyncio.run(copy.send(MAIL, key)) == "m11"
    ((question, values),) = connection.asked
    assert {"user": USER, "key": key, **MAIL._asdict()}.items() <= values.items()
    assert values["folder"] in FOLDERS
    wanted = {name for name in values if f"%({name})s" in question}
    assert wanted == set(values)  # nothing is put into the text itself


# Over which connections


def test_a_connection_is_used_again(server: Server, copy: Any) -> None:
    connection = connected(server, COUNTED, COUNTED)
    for _ in range(2):
        asyncio.run(copy.counts(USER))
    assert len(connection.asked) == 2 and len(server.settings) == 1


def ask_at_once(copy: Any, *answering: Any) -> None:
    """Ask so many questions that none waits for another's answer."""

    async def asked() -> None:
        asking = asyncio.gather(*(copy.counts(USER) for _ in answering))
        await asyncio.sleep(0)
        for each in answering:
            each.server.send(b"x")
        await asking

    asyncio.run(asked())


def test_two_questions_at_once_have_a_connection_each(server: Server, copy: Any) -> None:
    one, two = (connected(server, COUNTED, states=(POLL_READ,)) for _ in range(2))

    ask_at_once(copy, one, two)
    assert (len(one.asked), len(two.asked)) == (1, 1)


@pytest.mark.parametrize("state", [POLL_READ, POLL_WRITE])
def test_an_answer_is_waited_for_as_long_as_the_connection_says(
    server: Server, copy: Any, state: int
) -> None:
    connection = connected(server, COUNTED, states=(state, state))
    if state == POLL_READ:
        connection.server.send(b"x")
    asyncio.run(asyncio.wait_for(copy.counts(USER), 5))
    assert connection.states == []


def test_who_gives_up_waiting_leaves_neither_a_watch_nor_a_connection_to_use_again(
    server: Server, copy: Any
) -> None:
    given_up = connected(server, COUNTED, states=(POLL_READ,))
    connected(server, COUNTED)

    async def give_up_and_ask_again() -> dict[str, int]:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(copy.counts(USER), 0.01)
        assert not asyncio.get_running_loop().remove_reader(given_up.fileno())
        found: dict[str, int] = await copy.counts(USER)
        return found

    assert asyncio.run(give_up_and_ask_again())[FOLDERS[0]] == 3
    assert len(server.settings) == 2


def test_no_more_are_asked_at_once_than_can_be_and_later_they_are(
    server: Server, copy: Any, copies: Any
) -> None:
    busy = [connected(server, COUNTED, COUNTED, states=(POLL_READ,)) for _ in range(copies.MOST_AT_ONCE)]

    async def one_too_many() -> None:
        asking = asyncio.gather(*(copy.counts(USER) for _ in busy))
        await asyncio.sleep(0)
        with pytest.raises(Refused, match="as much as can be is under way here"):
            await copy.counts(USER)
        for each in busy:
            each.server.send(b"x")
        await asking
        await copy.counts(USER)

    asyncio.run(one_too_many())
    assert len(server.settings) == copies.MOST_AT_ONCE


# When nobody can be sure


def test_a_copy_that_is_not_the_active_one_refuses(server: Server, copy: Any) -> None:
    server.waiting.append(OperationalError("session is read-only\nmore words\n"))
    assert refused(copy) == "session is read-only"


def test_a_server_that_goes_without_a_word_refuses_too(server: Server, copy: Any) -> None:
    connected(server, OperationalError(""))
    assert refused(copy) == "PostgreSQL has gone"


def test_a_transaction_that_ends_with_a_notice_may_not_be_anywhere_else(server: Server, copy: Any) -> None:
    """So PostgreSQL ends one that waited for a standby in vain: it is told as if all were well."""
    connection = connected(server, COUNTED)
    connection.notices.append("WARNING:  canceling wait for synchronous replication\n")
    assert refused(copy) == "WARNING:  canceling wait for synchronous replication"


def test_after_an_error_all_connections_are_new_ones(server: Server, copy: Any) -> None:
    """Those that were idle are of the same server, and may be as dead."""
    one, two = (connected(server, COUNTED, OperationalError("gone"), states=(POLL_READ,)) for _ in range(2))

    ask_at_once(copy, one, two)
    assert refused(copy) == "gone"
    new = connected(server, COUNTED)
    asyncio.run(copy.counts(USER))
    assert len(new.asked) == 1


def test_refusals_do_not_use_up_what_can_be_asked_at_once(server: Server, copy: Any, copies: Any) -> None:
    for _ in range(copies.MOST_AT_ONCE + 1):
        connected(server, OperationalError("gone"))
        assert refused(copy) == "gone"
