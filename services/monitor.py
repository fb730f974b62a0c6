"""An authority's probes: which front ends are up, by how many probes in a row each has left unanswered.

PowerDNS 4.7 can probe by itself (ifportup, ifurlup), but it takes the first failure for the end: it tolerates
none, and begins with everything down (pdns/lua-record.cc, IsUpOracle). So its Lua records read a file with
what is down, and this writes it.
"""

from __future__ import annotations

import errno
import functools
import json
import select
import socket
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from services.base import Service
from services.process import Forked, Process
from services.web import HTTPS_PORT
from topologies.base import Frozen
from topologies.health import Health
from topologies.network import Network

CLOSE_S = 0.04  # the last part of a wait, for which that is nothing
RESET = struct.pack("ii", 1, 0)  # struct linger: what closes a connection is a RST, at once


class Settings(Frozen):
    """What a monitor probes, and how."""

    addresses: tuple[str, ...]
    health: Health


class Verdict:
    """What is down. All is up at the beginning, and again after one answer."""

    def __init__(self, addresses: Sequence[str], tolerated_failures: int) -> None:
        self._failures = dict.fromkeys(addresses, 0)  # in a row
        self._tolerated = tolerated_failures

    @property
    def down(self) -> list[str]:
        """The addresses that are down, sorted."""
        return sorted(address for address in self._failures if self._is_down(address))

    def note(self, address: str, *, answered: bool) -> bool:
        """Take a probe's result in; return whether another verdict follows from it."""
        before = self._is_down(address)
        self._failures[address] = 0 if answered else self._failures[address] + 1
        return self._is_down(address) != before

    def _is_down(self, address: str) -> bool:
        return self._failures[address] > self._tolerated


class Monitor(Service):
    """Probes for the authority on its node, whose folder is the one above its own.

    Its log has a JSON object on a line for each new verdict.
    """

    def __init__(self, node: str, authority: Path, addresses: tuple[str, ...], health: Health) -> None:
        super().__init__(node, monitor_folder(authority))
        self.down = down_file(authority)
        self.settings = Settings(addresses=addresses, health=health)

    def files(self) -> Mapping[str, str]:
        """Return settings.json, and that nothing is down."""
        return {"settings.json": self.settings.model_dump_json(indent=1) + "\n", self.down.name: lua_of([])}

    def argv(self) -> list[str]:
        """Return what it is, in the words of a command."""
        return ["monitor", str(self.folder / "settings.json")]

    def start(self, network: Network) -> Process:
        """Probe from a child of this process, inside the node's network."""
        return Forked(functools.partial(self._run, network), self.log)

    def answers(self) -> bool:
        """Be ready at once: until a probe has shown it, nothing is down."""
        return True

    def _run(self, network: Network) -> None:
        with network.inside(self.node):
            self._monitor()

    def _monitor(self) -> None:
        health, addresses = self.settings.health, self.settings.addresses
        verdict = Verdict(addresses, health.tolerated_failures)
        self._write(verdict)
        due_s = health.next_probe_s(time.time())
        while True:
            time.sleep(max(0.0, due_s - time.time()))
            due_s += health.interval_s
            for address, answered in probe(addresses, HTTPS_PORT, health.timeout_s):
                if verdict.note(address, answered=answered):
                    self._write(verdict)
                    said = {"time_ns": time.time_ns(), "address": address, "up": answered}
                    print(json.dumps(said))

    def _write(self, verdict: Verdict) -> None:
        """Replace the file as a whole: whoever reads it meanwhile has one or the other."""
        fresh = self.down.with_suffix(".new")
        fresh.write_text(lua_of(verdict.down))
        fresh.replace(self.down)


def monitor_folder(authority: Path) -> Path:
    """Return the folder of the monitor of an authority with that folder."""
    return authority / "monitor"


def down_file(authority: Path) -> Path:
    """Return where an authority with that folder reads what is down."""
    return monitor_folder(authority) / "down.lua"


def lua_of(down: Sequence[str]) -> str:
    """Return a set of addresses as Lua reads it."""
    return "return {" + ", ".join(f'["{address}"] = true' for address in down) + "}\n"


def probe(addresses: Sequence[str], port: int, timeout_s: float) -> Iterator[tuple[str, bool]]:
    """Ask all addresses at once for a connection; yield which has answered, or not, as soon as it is known.

    A probe is three packets: whoever answers the SYN is sent a RST, as Traffic Manager does. Nothing of it
    reaches the server's program.
    """
    asked: dict[socket.socket, str] = {}
    deadline = time.monotonic() + timeout_s
    try:
        for address in addresses:
            asking = _socket()
            asked[asking] = address
            if asking.connect_ex((address, port)) not in (0, errno.EINPROGRESS):  # no way leads there
                asking.close()
                yield asked.pop(asking), False
        while asked:
            _, known, _ = select.select([], list(asked), [], _wait_s(deadline - time.monotonic()))
            if not known and time.monotonic() < deadline:
                continue
            for each in known or list(asked):
                answered = bool(known) and each.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
                each.close()
                yield asked.pop(each), answered
    finally:
        for each in asked:
            each.close()


def _wait_s(left_s: float) -> float:
    """Return how long to wait at once: Linux may let a select last a thousandth longer (fs/select.c)."""
    return max(0.0, left_s if left_s < CLOSE_S else left_s - CLOSE_S / 2)


def _socket() -> socket.socket:
    asking = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    asking.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    # The ACK that would complete the connection waits for something to go with it: that is the RST.
    asking.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
    return asking
