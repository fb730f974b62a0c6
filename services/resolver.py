"""A recursive resolver: unbound, iterating from the root, with an empty cache when it starts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path

from services.base import Service, render
from services.probe import answers_dns


class Resolver(Service):
    """One unbound at one address; ``roots`` are host names and addresses of root servers.

    With ``client_subnet`` it tells authorities for whom it asks (RFC 7871). A ``small`` one is for a few
    questions: it is there in half of the time, and asks for whole names.
    """

    def __init__(
        self,
        node: str,
        folder: Path,
        address: str,
        roots: Mapping[str, str],
        *,
        client_subnet: bool = False,
        small: bool = False,
    ) -> None:
        super().__init__(node, folder)
        self.small = small
        self.client_subnet = client_subnet
        self.address = address
        self.roots = roots

    def files(self) -> Mapping[str, str]:
        """Return unbound.conf and the root hints."""
        return {
            "unbound.conf": render(
                "unbound.conf.j2",
                node=self.node,
                folder=self.folder,
                address=self.address,
                client_subnet=self.client_subnet,
                small=self.small,
            ),
            "root.hints": render("root.hints.j2", roots=self.roots),
        }

    def check(self) -> list[str]:
        """Let unbound read its configuration."""
        return ["unbound-checkconf", str(self.folder / "unbound.conf")]

    @property
    def alike(self) -> Hashable:
        """Small ones come in numbers, and differ in their addresses."""
        return (Resolver, self.client_subnet) if self.small else super().alike

    def argv(self) -> list[str]:
        """Return unbound in the foreground, its log on standard error."""
        return ["unbound", "-d", "-p", "-c", str(self.folder / "unbound.conf")]

    def answers(self) -> bool:
        """Ask for the server's identity, which it answers by itself: its cache stays empty."""
        return answers_dns(self.address)
