"""A visit: a client asks for a name and opens a TCP connection to each of some front doors, and no more.

The time from SYN to SYN/ACK in the client's capture is the round trip, and the front door's own capture says
where the connection ended. No program is started for it: sockets of this one stand in the client's network.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence

import dns.exception
import dns.message
import dns.rdatatype

from measurement.visit import Reached, Visit
from services.base import ask_udp
from services.probe import DNS_PORT
from services.web import HTTPS_PORT
from topologies.network import Network

PATIENCE_S = 10.0  # longer than a resolver needs from an empty cache on another continent
# What a connection is closed with: at once, by RST, so that nothing of it is under way during the next one.
AT_ONCE = struct.pack("ii", 1, 0)


def visit(
    network: Network,
    *,
    survey: str,
    client: str,
    resolver: tuple[str, str],
    name: str,
    beside: Sequence[str],
    number: int,
) -> Visit:
    """Let a client ask and connect; ``resolver`` is name and address of the one it asks for a ``name``.

    ``number`` is the DNS message's. Nothing that goes wrong in it raises: it is told.
    """
    told: tuple[str, ...] = ()
    error = ""
    if name:
        try:
            with network.inside(client):
                told = _told(resolver[1], name, number)
        except (OSError, dns.exception.DNSException) as problem:
            error = f"{type(problem).__name__}: {problem}".rstrip(": ")
    return Visit(
        survey=survey,
        client=client,
        resolver=resolver[0],
        resolver_ip=resolver[1],
        name=name,
        addresses=told,
        reached=tuple(_reached(network, client, address) for address in (*told[:1], *beside)),
        error=error,
    )


def _told(resolver_ip: str, name: str, number: int) -> tuple[str, ...]:
    """Return the addresses that a resolver gives for a name, in the answer's order."""
    question = dns.message.make_query(name, dns.rdatatype.A, id=number)
    answer = dns.message.from_wire(ask_udp(resolver_ip, DNS_PORT, question.to_wire(), PATIENCE_S))
    records = (record for each in answer.answer if each.rdtype == dns.rdatatype.A for record in each)
    return tuple(record.to_text() for record in records)


def _reached(network: Network, client: str, address: str) -> Reached:
    with network.inside(client):
        opening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with opening:
        opening.settimeout(PATIENCE_S)
        opening.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        error = ""
        try:
            opening.connect((address, HTTPS_PORT))
        except OSError as problem:
            error = problem.strerror or type(problem).__name__
        return Reached(address=address, local_port=opening.getsockname()[1], error=error)
