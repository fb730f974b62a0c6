"""A media relay that relays: coturn with TURN (RFC 8656), for users with a password, over UDP and TCP.

What it relays leaves from, and comes back to, the address `relayed_at`: others may have the addresses at
which it is asked, too (anycast), so that an answer to one of those could go to another relay.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from services.base import render
from services.probe import STUN_PORT
from services.relay import Relay

HTTPS_PORT = 443  # over TCP: what even firewalls without UDP let out
REALM = "clientpath"


class TurnRelay(Relay):
    """One turnserver with allocations; ``users`` are its users' passwords by name."""

    def __init__(
        self,
        node: str,
        folder: Path,
        addresses: tuple[str, ...],
        relayed_at: str,
        users: Mapping[str, str],
    ) -> None:
        super().__init__(node, folder, addresses)
        self.relayed_at = relayed_at
        self.users = dict(users)

    def files(self) -> Mapping[str, str]:
        """Return turnserver.conf."""
        text = render(
            "turn.conf.j2",
            node=self.node,
            addresses=self.addresses,
            relayed_at=self.relayed_at,
            port=STUN_PORT,
            tcp_port=HTTPS_PORT,
            realm=REALM,
            users=self.users,
        )
        return {"turnserver.conf": text}
