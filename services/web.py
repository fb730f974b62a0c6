"""Front ends: nginx with TLS 1.3 and HTTP/2. Their answers say which datacenter served whom.

What a caller may have is the directory's to say: nginx asks it for each request (auth_request), and passes on
what it answers to those that are refused.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from typing_extensions import NotRequired, Unpack

from services.base import Service, render
from topologies.names import Service as ServiceName

HTTPS_PORT = 443
MAILBOX_PORT = 444  # of Exchange's back end
COPIES_PORT = 444  # at which a site's other server writes
WARM = "/.warm/"
READY_TIMEOUT_S = 1.0


class Front(TypedDict):
    """What every front end is told; ``directory`` is the address of the datacenter's own, if it has one."""

    datacenter: str
    names: tuple[str, ...]
    pki: Path
    directory: NotRequired[str | None]


class FrontEnd(Service):
    """One nginx: the portal's front end."""

    template = "portal"
    service: ServiceName = "portal"
    site = '""'  # what the caller asks for beside the service: nothing
    limit = "1m"  # of a body

    def __init__(self, node: str, folder: Path, addresses: tuple[str, ...], **front: Unpack[Front]) -> None:
        super().__init__(node, folder)
        self.addresses = addresses
        self.datacenter = front["datacenter"]
        self.names = front["names"]
        self.pki = front["pki"]
        self.directory = front.get("directory")

    def files(self) -> Mapping[str, str]:
        """Return nginx.conf."""
        return {"nginx.conf": render(f"{self.template}.conf.j2", **self._values())}

    def _values(self) -> dict[str, object]:
        return {
            "node": self.node,
            "folder": self.folder,
            "addresses": self.addresses,
            "datacenter": self.datacenter,
            "names": self.names,
            "pki": self.pki,
            "directory": self.directory,
            "service": self.service,
            "site": self.site,
            "limit": self.limit,
        }

    def check(self) -> list[str]:
        """Let nginx read its configuration."""
        return ["nginx", "-t", "-q", *self._configuration()]

    def argv(self) -> list[str]:
        """Return nginx in the foreground."""
        return ["nginx", *self._configuration()]

    def _configuration(self) -> list[str]:
        return ["-e", "stderr", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]

    def answers(self) -> bool:
        """Open a connection: nginx listens only after it has read its certificate."""
        with socket.create_connection((self.addresses[0], HTTPS_PORT), timeout=READY_TIMEOUT_S):
            return True


class FrontDoor(FrontEnd):
    """Exchange's: passes requests on to the mailbox server of the caller's tenant.

    ``mailboxes`` has the address of each datacenter's mailbox server. Connections to them are opened before
    the first caller comes, and kept, if ``warm``; else each request opens its own.
    """

    template = service = "exchange"

    def __init__(
        self,
        node: str,
        folder: Path,
        addresses: tuple[str, ...],
        *,
        mailboxes: Mapping[str, str],
        warm: bool,
        **front: Unpack[Front],
    ) -> None:
        super().__init__(node, folder, addresses, **front)
        self.mailboxes = mailboxes
        self.warm = warm

    def _values(self) -> dict[str, object]:
        return {
            **super()._values(),
            "mailboxes": self.mailboxes,
            "mailbox_port": MAILBOX_PORT,
            "warm": self.warm,
            "warm_path": WARM,
        }

    def answers(self) -> bool:
        """Be ready when nginx answers, and where connections are kept, when each of them is open."""
        return super().answers() and (not self.warm or all(map(self._is_warm, self.mailboxes)))

    def _is_warm(self, datacenter: str) -> bool:
        context = ssl.create_default_context(cafile=str(self.pki / "ca.pem"))
        context.check_hostname = False
        connection = http.client.HTTPSConnection(self.addresses[0], context=context, timeout=READY_TIMEOUT_S)
        with contextlib.closing(connection):
            connection.request("GET", f"{WARM}{datacenter}")
            return connection.getresponse().status == http.HTTPStatus.NO_CONTENT


class ApplicationFront(FrontEnd):
    """In front of an application on the same host, which listens at the socket ``application``."""

    def __init__(
        self,
        node: str,
        folder: Path,
        addresses: tuple[str, ...],
        *,
        application: Path,
        **front: Unpack[Front],
    ) -> None:
        super().__init__(node, folder, addresses, **front)
        self.application = application

    def _values(self) -> dict[str, object]:
        return {**super()._values(), "application": self.application}


class MailboxFront(ApplicationFront):
    """In front of the mailbox server; it speaks to front doors, and not HTTP/2."""

    template = "mailbox"

    def _values(self) -> dict[str, object]:
        return {**super()._values(), "port": MAILBOX_PORT}

    def answers(self) -> bool:
        """Open a connection."""
        with socket.create_connection((self.addresses[0], MAILBOX_PORT), timeout=READY_TIMEOUT_S):
            return True


class SiteFront(ApplicationFront):
    """SharePoint's: in front of the site server; with ``copied``, also for the sites' other servers.

    Where it is ``behind_edges`` it keeps connections, and sends small TLS records, as `MailboxFront` does.
    """

    template = service = "sharepoint"
    site = "$host"
    limit = "120m"

    def __init__(
        self,
        node: str,
        folder: Path,
        addresses: tuple[str, ...],
        *,
        application: Path,
        copied: bool = False,
        behind_edges: bool = False,
        **front: Unpack[Front],
    ) -> None:
        super().__init__(node, folder, addresses, application=application, **front)
        self.copied = copied
        self.behind_edges = behind_edges

    def _values(self) -> dict[str, object]:
        port = COPIES_PORT if self.copied else None
        return {**super()._values(), "behind_edges": self.behind_edges, "copies_port": port}
