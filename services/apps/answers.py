"""What the servers share: refusals that say what is wrong and what would be right, and bodies with a limit.

Nothing is left to a thread: threads would make the order of answers depend on the machine.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from topologies.shown import shown

HEALTH = "/health"


class Refused(Exception):
    """A question that gets no for an answer: the status, the words, and what else the answer tells."""

    def __init__(self, status: int, error: str, **more: str) -> None:
        super().__init__(error)
        self.status = status
        self.more = more

    def answer(self) -> JSONResponse:
        """Return the answer as it is sent."""
        return JSONResponse({"error": str(self), **self.more}, self.status)


class Stamped:
    """An app of which every answer, also a refusal, has the same headers."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self.app = app
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a question on, and put the headers on its answer."""
        await self.app(scope, receive, stamping(send, self.headers))


def stamping(send: Send, headers: Mapping[str, str]) -> Send:
    """Return a way to send that puts headers on an answer."""

    async def stamped(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return stamped


def serve(routes: Sequence[Route], middleware: Sequence[Middleware] = ()) -> Starlette:
    """Return an app with these routes and /health, whose every refusal is JSON."""
    handlers = {HTTPException: _no_such_thing, Refused: _refuse, ClientDisconnect: _hang_up}
    app = Starlette(
        routes=[*routes, Route(HEALTH, _health)], middleware=middleware, exception_handlers=handlers
    )
    app.router.redirect_slashes = False  # A path with one slash too many is unknown, not elsewhere.
    return app


async def pieces(request: Request, limit_bytes: int) -> AsyncIterator[bytes]:
    """Yield the body as it comes in; raise Refused (413) as soon as it is above the limit."""
    count = 0
    async for piece in request.stream():
        count += len(piece)
        if count > limit_bytes:
            raise Refused(413, f"the body is too large; right would be {limit_bytes} bytes or fewer")
        yield piece


async def whole_body(request: Request, limit_bytes: int) -> bytes:
    """Return the body; raise Refused (413) if it is above the limit."""
    return b"".join([piece async for piece in pieces(request, limit_bytes)])


async def _health(request: Request) -> Response:
    return Response(status_code=204)


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return error.answer()


async def _hang_up(request: Request, error: Exception) -> Response:
    # Nobody hears it. Without an answer it would count as an error of the server.
    return Refused(400, "the body ended early; right would be to stay until the answer").answer()


async def _no_such_thing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        # The framework keeps methods in a set: its order would differ from one start to the next.
        allowed = ", ".join(sorted((error.headers or {})["Allow"].split(", ")))
        words = f"{shown(request.method)} is no method of this path; right would be {allowed}"
        return JSONResponse({"error": words}, 405, {"Allow": allowed})
    known = ", ".join(route.path_format for route in request.app.routes)
    path = shown(request.scope["path"])
    return Refused(error.status_code, f"there is nothing at {path}; right would be {known}").answer()
