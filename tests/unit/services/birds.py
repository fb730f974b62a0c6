"""Two routers with a session, and what BIRD 2.0.12 said of such ones: taken down from its control socket."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from services.bird import Bird
from topologies.bgp import Neighbor, Origin, Speaker

Answer = list[tuple[str, str]]
COUNTS = (
    "    Routes:         {imported} imported, {filtered} filtered, {exported} exported, 1 preferred",
    "    Route change stats:     received   rejected   filtered    ignored   accepted",
    "      Import updates:              {updates}          0          1          0          1",
    "      Import withdraws:            0          0        ---          1          0",
    "      Export updates:              7          1          2        ---          {exported}",
    "      Export withdraws:            0        ---        ---        ---          0",
)
HEADLINE = ("2002", "Name       Proto      Table      State  Since         Info")
BFD: Answer = [
    ("1020", "bfd1:"),
    ("1020", "IP address                Interface  State      Since         Interval  Timeout"),
    ("1020", "198.51.100.2              ---        Up         2026-11-26 21:01:27.008    0.300    0.900"),
    ("1020", "198.51.100.6              ---        Down       2026-11-26 21:01:27.008    1.000    0.000"),
    ("0000", ""),
]


def session(name: str, info: str = "up     2026-11-26 21:01:27.240  Established   ") -> Answer:
    """Return how BIRD begins to speak of a session."""
    return [
        ("1002", f"{name:10} BGP        ---        {info}"),
        ("1006", f"  BGP state:          {info.split()[3]}"),
        ("1006", "    Neighbor address: 198.51.100.1"),
        ("1006", "    Local capabilities"),
        ("1006", "      Multiprotocol"),
        ("1006", "    Hold timer:       157.995/180"),
    ]


def channel(
    name: str = "ipv4", *, imported: int = 1, filtered: int = 1, exported: int = 4, updates: int = 2
) -> Answer:
    """Return what BIRD says of a session's channel."""
    values = {"imported": imported, "filtered": filtered, "exported": exported, "updates": updates}
    head = [
        f"  Channel {name}",
        "    State:          UP",
        "    Receive limit:  200",
        "      Action:       disable",
    ]
    counts = [line.format(**values) for line in COUNTS]
    return [("1006", line) for line in (*head, *counts, "    BGP Next hop:   198.51.100.2")]


KERNEL: Answer = [
    ("1002", "kernel1    Kernel     master4    up     2026-11-26 21:01:26.284  "),
    ("1006", "  Channel ipv4"),
    ("1006", "    Routes:         0 imported, 5 exported, 0 preferred"),
    ("1006", "      Export updates:             13          0          4        ---          9"),
    ("1006", ""),
]
CONNECTING = "start  2026-11-26 20:42:06.801  Connect       "
DROPPED = "down   2026-11-26 20:42:18.886  Automatic shutdown: Route limit exceeded"


def said(*parts: Answer) -> Answer:
    """Return a whole answer to "show protocols all"."""
    return [HEADLINE, *(line for part in parts for line in part), ("0000", "")]


def neighbor(name: str, **more: Any) -> Neighbor:
    """Return a session of the customer's edge with Microsoft's, or with somebody else."""
    usual: dict[str, Any] = {
        "policy": "ce-msee",
        "as_number": 12076,
        "address": IPv4Address("198.51.100.2"),
        "own": IPv4Address("198.51.100.1"),
        "interface": "pri",
    }
    return Neighbor(name=name, **(usual | more))


def speaker(node: str, *neighbors: Neighbor, **more: Any) -> Speaker:
    """Return a router with sessions."""
    usual = {"router_id": IPv4Address("192.0.2.1"), "as_number": 64500}
    return Speaker(node=node, neighbors=neighbors, **(usual | more))


def origin(prefix: str, *communities: str) -> Origin:
    """Return what a router announces."""
    return Origin(prefix=IPv4Network(prefix), communities=communities)


class Scripted(Bird):
    """A BIRD that answers what the test says: one answer after another, the last one for ever."""

    def __init__(self, one: Speaker, *answers: Answer, bfd: Answer = BFD) -> None:
        super().__init__(one, Path("/nodes") / one.node, Path("/work"))
        self.answers_left = list(answers)
        self.bfd = bfd
        self.asked: list[str] = []

    def ask(self, command: str) -> Answer:
        """Answer."""
        self.asked.append(command)
        if command == "show bfd sessions":
            return self.bfd
        return self.answers_left.pop(0) if len(self.answers_left) > 1 else self.answers_left[0]
