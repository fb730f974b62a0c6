"""The only door to Mininet: its nodes, without the shell and the pseudo-terminal that each would have.

A node is a process that waits on a pipe. It ends when the pipe does, so nothing stays when its maker dies.
"""

from __future__ import annotations

import subprocess
from typing import Any

from mininet.net import Mininet
from mininet.node import Node as MininetNode

from topologies.plan import Plan

HOLD = ["mnexec", "-n", "-p", "cat"]


class Namespace(MininetNode):  # type: ignore[misc]
    """A Mininet node in namespaces of its own; commands run in it as lists, through ``mnexec -a``."""

    holder: subprocess.Popen[bytes]

    def startShell(self, mnopts: str | None = None) -> None:  # noqa: N802
        """Make the namespaces and keep them; there is no shell."""
        self.holder = subprocess.Popen(HOLD, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        assert self.holder.stdout is not None
        self.holder.stdout.readline()  # mnexec prints its process id once the namespaces exist
        self.pid = self.holder.pid
        self.shell = None
        self.waiting = False

    def mountPrivateDirs(self) -> None:  # noqa: N802
        """Do nothing: a private folder is bound where a service asks for it."""

    def terminate(self) -> None:
        """End the process that keeps the namespaces; the kernel removes what was in them."""
        assert self.holder.stdin is not None and self.holder.stdout is not None
        self.holder.stdin.close()
        self.holder.stdout.close()
        self.holder.wait()


def make_nodes(plan: Plan) -> tuple[Any, dict[str, int]]:
    """Return a Mininet with the plan's hosts and routers, and a process id in each one's namespaces."""
    net = Mininet(topo=None, build=False, controller=None)
    pids = {}
    for node in plan.nodes:
        if node.kind != "switch":
            pids[node.name] = net.addHost(node.name, cls=Namespace, ip=None).pid
    return net, pids
