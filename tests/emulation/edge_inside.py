"""Runs inside a guest in place of the inside: tries an office's edge, a media relay and a client's split DNS.

Leaves captures of each case, and told.json: what was tried, and what the edge says that it dropped.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

from measurement.capture import CapturePoint, Recorder, Window, capturing
from measurement.journey import Request, travel, use_resolver
from measurement.traceroute import trace
from services import firewall
from services.authority import Authority
from services.base import Service, running
from services.firewall import Edge
from services.forwarder import Forwarder
from services.relay import Relay
from services.zones import Record, Zone
from tests.emulation.edge_network import (
    DNS,
    ER_POOL,
    FAR,
    LINE_POOL,
    NEAR,
    OFFICE,
    OTHER_EDGE,
    PROVIDER,
    plan,
)
from topologies.errors import ServiceError
from topologies.network import Network

EDGE = Edge(
    node="gw",
    outside=("line",),
    inside=(OFFICE,),
    snat={"line": LINE_POOL},
    open_to_self=("tcp/179", "icmp"),
)
OTHER = Edge(node="r2", outside=("br",), inside=(OFFICE,), snat={"br": ER_POOL})
POINTS = ("client", "eth0"), ("dns", "eth0"), ("far", "eth0"), ("gw", "line"), ("r2", "br")
WAIT_S = 0.5  # longer than any way there and back, shorter than until TCP sends again
SYN_ACK = 0x12


class Tries:
    """What is tried in the network, and what came of it."""

    def __init__(self, network: Network, folder: Path) -> None:
        self.network, self.folder = network, folder
        self.told: dict[str, object] = {}
        self.listening = {port: self._listen(port) for port in (443, 444)}

    def _listen(self, port: int) -> socket.socket:
        with self.network.inside("far"):
            return socket.create_server(("0.0.0.0", port))

    def connect(self, node: str, address: str, port: int) -> socket.socket | str:
        """Open a connection; return it, or what was wrong."""
        with self.network.inside(node):
            connecting = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        connecting.settimeout(WAIT_S)
        try:
            connecting.connect((address, port))
        except OSError as error:
            connecting.close()
            return type(error).__name__
        return connecting

    def outcome(self, what: str, node: str, address: str, port: int) -> None:
        """Try a connection, and tell what came of it."""
        opened = self.connect(node, address, port)
        self.told[what] = opened if isinstance(opened, str) else "open"
        if isinstance(opened, socket.socket):
            opened.close()

    def apply(self, edge: Edge) -> None:
        """Put an edge in force; tell how long it took, in microseconds."""
        began_ns = time.monotonic_ns()
        firewall.apply(self.network, edge, self.folder / "nodes" / edge.node)
        self.told["apply_us"] = (time.monotonic_ns() - began_ns) // 1000

    def dropped(self, what: str, node: str = "gw") -> None:
        """Tell what an edge has dropped so far."""
        self.told[f"dropped {what}"] = firewall.dropped(self.network, node).model_dump()

    def stun(self, node: str, *hosts: str) -> None:
        """Let a client ask media relays; tell its requests."""
        requests = [Request(name=host, url=f"stun:{host}:3478") for host in hosts]
        journey = travel(
            self.network,
            case="edge",
            client=node,
            resolver=("none", ""),
            requests=requests,
            authority=self.folder / "none.pem",
            key_log=self.folder / "none.keys",
        )
        self.told |= {f"{node} {each.name}": each.model_dump() for each in journey.fetches}


def zones(address: str) -> tuple[Zone, ...]:
    """Return what a resolver knows that leads everybody to one relay."""
    hosts = [Record(name=f"media.example.{top}", ttl_s=60, type="A", data=address) for top in ("com", "net")]
    alias = Record(name="alias.example.net", ttl_s=60, type="CNAME", data="media.example.com")
    return (Zone(name=".", primary="media.example.com", records=(*hosts, alias)),)


def services(nodes: Path) -> list[Service]:
    """Return the relay, two resolvers that know everything already, and the client's forwarder."""
    return [
        Relay("far", nodes / "relay", (NEAR, FAR)),
        Authority("dns", nodes / "dns", DNS, zones(NEAR)),
        Authority("far", nodes / "provider", PROVIDER, zones(FAR)),
        Forwarder("client", nodes / "forwarder", "127.0.0.1", DNS, {"example.net": PROVIDER}),
    ]


def one_edge_with_two_lines(tries: Tries) -> None:
    """Send out by one interface of an edge, and let the answer come in by another."""
    tries.apply(EDGE.model_copy(update={"outside": ("line", "er")}))
    way = ["ip", "route", "replace", "198.51.100.0/24", "src", "192.0.2.3", "onlink"]
    tries.network.run("br", [*way, "via", OTHER_EDGE, "dev", "r2"])
    tries.outcome("by the other line", "client", NEAR, 443)
    time.sleep(WAIT_S)
    tries.network.run("br", [*way, "via", "192.0.2.1", "dev", "r1"])


def answers_that_come_back(tries: Tries) -> None:
    """Send out by each edge, with a pool for each, and then with one that belongs to the other."""
    tries.apply(EDGE)
    tries.apply(OTHER)
    tries.stun("client", NEAR, FAR)
    tries.stun("dns", NEAR)
    for address in (NEAR, FAR):
        tries.outcome(f"open {address}", "client", address, 443)
    time.sleep(WAIT_S)  # the end of a connection has its answer, too
    for edge in (EDGE, OTHER):
        tries.dropped(f"at {edge.node}", edge.node)
    tries.apply(EDGE.model_copy(update={"snat": {"line": ER_POOL}}))
    tries.outcome("asymmetric", "client", NEAR, 443)
    tries.dropped("asymmetric", "r2")


def strangers(tries: Tries) -> None:
    """Come in from outside, and go out without a conversation."""
    tries.apply(EDGE)
    tries.outcome("gw 179", "far", LINE_POOL, 179)
    tries.outcome("gw 22", "far", LINE_POOL, 22)
    tries.outcome("r2 22", "far", OTHER_EDGE, 22)
    tries.network.run("far", ["ping", "-c", "1", "-W", "1", LINE_POOL])
    tries.outcome("dns 53", "far", DNS, 53)
    with tries.network.inside("client"):
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
    raw.sendto(struct.pack("!HHIIBBHHH", 40_000, 443, 1, 1, 5 << 4, SYN_ACK, 1000, 0, 0), (NEAR, 0))
    raw.close()
    tries.dropped("strangers")
    tries.apply(EDGE.model_copy(update={"open_to": (IPv4Network(DNS),)}))
    tries.outcome("dns 53 opened", "far", DNS, 53)


def refused(tries: Tries) -> None:
    """Put an edge in force that cannot be: its interface has a name that is too long."""
    try:
        tries.apply(EDGE.model_copy(update={"outside": ("a-name-of-twenty-two-c",)}))
    except ServiceError as error:
        tries.told["refused"] = str(error)


def state_of_a_ruleset_before(tries: Tries) -> None:
    """Put the same edge in force again, while a connection is open."""
    tries.apply(EDGE)
    opened = tries.connect("client", NEAR, 444)
    assert isinstance(opened, socket.socket)
    far, _ = tries.listening[444].accept()
    tries.apply(EDGE)
    far.send(b"answer")
    tries.told["before the client sends again"] = _received(opened, WAIT_S)
    tries.dropped("state")
    opened.send(b"question")
    tries.told["after it has"] = _received(opened, 4 * WAIT_S)
    opened.close()
    far.close()


def _received(opened: socket.socket, wait_s: float) -> str:
    opened.settimeout(wait_s)
    try:
        return opened.recv(100).decode()
    except TimeoutError:
        return ""


@contextlib.contextmanager
def case(recorder: Recorder, name: str) -> Iterator[None]:
    """Keep what is captured during the block, and a moment around it, as a case."""
    print(f"@step {name}", flush=True)
    from_ns = time.time_ns()
    time.sleep(0.5)
    yield
    time.sleep(0.5)
    recorder.windows.append(Window(name, from_ns, time.time_ns(), ""))


def main(run_dir: Path) -> None:
    """Try everything, each thing in a case of its own."""
    with contextlib.ExitStack() as stack:
        network = stack.enter_context(Network(plan(), run_dir))
        work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        network.run("gw", ["ip", "link", "set", "er", "mtu", "1400"])
        stack.enter_context(running(network, services(run_dir / "nodes")))
        points = [CapturePoint(name=f"{node}-{at}", node=node, interface=at) for node, at in POINTS]
        recorder = stack.enter_context(capturing(network, points, work, run_dir / "pcap"))
        tries = Tries(network, run_dir)
        with case(recorder, "without"):
            tries.stun("dns", NEAR)
        with case(recorder, "two-lines"):
            one_edge_with_two_lines(tries)
        with case(recorder, "answers"):
            answers_that_come_back(tries)
        with case(recorder, "strangers"):
            strangers(tries)
        with case(recorder, "state"):
            state_of_a_ruleset_before(tries)
            refused(tries)
        with case(recorder, "names"):
            use_resolver(network, "client", run_dir / "nodes/client", "127.0.0.1")
            tries.stun("client", "media.example.com", "media.example.net", "alias.example.net")
        with case(recorder, "path"):
            trace(network, "client", NEAR)
        tries.dropped("in all")
    (run_dir / "told.json").write_text(json.dumps(tries.told, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
