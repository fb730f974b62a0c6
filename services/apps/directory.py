"""The directory of one cloud: which datacenter has a caller's tenant, and whom it refuses.

A front end asks `/locate` before it serves (nginx's auth_request, which knows no refusal but 401 and 403),
and `/refusal` for what it then tells the client. It knows nobody of another cloud: only, as everybody does,
the suffix and the hosts of that cloud.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.apps.answers import Refused, serve
from services.apps.leader import Leader
from topologies.base import DNS_LABEL, Frozen
from topologies.shown import shown

LONGEST_NAME = 254  # RFC 5321 with its erratum 1690: the longest address of a mailbox


class TenantEntry(Frozen):
    """Where a tenant's data is, and the host name of its site.

    Where its mailboxes have copies, `copies` names their group, and the active one is where its data is.
    """

    datacenter: str
    site: str
    copies: str = ""


class Group(Frozen):
    """Who is asked whose copy is the active one (`members`: ADDRESS:PORT, nearest first), and for what."""

    members: tuple[str, ...]
    key: str


class Settings(Frozen):
    """What the directory knows: `suffixes` by cloud, `hosts` by cloud and service, the rest by name."""

    cloud: str
    suffixes: dict[str, str]
    hosts: dict[str, dict[str, str]]
    tenants: dict[str, TenantEntry]
    users: tuple[str, ...]
    groups: dict[str, Group] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> Settings:
        services = sorted(self.hosts.get(self.cloud, {}))
        for cloud in (self.cloud, *self.suffixes):
            if cloud not in self.suffixes or sorted(self.hosts.get(cloud, {})) != services:
                right = f'right would be a suffix, and a host for each service of "{self.cloud}"'
                raise ValueError(f'cloud "{cloud}" is not complete; {right}')
        return self


class Directory:
    """Answers where a caller's tenant is; names are compared in lower case."""

    def __init__(self, settings: Settings) -> None:
        self.cloud = settings.cloud
        self.hosts = settings.hosts
        self.clouds = {suffix.lower(): cloud for cloud, suffix in settings.suffixes.items()}
        self.tenants = {name.lower(): entry for name, entry in settings.tenants.items()}
        self.users = {user.lower() for user in settings.users}
        self.leaders = {name: Leader(group.members, group.key) for name, group in settings.groups.items()}
        self.example = f"someone@tenant.{settings.suffixes[settings.cloud]}"

    def find(self, request: Request) -> tuple[str, TenantEntry]:
        """Return the name and the entry of the caller's tenant, or raise Refused."""
        user, tenant, cloud = self._caller(request.headers.getlist("X-AnchorMailbox"))
        service = self._service(request.headers.get("X-Service", ""))
        if cloud != self.cloud:
            host = self.hosts[cloud][service].replace("{tenant}", tenant)
            error = f'tenant "{tenant}" is of the cloud {cloud}, this is {self.cloud}; right would be {host}'
            raise Refused(403, error, host=host)
        if tenant not in self.tenants:
            error = f'no tenant "{tenant}" is known; right would be a tenant of the cloud {cloud}'
            raise Refused(404, error)
        if user not in self.users:
            raise Refused(404, f'no user {shown(user)} is known; right would be a user of "{tenant}"')
        entry = self.tenants[tenant]
        site = request.headers.get("X-Site", entry.site)
        if service == "sharepoint" and site.lower() != entry.site.lower():
            error = f'{shown(site)} is not the site of tenant "{tenant}"; right would be {entry.site}'
            raise Refused(403, error, host=entry.site)
        return tenant, entry

    def _caller(self, names: list[str]) -> tuple[str, str, str]:
        """Return a caller's name, tenant and cloud from the header, which must be there once."""
        right = f"right would be a user principal name such as {self.example}"
        if len(names) != 1:
            raise Refused(400, f"X-AnchorMailbox was given {len(names)} times; {right}, once")
        name = names[0].lower()
        user, at, domain = name.partition("@")
        if not (user and at and domain) or "@" in domain or not name.isprintable():
            raise Refused(400, f"X-AnchorMailbox: {shown(name)} names no user; {right}")
        if len(name) > LONGEST_NAME:
            error = f"X-AnchorMailbox has {len(name)} characters; {right}, of {LONGEST_NAME} or fewer"
            raise Refused(400, error)
        tenant, _, suffix = domain.partition(".")
        if suffix not in self.clouds or not DNS_LABEL.fullmatch(tenant):
            raise Refused(400, f"X-AnchorMailbox: {shown(domain)} is no tenant of a known cloud; {right}")
        return name, tenant, self.clouds[suffix]

    def _service(self, name: str) -> str:
        known = self.hosts[self.cloud]
        if name.lower() not in known:
            raise Refused(400, f"X-Service: {shown(name)} is unknown; right would be {', '.join(known)}")
        return name.lower()

    async def locate(self, request: Request) -> Response:
        """Answer nginx: 204 and where to go, 403 whatever the reason of a refusal, 503 if nobody knows."""
        try:
            tenant, entry = self.find(request)
        except Refused as refused:
            return Response(status_code=403, headers={"X-Refusal": str(refused.status)})
        datacenter = await self._active(request, entry)
        if datacenter is None:
            return Response(status_code=503)
        return Response(
            status_code=204,
            headers={
                "X-CalculatedBETarget": datacenter,
                "X-Tenant": tenant,
                "X-Tenant-Site": entry.site,
            },
        )

    async def _active(self, request: Request, entry: TenantEntry) -> str | None:
        """Return the datacenter that the request is for; None if it is a mailbox without an active copy."""
        if entry.copies and self._service(request.headers["X-Service"]) == "exchange":
            return await self.leaders[entry.copies].now()
        return entry.datacenter

    async def refusal(self, request: Request) -> Response:
        """Answer the client: the reason why it is refused."""
        return JSONResponse({"datacenter": self.find(request)[1].datacenter})


def make_app(settings: Path) -> Starlette:
    """Return the directory that a file of settings describes."""
    directory = Directory(Settings.model_validate_json(settings.read_bytes()))
    return serve([Route("/locate", directory.locate), Route("/refusal", directory.refusal)])
