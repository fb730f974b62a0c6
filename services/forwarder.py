"""Split DNS on a client: an unbound of its own, which asks one resolver or another, by the name in question.

It looks up an alias that leads out of a domain as a question of its own: whoever is to answer a whole chain
needs every domain of the chain.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from services.base import Service, render
from services.probe import answers_dns


class Forwarder(Service):
    """One unbound at an address of the node's lo, with an empty cache when it starts.

    It asks the resolver at ``resolver`` for everything but what is below a domain in ``apart``, which maps
    domains to the addresses of other resolvers.
    """

    def __init__(
        self, node: str, folder: Path, address: str, resolver: str, apart: Mapping[str, str]
    ) -> None:
        super().__init__(node, folder)
        self.address = address
        self.resolver = resolver
        self.apart = apart

    def files(self) -> Mapping[str, str]:
        """Return unbound.conf."""
        values = {"node": self.node, "address": self.address, "resolver": self.resolver, "apart": self.apart}
        return {"unbound.conf": render("unbound-forwarder.conf.j2", **values)}

    def check(self) -> list[str]:
        """Let unbound read its configuration."""
        return ["unbound-checkconf", str(self.folder / "unbound.conf")]

    def argv(self) -> list[str]:
        """Return unbound in the foreground, its log on standard error."""
        return ["unbound", "-d", "-p", "-c", str(self.folder / "unbound.conf")]

    def answers(self) -> bool:
        """Ask for the server's identity, which it answers by itself: its cache stays empty."""
        return answers_dns(self.address)
