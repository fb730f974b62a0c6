"""Ways to ask an app: as a client does, as one that goes away does, and with anything at all."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.types import Message

from topologies.base import Frozen

# A busy machine takes its time, and that is no fault.
THOROUGH = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Question:
    """What is asked; the body comes in the given pieces."""

    method: str
    path: str
    headers: Sequence[tuple[bytes, bytes]] = ()
    pieces: Sequence[bytes] = ()


def written(folder: Path, values: Frozen) -> Path:
    """Return a file of settings."""
    file = folder / "settings.json"
    file.write_text(values.model_dump_json())
    return file


def ask(
    app: Starlette,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    *pieces: bytes,
    host: str = "server",
) -> httpx.Response:
    """Return the answer to one question."""
    encoded = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return answer_to(app, Question(method, path, encoded, pieces), host=host)


def answer_to(app: Starlette, question: Question, host: str = "server") -> httpx.Response:
    """Return the answer to one question, and raise what the app raises."""
    return answers_to(app, [question], host)[0]


def answers_to(app: Starlette, asked: Sequence[Question], host: str = "server") -> list[httpx.Response]:
    """Ask everything at the same time, and return the answers."""

    async def content(question: Question) -> AsyncIterator[bytes]:
        for piece in question.pieces:
            yield piece
            await asyncio.sleep(0)

    async def ask_them() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            requests = (
                client.request(each.method, each.path, headers=each.headers, content=content(each))
                for each in asked
            )
            return await asyncio.gather(*requests)

    return asyncio.run(ask_them())


def ask_and_go(app: Starlette, method: str, path: str, host: bytes | None, *pieces: bytes) -> list[Message]:
    """Send the pieces of a body that is longer, go away, and return what the app sends all the same."""
    coming: list[Message] = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    sent: list[Message] = []

    async def receive() -> Message:
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.0",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [] if host is None else [(b"host", host)],
    }
    asyncio.run(app(scope, receive, send))
    return sent


def questions(
    paths: Sequence[str], headers: Mapping[str, Sequence[str]], bodies: Sequence[bytes]
) -> st.SearchStrategy[Question]:
    """Return a strategy: methods, paths, headers and bodies that mean something, and others that do not."""
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    path = st.one_of(st.sampled_from(paths), texts.map(lambda text: "/" + quote(text, safe="/")))
    query = st.one_of(st.just(""), texts.map(lambda text: "?$top=" + quote(text)))
    odd = st.tuples(st.sampled_from(sorted(headers)).map(str.encode), st.binary(max_size=300))
    right = [
        st.tuples(st.just(name.encode()), st.sampled_from(values).map(str.encode))
        for name, values in headers.items()
    ]
    piece = st.one_of(st.sampled_from(bodies), st.binary(max_size=200))
    return st.builds(
        Question,
        method=st.one_of(
            st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE"]), st.from_regex("[A-Z]{1,9}")
        ),
        path=st.builds(str.__add__, path, query),
        headers=st.lists(st.one_of(*right, odd), max_size=5, unique_by=lambda pair: pair[0]),
        pieces=st.lists(piece, max_size=3),
    )


def stands(app: Starlette, question: Question, host: str = "server") -> bool:
    """Tell whether a question gets an answer that is no error of the server's, and the next one too."""
    answer = answer_to(app, question, host)
    if answer.status_code >= 400 and answer.content:
        assert answer.json()["error"]
    return answer.status_code < 500 and ask(app, "GET", "/health").status_code == 204
