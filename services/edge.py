"""An edge site's front door: nginx near the client, which passes on, and keeps static files.

Split TCP: the client's connection and TLS end here, and its request goes on over a connection to the tenant's
datacenter that is open already (Azure Front Door: "Traffic acceleration"). Of the content delivery network,
which anybody may read from, a file that is not here is asked of the site whose library has it, and kept; the
header X-Cache says which of the two it was. The site knows the network as a user of the tenant: that there is
such an account is this project's.
"""

from __future__ import annotations

import contextlib
import http.client
import ssl
from collections.abc import Hashable, Mapping
from pathlib import Path

from typing_extensions import Unpack

from services.web import HTTPS_PORT, WARM, Front, FrontEnd
from topologies.base import Frozen

WARM_TIMEOUT_S = 5.0  # longer than four round trips to the other side of the planet


class Origin(Frozen):
    """A site's host in the datacenter where the tenant's data is: its address there, and who asks for files.

    ``account`` is the user principal name by which the content network is known.
    """

    datacenter: str
    address: str
    account: str


class EdgeFront(FrontEnd):
    """One nginx for all that an edge site has: the portal, tenants' sites, and static files.

    ``names`` are the portal's, ``origins`` are those of each site by its host name, ``content`` is the host
    name of the content network, and ``cache`` the folder where files are kept. Connections to the origins'
    datacenters are opened before the first caller comes, and kept, if ``warm``.
    """

    template = "edge"

    def __init__(
        self,
        node: str,
        folder: Path,
        addresses: tuple[str, ...],
        *,
        origins: Mapping[str, Origin],
        content: str,
        cache: Path,
        warm: bool,
        **front: Unpack[Front],
    ) -> None:
        super().__init__(node, folder, addresses, **front)
        self.origins = origins
        self.content = content
        self.cache = cache
        self.warm = warm

    def _values(self) -> dict[str, object]:
        return {
            **super()._values(),
            "origins": self.origins,
            "servers": {each.datacenter: each.address for each in self.origins.values()},
            "content": self.content,
            "cache": self.cache,
            "warm": self.warm,
            "warm_path": WARM,
        }

    @property
    def alike(self) -> Hashable:
        """All sites have the same, at other addresses."""
        return EdgeFront, self.warm

    def answers(self) -> bool:
        """Be ready when nginx answers, and where connections are kept, when each of them is open."""
        return super().answers() and (not self.warm or all(map(self._is_warm, self.origins)))

    def _is_warm(self, site: str) -> bool:
        context = ssl.create_default_context(cafile=str(self.pki / "ca.pem"))
        context.check_hostname = False
        connection = http.client.HTTPSConnection(
            self.addresses[0], HTTPS_PORT, context=context, timeout=WARM_TIMEOUT_S
        )
        with contextlib.closing(connection):
            connection.request("GET", WARM, headers={"Host": site})
            # The origin refuses whoever has no name; that it says so is enough.
            return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
