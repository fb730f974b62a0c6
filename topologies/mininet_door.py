"""The door to Mininet for a plan's network: its nodes, without the shell that each would have."""

from __future__ import annotations

from typing import Any

from mininet.net import Mininet
from mininet.node import Node as MininetNode

from topologies.errors import BuildError
from topologies.namespaces import Holder
from topologies.plan import Plan


class Namespace(MininetNode):  # type: ignore[misc]
    """A Mininet node in namespaces of its own; commands run in it as lists, through ``mnexec -a``."""

    def startShell(self, mnopts: str | None = None) -> None:  # noqa: N802
        """Make the namespaces and keep them; there is no shell."""
        self.holder = Holder()
        self.pid = self.holder.pid
        self.shell = None
        self.waiting = False

    def mountPrivateDirs(self) -> None:  # noqa: N802
        """Do nothing: a private folder is bound where a service asks for it."""

    def terminate(self) -> None:
        """Let the namespaces go; the kernel removes what was in them."""
        self.holder.end()


def make_nodes(plan: Plan) -> tuple[Any, dict[str, int]]:
    """Return a Mininet with the plan's hosts and routers, and a process id in each one's namespaces.

    Raises BuildError naming the node whose namespaces the kernel refuses; then nothing is left.
    """
    net = Mininet(topo=None, build=False, controller=None)
    pids = {}
    for node in plan.nodes:
        if node.kind != "switch":
            try:
                pids[node.name] = net.addHost(node.name, cls=Namespace, ip=None).pid
            except OSError as error:
                end_nodes(net)
                raise BuildError(f"{node.name}: no namespaces for it: {error}") from error
    return net, pids


def end_nodes(net: Any) -> None:
    """Let all nodes' namespaces go."""
    for node in net.hosts:
        node.terminate()
