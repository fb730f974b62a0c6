"""Traces paths: only packets are sent, and what they show is in the captures.

Debian's traceroute, one ICMP echo for each distance, the next one when an answer has come: what a router says
of it is an `IcmpTimeExceeded` row, what the end says an `IcmpEcho` row. Linux's routers send the first six
such messages to one address at once, and one a second after that (icmp_ratelimit).
"""

from __future__ import annotations

from topologies.network import Network

FARTHEST = 12  # hops; nothing is as far away
ANSWER_S = 2  # longer than the way to anywhere and back


def trace(network: Network, node: str, address: str) -> None:
    """Trace the path from a node to an address; raises CommandError where no packet can be sent there."""
    options = ["-n", "-I", "-q", "1", "-N", "1", "-w", str(ANSWER_S), "-m", str(FARTHEST)]
    network.run(node, ["traceroute", *options, address])
