"""How a client's packets go, as a value: through a tunnel, past it, and who is asked for names."""

from __future__ import annotations

from ipaddress import IPv4Network

from topologies.base import Frozen


class Way(Frozen):
    """How a client's packets go: through a tunnel to an ``office``, or, without one, as they are.

    Of all prefixes ``tunnelled`` go through the tunnel, but for ``direct`` ones; the more specific prefix
    wins. Names in ``split_dns`` are asked for at the client's own resolver, all others at the case's.
    """

    office: str = ""
    tunnelled: tuple[IPv4Network, ...] = ()
    direct: tuple[IPv4Network, ...] = ()
    split_dns: tuple[str, ...] = ()
