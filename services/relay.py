"""A media relay: coturn, of which only STUN is used (RFC 8489), at the addresses of a datacenter's host."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from services.base import Service, render
from services.probe import STUN_PORT, answers_stun


class Relay(Service):
    """One turnserver; it answers from the address that it was asked at, which others may have, too."""

    def __init__(self, node: str, folder: Path, addresses: tuple[str, ...]) -> None:
        super().__init__(node, folder)
        self.addresses = addresses

    def files(self) -> Mapping[str, str]:
        """Return turnserver.conf."""
        values = {"node": self.node, "addresses": self.addresses, "port": STUN_PORT}
        return {"turnserver.conf": render("turnserver.conf.j2", **values)}

    def argv(self) -> list[str]:
        """Return turnserver in the foreground, its log on standard output."""
        return ["turnserver", "-c", str(self.folder / "turnserver.conf")]

    def answers(self) -> bool:
        """Ask at every address where the question comes from."""
        return all(answers_stun(address) for address in self.addresses)
