"""The door to Mininet for a plan's network: its nodes, without the shell that each would have."""

from __future__ import annotations

from typing import Any

from mininet.net import Mininet
from mininet.node import Node as MininetNode

from topologies.namespaces import Keeper
from topologies.plan import Plan


class Namespace(MininetNode):  # type: ignore[misc]
    """A Mininet node in namespaces of its own; commands run in it as lists, through ``mnexec -a``."""

    def startShell(self, mnopts: str | None = None) -> None:  # noqa: N802
        """Make the namespaces and keep them; there is no shell."""
        self.keeper = Keeper()
        self.pid = self.keeper.pid
        self.shell = None
        self.waiting = False

    def mountPrivateDirs(self) -> None:  # noqa: N802
        """Do nothing: a private folder is bound where a service asks for it."""

    def terminate(self) -> None:
        """Let the namespaces go; the kernel removes what was in them."""
        self.keeper.end()


def make_nodes(plan: Plan) -> tuple[Any, dict[str, int]]:
    """Return a Mininet with the plan's hosts and routers, and a process id in each one's namespaces."""
    net = Mininet(topo=None, build=False, controller=None)
    pids = {}
    for node in plan.nodes:
        if node.kind != "switch":
            pids[node.name] = net.addHost(node.name, cls=Namespace, ip=None).pid
    return net, pids
