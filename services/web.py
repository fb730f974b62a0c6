"""A front end: nginx with TLS 1.3 and HTTP/2; its answer says which datacenter served whom."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

from services.base import Service, render

HTTPS_PORT = 443


class FrontEnd(Service):
    """One nginx at one address, for the given names."""

    def __init__(
        self, node: str, folder: Path, address: str, *, datacenter: str, names: tuple[str, ...], pki: Path
    ) -> None:
        super().__init__(node, folder)
        self.address = address
        self.datacenter = datacenter
        self.names = names
        self.pki = pki

    def files(self) -> Mapping[str, str]:
        """Return nginx.conf."""
        values = {
            "node": self.node,
            "folder": self.folder,
            "address": self.address,
            "datacenter": self.datacenter,
            "names": self.names,
            "pki": self.pki,
        }
        return {"nginx.conf": render("nginx.conf.j2", **values)}

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
        with socket.create_connection((self.address, HTTPS_PORT), timeout=1.0):
            return True
