"""A server of sites: one document library for each host name, kept in a folder of its own.

A document that is there is whole: what comes in goes to a file beside it, and takes the name at the end.
Where a site has another server, too, that has it first.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO
from urllib.parse import quote

from pydantic import Field
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from services.apps.answers import HEALTH, Refused, pieces, serve, stamping
from services.apps.copying import COPY_HEADER, Other
from topologies.base import Frozen
from topologies.shown import shown

LIBRARY = "/Shared Documents/"
FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
READ_BYTES = 65_536
FILL_BYTES = 1 << 20


class Copies(Frozen):
    """Another server that has a site, and the authority that certifies it."""

    address: str
    port: int
    authority: Path


class Settings(Frozen):
    """Which sites a server has (`sites`: host names and their tenants), and where it keeps them.

    `copies` has the other server of those that have one, by host name.
    """

    datacenter: str
    server: str
    sites: dict[str, str]
    folder: Path
    limit_bytes: int = Field(default=15_000_000, ge=1)
    copies: dict[str, Copies] = Field(default_factory=dict)


def fill(folder: Path, tenant_host: str, name: str, size: int, seed: int) -> str:
    """Put a file into a site's library, the same for the same seed, and return its SHA-256."""
    library = _library(folder, tenant_host)
    digest = hashlib.sha256()
    with (library / name).open("wb") as file:
        for start in range(0, size, FILL_BYTES):
            # An extendable hash: as long as it is needed, and nothing on the way can compress it.
            piece = hashlib.shake_256(f"{seed} {name} {start}".encode()).digest(min(FILL_BYTES, size - start))
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def _library(folder: Path, host: str) -> Path:
    library = folder / host.lower()
    library.mkdir(parents=True, exist_ok=True)
    return library


class OfOneSite:
    """An app that is asked only about sites that it has; every answer says where it comes from."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.sites = [host.lower() for host in settings.sites]
        self.stamp = {"X-Datacenter": settings.datacenter}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose the site by the Host header; a question after the server's health needs none."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        host = Request(scope).headers.get("Host", "").partition(":")[0].lower()
        app = self.app
        if host in self.sites:
            scope["site"] = host
            send = stamping(send, {**self.stamp, "X-Site": host})
        else:
            send = stamping(send, self.stamp)
            app = app if scope["path"] == HEALTH else self._refusal(host).answer()
        await app(scope, receive, send)

    def _refusal(self, host: str) -> Refused:
        right = f"right would be {', '.join(self.sites)}"
        if not host:
            return Refused(400, f"there is no Host header; {right}")
        return Refused(404, f"no site {shown(host)} is here; {right}")


class Sites:
    """Answers for the sites of one server."""

    def __init__(self, settings: Settings) -> None:
        self.datacenter = settings.datacenter
        self.limit_bytes = settings.limit_bytes
        self.libraries = {host.lower(): _library(settings.folder, host) for host in settings.sites}
        self.others = {host.lower(): _other(copies) for host, copies in settings.copies.items()}

    async def page(self, request: Request) -> Response:
        """Say which site this is, and where."""
        return JSONResponse({"site": request.scope["site"], "datacenter": self.datacenter})

    async def document(self, request: Request) -> Response:
        """Give a document of the site's library, or take one."""
        name = request.path_params["name"]
        if not FILE_NAME.fullmatch(name):
            right = "right would be 1 to 128 of A-Z, a-z, 0-9, '.', '_' and '-', and no dot first"
            raise Refused(400, f"{shown(name)} cannot name a document; {right}")
        path = self.libraries[request.scope["site"]] / name
        return await self._take(request, path) if request.method == "PUT" else await self._give(path)

    async def _give(self, path: Path) -> Response:
        try:
            file = path.open("rb")
        except FileNotFoundError:
            error = f'there is no document "{path.name}"; right would be one that was put here'
            raise Refused(404, error) from None
        # Read twice, but opened once: another version that comes in meanwhile is another file.
        size, digest = 0, hashlib.sha256()
        async for piece in _pieces_of(file):
            size += len(piece)
            digest.update(piece)
        headers = {"Content-Length": str(size), "X-Content-SHA256": digest.hexdigest()}
        return StreamingResponse(_contents(file), headers=headers, media_type="application/octet-stream")

    async def _take(self, request: Request, path: Path) -> Response:
        size, digest = 0, hashlib.sha256()
        with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            part = Path(file.name)
            try:
                async for piece in pieces(request, self.limit_bytes):
                    size += len(piece)
                    digest.update(piece)
                    file.write(piece)
                file.close()
                await self._copy(request, part, path.name)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
        return JSONResponse({"name": path.name, "bytes": size, "sha256": digest.hexdigest()}, 201)

    async def _copy(self, request: Request, part: Path, name: str) -> None:
        """Write a document to the site's other server, too, unless that is where it comes from."""
        site = request.scope["site"]
        if site in self.others and COPY_HEADER not in request.headers:
            await self.others[site].put(site, quote(LIBRARY + name), part)


def _other(copies: Copies) -> Other:
    context = ssl.create_default_context(cafile=str(copies.authority))
    context.check_hostname = False  # It is asked for by its address.
    return Other(copies.address, copies.port, context)


async def _pieces_of(file: BinaryIO) -> AsyncIterator[bytes]:
    file.seek(0)
    while piece := file.read(READ_BYTES):
        yield piece
        await asyncio.sleep(0)  # Others are served in between, and a client that goes away is noticed.


async def _contents(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        async for piece in _pieces_of(file):
            yield piece


def make_app(settings: Path) -> Starlette:
    """Return the server that a file of settings describes."""
    values = Settings.model_validate_json(settings.read_bytes())
    sites = Sites(values)
    routes = [Route("/", sites.page), Route(LIBRARY + "{name:path}", sites.document, methods=["GET", "PUT"])]
    return serve(routes, [Middleware(OfOneSite, settings=values)])
