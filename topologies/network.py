"""A plan as a running network: made when the block begins, gone when it ends, also after an error."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from topologies.commands import run
from topologies.cutting import set_wire
from topologies.errors import BuildError
from topologies.namespaces import entered
from topologies.netlink import Links
from topologies.netlink_batch import send
from topologies.netlink_requests import no_route, route
from topologies.plan import Plan, Wire
from topologies.switching import open_vswitch, switches
from topologies.wireguard import Tunnels


class Network:
    """Context manager; inside it, commands and sockets can be placed in any node."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        """``folder`` receives the switches' own logs."""
        self.plan = plan
        self._folder = folder
        self._stack = contextlib.ExitStack()
        self._pids: dict[str, int] = {}
        self._led: dict[tuple[str, str], dict[IPv4Network, IPv4Address | None]] = {}
        self._links = Links(plan, self._pids)
        self.tunnels = Tunnels(plan.tunnels, self._pids, plan.seed)

    def __enter__(self) -> Network:
        """Build everything; raise BuildError naming what could not be made."""
        # Only inside a machine is Mininet there; the outside imports this module for its type.
        from topologies.mininet_door import end_nodes, make_nodes

        with contextlib.ExitStack() as stack:
            stack.enter_context(open_vswitch(self._folder))
            net, self._pids = make_nodes(self.plan)
            stack.callback(end_nodes, net)
            self._links = Links(self.plan, self._pids)
            self.tunnels = Tunnels(self.plan.tunnels, self._pids, self.plan.seed)
            stack.callback(self._links.remove)
            self._build()
            stack.enter_context(switches(self.plan))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove everything, in the reverse order."""
        self._stack.close()

    def _build(self) -> None:
        try:
            self._links.make()
            self._links.configure()
            self.tunnels.make()
        except OSError as error:
            raise BuildError(f"the kernel refused a setting: {error}") from error

    def pid(self, node: str) -> int:
        """Return a process id in the node's namespaces; a switch lives in the first one."""
        return self._pids.get(node, 1)

    def has_own(self, node: str) -> bool:
        """Whether a node has namespaces of its own: a switch has none."""
        return node in self._pids

    @contextlib.contextmanager
    def inside(self, node: str) -> Iterator[None]:
        """Run the block in a node's network namespace: sockets that it opens belong to the node."""
        with entered(self.pid(node)):
            yield

    def start(
        self, node: str, argv: list[str], output: IO[Any] | int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        """Start a command in a node's network; its standard output and error go to ``output``.

        It sees everybody's files: only what `run` runs has the node's own mounts, too. That saves a program
        for each daemon, which counts in a guest.
        """
        with self.inside(node):
            return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)

    def run(self, node: str, argv: list[str], env: Mapping[str, str] | None = None) -> str:
        """Run a command inside a node to its end and return its output; raises CommandError if it fails."""
        return run(self.command(node, argv), node=node, env=env)

    def cut(self, a: str, b: str) -> None:
        """Take what joins two nodes down, at both ends at once; BuildError if nothing joins them."""
        self._set_wires(a, b, up=False)

    def mend(self, a: str, b: str) -> None:
        """Bring what joins two nodes up again, with its routes; BuildError if nothing joins them."""
        self._set_wires(a, b, up=True)

    def _set_wires(self, a: str, b: str, *, up: bool) -> None:
        wires = self.plan.wires_between(a, b)
        if not wires:
            raise BuildError(f'there is no wire between "{a}" and "{b}": its ends are named as in the plan')
        try:
            for wire in wires:
                set_wire(self._pids, wire, up=up)
                if up:
                    self.direct(wire)
        except OSError as error:
            raise BuildError(f'the wire between "{a}" and "{b}" cannot be set: {error}') from error

    def direct(self, wire: Wire) -> None:
        """Give both ends of a wire the routes that they have lost if they were down; raises OSError."""
        self._links.direct(wire)

    def lead(
        self, node: str, interface: str, prefixes: Iterable[IPv4Network], own: str, via: str | None = None
    ) -> None:
        """Lead packets for some prefixes out of a node's interface, from ``own``, to ``via`` if given.

        Raises BuildError if the kernel refuses a route.
        """
        source, gateway = IPv4Address(own), None if via is None else IPv4Address(via)
        fresh = dict.fromkeys(prefixes, gateway)
        self._ask(node, interface, lambda index: [route(index, each, source, gateway) for each in fresh])
        self._led.setdefault((node, interface), {}).update(fresh)

    def lead_no_more(self, node: str, interface: str, prefixes: Iterable[IPv4Network]) -> None:
        """Take the routes away that `lead` has made; raises BuildError if there is none of them."""
        gone = list(prefixes)
        self._ask(node, interface, lambda index: [no_route(index, each) for each in gone])
        for prefix in gone:
            self._led.get((node, interface), {}).pop(prefix, None)

    def led(self, node: str, interface: str) -> Mapping[IPv4Network, IPv4Address | None]:
        """Return what `lead` leads out of a node's interface, and to whom."""
        return self._led.get((node, interface), {})

    def _ask(self, node: str, interface: str, requests: Callable[[int], list[bytes]]) -> None:
        """Ask the kernel for something at a node's interface."""
        try:
            with self.inside(node):
                send(requests(socket.if_nametoindex(interface)))
        except OSError as error:
            raise BuildError(f"{node}: {interface}: a route cannot be set: {error}") from error

    def command(self, node: str, argv: list[str]) -> list[str]:
        """Return the command that runs ``argv`` inside a node."""
        return ["mnexec", "-a", str(self.pid(node)), *argv] if node in self._pids else argv
