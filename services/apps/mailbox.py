"""The mailbox server of a datacenter: signs users in, lists and gives their messages, keeps what they send.

Mailboxes that only this datacenter has are in a file, those that others have a copy of in PostgreSQL.
Questions and answers have the form of the Outlook REST API, version 2.0, as far as they go.
"""

from __future__ import annotations

import hmac
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl

from pydantic import Field, ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.apps.answers import Refused, Stamped, serve, whole_body
from services.apps.messages import Database, Message, Store, received
from topologies.base import Frozen
from topologies.shown import shown

API = "/api/v2.0/me"
DEFAULT_TOP, LARGEST_TOP = 10, 1000  # the page sizes of messages in Microsoft Graph
MOST_FIELDS = 16
AMOUNT = re.compile("[0-9]{1,4}")
KEY_HEADER = "Idempotency-Key"  # IETF draft-ietf-httpapi-idempotency-key-header
KEY = re.compile("[!-~]{1,255}")


class Copied(Frozen):
    """The mailboxes of which other datacenters have a copy, and the folder of PostgreSQL's socket here."""

    folder: Path
    users: dict[str, str]


class Settings(Frozen):
    """Whose mailboxes a server has (`users`: names and passwords), and how much is in each.

    `copied` are those that are in PostgreSQL.
    """

    datacenter: str
    server: str
    database: Path
    seed: int
    users: dict[str, str]
    message_count: int = Field(default=50, ge=0)
    message_bytes: int = Field(default=75_000, ge=1)
    limit_bytes: int = Field(default=1_000_000, ge=1)
    copied: Copied | None = None


class Mail(Frozen):
    """What a client sends: JSON with these three texts."""

    To: Annotated[str, Field(min_length=1)]
    Subject: str
    Body: str


def create(settings: Settings) -> None:
    """Make the database if it is missing."""
    if not settings.database.exists():
        Database(settings.database).create(
            received(settings.seed, user.lower(), number, settings.message_bytes)
            for user in settings.users
            for number in range(1, settings.message_count + 1)
        )


class Mailboxes:
    """Answers for the mailboxes of one server; users are compared in lower case."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        own: Store = Database(settings.database)
        self.stores = {user.lower(): own for user in settings.users}
        passwords = dict(settings.users)
        if settings.copied is not None:
            # Only inside a machine is psycopg2 there; the outside imports this module for its settings.
            from services.apps.copies import Copy

            copy: Store = Copy(settings.copied.folder)
            self.stores |= {user.lower(): copy for user in settings.copied.users}
            passwords |= settings.copied.users
        self.passwords = {user.lower(): password for user, password in passwords.items()}
        self.tokens = {self._token(user): user for user in self.passwords}

    def _token(self, user: str) -> str:
        # Computed, not drawn: the same seed gives the same bytes, and a restart signs nobody out.
        return hmac.new(str(self.settings.seed).encode(), user.encode(), "sha256").hexdigest()

    def _user(self, request: Request) -> str:
        user = self.tokens.get(request.cookies.get("cadata", ""))
        if user is None:
            raise Refused(401, "nobody is signed in; right would be the cookie that POST /owa/auth.owa gives")
        return user

    async def sign_in(self, request: Request) -> Response:
        """Take a name and a password, and give the cookie that opens the mailbox."""
        user, password = _credentials(await whole_body(request, self.settings.limit_bytes))
        if user not in self.passwords:
            error = f"no mailbox of {shown(user)} is here; right would be a user of {self.settings.server}"
            raise Refused(404, error)
        if not hmac.compare_digest(password.encode(), self.passwords[user].encode()):
            raise Refused(401, f"the password is wrong; right would be that of {shown(user)}")
        cookie = f"cadata={self._token(user)}; Path=/; Secure; HttpOnly"
        return JSONResponse({"user": user}, headers={"Set-Cookie": cookie})

    async def folders(self, request: Request) -> Response:
        """List the folders, with how much is in each."""
        user = self._user(request)
        counts = await self.stores[user].counts(user)
        value = [{"Id": name, "DisplayName": name, "TotalItemCount": n} for name, n in counts.items()]
        return JSONResponse({"value": value})

    async def messages(self, request: Request) -> Response:
        """List the newest messages, without their bodies."""
        user, top = self._user(request), request.query_params.get("$top", str(DEFAULT_TOP))
        if not AMOUNT.fullmatch(top) or not 1 <= int(top) <= LARGEST_TOP:
            raise Refused(400, f"$top is {shown(top)}; right would be 1 to {LARGEST_TOP}")
        return JSONResponse({"value": await self.stores[user].newest(user, int(top))})

    async def message(self, request: Request) -> Response:
        """Give one message whole."""
        user, name = self._user(request), request.path_params["id"]
        message = await self.stores[user].message(user, name)
        if message is None:
            raise Refused(404, f"no message has the Id {shown(name)}; right would be one that is listed")
        return JSONResponse(message)

    async def send(self, request: Request) -> Response:
        """Keep what a user sends: once, if it comes again with the same key."""
        user, key = self._user(request), _key(request.headers.getlist(KEY_HEADER))
        mail = _mail(await whole_body(request, self.settings.limit_bytes))
        message = Message(user, mail.To, mail.Subject, mail.Body)
        return JSONResponse({"Id": await self.stores[user].send(message, key)}, 202)


def _key(values: list[str]) -> str | None:
    if not values:
        return None
    if len(values) > 1 or not KEY.fullmatch(values[0]):
        right = "right would be one, of 1 to 255 characters of ASCII without a space"
        raise Refused(400, f"{KEY_HEADER} is {shown(', '.join(values))}; {right}")
    return values[0]


def _credentials(body: bytes) -> tuple[str, str]:
    """Return the name and the password from a form, which must have each once."""
    try:
        fields = parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=MOST_FIELDS
        )
    except ValueError:
        fields = []
    users, passwords = ([value for name, value in fields if name == one] for one in ("username", "password"))
    if len(users) != 1 or len(passwords) != 1:
        raise Refused(400, "this is no sign-in; right would be a form: username=NAME&password=WORD")
    return users[0].lower(), passwords[0]


def _mail(body: bytes) -> Mail:
    try:
        return Mail.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
    wrong = " ".join([*map(str, first["loc"]), first["msg"]])
    raise Refused(
        400, f'this is no mail: {wrong}; right would be {{"To": TEXT, "Subject": TEXT, "Body": TEXT}}'
    )


def make_app(settings: Path) -> Starlette:
    """Return the server that a file of settings describes, with its database made."""
    values = Settings.model_validate_json(settings.read_bytes())
    create(values)
    boxes = Mailboxes(values)
    routes = [
        Route("/owa/auth.owa", boxes.sign_in, methods=["POST"]),
        Route(f"{API}/mailfolders", boxes.folders),
        Route(f"{API}/messages", boxes.messages),
        Route(f"{API}/messages/{{id}}", boxes.message),
        Route(f"{API}/sendmail", boxes.send, methods=["POST"]),
    ]
    return serve(routes, [Middleware(Stamped, headers={"X-BEServer": values.server})])
