"""Mininet's links for a script of one's own: made and shaped over netlink, without ``ip`` and ``tc``.

``net.addLink(a, b, delay_ms=5, jitter_ms=1, loss_percent=0.1, rate_mbit=100)``; what is given shapes each
direction. With ``params1`` and ``params2`` each end gets its own.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Interface
from socket import if_nametoindex
from typing import Any

from mininet.link import Intf as MininetIntf
from mininet.link import Link as MininetLink
from pydantic import ValidationError

from topologies.access import Line
from topologies.errors import BuildError
from topologies.namespaces import entered
from topologies.netlink import seed_of
from topologies.netlink_batch import send
from topologies.netlink_requests import (
    Side,
    address,
    link_address,
    link_state,
    no_address,
    no_link,
    settled,
    veth,
)
from topologies.queues import trunk_queues

SHAPES = ("delay_ms", "jitter_ms", "loss_percent", "rate_mbit")
OTHERS = {"bw": "rate_mbit", "delay": "delay_ms", "jitter": "jitter_ms", "loss": "loss_percent"}


class Intf(MininetIntf):  # type: ignore[misc]
    """One end of a `Link`: knows its addresses, so that nobody has to ask the kernel."""

    _addresses: tuple[IPv4Interface, ...] = ()

    def config(
        self,
        mac: str | None = None,
        ip: str | None = None,
        up: bool = True,
        seed: int = 1,
        **params: Any,
    ) -> dict[str, Any]:
        """Bring the interface up, with the queues of its line; BuildError for a line that cannot be."""
        line = _line(self.name, params)
        with self._inside():
            index = if_nametoindex(self.name)
            state = [link_state(self.name, up=True)] if up else []
            send([*state, *trunk_queues(index, line, seed_of(seed, self.node.name, self.name))])
        result: dict[str, Any] = {}
        self.setParam(result, "setMAC", mac=mac)
        self.setParam(result, "setIP", ip=ip)
        return result

    def setIP(self, ipstr: str, prefixLen: int | str | None = None) -> str:  # noqa: N802, N803
        """Give the interface an address, "10.0.0.1/8" or with the prefix's length by itself."""
        own = IPv4Interface(ipstr if "/" in ipstr else f"{ipstr}/{prefixLen}")
        with self._inside():
            index = if_nametoindex(self.name)
            gone = [no_address(index, before.ip, before.network.prefixlen) for before in self._addresses]
            send([*gone, address(index, own.ip, own.network.prefixlen), link_state(self.name, up=True)])
        self._addresses = (own,)
        self.ip, self.prefixLen = str(own.ip), str(own.network.prefixlen)
        return ""

    def setMAC(self, macstr: str) -> str:  # noqa: N802
        """Give the interface a MAC address."""
        with self._inside():
            send([link_address(self.name, macstr)])
        self.mac = macstr
        return ""

    def ifconfig(self, *args: str) -> str:
        """Take the interface "up" or "down"; anything else is for the program of that name."""
        if args not in (("up",), ("down",)):
            return str(super().ifconfig(*args))
        with self._inside():
            send([link_state(self.name, up=args == ("up",))])
        for end in (self, self._peer()):
            if end is not None:
                with end._inside():
                    send([settled(end.name)])
        return ""

    def updateIP(self) -> Any:  # noqa: N802
        """Return the address, which is known."""
        return self.IP()

    def updateMAC(self) -> Any:  # noqa: N802
        """Return the MAC address, which is known."""
        return self.MAC()

    def updateAddr(self) -> tuple[Any, Any]:  # noqa: N802
        """Return address and MAC address, which are known."""
        return self.IP(), self.MAC()

    def delete(self) -> None:
        """Remove the interface, and its wire's other end with it; it may be gone already for that reason."""
        with self._inside():
            send([no_link(self.name)], missing_ok=True)
        self.node.delIntf(self)
        self.link = None

    def _peer(self) -> Intf | None:
        if self.link is None:
            return None
        return self.link.intf2 if self.link.intf1 is self else self.link.intf1

    @contextlib.contextmanager
    def _inside(self) -> Iterator[None]:
        try:
            with entered(self.node.pid) if self.node.inNamespace else contextlib.nullcontext():
                yield
        except OSError as error:
            raise BuildError(f"{self.node.name}: {self.name}: {error}") from error


class Link(MininetLink):  # type: ignore[misc]
    """A link: give it to ``Mininet(link=Link)``."""

    def __init__(self, node1: Any, node2: Any, **params: Any) -> None:
        params.setdefault("cls1", Intf)
        params.setdefault("cls2", Intf)
        for own in ("params1", "params2"):
            _line(f"the link {node1} to {node2}", params | (params.get(own) or {}))
        super().__init__(node1, node2, **params)

    def makeIntfPair(  # noqa: N802
        self,
        intfname1: str,
        intfname2: str,
        addr1: str | None = None,
        addr2: str | None = None,
        node1: Any = None,
        node2: Any = None,
        deleteIntfs: bool = True,  # noqa: N803
    ) -> None:
        """Make both ends where they belong; raise BuildError if the kernel refuses."""
        sides = ((intfname1, addr1, node1), (intfname2, addr2, node2))
        try:
            send([veth(*(Side(name, _namespace(node), mac or "") for name, mac, node in sides))])
        except OSError as error:
            raise BuildError(f"the link {intfname1} to {intfname2} cannot be made: {error}") from error


def _line(place: str, params: Mapping[str, Any]) -> Line:
    """Return the line that parameters describe; raise BuildError, with the place, for one that cannot be."""
    for theirs, ours in OTHERS.items():
        if params.get(theirs) is not None:
            raise BuildError(f'{place}: this link knows no "{theirs}"; right would be "{ours}"')
    try:
        return Line(**{key: params[key] for key in SHAPES if params.get(key) is not None})
    except ValidationError as error:
        wrong = error.errors()[0]
        key = "".join(f"{part}: " for part in wrong["loc"])
        raise BuildError(f"{place}: {key}{wrong['msg'].removeprefix('Value error, ')}") from None


def _namespace(node: Any) -> int:
    return node.pid if node is not None and node.inNamespace else os.getpid()
